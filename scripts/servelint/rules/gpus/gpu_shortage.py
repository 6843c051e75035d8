"""An engine needs more GPUs than its pod, or its group of pods, asks for.

The node comes up, the image and the checkpoint are pulled, and only then the engine counts its devices and exits: half
an hour of a GPU node for each restart. A size counts as the engine counts it: data parallelism multiplies the GPUs
except under DP attention, expert parallelism never does.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Overlay, Problem, mapping
from ...views import kserve
from ...views.engines import Engine, engines
from ...views.groups import on_ray, spans_replicas
from ...views.parallel import gpus_of_group, parallels
from ...views.placement import ACCELERATOR, machines, pins
from ..examples import server

SEVERITY = "error"
HINT = "Lower the parallel sizes to the GPUs of the pods that run the engine, or ask for more GPUs."
SOURCE = "https://github.com/sgl-project/sglang/issues/4765"
COVERS = ("PAR-01",)

GOOD = server("--tp-size 8")
BAD = server("--tp-size 8 --dp-size 2")
_PINNED = f"nodeSelector: {{{ACCELERATOR}: nvidia-h200-141gb}}"
_NONE = 'resources: {limits: {nvidia.com/gpu: "0"}}'
ALSO_GOOD = (
    server("--tp-size 8", gpus=0),  # no GPU workload
    server("--tp-size 8", gpus=0, pod=_PINNED, container="resources: {claims: [{name: gpus}]}"),
    server("--tp-size 8", gpus=0, pod=_PINNED, container="resources: {requests: {example.com/gpu: 8}}"),
    server("--tensor-parallel-size 16 --distributed-executor-backend ray", engine="vllm"),
    server("--tp-size 16", kind="Deployment", spec="replicas: 2"),  # `scattered-engine` says it
    server("--tp-size $SIZE"), server("--tp_size 16", engine="trtllm").replace('"trtllm-serve", "m"', '"trtllm-build"'),
)  # fmt: skip
ALSO_BAD = (
    server("--tp-size 8", gpus=0, pod=_PINNED), server("--tp-size 8 --device cuda", gpus=0, container=_NONE),
    server("--tp-size 8", gpus=0, container=_NONE), server(gpus=0, pod=_PINNED),
)  # fmt: skip


def check(overlay: Overlay) -> Iterator[Problem]:
    for engine in engines(overlay):
        container, gpus = engine.container, gpus_of_group(overlay, engine)
        # Building an engine for N ranks takes one GPU; and a runtime of KServe gets its GPUs from the service.
        if engine.role == "build" or (not gpus and _elsewhere(overlay, engine)):
            continue
        largest = max(parallels(overlay, engine), key=lambda run: run.world, default=None)
        if largest is None or largest.world <= gpus:
            continue
        # Hosts that join in another way, and replicas that do not join at all, which is another rule's.
        if on_ray(engine) or spans_replicas(overlay, engine, largest.world):
            continue
        culprit = largest.culprit()
        known = machines(overlay, container.pod)
        # world <= GPUs of a host: the engine fits the machine, so it is the request that is short
        short = container.gpus == 0 or any(container.gpus < hw.gpus >= largest.world for hw in known)
        where = kserve.origin(container, container.gpu_pointer)
        if culprit is not None and not short:
            where = culprit.resource, culprit.pointer
        sizes = ", ".join(f"{size} {largest.sizes[size]}" for size in largest.flags)
        needs = f"{largest.world} GPUs ({sizes})" if sizes else "a GPU"
        yield Problem(*where, f"{engine.name} needs {needs}, but its pods ask for {gpus}")


def _elsewhere(overlay: Overlay, engine: Engine) -> bool:
    """Whether a container without nvidia.com/gpu may get devices in another way, or is no GPU workload at all."""
    container = engine.container
    resources = mapping(container.body.get("resources"))
    asked = {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}
    if resources.get("claims") or any("/" in str(name) and name != "nvidia.com/gpu" for name in asked):
        return True
    device = engine.get("device")
    if "nvidia.com/gpu" in asked:  # zero, in so many words
        return device is not None and str(device.value) == "cpu"
    return (container.resource.group == "serving.kserve.io" and not isinstance(container, kserve.Merged)) or not any(
        pin.label == ACCELERATOR for pin in pins(overlay, container.pod)
    )

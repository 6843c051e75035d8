"""An engine needs more GPUs than its pod, or its group of pods, asks for.

The node comes up, the image and the checkpoint are pulled, and only then the engine counts its devices and exits: half
an hour of a GPU node for each restart. A size counts as the engine counts it: data parallelism multiplies the GPUs
except under DP attention, expert parallelism never does.
"""

from typing import Any

from ...model import Container, Overlay, Pod, Problem, Problems, mapping
from ...views import kserve
from ...views.engines import Engine, engines
from ...views.groups import on_ray, spans_replicas
from ...views.parallel import gpus_of_group, parallels
from ...views.placement import ACCELERATOR, machines, pins
from ...views.provision import leaf_of
from ..examples import server

SEVERITY = "error"
HINT = "Lower the parallel sizes to the GPUs of the pods that run the engine, or ask for more GPUs."
SOURCE = "https://github.com/sgl-project/sglang/issues/4765"
COVERS = ("PAR-01",)

GOOD = server("--tp-size 8")
BAD = server("--tp-size 8 --dp-size 2")

PLAIN = ("Pod", "Deployment", "StatefulSet", "Job", "CronJob", "LeaderWorkerSet", "JobSet", "InferenceService")
"""Kinds whose pods are what their templates say."""


def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        container, gpus = engine.container, gpus_of_group(overlay, engine)
        # A runtime of KServe gets its GPUs from the service.
        if not gpus and _elsewhere(overlay, engine):
            continue
        if not gpus and GPU not in _asked(container) and (told := _component(overlay, container.pod)) is not None:
            yield told
            continue
        if engine.role == "build":  # for N ranks that takes one GPU
            if not gpus:
                where = kserve.origin(container, container.gpu_pointer)
                yield Problem(*where, f"{engine.name} builds on a GPU, but its pods ask for none")
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


GPU = "nvidia.com/gpu"
PROMISE = "serving-fleet/gpus"
"""The label by which a base says which patch of a machine its workload takes."""


def _component(overlay: Overlay, pod: Pod) -> Problem | None:
    """A leaf whose components leave out the machine's: there it is to be added, and nothing is wrong with the base."""
    promised, name = pod.resource.labels.get(PROMISE), pod.resource.name
    folder = overlay.path if overlay.kind == "leaf" else ""
    if overlay.kind == "cluster":
        folder = leaf_of(overlay, name) or ""
    machine = overlay.all_hardware.get(folder.split("/")[1]) if folder.count("/") == 3 else None
    if machine is None or (not promised and pod.resource.kind != "InferenceService"):
        return None
    label = f", whose label {PROMISE} is {promised}," if promised else ""
    text = f"no component of hardware/{machine.name} reaches {pod.resource.kind} {name}{label} and it gets no GPU"
    return Problem(None, ("components",), text, f"{folder}/kustomization.yaml")


def _asked(container: Container) -> dict[str, Any]:
    """What a container asks for, requests and limits together."""
    resources = mapping(container.body.get("resources"))
    return {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}


def _elsewhere(overlay: Overlay, engine: Engine) -> bool:
    """Whether a container without nvidia.com/gpu may get devices in another way, or is no GPU workload at all."""
    container = engine.container
    asked = _asked(container)
    claimed = mapping(container.body.get("resources")).get("claims")
    if claimed or any("/" in str(name) and name != GPU for name in asked):
        return True
    device = engine.get("device")
    if GPU in asked:  # zero, in so many words
        return device is not None and str(device.value) == "cpu"
    if container.resource.group == "serving.kserve.io" and not isinstance(container, kserve.Merged):
        return True
    # Where every machine has GPUs a server is for them; what an operator adds to pods of its own kind is not seen.
    plain = container.resource.kind in PLAIN and not (device is not None and str(device.value) == "cpu")
    runs = (
        overlay.hardware is not None
        and plain
        and (engine.role != "bench" or any(run.flags for run in parallels(overlay, engine)))
    )
    promised = PROMISE in container.resource.labels
    return not (runs or promised) and not any(pin.label == ACCELERATOR for pin in pins(overlay, container.pod))

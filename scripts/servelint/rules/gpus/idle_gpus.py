"""A pod holds more GPUs than its engine uses.

The node is paid for whole. With tensor parallelism 4 in a pod of 8 GPUs, four of them idle for as long as the
workload runs, and nothing ever reports it. Silent where several engines share the pod's GPUs or the sizes are not in
the manifest.
"""

from ...model import Overlay, Problem, Problems, whole
from ...views.engines import Engine, engines
from ...views.environment import variables
from ...views.parallel import gpus_of_group, parallels, ragged, uneven_heads
from ...views.placement import machines
from ..examples import server

SEVERITY = "warning"
HINT = "Raise the parallel sizes in engine.yaml to the pod's GPUs, or ask for fewer GPUs."
SOURCE = "https://docs.sglang.ai/backend/server_arguments.html"
COVERS = ("PAR-01",)

GOOD = server("--tp-size 8")
BAD = server("--tp-size 4")


def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        container = engine.container
        runs = parallels(overlay, engine)
        if not container.gpus or not runs or _shares(overlay, engine):
            continue
        # Other rules hold the cause: more GPUs than the machine has, sizes with which no engine starts.
        if any(container.gpus > hw.gpus for hw in machines(overlay, container.pod)):
            continue
        if uneven_heads(overlay, engine) or ragged(overlay, engine):
            continue
        world = max(run.world for run in runs)
        workers = engine.get("workers") if engine.role == "build" else None
        used = max(world, (whole(workers.value) or 1) if workers else 1)
        # Only a LeaderWorkerSet is one engine by definition; the pods of other kinds may each run their own.
        gpus = gpus_of_group(overlay, engine) if container.resource.kind == "LeaderWorkerSet" else container.gpus
        if used < gpus:
            message = f"asks for {gpus} GPUs, but {engine.name} uses {used} of them"
            yield Problem(container.resource, container.gpu_pointer, message)


def _shares(overlay: Overlay, engine: Engine) -> bool:
    """Whether more than this one engine may use the GPUs: a server's models, or servers told apart by device."""
    chosen = "CUDA_VISIBLE_DEVICES"
    by_hand = chosen in engine.script or chosen in variables(overlay, engine.container)
    return not engine.kind.sized or by_hand or "base-gpu-id" in engine.flags

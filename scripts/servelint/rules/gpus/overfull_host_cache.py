"""A cache in host memory is larger than the host, or than what the pod may use of it.

The size is one rank's: SGLang's hicache-size (1e9 bytes) and TensorRT-LLM's host_cache_size (bytes) are pinned by every
rank for itself; vLLM's kv-offloading-size (GiB) is shared out among them, on however many hosts they are.
Eight ranks pin eight times the number that was written. SGLang compares it with the host's free memory after the load
and stops; beyond a memory limit the kernel kills the container, and beyond the request the pod is among the first to be
evicted. hicache-ratio is a multiple of the cache on the GPU, whose size the planner knows about: a warning.
"""

from ...model import Overlay, Problem, Problems, mapping, once_a_place
from ...planner.overlay import plans
from ...views import kserve
from ...views.amounts import gib, size
from ...views.arguments import Run, runs
from ...views.devices import hosts
from ...views.engines import Argument
from ...views.placement import machines
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Divide by the ranks of a host: what all of them pin must leave room for the server itself.",
    "Request what all ranks pin together, or lower the size of each.",
)
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.5.14/python/sglang/srt/mem_cache/memory_pool_host.py"
COVERS = ("MEM-03",)
CONTEXT = {"hardware": "a3ultra", "model": "gpt-oss-120b"}

GOOD = server("--tp-size 8 --enable-hierarchical-cache --hicache-size 60", image="lmsysorg/sglang:v0.5.14-cu129")
BAD = GOOD.replace('"60"', '"400"')

GIB = 2**30


@once_a_place
def check(overlay: Overlay) -> Problems:
    for run in runs(overlay):
        ranks = run.engine.container.gpus
        for name, unit, of_each, switch in run.engine.kind.host_caches if ranks else ():
            given = run.find(name)
            amount = _number(given)
            if given is not None and amount and (not switch or run.on(switch)):
                each = f", {ranks} ranks of a host pin {{}} together" if of_each else ": a host pins {}"
                share = ranks if of_each else 1 / hosts(overlay, run.engine.container.pod)
                said = f"{given.name} is {given.value}{each}"
                yield from _judged(overlay, run, given, amount * unit * share, said, certain=True)
        if run.on("enable-hierarchical-cache") and not run.number("hicache-size"):
            yield from _by_ratio(overlay, run, ranks)


def _by_ratio(overlay: Overlay, run: Run, ranks: int) -> Problems:
    """SGLang's other way: a multiple, of two if nothing is said, of what each GPU holds."""
    given, switch = run.get("hicache-ratio"), run.get("enable-hierarchical-cache")
    ratio, place = _number(given) if given else 2.0, given or switch
    pools = [plan.budget.cache for item, plan in plans(overlay) if item.engine is run.engine and plan.budget]
    if place is None or not ratio or not pools or min(pools) <= 0:
        return
    text = f"hicache-ratio {ratio:g} of {gib(int(min(pools)))} on each GPU: {ranks} ranks pin about {{}} together"
    yield from _judged(overlay, run, place, ratio * min(pools) * ranks, text, certain=False)


def _judged(overlay: Overlay, run: Run, given: Argument, pinned: float, said: str, *, certain: bool) -> Problems:
    """What so many bytes of a pod are too many for: the machine, its limit, its request."""
    container = run.engine.container
    said, pod = said.format(gib(int(pinned))), container.pod
    known = machines(overlay, pod)
    room = max((host.allocatable.memory_gib * GIB for host in known), default=None)
    limit, request = (size(mapping(mapping(container.body.get("resources")).get(key)).get("memory"))
                      for key in ("limits", "requests"))  # fmt: skip
    if room is not None and pinned > room:
        text, severity = f"{said}, but a {known[0].machine_type} has {gib(int(room))} to give", "error"
    elif limit is not None and pinned > limit:
        text, severity = f"{said}, beyond the container's memory limit of {gib(limit)}", "error"
    elif request is not None and pinned > request and certain:
        text, severity = f"{said}, but the container requests {gib(request)}", "warning"
    else:
        return
    place = kserve.origin(container, given.pointer) if given.resource is container.resource else None
    yield Problem(*(place or (given.resource, given.pointer)), text, severity=severity if certain else "warning")


def _number(given: Argument | None) -> float | None:
    try:
        return None if given is None or isinstance(given.value, bool) else float(given.value)
    except (TypeError, ValueError, OverflowError):
        return None

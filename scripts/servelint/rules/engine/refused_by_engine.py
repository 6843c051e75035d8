"""An engine is started with arguments that it refuses together, or for this model or GPU.

Each is legal by itself. The engine checks the whole of them first thing and stops: with an attention backend that has
no sinks for a model that needs them, an expert backend that does not run the checkpoint's quantisation, data
parallelism over hosts without DP attention. By then the pod has a node and has pulled twenty gigabytes of image, and it
starts again and again. Which arguments those are was asked of the engine's own version, by probing its argument code;
relations between numbers, and what later code checks, are read out of it. What only the nearest version that was asked
refuses is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...engines.kind import Told
from ...model import Overlay, Problem, once_a_place, whole
from ...views.arguments import Run, all_shown, hidden, runs
from ...views.engines import plain
from ...views.environment import UNKNOWN, expand, settled
from ...views.groups import group_of
from ...views.placement import machines
from ..examples import server

SEVERITY = ("error", "warning")
HINT = "Take one of the two away, or bring them together as the message says."
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.5.14/python/sglang/srt/server_args.py"
COVERS = ("CFG-03",)
CONTEXT = {"hardware": "a4high", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server("--tp-size 8 --moe-runner-backend deep_gemm", image="lmsysorg/sglang:v0.5.14")
BAD = GOOD.replace("deep_gemm", "flashinfer_cutedsl")

APART = ("attn-dp-size",)
"""Arguments that share a meaning with others for who counts GPUs, but not for the engine's checks."""


@once_a_place
def check(overlay: Overlay) -> Iterator[Problem]:
    for run in runs(overlay):
        if run.command in run.engine.kind.loading:
            yield from _refused(overlay, run)


def _refused(overlay: Overlay, run: Run) -> Iterator[Problem]:
    known, shown = settled(overlay, run.engine.container), all_shown(overlay, run)

    def value(name: str) -> str | None:
        given = run.find(name) or run.llm(name)
        if given is None or (name in APART and plain(given.name) != name):
            return "" if shown else None
        text = expand(str(given.value), known)
        return None if UNKNOWN in text or hidden(text) else text

    told = Told(
        value=value,
        version=run.version,
        model=overlay.model,
        majors=frozenset(hw.capability[0] for hw in machines(overlay, run.engine.container.pod)),
        hosts=_hosts(overlay, run, value("nnodes")),
        variables=frozenset(known),
    )
    named: set[str] = set()
    for name, why, certain in run.engine.kind.refused(told):
        given = run.find(name) or run.llm(name)
        if given is not None and (name not in named or certain):
            named.add(name)
            shown_value = "" if given.value is True else f" {value(name)}"
            severity = "error" if certain else "warning"
            yield Problem(given.resource, given.pointer, f"{given.name}{shown_value} {why}", severity=severity)


def _hosts(overlay: Overlay, run: Run, nodes: str | None) -> int | None:
    """Over how many hosts a run spreads: as it is told, or as its group has pods and its launcher tells it."""
    if nodes:
        return whole(nodes)
    group = group_of(overlay, run.engine.container)
    return group.pods if group and "--nnodes" in run.engine.script else None

"""An engine gets an argument that it gives another value by itself.

It says so in one line of its log and runs on: a page size of 16 becomes 64 with FlashMLA, an expert-parallel size that
of the whole group with DeepEP. What was measured with the written value was measured with another one, and whoever
tunes it turns a knob that is not connected. Which values are replaced was asked of the engine's own version, by probing
its argument code; what it only shares out, as a chunk among groups of DP attention, is none of them.
"""

from ...model import Overlay, Problem, Problems, once_a_place
from ...views.arguments import runs
from ...views.told import told_of
from ..examples import server

SEVERITY = "warning"
HINT = "Write what comes out, or take away what causes it."
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.5.14/python/sglang/srt/server_args.py"
COVERS = ("CFG-03",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server("--tp-size 8 --attention-backend flashmla --page-size 64")
BAD = GOOD.replace('"64"', '"16"')


@once_a_place
def check(overlay: Overlay) -> Problems:
    for run in runs(overlay):
        told = told_of(overlay, run) if run.command in run.engine.kind.loading else None
        for name, what, _ in run.engine.kind.overridden(told) if told else ():
            given = run.find(name)
            if told and given is not None:
                shown = "" if given.value is True else f" {told.value(name)}"
                yield Problem(given.resource, given.pointer, f"{given.name}{shown} {what}")

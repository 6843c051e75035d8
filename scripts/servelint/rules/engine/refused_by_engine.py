"""An engine is started with arguments that it refuses together, or for this model or GPU.

Each is legal by itself. The engine checks the whole of them first thing and stops: with an attention backend that has
no sinks for a model that needs them, an expert backend that does not run the checkpoint's quantisation, data
parallelism over hosts without DP attention. By then the pod has a node and has pulled twenty gigabytes of image, and it
starts again and again. Which arguments those are was asked of the engine's own version, by probing its argument code;
relations between numbers, and what later code checks, are read out of it. What only the nearest version that was asked
refuses is a warning.
"""

from ...engines.kind import Told
from ...model import Overlay, Problem, Problems, once_a_place
from ...views.arguments import Run, runs
from ...views.told import told_of
from ..examples import server

SEVERITY = ("error", "warning")
HINT = "Take one of the two away, or bring them together as the message says."
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.5.14/python/sglang/srt/server_args.py"
COVERS = ("CFG-03",)
CONTEXT = {"hardware": "a4high", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server("--tp-size 8 --moe-runner-backend deep_gemm", image="lmsysorg/sglang:v0.5.14")
BAD = GOOD.replace("deep_gemm", "flashinfer_cutedsl")


@once_a_place
def check(overlay: Overlay) -> Problems:
    for run in runs(overlay):
        if run.command in run.engine.kind.loading:
            yield from _refused(run, told_of(overlay, run))


def _refused(run: Run, told: Told) -> Problems:
    named: set[str] = set()
    for name, why, certain in run.engine.kind.refused(told):
        given = run.find(name) or run.llm(name)
        if given is not None and (name not in named or certain):
            named.add(name)
            shown_value = "" if given.value is True else f" {told.value(name)}"
            severity = "error" if certain else "warning"
            yield Problem(given.resource, given.pointer, f"{given.name}{shown_value} {why}", severity=severity)

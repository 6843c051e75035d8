"""SGLang is given sizes that DP attention does not take.

DP attention splits the tensor-parallel group into data-parallel groups, so their number must be greater than one and
divide it; moe-dense-tp-size is 1 or the size of one group; and the flags that refine DP attention need it switched on.
The server asserts this after the node is up, or drops the flag without a word and serves another layout than the one
that was measured: so it does from 0.5 on with one group alone.
"""

from ...engines.versions import before
from ...model import Overlay, Problem, Problems, once_a_place, whole
from ...views.engines import engines
from ...views.parallel import Parallel, parallels
from ..examples import server

SEVERITY = ("error", "warning")
HINT = "Give enable-dp-attention a data-parallel size above 1 that divides the tensor-parallel size, or drop the flags."
SOURCE = "https://github.com/sgl-project/sglang/pull/23996"
COVERS = ("PAR-09",)

GOOD = server("--tp-size 8 --dp-size 4 --enable-dp-attention")
BAD = server("--tp-size 8 --dp-size 3 --enable-dp-attention")


@once_a_place
def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        for run in parallels(overlay, engine) if engine.kind.splits_groups else ():
            yield from _problems(run)


def _problems(run: Parallel) -> Problems:
    dense, lm_head, switch = map(run.engine.get, ("moe-dense-tp-size", "enable-dp-lm-head", "enable-dp-attention"))
    if not run.layout.attention_dp:
        if dense:
            yield Problem(dense.resource, dense.pointer, "moe-dense-tp-size has no effect without enable-dp-attention")
        if lm_head and run.engine.on("enable-dp-lm-head"):
            yield Problem(lm_head.resource, lm_head.pointer, "enable-dp-lm-head needs enable-dp-attention")
        return
    place = run.flags.get("dp") or switch or run.flags["tp"]
    tp, dp = run.sizes["tp"], run.sizes["dp"]
    problem = run.engine.kind.attention_dp_refusal(tp, dp)
    if problem and (switch or dp > 1):
        dropped = dp == 1 and run.engine.version is not None and not before(run.engine.version, "0.5")
        message = f"{problem}, and is switched off again" if dropped else problem
        yield Problem(place.resource, place.pointer, message, severity="warning" if dropped else "error")
    elif dense and whole(dense.value) not in (None, 1, tp // dp):
        message = f"moe-dense-tp-size is {dense.value}, but only 1 or the group size {tp // dp} is allowed"
        yield Problem(dense.resource, dense.pointer, message)

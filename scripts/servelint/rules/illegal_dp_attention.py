"""SGLang is given sizes that DP attention does not take.

DP attention splits the tensor-parallel group into data-parallel groups, so their number must be greater than one and
divide it; moe-dense-tp-size is 1 or the size of one group; and the flags that refine DP attention need it switched on.
The server asserts this after the node is up, or drops the flag without a word and serves another layout than the one
that was measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Pointer, Problem, whole
from ..planner.layout import attention_dp_problem
from ..views.engines import engines
from ..views.parallel import Parallel, parallels

SEVERITY = "error"
HINT = "Give enable-dp-attention a data-parallel size above 1 that divides the tensor-parallel size, or drop the flags."
SOURCE = "https://github.com/sgl-project/sglang/pull/23996"
COVERS = ("PAR-09",)

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, -m, sglang.launch_server, --model-path, m, --tp-size, "8", --dp-size, "4", --enable-dp-attention]
    resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace('--dp-size, "4"', '--dp-size, "3"')


def check(overlay: Overlay) -> Iterator[Problem]:
    for engine in engines(overlay):
        if engine.name == "sglang":
            seen = dict[Pointer, Problem]()
            for run in parallels(overlay, engine):
                seen |= {problem.pointer: problem for problem in _problems(run)}
            yield from seen.values()


def _problems(run: Parallel) -> Iterator[Problem]:
    dense, lm_head, switch = (
        run.engine.get(name) for name in ("moe-dense-tp-size", "enable-dp-lm-head", "enable-dp-attention")
    )
    if not run.dp_inside:
        if dense:
            yield Problem(dense.resource, dense.pointer, "moe-dense-tp-size has no effect without enable-dp-attention")
        if lm_head and run.engine.on("enable-dp-lm-head"):
            yield Problem(lm_head.resource, lm_head.pointer, "enable-dp-lm-head needs enable-dp-attention")
        return
    place = run.flags.get("dp") or switch or run.flags["tp"]
    problem = attention_dp_problem(run.tp, run.dp)
    if problem and (switch or run.dp > 1):
        yield Problem(place.resource, place.pointer, problem)
    elif dense and whole(dense.value) not in (None, 1, run.tp // run.dp):
        message = f"moe-dense-tp-size is {dense.value}, but only 1 or the group size {run.tp // run.dp} is allowed"
        yield Problem(dense.resource, dense.pointer, message)

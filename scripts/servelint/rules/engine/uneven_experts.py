"""Expert parallelism does not divide the model's experts, or does not fit the tensor-parallel group.

Every rank holds the same number of experts, and the ranks of expert parallelism are those of tensor parallelism, which
it divides: what is left over cuts experts. Where other sizes are written too they make up the whole of it: moe_tp *
moe_ep * moe_cluster with TensorRT-LLM, ep * moe_dp with SGLang. Anything else ends in an assertion at start.
"""

import math
from collections.abc import Iterator

from ...model import Overlay, Problem, Problems, once_a_place, whole
from ...views.arguments import Run, runs
from ...views.engines import Argument
from ..examples import server

SEVERITY = "error"
HINT = "Choose an expert-parallel size that divides both the experts and the tensor-parallel size."
SOURCE = "https://github.com/NVIDIA/TensorRT-LLM/blob/v1.0.0/tensorrt_llm/mapping.py"
COVERS = ("PAR-08",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "trtllm-serve", "kind": "leaf"}

GOOD = server("--tp_size 8 --ep_size 8", engine="trtllm")
BAD = server("--tp_size 8 --ep_size 3", engine="trtllm")

TP, EP = ("tp-size", "tp", "tensor-parallel-size"), ("ep-size", "ep", "expert-parallel-size")


@once_a_place
def check(overlay: Overlay) -> Problems:
    for run in runs(overlay):
        for given, message in _problems(run, overlay):
            yield Problem(given.resource, given.pointer, message)


def _problems(run: Run, overlay: Overlay) -> Iterator[tuple[Argument, str]]:
    if run.command not in ("launch_server", "serve", "throughput"):
        return
    given = run.llm("moe_expert_parallel_size") or run.get(*EP, "moe_expert_parallel_size")
    ep = whole(given.value) if given else None
    if given is None or ep is None or ep == -1:
        return
    if ep < 1:
        yield given, f"the expert-parallel size is {ep}: no positive whole number"
        return
    if overlay.model and overlay.model.experts:
        experts = overlay.model.experts.routed + (run.number("ep-num-redundant-experts") or 0)
        if experts % ep:
            yield given, f"{experts} experts cannot be shared by {ep} ranks: {experts} % {ep} = {experts % ep}"
            return
    size = run.llm("tensor_parallel_size") or run.get(*TP)
    tp = (whole(size.value) if size else 1) or 0
    if tp < 1:
        return
    # The second has two names on TensorRT-LLM's command line.
    clusters = run.llm("moe_cluster_parallel_size") or run.get("moe_cluster_parallel_size", "cluster_size")
    beside = {"moe_tensor_parallel_size": run.llm("moe_tensor_parallel_size") or run.get("moe_tensor_parallel_size")}
    beside |= {"moe_cluster_parallel_size": clusters}
    # SGLang asks for the whole only where its size is more than one.
    beside |= {"moe-dp-size": run.get("moe-dp-size")} if (run.number("moe-dp-size") or 1) > 1 else {}
    sizes = {name: n for name, other in beside.items() if other and (n := whole(other.value) or 0) > 0}
    if not run.engine.kind.reads_expert_size(run.version):  # `contradictory-arguments` says so
        return
    if ep * math.prod(sizes.values()) != tp if sizes else tp % ep:
        shown = f" with {', '.join(f'{name} {n}' for name, n in sizes.items())}" if sizes else ""
        yield given, f"expert-parallel size {ep}{shown} does not make up the tensor-parallel size {tp}"

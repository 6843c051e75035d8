"""Expert parallelism does not divide the model's experts, or does not fit the tensor-parallel group.

Every rank holds the same number of experts, and the ranks of expert parallelism are those of tensor parallelism:
TensorRT-LLM makes moe_tp * moe_ep * moe_cluster the tensor-parallel size, SGLang since 0.5 ep * moe_dp. Anything else
ends in an assertion at start.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem, whole
from ..views.arguments import Given, Run, runs

SEVERITY = "error"
HINT = "Choose an expert-parallel size that divides both the experts and the tensor-parallel size."
SOURCE = "https://github.com/NVIDIA/TensorRT-LLM/blob/v1.0.0/tensorrt_llm/mapping.py"
COVERS = ("PAR-08",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "trtllm-serve", "kind": "leaf"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: nvcr.io/nvidia/tensorrt-llm/release:1.2.0rc2
    command: [trtllm-serve, deepseek-ai/DeepSeek-R1, --tp_size, "8", --ep_size, "8"]
    resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace('--ep_size, "8"', '--ep_size, "3"')

TP, EP = ("tp-size", "tp", "tensor-parallel-size"), ("ep-size", "ep", "expert-parallel-size")


def check(overlay: Overlay) -> Iterator[Problem]:
    told = set()
    for run in runs(overlay):
        for given, message in _problems(run, overlay):
            if (id(given.resource), given.pointer) not in told:
                told.add((id(given.resource), given.pointer))
                yield Problem(given.resource, given.pointer, message)


def _problems(run: Run, overlay: Overlay) -> Iterator[tuple[Given, str]]:
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
        redundant = run.number("ep-num-redundant-experts") or 0
        experts = overlay.model.experts.routed + redundant
        if experts % ep:
            yield given, f"{experts} experts cannot be shared by {ep} ranks: {experts} % {ep} = {experts % ep}"
            return
    size = run.llm("tensor_parallel_size") or run.get(*TP)
    tp = (whole(size.value) if size else 1) or 0
    if tp < 1:
        return
    others = 1
    names = []
    for name in ("moe_tensor_parallel_size", "moe_cluster_parallel_size", "cluster_size", "moe-dp-size"):
        other = run.llm(name) or run.get(name)
        number = whole(other.value) if other else None
        if number and number > 0:
            others *= number
            names.append(f"{name} {number}")
    whole_group = bool(names) or (run.engine.name == "sglang" and ep > 1 and not run.before("0.5"))
    if run.engine.name == "sglang" and (run.before("0.5") or run.version is None):
        # There the size is taken from tensor parallelism, whatever is written; `contradictory-arguments` says so.
        return
    if (whole_group and ep * others != tp) or (not whole_group and tp % ep):
        beside = f" with {', '.join(names)}" if names else ""
        yield given, f"expert-parallel size {ep}{beside} does not make up the tensor-parallel size {tp}"

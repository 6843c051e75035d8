"""Weights and KV cache may or may not fit the GPUs.

The planner is right within some two percent of a GPU's memory; within that, drivers, NCCL buffers and CUDA graphs
decide. A server that starts today runs out of memory after the next image update, or with the first long prompt.
SGLang's fraction must also leave room for a pass and for its CUDA graphs, which stand outside its static pool.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..planner.overlay import memory_breaches

SEVERITY = "warning"
HINT = "Leave more room: a smaller context, a lower or higher memory fraction as the message says, or more GPUs."
SOURCE = "https://docs.sglang.ai/advanced_features/hyperparameter_tuning.html"
COVERS = ("MEM-01",)
CONTEXT = {"hardware": "a3ultra", "model": "llama-3-1-405b", "workload": "sglang-serve", "kind": "leaf"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, -m, sglang.launch_server, --model-path, m, --tp-size, "8", --mem-fraction-static, "0.85"]
    resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace("0.85", "0.995")


def check(overlay: Overlay) -> Iterator[Problem]:
    for item, breach in memory_breaches(overlay):
        if breach.severity == "warning" and not item.advertised(breach):
            yield Problem(*item.place(breach), breach.message)

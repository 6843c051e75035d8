"""Weights and KV cache do not fit the GPUs.

The engine runs out of memory after it has read the checkpoint, ten to forty minutes into the pod's life, and the
restart does the same again. The planner (scripts/servelint/planner) counts the weights of the fullest GPU, in the
precisions of their parts, and what the engine's memory fraction leaves for the cache. It is an error if the weights
alone are too much, if nothing is left for the cache, or if the cache holds less than one request of the configured
context: then the server refuses what it was set up for. `tight-gpu-memory` has what is too close to tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..planner.overlay import memory_breaches

SEVERITY = "error"
HINT = (
    "Spread the model over more GPUs, raise the memory fraction, or lower the context; scripts/plan.py has the figures."
)
SOURCE = "https://github.com/SemiAnalysisAI/InferenceX/pull/1157"
COVERS = ("MEM-01", "MEM-02")
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
    command: [python3, -m, sglang.launch_server, --model-path, m, --tp-size, "8", --context-length, "65536"]
    resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace("65536", "131072").replace("--context-length", '--mem-fraction-static, "0.72", --context-length')


def check(overlay: Overlay) -> Iterator[Problem]:
    for item, breach in memory_breaches(overlay):
        if breach.severity == "error" and not item.advertised(breach):
            yield Problem(*item.place(breach), breach.message)

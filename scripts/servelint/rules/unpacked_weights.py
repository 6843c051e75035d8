"""Weights in a precision that the GPUs do not compute in are unpacked in every pass.

SGLang and vLLM load NVFP4 and MXFP4 on Hopper where their build has weight-only (Marlin) kernels, and stop otherwise.
Where it works the memory is saved and the speed is not: each pass turns four bits into sixteen first. A benchmark of
such a server says little about the precision in its name. Silent where the overlay names the kernel that unpacks them:
some models, gpt-oss among them, exist in four bits only.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..planner.overlay import precision_breaches

SEVERITY = "warning"
HINT = "Take a checkpoint in FP8 or BF16 for these GPUs, or Blackwell GPUs, or name the kernel: moe-runner-backend."
SOURCE = "https://docs.vllm.ai/en/latest/features/quantization/index.html"
COVERS = ("ARC-05",)
CONTEXT = {"hardware": "a4high", "model": "deepseek-r1-nvfp4", "workload": "sglang-serve", "kind": "leaf"}
BAD_CONTEXT = {**CONTEXT, "hardware": "a3ultra"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, -m, sglang.launch_server, --model-path, m, --tp-size, "8"]
    resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD + "  nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}\n"


def check(overlay: Overlay) -> Iterator[Problem]:
    for place, breach in precision_breaches(overlay):
        if breach.severity == "warning":
            yield Problem(*place, breach.message)

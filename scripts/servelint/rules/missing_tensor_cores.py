"""TensorRT-LLM is given weights or a KV cache in a precision that the GPUs do not compute in.

NVFP4 needs Blackwell. On Hopper TensorRT-LLM has no kernels for it and stops after the checkpoint was pulled, with a
message about an unsupported quantisation. SGLang and vLLM may unpack the weights instead: `unpacked-weights`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..planner.overlay import precision_breaches

SEVERITY = "error"
HINT = "Take a checkpoint in FP8 or BF16 for these GPUs, or GPUs that have the precision."
SOURCE = "https://nvidia.github.io/TensorRT-LLM/reference/precision.html"
COVERS = ("ARC-05",)
CONTEXT = {"hardware": "a4high", "model": "deepseek-r1-nvfp4", "workload": "trtllm-serve", "kind": "leaf"}
BAD_CONTEXT = {**CONTEXT, "hardware": "a3ultra"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: nvcr.io/nvidia/tensorrt-llm/release:1.2.0rc2
    command: [trtllm-serve, m, --tp_size, "8"]
    resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD + "  nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}\n"


def check(overlay: Overlay) -> Iterator[Problem]:
    for place, breach in precision_breaches(overlay):
        if breach.severity == "error":
            yield Problem(*place, breach.message)

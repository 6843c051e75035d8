"""Weights or a KV cache are in a precision that the GPUs do not compute in.

NVFP4 needs Blackwell. On Hopper TensorRT-LLM has no kernels for it and stops after the checkpoint was pulled, with a
message about an unsupported quantisation. SGLang and vLLM load NVFP4 and MXFP4 there where their build has weight-only
(Marlin) kernels, and stop otherwise: a warning. Where it works the memory is saved and the speed is not, for each pass
turns four bits into sixteen first, and a benchmark of such a server says little about the precision in its name. Silent
where the overlay names the kernel that unpacks them, and where the engine takes one by itself for a model that exists
in four bits only, as SGLang from 0.5 on and vLLM do for gpt-oss.
"""

from ...model import Overlay, Problem, Problems
from ...planner.overlay import precision_breaches
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Take a checkpoint in FP8 or BF16 for these GPUs, or GPUs that have the precision.",
    "Take a checkpoint in FP8 or BF16 for these GPUs, or Blackwell GPUs, or name a kernel that unpacks the weights, if "
    "the engine has an argument for that.",
)
SOURCE = "https://nvidia.github.io/TensorRT-LLM/reference/precision.html"
COVERS = ("ARC-05",)
FORMERLY = (("unpacked-weights", "warning"),)
CONTEXT = {"hardware": "a4high", "model": "deepseek-r1-nvfp4"}
BAD_CONTEXT = {**CONTEXT, "hardware": "a3ultra"}

HOPPER = "nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}"
GOOD = server("--tp_size 8", engine="trtllm")
BAD = server("--tp_size 8", engine="trtllm", pod=HOPPER)


def check(overlay: Overlay) -> Problems:
    for place, breach in precision_breaches(overlay):
        yield Problem(*place, breach.message, severity=breach.severity)

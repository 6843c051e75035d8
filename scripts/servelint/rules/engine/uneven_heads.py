"""Tensor parallelism does not divide the model's attention heads.

Every GPU takes the same number of heads. The engine finds out when it builds the layers, after the image and the
checkpoint have been pulled, and the pod ends in CrashLoopBackOff with a ValueError. Key-value heads may be fewer than
the GPUs (then they are copied), but one number must divide the other. Under DP attention only the GPUs of one
data-parallel group share a layer's heads.
"""

from ...model import Overlay, Problem, Problems
from ...views.engines import engines
from ...views.parallel import uneven_heads
from ..examples import server

SEVERITY = "error"
HINT = "Choose a tensor-parallel size that divides the attention heads, a power of two for nearly every model."
SOURCE = "https://github.com/vllm-project/vllm/issues/2652"
COVERS = ("PAR-06",)
CONTEXT = {"hardware": "a3ultra", "model": "llama-4-scout", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server("--tp-size 8")
BAD = server("--tp-size 6")


def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        for flag, message in uneven_heads(overlay, engine):
            yield Problem(flag.resource, flag.pointer, message)

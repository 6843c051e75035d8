"""Tensor parallelism cuts an MLP or an expert where it cannot be cut.

Every GPU takes an equal part of the width, and of weights that are quantised in blocks whole blocks: an expert of 1536
rows in blocks of 128 can be cut by 4 GPUs, not by 8. The engine finds out when it builds the layers, after image and
checkpoint have been pulled, and stops with a ValueError. Expert parallelism leaves experts whole, or cuts them less
often; MXFP4 kernels pad what does not divide. Of TensorRT-LLM, which pads some formats too, nothing is said.
"""

from ...engines import kind
from ...model import Overlay, Problem, Problems
from ...planner.overlay import uneven_cuts
from ...views import kserve
from ..examples import server

SEVERITY = "error"
HINT = "Give experts to GPUs whole (an expert-parallel size), or take a tensor-parallel size that cuts between blocks."
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.5.14/python/sglang/srt/layers/quantization/fp8.py"
CONTEXT = {"hardware": "a3ultra", "model": "qwen3-235b-a22b-fp8"}

_NEW = "lmsysorg/sglang:v0.5.14-cu129"
GOOD = server("--tp-size 8 --ep-size 8", image=_NEW)
BAD = server("--tp-size 8", image=_NEW)


def check(overlay: Overlay) -> Problems:
    for item, message in uneven_cuts(overlay):
        flag, container = item.run.culprit(), item.engine.container
        place = (flag.resource, flag.pointer) if flag else kserve.origin(container, container.gpu_pointer)
        if not kind(item.engine.name).pads_widths:
            yield Problem(*place, message)

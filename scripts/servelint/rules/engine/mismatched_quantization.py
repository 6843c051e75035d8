"""An engine is told another quantisation than the one that its checkpoint has.

What is stored in FP8 cannot be loaded as NVFP4. The engine compares its argument with the checkpoint's configuration
and stops, after the image was pulled and the first file read; leaving the argument out would have done. An unquantised
checkpoint may be quantised while it loads, so there any precision that the GPUs have is right.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Overlay, Problem
from ...planner.overlay import PRECISIONS
from ...views.engines import engines
from ..examples import server

SEVERITY = "error"
HINT = "Leave the quantization out: the engine reads it from the checkpoint."
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.4.6.post4/python/sglang/srt/configs/model_config.py"
COVERS = ()
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server("--quantization fp8")
BAD = server("--quantization modelopt_fp4")
ALSO_GOOD = [
    server(), server("--quantization fp8 --kv-cache-dtype fp4_e2m1"), server("--quantization of_no_known_precision"),
    (BAD, {"kind": "leaf"}), (BAD, {"model": "llama-3-1-8b-instruct"}),
]  # fmt: skip


def check(overlay: Overlay) -> Iterator[Problem]:
    model = overlay.model
    for engine in engines(overlay) if model is not None else ():
        flag = engine.get("quantization")
        told = PRECISIONS.get(str(flag.value).lower()) if flag else None
        if model is not None and flag and told and model.native_precision not in ("bf16", told):
            message = f"quantization is {flag.value}, but {model.id} is stored in {model.native_precision}"
            yield Problem(flag.resource, flag.pointer, message)

"""An engine is told another quantisation than the one that its checkpoint has.

What is stored in FP8 cannot be loaded as NVFP4, and what compressed-tensors packed not as AWQ. The engine compares its
argument with the checkpoint's configuration and stops, after the image was pulled and the first file read; leaving the
argument out would have done. An unquantised checkpoint may be quantised while it loads, but not by methods that prepare
it beforehand: AWQ and GPTQ look for a file of their own beside the weights.
"""

from collections.abc import Mapping

from ...catalogue.facts import Model
from ...engines import kind
from ...model import Overlay, Problem, Problems
from ...planner.overlay import PRECISIONS
from ...views.arguments import hidden
from ...views.engines import engines
from ..examples import server

SEVERITY = "error"
HINT = "Leave the quantization out: the engine reads it from the checkpoint."
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.4.6.post4/python/sglang/srt/configs/model_config.py"
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server("--quantization fp8")
BAD = server("--quantization modelopt_fp4")

LOADERS: Mapping[str, frozenset[str]] = {
    "fp8": frozenset({"fp8"}),
    "mxfp4": frozenset({"mxfp4"}),
    "compressed-tensors": frozenset({"compressed-tensors"}),
    "modelopt": frozenset({"modelopt", "modelopt_fp8", "modelopt_fp4", "petit_nvfp4"}),
    "awq": frozenset({"awq", "awq_marlin", "moe_wna16"}),
    "gptq": frozenset({"gptq", "gptq_marlin", "marlin", "moe_wna16"}),
    "quark": frozenset({"quark"}),
}
"""By the quant_method of a checkpoint: the arguments that load it. Others that stand here are refused; what does not
stand here (methods that quantise while they load, plug-ins) is not judged."""
PREPARED = frozenset({"awq", "awq_marlin", "gptq", "gptq_marlin", "marlin", "moe_wna16"})
"""Loaders that look for a file of their own (get_config_filenames) where the configuration has no quantisation: both
engines, SGLang 0.5.14 and vLLM 0.27.1."""
KNOWN = frozenset[str]().union(*LOADERS.values())


def check(overlay: Overlay) -> Problems:
    model = overlay.model
    for engine in engines(overlay) if model is not None else ():
        flag = engine.get("quantization")
        if model is None or flag is None or hidden(str(flag.value)):
            continue
        text = str(flag.value).lower()
        message = _against(text, model, kind(engine.name).compares_method)
        if message:
            yield Problem(flag.resource, flag.pointer, f"quantization is {flag.value}, but {model.id} is {message}")


def _against(text: str, model: Model, compares: bool) -> str | None:
    """What the checkpoint is, if an argument contradicts it. compares: the engine holds it against the quant_method."""
    told, native, method = PRECISIONS.get(text), model.native_precision, model.quant_method
    if told and native not in ("bf16", told):
        return f"stored in {native}"
    if compares and native == "bf16" and text in PREPARED:
        return "not quantised: nothing lies beside it that this method reads"
    if compares and method and text in KNOWN and text not in LOADERS[method]:
        return f"quantised by {method}"
    return None

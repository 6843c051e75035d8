"""An engine is told to do what this GPU or this model cannot.

Kernels are built for an architecture, and attention backends for a kind of attention: FlashAttention 3 for Hopper,
TensorRT-LLM's for Blackwell, the MLA ones for DeepSeek's attention alone; FP4 needs Blackwell's tensor cores. The
engine notices when it builds the first layer, after the node, the image and often the checkpoint have arrived.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.facts import Hardware, Model
from ...model import Overlay, Problem, once_a_place
from ...planner.overlay import PRECISIONS
from ...views.arguments import Run, runs
from ...views.engines import Argument
from ...views.placement import machines
from ..examples import llm, server

SEVERITY = "error"
HINT = "Choose a backend or a precision that the GPU and the model have; without the argument the engine chooses one."
SOURCE = "https://docs.sglang.ai/advanced_features/attention_backend.html"
COVERS = ("ARC-05",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server("--attention-backend flashmla")
BAD = server("--attention-backend cutlass_mla")
_NEW = "lmsysorg/sglang:v0.5.9"
_LLAMA, _SCOUT = ({"hardware": "a3ultra", "model": model} for model in ("llama-3-1-8b-instruct", "llama-4-scout"))
_B200, _BARE = {"hardware": "a4high", "model": "deepseek-r1"}, {"hardware": "a3ultra"}
ALSO_GOOD = [
    server(), (server("--attention-backend fa3"), _LLAMA),
    (server("--attention-backend cutlass_mla", image=_NEW), _B200),
    (server("--attention-backend flashmla", image=_NEW), _B200),
    (server("--attention-backend cutlass_mla"), {"kind": "leaf"}), (server("--quantization nvfp4", image=_NEW), _BARE),
    (server("--quantization modelopt_fp4"), {"hardware": "a4high"}),
    (server("--quantization modelopt_fp4", engine="vllm"), _BARE),
    (server("--attention-backend trtllm_mha", image="lmsysorg/sglang:v0.5.15"), _LLAMA),
    (server("--kv-cache-dtype fp4_e2m1", image=_NEW), {"hardware": "a4high"}), llm("moe_config: {backend: CUTLASS}"),
    (llm("moe_config: {backend: DEEPGEMM}"), _B200),
    (llm("moe_config: {backend: CUTLASS}", image="nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc5"), _B200),
    (server("--attention-backend flashinfer"), _SCOUT), (server("--attention-backend fa3", image=_NEW), _SCOUT),
    server("--pp-size 2", image=_NEW), server("--pp-size 1"), (server("--pp-size 2"), _LLAMA),
    server("--quantization awq"),
]  # fmt: skip
ALSO_BAD = [
    server("--attention-backend fa3 --decode-attention-backend cutlass_mla"),
    server("--prefill-attention-backend trtllm_mla", image=_NEW),
    (server("--attention-backend fa3"), {"hardware": "a4high"}),
    (server("--attention-backend flashmla"), {"hardware": "a4high"}),
    (server("--attention-backend trtllm_mha", image=_NEW), _LLAMA), (server("--attention-backend flashmla"), _LLAMA),
    (server("--moe-runner-backend flashinfer_trtllm", image=_NEW), _BARE), llm("moe_config: {backend: TRTLLM}"),
    (server("--quantization modelopt_fp4"), _BARE), (server("--kv-cache-dtype fp4_e2m1"), _BARE),
    (llm("kv_cache_config: {dtype: nvfp4}"), _BARE), (llm("moe_config: {backend: CUTLASS}"), _B200),
    (server("--attention-backend trtllm_mha", image="lmsysorg/sglang:v0.5.15"), {"model": "deepseek-r1"}),
    (server("--attention-backend flashinfer", image=_NEW), _SCOUT), server("--pp-size 2"),
    (server("--quantization awq"), _LLAMA), (llm("moe_config: {backend: DEEPGEMM}"), _LLAMA),
]  # fmt: skip

FP4 = frozenset({"nvfp4", "fp4_e2m1", "fp4_mx_block16"})
FP4_WEIGHTS = frozenset({"modelopt_fp4", "nvfp4", "nvfp4_online", "NVFP4"})


@once_a_place
def check(overlay: Overlay) -> Iterator[Problem]:
    for run in runs(overlay):
        found = list(_model(run, overlay.model)) if overlay.model else []
        known = machines(overlay, run.engine.container.pod)
        # A pod that is wired to another machine as a whole is `foreign-hardware`'s.
        if known:
            every = [list(_machine(run, hardware, overlay.model)) for hardware in known]
            found += every[0] if all(every) else []
        yield from (Problem(given.resource, given.pointer, message) for given, message in found)


def _machine(run: Run, hardware: Hardware, model: Model | None) -> Iterator[tuple[Argument, str]]:
    engine = run.engine.kind
    for name, given in _particular(run):
        refusal = engine.gpu_refusal(name, str(given.value), run.version, hardware, model)
        if refusal:
            yield given, f"{name} {given.value} {refusal}"
    if "nvfp4" in hardware.precisions:
        return
    gpu = f"{hardware.accelerator} (compute capability {hardware.compute_capability})"
    weights = run.get("quantization")
    # Of a known model the planner's rules say more.
    lacking = model is None and (engine.unpacks_fp4 is None or run.before(engine.unpacks_fp4))
    if weights and lacking and str(weights.value) in FP4_WEIGHTS:
        yield weights, f"{weights.name} {weights.value} needs FP4, which {gpu} has not"
    for cache in (run.get("kv-cache-dtype"), run.llm("kv_cache_config", "dtype")):
        # What the planner knows of a model is `missing-tensor-cores`'.
        planned = model is not None and cache is not None and str(cache.value) in PRECISIONS
        if cache and not planned and str(cache.value) in FP4:
            yield cache, f"{cache.name} {cache.value} needs FP4, which {gpu} has not"


def _model(run: Run, model: Model) -> Iterator[tuple[Argument, str]]:
    for name, given in _particular(run):
        refusal = run.engine.kind.model_refusal(name, str(given.value), run.version, model)
        if refusal:
            yield given, f"{name} {given.value} {refusal}"


def _particular(run: Run) -> Iterator[tuple[str, Argument]]:
    """The arguments of which its engine does not have every value for every GPU and model."""
    return ((name, given) for name in run.engine.kind.particular if (given := run.find(name)) is not None)

"""An engine is told to do what this GPU or this model cannot.

Kernels are built for an architecture, and attention backends for a kind of attention: FlashAttention 3 for Hopper,
TensorRT-LLM's for Blackwell, the MLA ones for DeepSeek's attention alone; FP4 needs Blackwell's tensor cores. The
engine notices when it builds the first layer, after the node, the image and often the checkpoint have arrived.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..catalogue import Hardware, Model
from ..model import Overlay, Problem
from ..planner.overlay import PRECISIONS
from ..views.arguments import Given, Run, runs
from ..views.placement import machines

SEVERITY = "error"
HINT = "Choose a backend or a precision that the GPU and the model have; without the argument the engine chooses one."
SOURCE = "https://docs.sglang.ai/advanced_features/attention_backend.html"
COVERS = ("ARC-05",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, -m, sglang.launch_server, --model-path, m, --attention-backend, flashmla]
    resources: {limits: {nvidia.com/gpu: "1"}}
"""
BAD = GOOD.replace("flashmla]", "cutlass_mla]")

HOPPER, BLACKWELL = frozenset({"hopper"}), frozenset({"blackwell"})
ATTENTION = {
    "fa3": HOPPER,
    "hpc_ops": HOPPER,
    "cutlass_mla": BLACKWELL,
    "trtllm_mla": BLACKWELL,
    "cutedsl_mla": BLACKWELL,
    "tokenspeed_mla": BLACKWELL,
}
"""Architectures that SGLang's attention backends are built for, where not for both. trtllm_mha came to Hopper after
0.5.14, FlashMLA to Blackwell in 0.5.
"""
MLA_ONLY = frozenset({"flashmla", "cutlass_mla", "trtllm_mla", "cutedsl_mla", "tokenspeed_mla"})
LLAMA_4 = frozenset({"fa3", "aiter", "triton", "ascend", "trtllm_mha", "intel_xpu"})
"""Backends with Llama 4's chunked attention (SGLang since 0.5)."""
MOE = {"flashinfer_trtllm": BLACKWELL, "flashinfer_trtllm_routed": BLACKWELL, "flashinfer_cutedsl": BLACKWELL}
FP4 = frozenset({"nvfp4", "fp4_e2m1", "fp4_mx_block16"})
FP4_WEIGHTS = frozenset({"modelopt_fp4", "nvfp4", "nvfp4_online", "NVFP4"})
STORED = frozenset({"modelopt_fp4", "awq", "awq_marlin", "gptq", "gptq_marlin", "w4afp8"})
"""Quantisations that only a checkpoint stored in that form has."""
TRTLLM_MOE = {"TRTLLM": BLACKWELL, "CUTEDSL": BLACKWELL}


def check(overlay: Overlay) -> Iterator[Problem]:
    told = set()
    for run in runs(overlay):
        found = list(_model(run, overlay.model)) if overlay.model else []
        known = machines(overlay, run.engine.container.pod)
        # A pod that is wired to another machine as a whole is `foreign-hardware`'s.
        if known:
            every = [list(_machine(run, hardware, overlay.model)) for hardware in known]
            found += every[0] if all(every) else []
        for given, message in found:
            if (id(given.resource), given.pointer) not in told:
                told.add((id(given.resource), given.pointer))
                yield Problem(given.resource, given.pointer, message)


def _machine(run: Run, hardware: Hardware, model: Model | None) -> Iterator[tuple[Given, str]]:
    gpu = f"{hardware.accelerator} ({hardware.architecture.capitalize()})"
    arch = hardware.architecture
    for name in ("attention-backend", "decode-attention-backend", "prefill-attention-backend") if _sglang(run) else ():
        given = run.get(name)
        wanted = ATTENTION.get(str(given.value)) if given else None
        if given and str(given.value) == "trtllm_mha" and run.before("0.5.15"):
            wanted = BLACKWELL
        if given and str(given.value) == "flashmla" and run.before("0.5"):
            wanted = HOPPER
        if given and wanted and arch not in wanted:
            yield given, f"{name} {given.value} is built for {_named(wanted)}, not for {gpu}"
    moe = run.get("moe-runner-backend") if _sglang(run) else run.llm("moe_config", "backend")
    for_moe = {**MOE, **TRTLLM_MOE}.get(str(moe.value)) if moe else None
    if moe and for_moe and arch not in for_moe:
        yield moe, f"{moe.name} {moe.value} is built for {_named(for_moe)}, not for {gpu}"
    weights = run.get("quantization")
    # SGLang unpacks such weights on older GPUs since 0.5; of a known model the planner's rules say more.
    unpacks = _sglang(run) and not run.before("0.5")
    lacking = model is None and not unpacks and "nvfp4" not in hardware.precisions
    if weights and lacking and str(weights.value) in FP4_WEIGHTS:
        yield weights, f"{weights.name} {weights.value} needs FP4, which {gpu} has not"
    for given in (run.get("kv-cache-dtype"), run.llm("kv_cache_config", "dtype")):
        # What the planner knows of a model is `missing-tensor-cores`' and `unpacked-weights`'.
        planned = model is not None and given is not None and str(given.value) in PRECISIONS
        if given and not planned and str(given.value) in FP4 and "nvfp4" not in hardware.precisions:
            yield given, f"{given.name} {given.value} needs FP4, which {gpu} has not"
    blocks = model is not None and model.native_precision == "fp8" and model.weight_block is not None
    if moe and moe.value == "CUTLASS" and blocks and arch == "blackwell" and run.before("1.3.0rc0"):
        yield moe, "moe_config.backend CUTLASS has no kernel for FP8 block scales on Blackwell: DEEPGEMM has"


def _model(run: Run, model: Model) -> Iterator[tuple[Given, str]]:
    for name in ("attention-backend", "decode-attention-backend", "prefill-attention-backend") if _sglang(run) else ():
        given = run.get(name)
        backend = str(given.value) if given else ""
        if given and backend in MLA_ONLY and model.attention != "mla":
            yield given, f"{name} {backend} is for MLA, but {model.id} has grouped-query attention"
        if given and backend == "trtllm_mha" and model.attention == "mla":
            yield given, f"{name} trtllm_mha is for grouped-query attention, but {model.id} has MLA"
        new = run.version is not None and not run.before("0.5")
        if given and new and backend and backend not in LLAMA_4 and "/Llama-4" in model.id:
            yield given, f"{name} {backend} does not run Llama 4: {', '.join(sorted(LLAMA_4))} do"
    pp = run.get("pp-size")
    if pp and _sglang(run) and model.attention == "mla" and (run.number("pp-size") or 1) > 1 and run.before("0.5"):
        yield pp, f"pipeline parallelism {pp.value} does not run {model.id} (MLA) in this version"
    quantization = run.get("quantization") if _sglang(run) else None
    stored = str(quantization.value) if quantization else ""
    # A checkpoint that is stored in another form is `mismatched-quantization`'s.
    if quantization and stored in STORED and model.native_precision == "bf16":
        yield (
            quantization,
            f"quantization {stored} needs a checkpoint stored so, but {model.id} is {model.native_precision}",
        )
    moe = run.llm("moe_config", "backend")
    if moe and moe.value == "DEEPGEMM" and not (model.native_precision == "fp8" and model.weight_block):
        yield moe, f"moe_config.backend DEEPGEMM runs FP8 block scales, but {model.id} is {model.native_precision}"


def _sglang(run: Run) -> bool:
    return run.engine.name == "sglang"


def _named(architectures: frozenset[str]) -> str:
    return " and ".join(sorted(name.capitalize() for name in architectures))

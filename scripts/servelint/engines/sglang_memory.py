"""How SGLang shares a GPU's memory out: the fraction that it takes by itself, and what it allocates beside its pool.

Read in the wheels of 0.4.6.post4, 0.4.7, 0.4.8, 0.4.10, 0.5.2 to 0.5.4, 0.5.8 to 0.5.10, 0.5.12 to 0.5.14, 0.5.18 and
0.5.23: srt/server_args.py (from 0.5.2x on arg_groups/memory_hook.py), srt/model_executor/{model_runner,
model_runner_kv_cache_mixin,pool_configurator}.py and srt/layers/attention/flashattention_backend.py.
"""

from __future__ import annotations

from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING

from .kind import Adapters
from .versions import before, order

if TYPE_CHECKING:
    from .kind import Setup

GIB = 2**30
INT = 4
"""Bytes of an entry of a table of pages."""

VISION_OFF = frozenset(
    {"Gemma3ForConditionalGeneration", "Llama4ForConditionalGeneration", "Step3VLForConditionalGeneration"}
)
"""Architectures whose vision is served only with ``enable-multimodal``."""
WINDOWED = frozenset(
    {
        "Llama4ForConditionalGeneration", "GptOssForCausalLM", "MiMoV2FlashForCausalLM", "MiMoV2ForCausalLM",
        "Step3p5ForCausalLM", "Step3p7ForConditionalGeneration", "Gemma4ForCausalLM",
        "Gemma4ForConditionalGeneration", "Gemma4UnifiedForConditionalGeneration", "LagunaForCausalLM",
    }
)  # fmt: skip
"""Architectures whose windowed layers have a pool of their own (is_hybrid_swa_model)."""
FEWER_TOKENS = 0.8
"""swa-full-tokens-ratio if nothing is said."""
NO_PREFILL_GRAPH = frozenset(
    {"DeepseekV4ForCausalLM", "Qwen3NextForCausalLM", "BailingMoeV2_5ForCausalLM", "LLaDAModelLM"}
)
"""Architectures whose passes are never captured."""
PREFILL_GRAPH_OFF = (
    "disable-prefill-cuda-graph", "disable-piecewise-cuda-graph", "disable-cuda-graph", "enable-lora",
    "enable-torch-compile", "enable-hierarchical-cache", "enable-deterministic-inference", "enable-symm-mem",
    "enable-eplb", "debug-cuda-graph",
)  # fmt: skip
"""Switches with which passes are not captured."""
PREFILL_GRAPH_OFF_WITH = ("lora-paths", "expert-distribution-recorder-mode", "dllm-algorithm")
"""Arguments that do so whatever their value is."""


def since(setup: Setup, version: str) -> bool:
    """Whether the version is known to be that one or a later one; an unknown one is planned as 0.4.6."""
    return order(setup.version) is not None and not before(setup.version, f"{version}.dev0")


def pass_tokens(setup: Setup) -> int:
    """Tokens of the largest pass: chunked-prefill-size, or max-prefill-tokens where prompts are not cut; if nothing is
    said 8192, and from 0.5 on 16384 on GPUs of 160 GiB and more."""
    if setup.tokens:
        return setup.tokens
    if (setup.flags.number("chunked-prefill-size") or 0) < 0:
        return setup.flags.number("max-prefill-tokens") or 16384
    return 16384 if since(setup, "0.4.8") and setup.hardware.gpu_memory_mib >= 160 * 1024 else 8192


def graph_batch(setup: Setup) -> int:
    """Requests of the largest decode step that is captured."""
    given = setup.flags.number("cuda-graph-max-bs") or setup.flags.number("cuda-graph-max-bs-decode")
    memory, many = setup.hardware.gpu_memory_mib, setup.layout.tp >= 4
    if given and given > 0:
        return given
    if not since(setup, "0.4.7"):
        return 256 if memory > 96 * 1024 else 160
    return 512 if memory >= 160 * 1024 or many else 256


def sees(setup: Setup) -> bool:
    """Whether the vision part of a model is served."""
    if not setup.model.vision_parameters:
        return False
    given = setup.flags.text("enable-multimodal")
    return setup.flags.on("enable-multimodal") if given is not None else setup.model.architecture not in VISION_OFF


def prefill_graph(setup: Setup) -> float:
    """MiB that are kept for captured passes: 1536 with MLA, else 8 for each size; none where they are not captured,
    by default from 0.5.10 on."""
    flags, layout, mla = setup.flags, setup.layout, setup.model.attention == "mla"
    if not since(setup, "0.5.10"):
        return 0.0
    chosen = flags.text("cuda-graph-backend-prefill")
    off = (
        layout.attention_dp or layout.pp > 1 or layout.cp > 1 or layout.whole_experts
        or setup.model.architecture in NO_PREFILL_GRAPH or sees(setup)
        or any(map(flags.on, PREFILL_GRAPH_OFF)) or any(flags.text(name) for name in PREFILL_GRAPH_OFF_WITH)
        or flags.text("disaggregation-mode") not in (None, "null") or (flags.number("cpu-offload-gb") or 0) > 0
        or (flags.text("speculative-algorithm") is not None and not since(setup, "0.5.14"))
    )  # fmt: skip
    if chosen == "disabled" or (off and chosen is None):
        return 0.0
    if mla:
        return 1536.0
    largest = flags.number("cuda-graph-max-bs-prefill") or flags.number("piecewise-cuda-graph-max-tokens")
    caps = (largest or pass_tokens(setup), flags.number("max-total-tokens"), setup.context)
    return 8.0 * _captured(min(cap for cap in caps if cap and cap > 0))


def _captured(largest: int) -> int:
    """How many sizes of passes are captured up to a largest one."""
    steps = ((4, 32, 4), (48, 256, 16), (288, 512, 32), (576, 1024, 64), (1280, 4096, 256), (4608, largest, 512))
    return sum(len(range(first, min(last, largest) + 1, step)) for first, last, step in steps)


def reserve(setup: Setup) -> float:
    """MiB that the default fraction leaves, from 0.4.8 on.

    Up to 0.5.2 by the size of the GPU: 9.5 GiB and half a GiB for each GPU below 90 GiB, 12 GiB and as much below 160,
    32 GiB on larger ones; 4 GiB more with attention DP, 2 for a draft. From 0.5.3 on by what runs: 512 + 1.5 * tokens
    of a pass + 128 * tp * pp + 2 * graph batch, with attention DP 3 (above 300: 4.5) * graph batch * dp more, and
    captured passes (``prefill_graph``); 10 GiB at least; and up to 0.5.13 room for a draft, which is 2 GiB, from 0.5.10
    on 4, and 6 where the draft is a whole model.
    """
    layout, memory, method = setup.layout, setup.hardware.gpu_memory_mib, setup.flags.text("speculative-algorithm")
    gpus, drafts = layout.tp * layout.pp, method is not None and method.upper() != "NGRAM"
    alone = drafts and str(method).upper() == "STANDALONE"
    if not since(setup, "0.5.3"):
        base = 9.5 + gpus / 2 if memory < 90 * 1024 else 12 + gpus / 2 if memory < 160 * 1024 else 32
        return 1024 * (base + (6 if alone else 2 if drafts else 0) + (4 if layout.attention_dp else 0))
    graph = graph_batch(setup)
    kept = 512 + 1.5 * max(pass_tokens(setup), 2048) + 128 * gpus + 2 * graph
    if layout.attention_dp:
        kept += (3 if graph <= 300 else 4.5) * graph * layout.dp
    kept += prefill_graph(setup)
    if memory > 60 * 1024:
        kept = max(kept, 10 * 1024)
    if drafts and not since(setup, "0.5.14"):
        kept += 1024 * (6 if alone else 4 if since(setup, "0.5.10") else 2)
    if since(setup, "0.5.18") and setup.flags.text("moe-a2a-backend") == "deepep":
        kept += 2048
    return kept


def _old_share(setup: Setup) -> float:
    """Up to 0.4.7: 0.88 on GPUs above 80 GiB (less on smaller ones the more GPUs there are), and above 96 GiB
    min(f + 48 GiB * (1 - f) / memory, (memory - 18 GiB) / memory)."""
    memory, gpus = setup.hardware.gpu_memory_mib, setup.layout.tp * setup.layout.pp
    if memory <= 81920:
        return next(f for least, f in ((16, 0.79), (8, 0.81), (4, 0.85), (2, 0.87), (1, 0.88)) if gpus >= least)
    if memory <= 96 * 1024:
        return 0.88
    return min(0.88 + 48 * 1024 * 0.12 / memory, (memory - 18 * 1024) / memory)


def share(setup: Setup, given: float | None) -> float:
    """The fraction of what is free before loading that weights and cache may take.

    With vision up to 0.4.9 a tenth less, even of a fraction that was written; later less of the default alone, by a
    rule of thumb over the layers and width of the vision part, which ``vision_parameters`` stands for here:
    0.95 * (1 - 0.1 * (parameters / 302e6 - 1)), the bracket between 0.8 and 1.05.
    """
    if not since(setup, "0.4.8"):
        found = _old_share(setup) if given is None else given
    elif given is None:
        memory = setup.hardware.gpu_memory_mib
        found = max(0.0, round((memory - reserve(setup)) / memory, 3))
    else:
        found = given
    if not sees(setup):
        return found
    if not since(setup, "0.4.10"):
        return found * 0.9
    thumb = 1 - 0.1 * (setup.model.vision_parameters / (12 * 24 * 1024**2) - 1)
    return found * 0.95 * max(0.8, min(1.05, thumb)) if given is None else found


def kv_precision(setup: Setup) -> str:
    """BF16; from 0.5.4 on FP8 where the checkpoint declares it (configure_kv_cache_dtype), and for sparse attention on
    Blackwell (_set_default_dsa_kv_cache_dtype)."""
    if setup.model.indexer is not None:
        return "fp8" if setup.hardware.capability[0] >= 10 else "bf16"
    return "fp8" if since(setup, "0.5.4") and setup.model.kv_precision == "fp8" else "bf16"


def latent_scales(setup: Setup, precision: str) -> float:
    """Bytes of a token that sparse attention in FP8 has on Hopper beside latent and indexer: scales, and
    positions in BF16, 80 bytes a layer for 512 and 64 numbers. So a token of DeepSeek V3.2 takes 788 a layer.
    Source: calculate_mla_kv_cache_dim in model_executor/model_runner_kv_cache_mixin.py of 0.5.14; the pool's size
    counts them from 0.5.18 on
    """
    model = setup.model
    if model.indexer is None or precision != "fp8" or setup.hardware.capability[0] != 9:
        return 0.0
    return model.cached_layers * ((model.kv_lora_rank or 0) / 128 * 4 + (model.qk_rope_head_dim or 0))


def kv_layers(setup: Setup) -> float:
    """Layers' worth of cache that a token takes.

    From 0.5.8 on the windowed layers of some architectures have a pool of their own, of ``swa-full-tokens-ratio`` as
    many tokens; before only with ``hybrid-kvcache-ratio``, which is not planned. A draft by modules of the checkpoint
    or a small model has a layer of its own for the same tokens, counted from 0.5.14 on, and before beside the pool.
    Source: HybridSWAPoolConfigurator and DefaultPoolConfigurator in model_executor/pool_configurator.py of 0.5.14
    """
    model, flags = setup.model, setup.flags
    count = float(model.layers)
    pattern = model.attention_pattern
    if (
        pattern and model.architecture in WINDOWED and since(setup, "0.5.8")
        and not flags.on("disable-hybrid-swa-memory")
    ):  # fmt: skip
        ratio = FEWER_TOKENS
        with suppress(ValueError):
            ratio = float(flags.text("swa-full-tokens-ratio") or ratio)
        windowed = model.layers - model.global_layers
        heavier = model.window_weight
        if heavier == 1 or since(setup, "0.5.9"):
            return model.global_layers + ratio * heavier * windowed
        # Windowed layers with heads of their own were counted twice, and what came out was shared out by layers.
        return (1 + heavier * windowed / model.layers) * (model.global_layers + ratio * windowed)
    if drafted(setup) and since(setup, "0.5.14"):
        count += 1
    return count


def drafted(setup: Setup) -> bool:
    """Whether a module or a model drafts for each token with a cache of its own."""
    return (setup.flags.text("speculative-algorithm") or "").upper() in ("EAGLE", "EAGLE3", "NEXTN", "STANDALONE")


def modules(setup: Setup) -> int:
    """Modules for multi-token prediction that are loaded: the checkpoint's, where no other draft is named."""
    named = setup.flags.text("speculative-draft-model-path")
    own = (setup.flags.text("speculative-algorithm") or "").upper() in ("EAGLE", "NEXTN")
    return (setup.model.mtp_layers or 0) if own and named is None else 0


def for_keys(setup: Setup) -> float:
    """The part of the pool that is for keys and values: with layers of linear attention their states get
    ``mamba-full-memory-ratio`` (0.9) times as much. Source: handle_max_mamba_cache in
    model_executor/model_runner_kv_cache_mixin.py of 0.5.14"""
    if setup.model.linear_attention is None:
        return 1.0
    ratio = 0.9
    with suppress(ValueError):
        ratio = float(setup.flags.text("mamba-full-memory-ratio") or ratio)
    return 1 / (1 + max(0.0, ratio))


MODULES = {
    "qkv": ("q_proj", "k_proj", "v_proj", "qkv_proj"), "o": ("o_proj",),
    "gate_up": ("gate_proj", "up_proj", "gate_up_proj"), "down": ("down_proj",),
}  # fmt: skip
"""Names in ``lora-target-modules`` of the linear layers of a block."""


def adapters(setup: Setup) -> Adapters | None:
    """Room for ``max-loras-per-batch`` (8) adapters of ``max-lora-rank``, which only the adapters tell where it is not
    given; of their modules at least those of attention. Source: lora/mem_pool.py of 0.5.14"""
    flags = setup.flags
    rank = flags.number("max-lora-rank")
    if not rank or not (flags.on("enable-lora") or flags.text("lora-paths")):
        return None
    named = flags.text("lora-target-modules")
    wanted = {part for part, names in MODULES.items() if named and any(name in named for name in names)}
    if named and "all" in named:
        wanted = set(MODULES)
    return Adapters(flags.number("max-loras-per-batch") or 8, rank, frozenset(wanted or {"qkv", "o"}))


def beside(setup: Setup, tokens: int) -> dict[str, float]:
    """Bytes that are allocated for certain beside the static pool, by what they are for. tokens: of one cache.

    The table of requests has a row for each that may run, a column for each token of the context. FA3 keeps a table of
    pages as large for each request of a captured step, and for chunked attention one of ceil(context / chunk) rows a
    request and the pages of a chunk; before 0.4.7 each of these rows had the pages of all chunks. Page size is 1 with
    FA3 if nothing is said.
    """
    flags, model, layout = setup.flags, setup.model, setup.layout
    context = setup.context or model.context
    running = flags.number("max-running-requests")
    if running is None or running < 1:
        running = max(2048, min(4096, int(tokens / context * 512)))
    elif since(setup, "0.5"):
        running //= max(1, layout.dp)
    if since(setup, "0.5"):
        running = min(running, tokens // 2)
    found = {"its table of requests and tokens": (running + 1.0) * (context + 4) * INT}
    written = (flags.text("kv-cache-dtype") or "").startswith("fp8")
    scales = latent_scales(setup, "fp8") if written and not since(setup, "0.5.18") else 0.0
    if scales:
        found["scales and positions of its cache"] = scales * tokens
    if not _flash_attention(setup) or flags.on("disable-cuda-graph") or flags.on("disable-decode-cuda-graph"):
        return found
    batch, page = min(graph_batch(setup), running + 1), flags.number("page-size") or 1
    found["FlashAttention's table of pages"] = float(batch * ceil(context / page) * INT)
    pattern = model.attention_pattern
    if pattern is not None and pattern.chunked and not since(setup, "0.5.23"):
        chunks, pages = ceil(context / pattern.window_tokens), ceil(pattern.window_tokens / page)
        each = pages if since(setup, "0.4.7") else pages * chunks
        found["FlashAttention's tables for chunked attention"] = float(batch * chunks * each * INT)
    return found


def _flash_attention(setup: Setup) -> bool:
    """Whether decode steps run in FA3: where it is named, or by default on Hopper."""
    names = ("decode-attention-backend", "attention-backend")
    named = next((found for name in names if (found := setup.flags.text(name)) is not None), None)
    if named is not None:
        return named == "fa3"
    # MLA's page tables are small beside the rest, and versions differ in what they take for it.
    return setup.hardware.capability[0] == 9 and setup.model.attention == "gqa" and not setup.model.attention_sinks

"""GPU memory: what a token of KV cache takes, and what each engine's memory fraction leaves for the cache.

The three engines read one number in three ways:

    SGLang        mem_fraction_static      of the memory that was free before loading; holds weights and KV cache
    TensorRT-LLM  free_gpu_memory_fraction of what is left after weights and a profiled pass; holds the KV cache
    vLLM          gpu_memory_utilization   of all memory; holds weights, a profiled pass and the KV cache
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from .weights import ELEMENT_BYTES, SCALE_BYTES

if TYPE_CHECKING:
    from ..facts import Hardware, Model
    from .layout import Layout

GIB = 2**30
MIB = 2**20

HIDDEN = 0.60 * GIB
"""Of nvidia-smi's total, what CUDA never hands out: measured on an H200 (measured.json), 140.40 GiB there and 139.80 in
CUDA, which is the capacity that PyTorch's out-of-memory messages name."""
CONTEXT = 0.61 * GIB
"""CUDA context and kernels of one process, measured on an H200 (measured.json)."""
COLLECTIVES = 1.9 * GIB
"""NCCL and the engine's own all-reduce buffers, once there is more than one GPU. With the two above 3.11 GiB: SGLang
reports 137.29 GiB free of 140.40 before it loads on 8 H200 (B200: 175.34 of 179.06).
Source: https://github.com/sgl-project/sglang/pull/11716"""

OUTSIDE_TORCH = (0.13 * GIB, 0.55 * GIB)
"""What vLLM counts besides its pass and the weights, on one GPU and on several: its memory snapshot already has the
context. Source: https://github.com/llm-d-incubation/llm-d-planner/blob/main/docs/empirical-vllm-memory-results.md"""

FRACTIONS = {"trtllm": 0.9, "vllm": 0.9}
"""Defaults: KvCacheConfig.free_gpu_memory_fraction; vLLM's gpu_memory_utilization."""
BATCH_TOKENS = 8192
"""Tokens of the largest pass: chunked_prefill_size, max_num_tokens, max_num_batched_tokens."""
MARGIN = 0.02
"""Of a GPU's memory: how far a plan may be off (README.md, calibration). What fits by less is uncertain."""


@dataclass(frozen=True)
class Budget:
    """Bytes on one GPU. ``pool`` is what the KV cache may take; negative where the weights alone are too much."""

    total: float
    overhead: float
    weights: float
    activations: float
    fraction: float
    pool: float

    @property
    def free(self) -> float:
        """What weights, activations and cache share."""
        return self.total - self.overhead


def kv_bytes_per_element(precision: str) -> float:
    """Bytes of one number in the cache: 2 for BF16, 1 for FP8, 0.5 + 1 / 16 for NVFP4."""
    return ELEMENT_BYTES[precision] + (SCALE_BYTES[precision] / 16 if precision == "nvfp4" else 0)


def kv_bytes_per_token(model: Model, layout: Layout, precision: str) -> float:
    """Bytes of KV cache of one token on each GPU that holds it, every layer in full.

    GQA: 2 * layers * max(1, kv_heads / attention_tp) * head_dim * bytes; heads are copied where GPUs outnumber them.
    MLA: layers * (kv_lora_rank + qk_rope_head_dim) * bytes, the same on every GPU. A pipeline stage has
    ceil(layers / pp) of the layers.
    """
    whole = model.kv_cache_bytes_per_token(layout.attention_tp, kv_bytes_per_element(precision))
    return whole * ceil(model.layers / layout.pp) / model.layers


def default_fraction(
    engine: str, model: Model, hardware: Hardware, layout: Layout, version: str = "", tokens: int | None = None
) -> float:
    """What the engine takes if no fraction is given.

    SGLang up to 0.4: 0.88 on GPUs above 80 GiB (less on smaller ones the more GPUs there are), and above 96 GiB
    min(f + 48 GiB * (1 - f) / memory, (memory - 18 GiB) / memory). From 0.5: what a pass and CUDA graphs leave, by
    rules of thumb in MiB: 512 + 1.5 * tokens of a pass + 128 * tp * pp + 2 * largest graph, with attention DP 3
    (above 300: 4.5) * largest graph * dp more, with MLA 1536 more; 10 GiB at least.
    Sources: https://github.com/sgl-project/sglang/blob/v0.4.6.post4/python/sglang/srt/server_args.py and
    python/sglang/srt/arg_groups/memory_hook.py of 0.5
    """
    if engine != "sglang":
        return FRACTIONS[engine]
    memory, gpus = hardware.gpu_memory_mib, layout.tp * layout.pp
    if _numbers(version) >= (0, 5):
        graph = 512 if memory >= 160 * 1024 or layout.tp >= 4 else 256
        reserved = 512 + 1.5 * (tokens or pass_tokens(engine, hardware, version)) + 128 * gpus + 2 * graph
        if layout.attention_dp:
            reserved += (3 if graph <= 300 else 4.5) * graph * layout.dp
        if model.attention == "mla":
            reserved += 1536
        return max(0.0, round((memory - max(reserved, 10 * 1024)) / memory, 3))
    if memory <= 81920:
        return next(f for least, f in ((16, 0.79), (8, 0.81), (4, 0.85), (2, 0.87), (1, 0.88)) if gpus >= least)
    fraction = 0.88
    if memory > 96 * 1024:
        fraction = min(fraction + 48 * 1024 * (1 - fraction) / memory, (memory - 18 * 1024) / memory)
    return fraction


def pass_tokens(engine: str, hardware: Hardware, version: str = "") -> int:
    """Tokens of the largest pass if nothing is said: 8192; SGLang from 0.5 takes 16384 on GPUs of 160 GiB and more."""
    roomy = engine == "sglang" and _numbers(version) >= (0, 5) and hardware.gpu_memory_mib >= 160 * 1024
    return 16384 if roomy else BATCH_TOKENS


def _numbers(version: str) -> tuple[int, ...]:
    """Major and minor of a version such as 0.5.14; the empty tuple where it tells neither."""
    parts = version.split(".")[:2]
    return tuple(map(int, parts)) if len(parts) == 2 and all(part.isdigit() for part in parts) else ()


SAMPLED = 1024
"""Requests that vLLM samples for at once in its profiled pass (max_num_seqs on GPUs of 70 GiB and more)."""
COPIES = 8
"""Copies of all their logits in FP32 that sampling holds meanwhile: 4.76 GiB were logged for Llama 3.1 8B, 5.64 for
Qwen3 32B and 7.38 for gpt-oss-120b; logits alone are 0.49, 0.58 and 0.77.
Source: https://github.com/llm-d-incubation/llm-d-planner/blob/main/docs/empirical-vllm-memory-results.md"""


def activations(model: Model, layout: Layout, tokens: int) -> float:
    """Bytes that the largest pass needs at its peak, estimated: the residual stream, attention and the MLP in BF16.

    ``tokens * 2 * (6 * hidden + k * (2 * hidden + 2 * width))`` with k experts a token and their width (dense: the
    MLP's share of one GPU). TensorRT-LLM's log for gpt-oss-120b gives 0.85 GiB for 8192 tokens, this 0.97. vLLM samples
    in its profiled pass too: ``COPIES * SAMPLED * vocabulary * 4`` more.
    """
    experts = model.experts
    if experts:
        k, width = experts.active + experts.shared, float(experts.intermediate_size)
    else:
        k, width = 1, model.intermediate_size / layout.tp
    sampling = COPIES * SAMPLED * model.vocabulary * 4 if layout.engine == "vllm" else 0
    return tokens * 2 * (6 * model.hidden_size + k * (2 * model.hidden_size + 2 * width)) + sampling


def overhead(layout: Layout) -> float:
    """Bytes of a GPU that are gone before the first weight is loaded."""
    return HIDDEN + CONTEXT + (COLLECTIVES if layout.world > 1 else 0)


def budget(
    model: Model,
    hardware: Hardware,
    layout: Layout,
    weights: float,
    fraction: float | None,
    tokens: int | None,
    version: str = "",
) -> Budget:
    """Shares one GPU's memory out as the engine does.

    SGLang:       pool = fraction * (total - overhead) - weights
    TensorRT-LLM: pool = fraction * (total - overhead - weights - activations)
    vLLM:         pool = fraction * (total - HIDDEN) - OUTSIDE_TORCH - weights - activations
    Sources: profile_max_num_token in python/sglang/srt/model_executor/model_runner.py (0.4.6.post4; 0.5 counts alike);
    KvCacheCreator in tensorrt_llm/_torch/pyexecutor/_util.py; determine_available_memory in
    vllm/v1/worker/gpu_worker.py
    """
    total, gone = float(hardware.gpu_memory_bytes), overhead(layout)
    peak = activations(model, layout, tokens or pass_tokens(layout.engine, hardware, version))
    share = fraction
    if share is None:
        share = default_fraction(layout.engine, model, hardware, layout, version, tokens)
    if layout.engine == "sglang":
        pool = share * (total - gone) - weights
    elif layout.engine == "trtllm":
        pool = share * (total - gone - weights - peak)
    else:
        pool = share * (total - HIDDEN) - OUTSIDE_TORCH[layout.world > 1] - weights - peak
    return Budget(total, gone, weights, peak, share, pool)

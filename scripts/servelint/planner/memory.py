"""GPU memory: what a token of KV cache takes, and what each engine's memory fraction leaves for the cache.

Each engine reads the fraction in a way of its own: ``Kind.share_means`` and ``Kind.pool`` in ``engines/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from ..engines import kind
from ..engines.kind import Memory, Setup
from .weights import ELEMENT_BYTES, SCALE_BYTES

if TYPE_CHECKING:
    from ..engines.layout import Layout

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

MARGIN = 0.02
"""Of a GPU's memory: how far a plan may be off (README.md, calibration). What fits by less is uncertain."""


@dataclass(frozen=True)
class Budget:
    """Bytes on one GPU. ``pool`` is what the KV cache may take; negative where the weights alone are too much.

    ``cache`` is what it does take, less where a number of tokens caps it. ``beside``: what is allocated for certain
    outside the fraction, by what it is for; ``left`` is what weights and cache leave for it and for passes. ``more``:
    what was asked for besides the model and is most of the weights, in words, and which arguments say so.
    """

    total: float
    overhead: float
    weights: float
    activations: float
    fraction: float
    pool: float
    cache: float = 0.0
    beside: Mapping[str, float] = field(default_factory=dict)
    more: tuple[str, tuple[str, ...]] = ("", ())

    @property
    def left(self) -> float:
        return self.free - self.weights - self.cache

    @property
    def free(self) -> float:
        """What weights, activations and cache share."""
        return self.total - self.overhead


def kv_bytes_per_element(precision: str) -> float:
    """Bytes of one number in the cache: 2 for BF16, 1 for FP8, 0.5 + 1 / 16 for NVFP4."""
    return ELEMENT_BYTES[precision] + (SCALE_BYTES[precision] / 16 if precision == "nvfp4" else 0)


def kv_bytes_per_token(setup: Setup, precision: str) -> float:
    """Bytes of KV cache of one token on each GPU that holds it.

    GQA: 2 * layers * max(1, kv_heads / attention_tp) * head_dim * bytes; heads are copied where GPUs outnumber them.
    MLA: layers * (kv_lora_rank + qk_rope_head_dim) * bytes, the same on every GPU; an indexer of sparse attention keeps
    a key of its own beside it, in FP8 with an FP32 scale for each 128. A pipeline stage has ceil(layers / pp) of the
    layers. What an engine counts otherwise (windows, drafts) is ``Kind.kv_layers``.
    """
    model, layout = setup.model, setup.layout
    whole = model.kv_cache_bytes_per_token(layout.attention_tp, kv_bytes_per_element(precision))
    engine = kind(layout.engine)
    kept = engine.kv_layers(setup) / model.layers
    return (whole + engine.indexed(setup, precision)) * kept * ceil(model.layers / layout.pp) / model.layers


def activations(setup: Setup) -> float:
    """Bytes that the largest pass needs at its peak, estimated: the residual stream, attention and the MLP in BF16.

    ``2 * (6 * hidden * tokens + k * (2 * hidden + 2 * width) * some)`` with k experts a token and their width (dense:
    the MLP's share of one GPU). Experts work on ``some`` of the tokens at once: all of them up to the engine's own
    bound (``Kind.expert_tokens``), so that long passes saturate. What else an engine reckons with is ``Kind.peak``.
    TensorRT-LLM's log for gpt-oss-120b gives 0.85 GiB for 8192 tokens, this 0.97.
    """
    model, engine = setup.model, kind(setup.layout.engine)
    tokens, experts = engine.pass_tokens(setup), model.experts
    some = tokens
    if experts:
        k, width = experts.active + experts.shared, float(experts.intermediate_size)
        some = min(tokens, engine.expert_tokens or tokens)
    else:
        k, width = 1, model.intermediate_size / setup.layout.tp
    one_pass = 2 * (6 * model.hidden_size * tokens + k * (2 * model.hidden_size + 2 * width) * some)
    return engine.peak(setup, one_pass)


def overhead(layout: Layout) -> float:
    """Bytes of a GPU that are gone before the first weight is loaded."""
    return HIDDEN + CONTEXT + (COLLECTIVES if layout.world > 1 else 0)


def budget(
    setup: Setup, weights: float, fraction: float | None, token: float, most: int | None = None, draft: float = 0.0
) -> Budget:
    """Shares one GPU's memory out as the engine does: its ``Kind.pool`` and ``Kind.share``. token: bytes of one token
    in the cache; most: tokens that it may hold at most; draft: bytes of a draft's weights, which are in ``weights``."""
    engine = kind(setup.layout.engine)
    total, gone = float(setup.hardware.gpu_memory_bytes), overhead(setup.layout)
    peak, share = activations(setup), engine.share(setup, fraction)
    apart = 0.0 if engine.counts_draft(setup) else draft
    weights -= apart
    pool = engine.pool(setup, Memory(total, HIDDEN, gone, weights, peak), share)
    tokens = max(0, int(pool / token))
    tokens = tokens if most is None else min(tokens, most)
    beside = engine.beside(setup, tokens)
    if apart:
        beside["the draft's weights and cache"] = apart + tokens * token / engine.kv_layers(setup)
    return Budget(total, gone, weights, peak, share, pool, max(0.0, min(pool, tokens * token)), beside)

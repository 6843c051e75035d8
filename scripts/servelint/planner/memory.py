"""GPU memory: what a token of KV cache takes, and what each engine's memory fraction leaves for the cache.

Each engine reads the fraction in a way of its own: ``Kind.share_means`` and ``Kind.pool`` in ``engines/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from ..engines import kind
from ..engines.kind import Memory
from .weights import ELEMENT_BYTES, SCALE_BYTES

if TYPE_CHECKING:
    from ..catalogue.facts import Hardware, Model
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
    ceil(layers / pp) of the layers. An engine that frees what has left a window counts fewer: ``Kind.kv_layers``.
    """
    whole = model.kv_cache_bytes_per_token(layout.attention_tp, kv_bytes_per_element(precision))
    kept = kind(layout.engine).kv_layers(model) / model.layers
    return whole * kept * ceil(model.layers / layout.pp) / model.layers


def activations(model: Model, layout: Layout, tokens: int) -> float:
    """Bytes that the largest pass needs at its peak, estimated: the residual stream, attention and the MLP in BF16.

    ``tokens * 2 * (6 * hidden + k * (2 * hidden + 2 * width))`` with k experts a token and their width (dense: the
    MLP's share of one GPU), and what the engine samples with in its profiled pass. TensorRT-LLM's log for gpt-oss-120b
    gives 0.85 GiB for 8192 tokens, this 0.97.
    """
    experts = model.experts
    if experts:
        k, width = experts.active + experts.shared, float(experts.intermediate_size)
    else:
        k, width = 1, model.intermediate_size / layout.tp
    one_pass = tokens * 2 * (6 * model.hidden_size + k * (2 * model.hidden_size + 2 * width))
    return one_pass + kind(layout.engine).sampling(model)


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
    """Shares one GPU's memory out as the engine does: its ``Kind.pool`` and ``Kind.share``."""
    engine = kind(layout.engine)
    total, gone = float(hardware.gpu_memory_bytes), overhead(layout)
    peak = activations(model, layout, tokens or engine.pass_tokens(hardware, version))
    share = engine.share(model, hardware, layout, version, tokens) if fraction is None else fraction
    pool = engine.pool(Memory(total, HIDDEN, gone, weights, peak), share, layout.world > 1)
    return Budget(total, gone, weights, peak, share, pool)

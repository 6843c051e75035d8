"""Weights: which share of each part of a model one GPU holds, and what it weighs there.

The parts are counted in ``catalogue.parts``; how an engine shares them out is its ``Kind.split`` in ``engines/``.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from ..catalogue.parts import (
    ELEMENT_BYTES,
    LINEAR,
    PARTS,
    SCALE_BYTES,
    Piece,
    Stored,
    bytes_per_parameter,
    pieces,
    stored,
)
from ..engines import kind
from ..engines.kind import Adapters, Setup

if TYPE_CHECKING:
    from ..catalogue.facts import Model
    from ..engines.layout import Layout

__all__ = [
    "ELEMENT_BYTES",
    "LINEAR",
    "PARTS",
    "SCALE_BYTES",
    "Piece",
    "Stored",
    "bytes_per_parameter",
    "pieces",
    "shares",
    "stored",
    "weights_per_gpu",
]


def shares(model: Model, layout: Layout) -> dict[str, float]:
    """Which fraction of each kind of piece one GPU of a pipeline stage holds, by Piece.share."""
    attention, split = layout.attention_tp, kind(layout.engine).split(layout, model)
    kv_heads = model.kv_heads or 1
    copies = 1 + layout.redundant / model.experts.routed if model.experts else 1.0
    return {
        "heads": 1 / attention,
        "kv_heads": max(1.0, kv_heads / attention) / kv_heads,
        "dense": 1 / split.dense,
        "shared": 1 / split.shared,
        "experts": copies / split.routed,
        "embedding": 1 / split.embedding,
        "head": 1 / split.head,
        "whole": 1.0,
    }


def _padding(setup: Setup) -> float:
    """How much larger than on disk the experts are once an MXFP4 kernel has padded them.

    gpt-oss-120b, 2880 by 2880, takes 64.38 GiB with vLLM on one H100 and 63.5 GiB with TensorRT-LLM, and 60.8 GiB on
    disk. FlashInfer on Blackwell rounds the width up to 256.
    """
    model, layout = setup.model, setup.layout
    if model.experts is None:
        return 1.0
    engine = kind(layout.engine)
    hidden, width = engine.padding(setup)
    part = model.experts.intermediate_size / max(1, engine.expert_ranks(layout) // layout.ep)
    return ceil(model.hidden_size / hidden) * hidden / model.hidden_size * ceil(part / width) * width / part


def weights_per_gpu(setup: Setup, held: Stored) -> dict[str, float]:
    """Bytes of weights on the fullest GPU, by part.

    Layers are dealt to ``pp`` stages, ceil(layers / pp) at most; the first stage has the embedding, the last the head.
    ``absorbed`` is MLA's second copy of kv_b in BF16: engines keep it, transposed, to attend within the latent space
    (SGLang: w_kc and w_vc; TensorRT-LLM: k_b_proj_trans and v_b_proj). ``draft`` is the checkpoint's modules for
    multi-token prediction, where the engine loads them, ``adapters`` its room for LoRA.
    """
    model, layout = setup.model, setup.layout
    share, found = shares(model, layout), dict[str, float]()
    stage = ceil(model.layers / layout.pp) / model.layers
    for piece in pieces(model):
        size = piece.parameters * share[piece.share] * bytes_per_parameter(piece.part, held, model.layers)
        if piece.part == "routed_experts" and held.precision == "mxfp4":
            size *= _padding(setup)
        at_ends = piece.part in ("embedding", "head", "vision")
        found[piece.part] = found.get(piece.part, 0.0) + (size if at_ends else size * stage)
    if model.attention == "mla":
        nope, value = model.qk_nope_head_dim or 0, model.v_head_dim or 0
        latent = model.layers * model.attention_heads * (model.kv_lora_rank or 0) * (nope + value)
        found["absorbed"] = latent * ELEMENT_BYTES["bf16"] * share["heads"] * stage
    if room := kind(layout.engine).adapters(setup):
        found["adapters"] = _adapters(setup, room) * stage
    if modules := kind(layout.engine).modules(setup):
        found["draft"] = modules * _module(setup, held, share)
    if layout.pp > 1:
        # The last stage has a copy of a tied embedding for its head.
        found.setdefault("head", found["embedding"])
        first, last = found["embedding"] + found.get("vision", 0.0), found["head"]
        for part in ("head",) if first >= last else ("embedding", "vision"):
            found.pop(part, None)
    return found


def _adapters(setup: Setup, room: Adapters) -> float:
    """Bytes of the room for LoRA adapters, in BF16: for each matrix one of rank by its inputs and one of its outputs by
    rank. What is cut by columns has whole inputs and cut outputs, and the other way round; experts have none."""
    model, tp = setup.model, setup.layout.tp
    hidden, width = model.hidden_size, model.intermediate_size
    queries = model.attention_heads * (model.head_dim or 0)
    keys = max(1.0, (model.kv_heads or 1) / tp) * (model.head_dim or 0)
    sizes = (
        {"qkv": 3 * hidden + queries / tp + 2 * keys, "o": queries / tp + hidden} if model.attention == "gqa" else {}
    )
    each = sum(size for part, size in sizes.items() if part in room.parts) * model.layers
    dense = model.layers - (model.experts.layers if model.experts else 0)
    mlp = {"gate_up": 2 * hidden + 2 * width / tp, "down": width / tp + hidden}
    each += sum(size for part, size in mlp.items() if part in room.parts) * dense
    return room.slots * room.rank * each * ELEMENT_BYTES["bf16"]


def _module(setup: Setup, held: Stored, share: dict[str, float]) -> float:
    """Bytes of one module for multi-token prediction: a layer of the model, with its experts if it has any, the
    projection of two hidden states to one, and while it loads an embedding and a head of its own.

    NVIDIA's NVFP4 checkpoints leave it in BF16.
    Source: https://github.com/sgl-project/sglang/issues/36452
    """
    model = setup.model
    plain = Stored("bf16", (), None) if held.precision == "nvfp4" else held
    layers = {"shared_experts": model.experts.layers, "routed_experts": model.experts.layers} if model.experts else {}
    size = 2.0 * model.hidden_size**2 * ELEMENT_BYTES["bf16"]
    for piece in pieces(model):
        if piece.part in ("vision", "rest", "dense_mlp" if model.experts else "router"):
            continue
        each = bytes_per_parameter(piece.part, plain, model.layers) * share[piece.share] * piece.parameters
        size += each if piece.part in ("embedding", "head") else each / layers.get(piece.part, model.layers)
    return size

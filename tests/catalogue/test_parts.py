"""What each kind of layer adds to a model's parameters, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from servelint.catalogue import parts
from servelint.catalogue.facts import Indexer, LinearAttention, Model
from servelint.catalogue.load import load_models

MODELS = load_models(Path(__file__).parents[2])
LLAMA, R1 = MODELS["llama-3-1-8b-instruct"], MODELS["deepseek-r1"]


def of(model: Model, part: str) -> int:
    return sum(piece.parameters for piece in parts.by_shape(model) if piece.part == part)


def test_one_matrix_is_embedding_and_head() -> None:
    tied = replace(LLAMA, tied_embeddings=True)
    assert of(tied, "embedding") == of(LLAMA, "embedding") == 128256 * 4096
    assert of(tied, "head") == 0 and of(LLAMA, "head") == 128256 * 4096


def test_a_gate_is_as_large_as_the_queries() -> None:
    gated = replace(LLAMA, output_gate=True)
    assert of(gated, "attention_inputs") - of(LLAMA, "attention_inputs") == 32 * 4096 * 32 * 128
    assert of(gated, "attention_output") == of(LLAMA, "attention_output")


def test_an_indexer_has_queries_one_key_and_a_weight_a_head() -> None:
    one = 1536 * 64 * 128 + 7168 * 128 + 7168 * 64
    sparse = replace(R1, indexer=Indexer(64, 128, 2048))
    assert of(sparse, "indexer") == 61 * one and of(R1, "indexer") == 0
    assert of(replace(R1, indexer=Indexer(64, 128, 2048, layers=21)), "indexer") == 21 * one
    assert parts.draft_bounds(sparse)[1] - parts.draft_bounds(R1)[1] == one


def test_linear_attention_takes_the_place_of_the_usual_one() -> None:
    """Qwen3-Next's: 16 key heads and 32 value heads of 128, a convolution over 4 tokens."""
    hybrid = replace(LLAMA, layers=4, linear_attention=LinearAttention(3, 16, 32, 128, 128, 4))
    channels = 2 * 16 * 128 + 32 * 128
    assert of(hybrid, "linear_attention") == 3 * (4096 * (channels + 32 * 128 + 64) + 4 * channels + 32 * 128 * 4096)
    assert of(hybrid, "attention_output") == 1 * 4096 * 4096
    assert of(hybrid, "dense_mlp") == 4 * 3 * 4096 * 14336


def test_int4_has_a_scale_a_group() -> None:
    assert parts.bytes_per_parameter("routed_experts", parts.Stored("int4", ("routed_experts",), (1, 32)), 9) == 0.5625

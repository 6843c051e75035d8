"""vLLM's bounds and relations: what each refuses, and what it lets through."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.catalogue.load import load_models
from servelint.engines import kind, vllm_refusals
from servelint.engines.kind import Told
from support import ROOT

MODELS = load_models(ROOT)
DCP, TP, PCP = "decode-context-parallel-size", "tensor-parallel-size", "prefill-context-parallel-size"


def told(given: dict[str, Any], model: str | None = "qwen3-235b-a22b-fp8", version: str | None = "0.27.1") -> Told:
    """What is known of a start; an argument with None is known by the running program alone."""

    def value(name: str) -> str | None:
        found = given.get(name, "")
        return None if found is None else str(found)

    return Told(value, version, MODELS[model] if model else None, frozenset({9}), 1)


@pytest.mark.parametrize(
    ("given", "model", "named"),
    [
        # The report: four ranks, four KV heads (vllm-project/vllm#41623).
        ({TP: 4, DCP: 2}, "qwen3-235b-a22b-fp8", True),
        ({TP: 8, DCP: 4}, "qwen3-235b-a22b-fp8", True),
        ({TP: 8, DCP: 2}, "llama-3-3-70b-instruct", True),
        ({TP: 8, DCP: 2}, "gpt-oss-20b", True),
        ({TP: 8, DCP: 2}, "qwen3-235b-a22b-fp8", False),
        ({TP: 8, DCP: 8}, "deepseek-r1", False),
        ({TP: 8, DCP: 3}, "deepseek-r1", True),
        ({TP: 8, DCP: 1}, "llama-3-3-70b-instruct", False),
        ({TP: 8, DCP: 2, PCP: 2}, "llama-3-3-70b-instruct", False),
        ({TP: None, DCP: 2}, "llama-3-3-70b-instruct", False),
        ({TP: 8, DCP: None}, "llama-3-3-70b-instruct", False),
        ({TP: 8, DCP: 2}, None, False),
    ],
)
def test_ranks_share_a_cache_only_where_they_hold_it_twice(given: dict[str, Any], model: str, named: bool) -> None:
    assert [name for name, _ in vllm_refusals.refused(told(given, model))] == [DCP] * named


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        # The report: none at all (vllm-project/vllm#54665).
        (DCP, 0, True),
        ("max-num-seqs", 0, True),
        ("data-parallel-size", -1, True),
        ("max-model-len", -2, True),
        ("max-model-len", -1, False),
        ("max-model-len", "32k", False),
        ("gpu-memory-utilization", 92, True),
        ("gpu-memory-utilization", 0, True),
        ("gpu-memory-utilization", 1, False),
        ("gpu-memory-utilization", "$(SHARE)", False),
        ("max-num-seqs", None, False),
        ("max-num-seqs", 1, False),
    ],
)
def test_a_number_beyond_its_bounds_is_named(name: str, value: object, named: bool) -> None:
    assert [found for found, _ in vllm_refusals.refused(told({name: value}))] == [name] * named


@pytest.mark.parametrize("version", ["0.27.0", "0.34.0", None, "nightly"])
def test_a_version_that_nobody_read_is_not_judged(version: str | None) -> None:
    start = told({TP: 4, DCP: 2, "max-num-seqs": 0}, version=version)
    assert not list(vllm_refusals.refused(start)) and not vllm_refusals.to_prove(version or "")


def test_the_engine_says_them_with_certainty_and_each_is_to_be_proved() -> None:
    assert list(kind("vllm").refused(told({"max-num-seqs": 0}))) == [
        ("max-num-seqs", "is below 1, the least that vLLM takes", True)
    ]
    refusing, replacing = kind("vllm").to_prove("0.27.1")
    assert len(refusing) == len(vllm_refusals.LEAST) + 3 and not replacing

"""The limit of a run: by hand for a small case, for the published runs, and what has to be known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from samples import A3_ULTRA

from servelint.benchmarks import roofline, trtllm_bench
from servelint.benchmarks.record import Record
from servelint.benchmarks.roofline import NoLimit, limit, precision
from servelint.catalogue.load import load_hardware, load_models
from support import ROOT

MODELS, HARDWARE = load_models(Path(ROOT)), load_hardware(Path(ROOT))
RUN = Record(
    source="a", line=1, tool="t", engine="vllm", model="meta-llama/Llama-3.3-70B-Instruct", hardware="a3ultra", gpus=8,
    isl=1000, osl=1000, requests=64, max_concurrency=8, output_throughput=500.0,
)  # fmt: skip


def test_a_dense_model_by_hand() -> None:
    """Llama 3.3 70B in BF16: 80 layers, hidden 8192, 28672 wide, 64 heads and 8 for keys, each 128; 128256 words."""
    found = limit(RUN, MODELS, HARDWARE)
    layer = 8192 * (64 + 8 + 8) * 128 + 64 * 128 * 8192 + 3 * 8192 * 28672
    body, head = 80 * layer + 161 * 8192, 128256 * 8192
    seconds = 2 * (body * 1999 + head * 1000) / (8 * 989e12)
    cache = 2 * 80 * 8 * 128 * 2 * 1500
    step = (2 * (body + head) + 8 * cache) / (8 * 4.8e12)
    assert found.compute == pytest.approx(1000 / seconds, rel=1e-3)
    assert found.memory == pytest.approx(8 / step, rel=1e-3)
    assert (found.binds, found.bound) == ("memory", found.memory)
    assert found.share == pytest.approx(500 / found.memory)


def test_the_run_of_the_a3_ultra_recipe_reached_forty_percent() -> None:
    (run,) = trtllm_bench.parse(A3_ULTRA.split("\n"), "log")
    assert isinstance(run, Record)
    found = limit(replace(run, hardware="a3ultra"), MODELS, HARDWARE)
    assert found.binds == "compute" and found.share == pytest.approx(0.398, abs=0.001)
    named = {figure.name: figure for figure in found.figures}
    assert named["peak"].value == 8 * 1979 and named["peak"].formula == "fp8, 8 GPUs"
    assert all(figure.source.startswith("https://") or figure.source == "log" for figure in found.figures)


def test_one_request_reads_the_experts_of_one_token_and_many_read_all() -> None:
    """DeepSeek-R1: 8 of 256 experts of 58 layers, 3 * 7168 * 2048 each, FP8 in blocks of 128 by 128."""

    def read(requests: int) -> float:
        found = limit(replace(RUN, model="deepseek-ai/DeepSeek-R1", max_concurrency=requests), MODELS, HARDWARE)
        return next(figure.value for figure in found.figures if figure.name == "weights of a step") * 1e9

    all_experts = 58 * 256 * 3 * 7168 * 2048 * (1 + 4 / 16384)
    assert read(10_000) - read(1) == pytest.approx(all_experts * (1 - 8 / 256), rel=1e-6)
    assert read(2) - read(1) == pytest.approx(all_experts * (1 - (1 - 8 / 256) ** 2 - 8 / 256), rel=1e-6)


def test_more_gpus_and_smaller_caches_allow_more() -> None:
    bound = limit(RUN, MODELS, HARDWARE).memory
    assert limit(replace(RUN, gpus=16), MODELS, HARDWARE).memory == pytest.approx(2 * bound)
    assert limit(replace(RUN, kv_cache_dtype="FP8"), MODELS, HARDWARE).memory > bound
    assert limit(replace(RUN, quantization="FP8"), MODELS, HARDWARE).memory > 1.5 * bound
    assert limit(replace(RUN, max_concurrency=None), MODELS, HARDWARE).memory > bound  # then all 64 at once


def test_caches_that_are_not_read_whole_are_not_counted() -> None:
    windowed = [name for name, model in MODELS.items() if model.attention_pattern]
    found = limit(replace(RUN, model=windowed[0], quantization=None), MODELS, HARDWARE)
    assert next(figure for figure in found.figures if figure.name == "cache of a request").value == 0


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("machine", sorted(HARDWARE))
def test_every_model_of_the_fleet_has_a_limit_on_every_machine(name: str, machine: str) -> None:
    found = limit(replace(RUN, model=MODELS[name].id, hardware=machine), MODELS, HARDWARE)
    assert 0 < found.bound < 1e7
    assert set(HARDWARE[machine].tensor_teraflops or ()) <= set(HARDWARE[machine].precisions)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": None}, "give --model"),
        ({"model": "org/unknown"}, "org/unknown is none of models/"),
        ({"hardware": None}, "give --hardware, one of a3ultra"),
        ({"hardware": "tpu"}, "tpu is none of hardware/"),
        ({"gpus": None}, "give --gpus"),
        ({"osl": None}, "lacks lengths or throughput"),
        ({"model": "deepseek-ai/DeepSeek-R1", "quantization": "NVFP4"}, "is it the model of a?"),
    ],
)
def test_what_has_to_be_known(change: dict[str, object], said: str) -> None:
    with pytest.raises(NoLimit) as error:
        limit(replace(RUN, **change), MODELS, HARDWARE)  # type: ignore[arg-type]
    assert said in str(error.value)


def test_a_machine_without_these_facts_is_named() -> None:
    bare = {"a3ultra": replace(HARDWARE["a3ultra"], tensor_teraflops=None)}
    with pytest.raises(NoLimit, match=r"hardware/a3ultra/hardware\.yaml says no memory_bandwidth_gb"):
        limit(RUN, MODELS, bare)


@pytest.mark.parametrize(
    ("word", "name"),
    [("FP8", "fp8"), ("float8", "fp8"), ("NVFP4", "nvfp4"), ("MXFP4", "mxfp4"), ("FP8_BLOCK_SCALES", "fp8"),
     ("W4A16_AWQ", "int4"), ("None", None), (None, None), ("auto", None), ("fp8_e4m3", "fp8")],
)  # fmt: skip
def test_words_for_precisions(word: str | None, name: str | None) -> None:
    assert precision(word) == name and roofline.ROOFLINE.startswith("https://")

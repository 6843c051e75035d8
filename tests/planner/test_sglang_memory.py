"""What SGLang keeps free, counts and allocates, by version and arguments, against hand calculation from its source."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from servelint.catalogue.facts import AttentionPattern, Indexer, LinearAttention, Model
from servelint.catalogue.load import load_hardware, load_models
from servelint.engines import kind, sglang_memory
from servelint.engines.kind import Given, Setup
from servelint.engines.layout import Layout
from servelint.planner import memory
from servelint.planner.plan import Request, make
from support import ROOT

HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
H200, B200 = HARDWARE["a3ultra"], HARDWARE["a4high"]
LLAMA, R1, SCOUT = MODELS["llama-3-1-8b-instruct"], MODELS["deepseek-r1"], MODELS["llama-4-scout-instruct"]
OSS, FP4 = MODELS["gpt-oss-120b"], MODELS["deepseek-r1-nvfp4"]
GIB = 2**30


def setup(model: Model, version: str, tp: int = 1, machine: str = "a3ultra", **flags: Any) -> Setup:
    """One start; flags with underscores, of which sizes, pass and context go where they belong."""
    given = {name.replace("_", "-"): value for name, value in flags.items()}
    context, tokens = given.pop("context", None), given.pop("tokens", None)
    sizes = {name: given.pop(name, 1) for name in ("pp", "dp", "cp")}
    layout = kind("sglang").layout(tp=tp, flags=Given(given), **sizes)
    return Setup(model, HARDWARE[machine], layout, version, tokens=tokens, context=context, flags=Given(given))


BASE = 512 + 1.5 * 8192 + 128
"""MiB for a pass on one H200, without graphs."""


@pytest.mark.parametrize(
    ("given", "mib"),
    [
        # by the size of the GPU
        (setup(LLAMA, "0.5.2"), 12.5 * 1024), (setup(LLAMA, "0.4.8", tp=8), 16 * 1024), (setup(LLAMA, "0.5.2", machine="a4high", tp=4), 32 * 1024),
        (setup(R1, "0.5.2", tp=8, dp=8, enable_dp_attention=True), 20 * 1024), (setup(R1, "0.5.2", tp=8, speculative_algorithm="EAGLE"), 18 * 1024),
        # by what runs
        (setup(LLAMA, "0.5.3"), BASE + 512), (setup(LLAMA, "0.5.9", cuda_graph_max_bs=16), BASE + 32), (setup(LLAMA, "0.5.9", tokens=4096), 10240),
        (setup(LLAMA, "0.5.9", speculative_algorithm="EAGLE3"), BASE + 512 + 2048), (setup(LLAMA, "0.5.9", speculative_algorithm="NGRAM"), BASE + 512),
        (setup(LLAMA, "0.5.9", speculative_algorithm="STANDALONE"), BASE + 512 + 6144), (setup(LLAMA, "0.5.13", speculative_algorithm="EAGLE"), BASE + 512 + 4096),
        # captured passes: 58 sizes up to 8192 tokens, 42 up to 2048, and MLA's own
        (setup(LLAMA, "0.5.10"), BASE + 512 + 58 * 8), (setup(LLAMA, "0.5.14", max_total_tokens=2048), BASE + 512 + 42 * 8), (setup(LLAMA, "0.5.14", context=2048), BASE + 512 + 42 * 8),
        (setup(R1, "0.5.14", tp=8), BASE + 896 + 1024 + 1536), (setup(R1, "0.5.9", tp=8), BASE + 896 + 1024),
        (setup(R1, "0.5.14", tp=8, dp=8, enable_dp_attention=True), BASE + 896 + 1024 + 4.5 * 512 * 8),
        (setup(LLAMA, "0.5.14", speculative_algorithm="EAGLE"), BASE + 512 + 58 * 8), (setup(LLAMA, "0.5.14", disable_prefill_cuda_graph=True), BASE + 512),
        (setup(LLAMA, "0.5.14", cuda_graph_backend_prefill="disabled"), BASE + 512), (setup(LLAMA, "0.5.14", enable_lora=True, cuda_graph_backend_prefill="breakable"), BASE + 512 + 58 * 8),
        (setup(LLAMA, "0.5.14", lora_paths="a=b"), BASE + 512), (setup(LLAMA, "0.5.14", disaggregation_mode="decode"), BASE + 512), (setup(LLAMA, "0.5.14", pp=2), BASE + 128 + 512),
        (setup(LLAMA, "0.5.14", chunked_prefill_size=-1), BASE + 1.5 * 8192 + 512 + 74 * 8), (setup(R1, "0.5.18", tp=8, moe_a2a_backend="deepep"), BASE + 896 + 1024 + 2048),
    ],
)  # fmt: skip
def test_what_the_default_fraction_leaves(given: Setup, mib: float) -> None:
    assert sglang_memory.reserve(given) == pytest.approx(mib)
    memory_ = given.hardware.gpu_memory_mib
    assert sglang_memory.share(given, None) == pytest.approx(round((memory_ - mib) / memory_, 3))
    assert sglang_memory.share(given, 0.5) == 0.5


@pytest.mark.parametrize(
    ("mib", "tp", "fraction"),
    [
        (81920, 1, 0.88), (81920, 2, 0.87), (81920, 4, 0.85), (81920, 8, 0.81), (81920, 16, 0.79), (81559, 8, 0.81),
        (81921, 8, 0.88), (96 * 1024, 8, 0.88), (96 * 1024 + 1, 8, (96 * 1024 + 1 - 18 * 1024) / (96 * 1024 + 1)),
        (141 * 1024, 8, (141 - 18) / 141), (192 * 1024, 8, (192 - 18) / 192), (512 * 1024, 8, 0.88 + 48 * 0.12 / 512),
    ],
)  # fmt: skip
def test_the_fraction_of_old_versions(mib: int, tp: int, fraction: float) -> None:
    """Up to 0.4.7 by the GPU's memory, and of 80 GiB and less by how many there are."""
    given = setup(LLAMA, "0.4.6.post4", tp)
    sized = dataclasses.replace(given, hardware=dataclasses.replace(given.hardware, gpu_memory_mib=mib))
    assert sglang_memory.share(sized, None) == pytest.approx(fraction)
    assert sglang_memory.share(sized, 0.7) == 0.7


def test_vision_takes_its_part() -> None:
    """A tenth even of a written fraction up to 0.4.8, then of the default alone; Llama 4's only if it is asked for."""
    assert sglang_memory.share(setup(SCOUT, "0.4.6.post4"), 0.8) == 0.8
    assert sglang_memory.share(setup(SCOUT, "0.4.6.post4", enable_multimodal=True), 0.8) == pytest.approx(0.72)
    assert sglang_memory.share(setup(SCOUT, "0.5.14", enable_multimodal=True), 0.8) == 0.8
    plain, seeing = (sglang_memory.share(setup(SCOUT, "0.5.9", enable_multimodal=on), None) for on in (False, True))
    assert 0.75 * plain < seeing < 0.85 * plain
    always = dataclasses.replace(SCOUT, architecture="Qwen3VLForConditionalGeneration")
    assert sglang_memory.sees(setup(always, "0.5.14")) and not sglang_memory.sees(setup(LLAMA, "0.5.14"))


def test_the_cache_s_precision_with_vllm() -> None:
    auto = [
        kind("vllm").kv_precision(Setup(FP4, B200, Layout("vllm"), version)) for version in ("0.11.0", "0.20.0", "")
    ]
    assert auto == ["bf16", "fp8", "bf16"]


def test_the_cache_s_precision() -> None:
    auto = [
        sglang_memory.kv_precision(setup(FP4, version, machine="a4high"))
        for version in ("0.5.2", "0.5.4", "0.5.14", "")
    ]
    assert auto == ["bf16", "fp8", "fp8", "bf16"]
    assert sglang_memory.kv_precision(setup(R1, "0.5.14")) == "bf16"
    sparse = dataclasses.replace(R1, indexer=Indexer(64, 128, 2048))
    assert [sglang_memory.kv_precision(setup(sparse, "0.5.14", machine=name)) for name in ("a3ultra", "a4high")] == [
        "bf16",
        "fp8",
    ]


def test_sparse_attention_keeps_more_of_a_token() -> None:
    """788 bytes a layer in FP8 on Hopper: 576 of the latent, 80 of scales and positions, 132 of the indexer."""
    sparse = dataclasses.replace(R1, indexer=Indexer(64, 128, 2048))
    for version, machine, precision, each in (
        ("0.5.18", "a3ultra", "fp8", 788), ("0.5.14", "a3ultra", "fp8", 708), ("0.5.18", "a4high", "fp8", 708),
        ("0.5.18", "a3ultra", "bf16", 1284),
    ):  # fmt: skip
        token = memory.kv_bytes_per_token(setup(sparse, version, 8, machine), precision)
        assert token == 61 * each
    uncounted = sglang_memory.beside(setup(sparse, "0.5.14", 8, kv_cache_dtype="fp8_e4m3"), 1000)
    assert uncounted["scales and positions of its cache"] == 61 * 80 * 1000
    assert len(sglang_memory.beside(setup(sparse, "0.5.14", 8), 1000)) == 1


def test_windowed_layers_have_a_pool_of_their_own() -> None:
    """12 of Scout's 48 layers and 18 of gpt-oss-120b's 36 see the whole context."""
    layers = [sglang_memory.kv_layers(setup(SCOUT, version)) for version in ("0.4.6.post4", "0.5.4", "0.5.8", "0.5.14")]
    assert layers == [48, 48, pytest.approx(12 + 0.8 * 36), pytest.approx(12 + 0.8 * 36)]
    assert sglang_memory.kv_layers(setup(OSS, "0.5.14", swa_full_tokens_ratio=0.5)) == 18 + 9
    assert sglang_memory.kv_layers(setup(OSS, "0.5.14", swa_full_tokens_ratio="x")) == pytest.approx(18 + 14.4)
    assert sglang_memory.kv_layers(setup(OSS, "0.5.14", disable_hybrid_swa_memory=True)) == 36
    other = dataclasses.replace(OSS, architecture="Gemma2ForCausalLM")
    assert sglang_memory.kv_layers(setup(other, "0.5.14")) == 36
    heavier = dataclasses.replace(OSS, attention_pattern=AttentionPattern(128, 2, kv_heads=16))
    assert sglang_memory.kv_layers(setup(heavier, "0.5.9")) == pytest.approx(18 + 0.8 * 2 * 18)
    assert sglang_memory.kv_layers(setup(heavier, "0.5.8")) == pytest.approx(2 * (18 + 0.8 * 18))


def test_a_draft_has_weights_and_a_layer() -> None:
    """In the fraction from 0.5.14 on, beside it before; a draft that is named is another model's."""
    flags = Given({"speculative-algorithm": "EAGLE"})
    plain, new, old = (
        make(Request(R1, H200, Layout("sglang", 8), memory_fraction=0.8, version=version, flags=given))
        for version, given in (("0.5.14", Given()), ("0.5.14", flags), ("0.5.9", flags))
    )
    assert plain.budget and new.budget and old.budget
    assert 1.5 * GIB < new.budget.weights - plain.budget.weights < 2.5 * GIB
    assert old.budget.weights == plain.budget.weights and old.budget.pool == plain.budget.pool
    drafts = old.budget.beside["the draft's weights and cache"]
    layer = old.budget.cache / 61
    assert drafts == pytest.approx(new.budget.weights - plain.budget.weights + layer, rel=1e-4)
    assert sglang_memory.kv_layers(setup(R1, "0.5.14", speculative_algorithm="NEXTN")) == 62
    assert sglang_memory.modules(setup(R1, "0.5.14", speculative_algorithm="NEXTN")) == 1
    named = setup(R1, "0.5.14", speculative_algorithm="EAGLE", speculative_draft_model_path="/x")
    assert sglang_memory.modules(named) == sglang_memory.modules(setup(R1, "0.5.14")) == 0


def test_tables_beside_the_pool() -> None:
    table, pages, chunks = (
        "its table of requests and tokens", "FlashAttention's table of pages",
        "FlashAttention's tables for chunked attention",
    )  # fmt: skip
    million = sglang_memory.beside(setup(SCOUT, "0.4.6.post4", 8, context=10**6, max_running_requests=256), 10**6)
    assert million[table] == 257 * 1000004 * 4 and million[pages] == 256 * 10**6 * 4
    assert million[chunks] == 256 * 123 * 123 * 8192 * 4
    later = sglang_memory.beside(setup(SCOUT, "0.5.14", 8, context=10**6, attention_backend="fa3"), 10**6)
    assert later[table] == 2049 * 1000004 * 4 and later[chunks] == 512 * 123 * 8192 * 4
    paged = sglang_memory.beside(setup(LLAMA, "0.5.14", page_size=64), 10**9)
    assert paged == {table: 4097 * 131076 * 4, pages: 256 * 2048 * 4}
    for other in ({"attention_backend": "flashinfer"}, {"disable_cuda_graph": True}, {"machine": "a4high"}):
        assert set(sglang_memory.beside(setup(LLAMA, "0.5.14", **other), 10**6)) == {table}
    few = sglang_memory.beside(setup(LLAMA, "0.5.14", max_running_requests=8, attention_backend="triton"), 10)
    assert few == {table: 6 * 131076 * 4}
    # what is asked for is shared out among the ranks of DP attention, since 0.5
    for version, ranks, rows in (("0.5.14", 1, 9), ("0.5.14", 4, 3), ("0.4.10", 4, 9)):
        asked = {
            "max_running_requests": 8,
            "dp": ranks,
            "enable_dp_attention": ranks > 1,
            "attention_backend": "triton",
        }
        assert sglang_memory.beside(setup(LLAMA, version, 8, **asked), 10**6) == {table: rows * 131076 * 4}


def test_a_cap_on_tokens_leaves_more() -> None:
    free, capped = (
        make(Request(LLAMA, H200, Layout("sglang"), memory_fraction=0.98, most_tokens=most)) for most in (None, 200_000)
    )
    assert free.verdict == "uncertain" and capped.verdict == "feasible"
    assert free.budget and capped.budget and capped.budget.left > 2 * free.budget.left
    assert capped.budget.cache == 200_000 * 131072 and capped.budget.pool == free.budget.pool


def test_states_of_linear_attention_share_the_pool() -> None:
    plain = setup(LLAMA, "0.5.14")
    linear = LinearAttention(24, 16, 32, 128, 128, 4)
    hybrid = setup(dataclasses.replace(LLAMA, linear_attention=linear), "0.5.14")
    assert sglang_memory.for_keys(plain) == 1 and sglang_memory.for_keys(hybrid) == pytest.approx(1 / 1.9)
    for given, part in (("1", 0.5), ("x", 1 / 1.9), ("0", 1)):
        other = dataclasses.replace(hybrid, flags=Given({"mamba-full-memory-ratio": given}))
        assert sglang_memory.for_keys(other) == pytest.approx(part)


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ({}, None), ({"max_lora_rank": 16}, None), ({"enable_lora": True}, None), ({"lora_paths": "a=b"}, None),
        ({"enable_lora": True, "max_lora_rank": 16}, (8, 16, {"qkv", "o"})),
        ({"lora_paths": "a=b", "max_lora_rank": 64, "max_loras_per_batch": 2}, (2, 64, {"qkv", "o"})),
        ({"enable_lora": True, "max_lora_rank": 16, "lora_target_modules": "all"}, (8, 16, {"qkv", "o", "gate_up", "down"})),
        ({"enable_lora": True, "max_lora_rank": 16, "lora_target_modules": "['q_proj', 'down_proj']"}, (8, 16, {"qkv", "down"})),
        ({"enable_lora": True, "max_lora_rank": 16, "lora_target_modules": "embed_tokens"}, (8, 16, {"qkv", "o"})),
    ],
)  # fmt: skip
def test_room_for_adapters(flags: dict[str, Any], found: tuple[int, int, set[str]] | None) -> None:
    room = sglang_memory.adapters(setup(LLAMA, "0.5.14", **flags))
    assert (room and (room.slots, room.rank, set(room.parts))) == found


def test_what_adapters_weigh() -> None:
    """By hand, Llama 3.1 8B on 2 GPUs: inputs and outputs of each matrix of a layer, a rank of 16, 8 adapters, 2 bytes."""
    flags = {"enable-lora": True, "max-lora-rank": 16, "lora-target-modules": "all"}
    plan = make(Request(LLAMA, H200, Layout("sglang", 2), version="0.5.14", flags=Given(flags)))
    (line,) = (line for line in plan.lines if line.name == "weights: adapters")
    attention = 3 * 4096 + 4096 / 2 + 2 * 4 * 128 + 4096 / 2 + 4096
    mlp = 2 * 4096 + 2 * 14336 / 2 + 14336 / 2 + 4096
    assert line.value == 8 * 16 * 32 * (attention + mlp) * 2
    vllm = kind("vllm").adapters(Setup(LLAMA, H200, Layout("vllm"), flags=Given({"enable-lora": True})))
    assert vllm is not None and (vllm.slots, vllm.rank) == (1, 16)
    assert kind("trtllm").adapters(Setup(LLAMA, H200, Layout("trtllm"))) is None


def test_kernels_pad_by_gpu_and_version() -> None:
    """Of MXFP4 experts: FlashInfer on Blackwell, Triton on Hopper, Marlin in vLLM before 0.10.2."""
    found = [
        kind(engine).padding(Setup(OSS, machine, Layout(engine), version))
        for engine, machine, version in (
            ("sglang", H200, "0.5.14"), ("sglang", B200, "0.5.14"), ("sglang", B200, ""), ("vllm", H200, "0.10.1"),
            ("vllm", H200, "0.11.0"), ("vllm", B200, "0.11.0"), ("trtllm", B200, "1.2.0"),
        )
    ]  # fmt: skip
    assert found == [(256, 64), (256, 256), (256, 64), (256, 128), (256, 64), (256, 256), (128, 128)]


def test_modules_that_other_engines_load() -> None:
    for engine, given, count in (
        ("vllm", {"speculative-config.method": "deepseek_mtp"}, 1),
        ("vllm", {"speculative-config.method": "mtp", "speculative-config.model": "x"}, 0),
        ("vllm", {"speculative-config.method": "ngram"}, 0),
        ("trtllm", {"speculative-config.decoding-type": "MTP"}, 1), ("trtllm", {}, 0),
    ):  # fmt: skip
        one = Setup(R1, H200, Layout(engine, 8), flags=Given(given))
        assert kind(engine).modules(one) == count
        assert kind(engine).kv_layers(one) == 61 + count


def test_experts_that_are_sent_to() -> None:
    """DeepEP and its like: all GPUs share experts, each has the shared ones whole and its part of the copies."""
    flags = Given({"moe-a2a-backend": "deepep", "ep-num-redundant-experts": 32, "enable-dp-lm-head": True,
                   "enable-dp-attention": True})  # fmt: skip
    layout = kind("sglang").layout(8, 1, 8, 1, flags)
    assert (layout.ep, layout.whole_experts, layout.whole_head, layout.redundant) == (8, True, True, 32)
    plain = make(Request(R1, HARDWARE["a4high"], Layout("sglang", 8, dp=8, attention_dp=True), version="0.5.14"))
    sent = make(Request(R1, HARDWARE["a4high"], layout, version="0.5.14"))
    one, other = ({line.name: line.value for line in plan.lines} for plan in (plain, sent))
    assert other["weights: shared experts"] == 8 * one["weights: shared experts"]
    assert other["weights: head"] == 8 * one["weights: head"]
    assert other["weights: routed experts"] == pytest.approx(one["weights: routed experts"] * 288 / 256)
    assert kind("sglang").layout(8, 1, 1, 1, Given({"moe-a2a-backend": "none"})).ep == 1


def test_what_was_asked_for_besides_is_named() -> None:
    """And the arguments that asked for it, where it is most of the weights."""
    lora = Given({"enable-lora": True, "max-lora-rank": 512, "max-loras-per-batch": 64, "lora-target-modules": "all"})
    adapters = make(Request(LLAMA, H200, Layout("sglang"), version="0.5.14", flags=lora))
    first = adapters.first
    assert first and first.message.startswith("the weights and room for adapters take")
    assert first.told[0] == "max-lora-rank"
    layout = Layout("sglang", 8, ep=8, whole_experts=True, redundant=512)
    copies = make(Request(R1, H200, layout, version="0.5.14", memory_fraction=0.8)).first
    assert copies and "the weights and 512 copies of experts" in copies.message
    assert copies.told == ("ep-num-redundant-experts",)
    few = make(
        Request(R1, H200, dataclasses.replace(layout, redundant=32), version="0.5.14", memory_fraction=0.5)
    ).first
    assert few and "copies" not in few.message and few.told == ()

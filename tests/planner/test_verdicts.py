"""What breaks a plan, in which order, how surely; and the figures that it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from servelint.catalogue.load import load_hardware, load_models
from servelint.engines.kind import Setup
from servelint.engines.layout import Layout
from servelint.planner import calibration, memory, plan, weights
from servelint.planner.memory import GIB, Budget
from servelint.planner.plan import Breach, Plan, Request
from support import ROOT

HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
LLAMA, LARGE, R1, R1_FP4, OSS, SCOUT = (
    MODELS[name] for name in ("llama-3-1-8b-instruct", "llama-3-1-405b", "deepseek-r1", "deepseek-r1-nvfp4", "gpt-oss-120b", "llama-4-scout")
)  # fmt: skip
H200, B200, GB200 = HARDWARE["a3ultra"], HARDWARE["a4high"], HARDWARE["a4x"]


def request(model: Any = LLAMA, hardware: Any = H200, layout: Layout | None = None, **more: Any) -> Request:
    return Request(model, hardware, layout or Layout("sglang"), **more)


ERROR, DOUBT, REMARK = (
    Breach("weights", "error", ""),
    Breach("pool", "warning", ""),
    Breach("native-context", "warning", ""),
)
LATE = Breach("context", "error", "")


@pytest.mark.parametrize(
    ("breaches", "verdict", "first"),
    [
        ((), "feasible", None), ((REMARK,), "feasible", REMARK), ((DOUBT,), "uncertain", DOUBT), ((REMARK, DOUBT), "uncertain", DOUBT), ((DOUBT, ERROR), "infeasible", ERROR), ((DOUBT, LATE), "infeasible", LATE),
        ((LATE, ERROR), "infeasible", ERROR), *(((Breach(name, "warning", ""),), "uncertain", Breach(name, "warning", "")) for name in ("weights", "context", "activations")),
        ((Breach("precision", "warning", ""),), "feasible", Breach("precision", "warning", "")),
    ],
)  # fmt: skip
def test_verdicts_of_breaches(breaches: tuple[Breach, ...], verdict: str, first: Breach | None) -> None:
    made = Plan(request(), (), breaches, 0, 0, 0)
    assert (made.verdict, made.first) == (verdict, first)


def fits(
    engine: str = "sglang",
    tokens: int = 100,
    context: int = 100,
    asked: int | None = 100,
    beside: float = 0,
    **gib: float,
) -> list[tuple[str, str]]:
    """What breaks for a budget of 100 GiB, of which the margin is 2."""
    sizes = {"total": 100.0, "overhead": 10.0, "weights": 40.0, "activations": 5.0, "pool": 30.0, **gib}
    sizes["cache"] = sizes["pool"]
    budget = Budget(**{name: size * GIB for name, size in sizes.items()}, fraction=0.8, beside={"x": beside * GIB})
    found = plan._fits(request(layout=Layout(engine), context=asked), budget, tokens, context)
    return [(breach.constraint, breach.severity) for breach in found]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        # weights against what is free, 90
        ({"weights": 93, "pool": -1}, [("weights", "error")]), ({"weights": 92, "pool": -1}, [("weights", "warning")]), ({"weights": 91, "pool": -1}, [("weights", "warning")]),
        ({"weights": 90, "pool": -1}, []), ({"weights": 89, "pool": 1}, []), ({"weights": 88, "pool": -1}, [("pool", "warning")]),
        # the pool
        ({"pool": 0}, [("pool", "warning")]), ({"pool": -2}, [("pool", "warning")]), ({"pool": -2.1}, [("pool", "error")]), ({"pool": -3, "engine": "trtllm"}, [("pool", "error")]), ({"pool": 0.1}, []),
        # a token takes 0.3: 6 of them are within the margin, 7 are beyond it
        ({"context": 106}, [("context", "warning")]), ({"context": 107}, [("context", "error")]), ({"context": 101}, [("context", "warning")]), ({"context": 99}, []),
        ({"tokens": 0, "context": 1}, [("context", "error")]), ({"tokens": 0, "context": 1, "pool": 1}, [("context", "warning")]), ({"tokens": 0, "context": 1, "pool": 3}, [("context", "error")]),
        # what is left for a pass, 20, where the engine does not count it in
        # what nobody asked for, but for an engine that refuses it
        ({"context": 107, "asked": None}, [("context", "warning")]), ({"context": 107, "asked": None, "engine": "vllm"}, [("context", "error")]),
        # buffers beside the pool, against the same 20
        ({"beside": 15}, []), ({"beside": 20.1}, [("buffers", "warning")]), ({"beside": 22.1, "context": 200}, [("buffers", "error")]), ({"beside": 15.1}, [("activations", "warning")]),
        ({"activations": 20}, []), ({"activations": 20.1}, [("activations", "warning")]), ({"activations": 20.1, "engine": "vllm"}, []), ({"activations": 21, "context": 200}, [("context", "error"), ("activations", "warning")]),
    ],
)  # fmt: skip
def test_what_does_not_fit(given: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert fits(**given) == found


def test_whose_context_it_is() -> None:
    budget = Budget(100.0 * GIB, 10.0 * GIB, 40.0 * GIB, 5.0 * GIB, 0.8, 30.0 * GIB)
    for context, layout, words in (
        (200, Layout("vllm"), ("the configured context of 200", "holds 100 tokens")), (None, Layout("vllm"), ("the model's own", "holds 100 tokens")), (200, Layout("vllm", dp=2), ("the configured", "100 tokens a group")),
    ):  # fmt: skip
        (breach,) = plan._fits(request(layout=layout, context=context), budget, 100, 200)
        assert words[0] in breach.message and breach.message.endswith(words[1])


@pytest.mark.parametrize(
    ("model", "layout", "count"),
    [
        (LLAMA, Layout("trtllm", 8), 0), (LLAMA, Layout("trtllm", 0), 1), (LLAMA, Layout("trtllm", 1, 32), 0), (LLAMA, Layout("trtllm", 1, 33), 1), (LLAMA, Layout("trtllm", 8, ep=2), 1),
        (LLAMA, Layout("trtllm", 64), 1), (LLAMA, Layout("trtllm", 3), 2), (SCOUT, Layout("trtllm", 8, ep=8), 0), (SCOUT, Layout("trtllm", 8, ep=3), 1), (SCOUT, Layout("vllm", 8, dp=2, ep=2), 1), (SCOUT, Layout("trtllm", 40, ep=20), 1),
        (SCOUT, Layout("trtllm", 20, ep=20), 2), (SCOUT, Layout("sglang", 3, ep=3), 2), (R1, Layout("sglang", 16), 0), (R1, Layout("sglang", 32), 1), (R1, Layout("sglang", 32, ep=2), 0), (R1, Layout("sglang", 32, ep=1), 1),
        (R1, Layout("trtllm", 16, ep=8), 0), (R1, Layout("trtllm", 64, ep=2), 1), (replace(R1, quantised=("dense_mlp",)), Layout("trtllm", 64, ep=2), 0), (replace(LLAMA, intermediate_size=24), Layout("trtllm", 16), 1),
        (OSS, Layout("vllm", 64), 0), (LARGE, Layout("sglang", 8, dense_tp=1), 0), (LARGE, Layout("sglang", 8, dense_tp=3), 1),
    ],
)  # fmt: skip
def test_reasons_why_sizes_are_refused(model: Any, layout: Layout, count: int) -> None:
    assert len(list(plan.problems(model, weights.stored(model), layout))) == count


@pytest.mark.parametrize(
    ("hardware", "layout", "hosts", "found"),
    [
        (H200, Layout("trtllm", 8), 1, []), (H200, Layout("trtllm", 8, 2), 1, ["error"]), (H200, Layout("trtllm", 8, 2), 2, []), (H200, Layout("trtllm", 16), 2, ["warning"]), (H200, Layout("trtllm", 16), 1, ["error"]),
        (GB200, Layout("trtllm", 8), 2, []), (GB200, Layout("trtllm", 8), 1, ["error"]), (H200, Layout("trtllm", 8, 3), 2, ["error"]),
    ],
)  # fmt: skip
def test_gpus_that_are_there(hardware: Any, layout: Layout, hosts: int, found: list[str]) -> None:
    model = replace(LARGE, layers=126)
    made = plan.make(request(model, hardware, layout, hosts=hosts))
    assert [breach.severity for breach in made.breaches if breach.constraint == "gpus"] == found


@pytest.mark.parametrize(
    ("model", "hardware", "engine", "more", "found"),
    [
        (LLAMA, H200, "sglang", {}, []), (R1, H200, "sglang", {}, []), (R1_FP4, H200, "sglang", {}, ["warning"]), (R1_FP4, H200, "trtllm", {}, ["error"]), (R1_FP4, B200, "trtllm", {}, []), (OSS, H200, "trtllm", {}, ["warning"]),
        (LLAMA, H200, "sglang", {"kv_precision": "fp8"}, []), (LLAMA, H200, "sglang", {"kv_precision": "nvfp4"}, ["error"]), (LLAMA, B200, "sglang", {"kv_precision": "nvfp4"}, []), (LLAMA, H200, "sglang", {"quantization": "nvfp4"}, ["warning"]),
    ],
)  # fmt: skip
def test_precisions_that_are_there(
    model: Any, hardware: Any, engine: str, more: dict[str, Any], found: list[str]
) -> None:
    made = plan.make(request(model, hardware, Layout(engine, 8), **more))
    assert [breach.severity for breach in made.breaches if breach.constraint == "precision"] == found


def test_what_gpus_there_are_is_said() -> None:
    for hardware, layout, hosts, words in (
        (H200, Layout("trtllm", 8, 2), 1, "a3-ultragpu-8g has 8"), (H200, Layout("trtllm", 8, 3), 2, "2 x a3-ultragpu-8g have 16"), (H200, Layout("trtllm", 16), 2, "leaves the NVLink domain of 8"),
        (replace(H200, nvlink_domain_gpus=1), Layout("trtllm", 16), 2, "leaves the host of 8"),
    ):  # fmt: skip
        made = plan.make(
            request(
                replace(LARGE, attention_heads=128, kv_heads=128, intermediate_size=2**16),
                hardware,
                layout,
                hosts=hosts,
            )
        )
        assert any(words in breach.message for breach in made.breaches if breach.constraint == "gpus"), made.breaches


def test_precisions_of_an_engine_that_nobody_knows() -> None:
    assert plan.no_tensor_cores(H200, "unheard-of", "nvfp4").severity == "warning"
    assert plan.kv_precision(request(R1_FP4, layout=Layout("trtllm"), kv_precision="bf16")) == "bf16"
    assert plan.kv_precision(request(LLAMA, layout=Layout("trtllm"), quantization="fp8")) == "fp8"


def test_contexts_and_caps() -> None:
    own = LLAMA.context
    for context, constraints in ((own, []), (own + 1, ["native-context"]), (None, [])):
        made = plan.make(request(context=context))
        assert [breach.constraint for breach in made.breaches] == constraints
    capped = plan.make(request(layout=Layout("vllm", dp=2), context=100, most_tokens=250))
    assert (capped.group_tokens, capped.tokens, capped.requests) == (250, 500, 4)
    free = plan.make(request(context=100, most_tokens=10**9))
    assert free.group_tokens < 10**9 and free.budget is not None
    assert free.group_tokens == int(
        free.budget.pool // memory.kv_bytes_per_token(Setup(LLAMA, H200, Layout("sglang")), "bf16")
    )
    none = plan.make(request(LARGE))
    assert (
        (none.group_tokens, none.tokens, none.requests) == (0, 0, 0)
        and none.budget is not None
        and none.budget.pool < 0
    )
    illegal = plan.make(request(layout=Layout("sglang", 3)))
    assert illegal.budget is not None and illegal.verdict == "infeasible"
    none = plan.make(request(layout=Layout("sglang", 0)))
    assert none.budget is None and none.lines == () and none.verdict == "infeasible"
    assert plan.make(request(layout=Layout("trtllm", 8, 2))).budget is not None


def test_figures_of_a_plan() -> None:
    made = plan.make(request(R1, layout=Layout("sglang", 8, dp=4, attention_dp=True), context=1000))
    lines = {line.name: line for line in made.lines}
    assert (
        lines["KV caches"].value == 4
        and lines["tokens in all"].value == 4 * lines["tokens per KV cache"].value == made.tokens
    )
    assert lines["full-length requests"].value == made.requests == 4 * (made.group_tokens // 1000)
    assert lines["context"].formula == "asked for" and "absorbed" not in lines["weights: routed experts"].formula
    parts = [line.value for name, line in lines.items() if name.startswith("weights: ")]
    assert parts == sorted(parts, reverse=True) and sum(parts) == pytest.approx(lines["weights per GPU"].value)
    assert (
        "BF16 copy" in lines["weights: absorbed"].formula
        and "kv_lora_rank" in lines["KV per token and GPU (bf16)"].formula
    )
    single = {line.name: line for line in plan.make(request(LLAMA, layout=Layout("trtllm", pp=2))).lines}
    assert "KV caches" not in single and single["context"].formula == "the model's own"
    assert (
        single["KV per token and GPU (bf16)"].formula.endswith("ceil(layers / PP) / layers")
        and "kv_heads" in single["KV per token and GPU (bf16)"].formula
    )
    assert not {line.name: line for line in plan.make(request(LLAMA)).lines}[
        "KV per token and GPU (bf16)"
    ].formula.endswith("/ layers")


def test_the_best_of_fixed_sizes() -> None:
    assert plan.best(request(layout=Layout("trtllm")), tp=3) is None
    hopeless = plan.best(request(LARGE, replace(H200, gpus=1, gpu_memory_mib=1024), Layout("trtllm")))
    assert hopeless is not None and hopeless.verdict == "infeasible"
    several = plan.best(request(LARGE, H200, Layout("trtllm"), hosts=2), tp=8, pp=2)
    assert several is not None and several.request.layout.world == 16
    alone = plan.best(request(LLAMA, H200, Layout("trtllm")), tp=1, pp=1)
    assert alone is not None and str(alone.request.layout) == "TP 1"


# --- weights


def parts(model: Any, layout: Layout, quantization: str | None = None) -> dict[str, float]:
    return weights.weights_per_gpu(Setup(model, H200, layout), weights.stored(model, quantization))


def test_the_ends_of_a_pipeline() -> None:
    """The first stage has the embedding, the last the head: the fuller of the two is counted."""
    one, two = parts(LLAMA, Layout("trtllm")), parts(LLAMA, Layout("trtllm", pp=2))
    assert "head" not in two and two["embedding"] == one["embedding"] and two["dense_mlp"] == one["dense_mlp"] / 2
    deep = parts(R1, Layout("trtllm", 8, 2))  # its embedding is whole on every GPU
    assert "head" not in deep and deep["embedding"] == R1.vocabulary * R1.hidden_size * 2
    spread = parts(R1, Layout("sglang", 8, 2, dp=8, attention_dp=True))
    assert "embedding" in spread and "head" not in spread
    uneven = parts(replace(LLAMA, layers=33, parameters=LLAMA.parameters * 33 // 32), Layout("trtllm", pp=2))
    assert uneven["dense_mlp"] == pytest.approx(one["dense_mlp"] * 17 / 32)


def test_what_a_vision_tower_adds() -> None:
    seeing = replace(LLAMA, vision_parameters=10**9, parameters=LLAMA.parameters + 10**9)
    assert parts(seeing, Layout("trtllm", 8))["vision"] == 2 * 10**9
    piped = parts(seeing, Layout("trtllm", pp=2))
    assert "vision" in piped and "embedding" in piped and "head" not in piped


def test_how_weights_are_held() -> None:
    assert (
        weights.stored(LLAMA)
        == weights.stored(LLAMA, "bf16")
        == weights.Stored("bf16", LLAMA.quantised, LLAMA.weight_block, 0)
    )
    assert weights.stored(LLAMA, "fp8") == weights.Stored("fp8", weights.LINEAR, None)
    assert (
        weights.stored(LLAMA, "nvfp4").block == (1, 16)
        and weights.stored(R1_FP4).block == (1, 16)
        and weights.stored(OSS).block == (1, 32)
    )
    for model, precision, words in ((R1, "bf16", "stored in fp8"), (LLAMA, "int4", "unknown precision")):
        with pytest.raises(ValueError, match=words):
            weights.stored(model, precision)


@pytest.mark.parametrize(
    ("part", "held", "each"),
    [
        ("dense_mlp", weights.Stored("fp8", ("dense_mlp",), None), 1), ("head", weights.Stored("fp8", ("dense_mlp",), None), 2), ("dense_mlp", weights.Stored("fp8", ("dense_mlp",), (128, 128)), 1 + 4 / 16384),
        ("dense_mlp", weights.Stored("fp8", ("dense_mlp",), None, 5), 1.5), ("head", weights.Stored("fp8", ("head",), None, 5), 1), ("dense_mlp", weights.Stored("nvfp4", ("dense_mlp",), (1, 16)), 0.5625),
    ],
)  # fmt: skip
def test_bytes_of_a_parameter(part: str, held: weights.Stored, each: float) -> None:
    assert weights.bytes_per_parameter(part, held, 10) == each


def test_shares_of_a_gpu() -> None:
    found = weights.shares(LARGE, Layout("vllm", 16))
    assert found == {
        "heads": 1 / 16,
        "kv_heads": 1 / 8,
        "dense": 1 / 16,
        "shared": 1 / 16,
        "experts": 1 / 16,
        "embedding": 1 / 16,
        "head": 1 / 16,
        "whole": 1.0,
    }
    assert weights.shares(R1, Layout("sglang", 8))["kv_heads"] == 1.0


def test_padding_of_experts() -> None:
    plain = sum(piece.parameters for piece in weights.pieces(OSS) if piece.part == "routed_experts") * 0.53125
    for layout, share in (
        (Layout("trtllm"), 2944 / 2880 * 2944 / 2880), (Layout("vllm", 8, ep=8), 3072 / 2880 / 8), (Layout("vllm", 2), 3072 / 2880 * 1472 / 1440 / 2), (Layout("vllm", 2, dp=2, ep=4), 3072 / 2880 / 4),
    ):  # fmt: skip
        assert parts(OSS, layout)["routed_experts"] == pytest.approx(plain * share)


# --- memory


def test_bytes_of_a_pass() -> None:
    dense = memory.activations(Setup(LLAMA, H200, Layout("trtllm", 2), tokens=100))
    assert dense == 100 * 2 * (6 * 4096 + 2 * 4096 + 14336)
    assert OSS.experts is not None
    k = OSS.experts.active + OSS.experts.shared
    assert memory.activations(Setup(OSS, H200, Layout("trtllm", 2), tokens=100)) == 100 * 2 * (
        6 * 2880 + k * 2 * (2880 + OSS.experts.intermediate_size)
    )
    assert memory.activations(Setup(LLAMA, H200, Layout("vllm"), tokens=100)) > memory.activations(
        Setup(LLAMA, H200, Layout("trtllm"), tokens=100)
    )


def test_what_is_gone_before_loading() -> None:
    assert memory.overhead(Layout("trtllm")) == memory.HIDDEN + memory.CONTEXT
    assert memory.overhead(Layout("trtllm", 2)) == memory.HIDDEN + memory.CONTEXT + memory.COLLECTIVES


def test_a_budget() -> None:
    found = memory.budget(Setup(LLAMA, H200, Layout("trtllm")), 10.0 * GIB, None, 1.0)
    assert (found.fraction, found.total, found.weights) == (0.9, H200.gpu_memory_mib * 2**20, 10 * GIB)
    assert (
        found.activations == memory.activations(Setup(LLAMA, H200, Layout("trtllm"), tokens=8192))
        and found.free == found.total - found.overhead
    )
    given = memory.budget(Setup(LLAMA, H200, Layout("trtllm"), tokens=100), 10.0 * GIB, 0.5, 1.0)
    assert given.fraction == 0.5 and given.activations == memory.activations(
        Setup(LLAMA, H200, Layout("trtllm"), tokens=100)
    )
    assert given.pool == pytest.approx(0.5 * (given.free - 10 * GIB - given.activations))
    assert [memory.kv_bytes_per_element(name) for name in ("bf16", "fp8", "nvfp4", "mxfp4")] == [2, 1, 0.5625, 0.5]


# --- calibration


def test_an_estimate_of_trtllm_bench_by_hand() -> None:
    for gpus, heads in ((1, 8), (16, 16)):
        available, cache, requests = calibration.bench_estimate(LLAMA, H200, gpus, 0.5, 1000, decimal=False)
        assert (
            available == pytest.approx(gpus * H200.gpu_memory_mib / 1024 - LLAMA.parameters / GIB)
            and cache == available / 2
        )
        assert requests == pytest.approx(cache * GIB / (2 * 32 * heads * 128) / 1000)
    decimal, _, _ = calibration.bench_estimate(LLAMA, H200, 1, 0.5, 1000)
    assert decimal == pytest.approx(H200.gpu_memory_mib / 1024 - LLAMA.parameters / 10**9)


def row(kind: str, published: float, planned: float) -> calibration.Row:
    return calibration.Row("what", kind, published, planned, "GiB", "https://example.com")


def test_errors_of_a_calibration() -> None:
    assert [row("log", 100, planned).error for planned in (90, 100, 110, 100.004)] == [-0.1, 0.0, 0.1, 0.0]
    found = [row("log", 100, 90), row("log", 100, 101), row("measured", 100, 103), row("fit", 100, 200)]
    assert calibration.median_error(found, "log", "measured") == 0.03
    assert calibration.median_error(found, "fit") == 1.0


def test_what_was_fitted_to_a_measurement_proves_nothing() -> None:
    kinds = {row.what.rpartition(", ")[2]: row.kind for row in calibration.rows(ROOT) if "in PyTorch" in row.what}
    fitted = {name for name, kind in kinds.items() if kind == "fit"}
    assert fitted == {"hidden by CUDA", "CUDA context"} and len(kinds) > 3
    assert {kind for name, kind in kinds.items() if name not in fitted} == {"measured"}

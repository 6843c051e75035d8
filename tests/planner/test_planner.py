"""The planner against hand calculation, against itself, and as a command."""

from __future__ import annotations

import dataclasses
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servelint.catalogue.facts import Model
from servelint.catalogue.load import load_hardware, load_models
from servelint.commands import generated, matrix
from servelint.commands.plan import main
from servelint.engines import kind, vllm
from servelint.engines.kind import Setup
from servelint.engines.layout import Layout, layouts
from servelint.model import Overlay
from servelint.planner import calibration, memory, weights
from servelint.planner.overlay import asked
from servelint.planner.plan import CONSTRAINTS, Plan, Request, best, make, problems
from servelint.rules import all_rules
from servelint.steps import pipeline
from servelint.steps.discover import targets
from servelint.steps.lint import lint, lint_fleet
from support import ROOT, environment, said_by

HARDWARE = load_hardware(ROOT)
MODELS = load_models(ROOT)
R1, R1_FP4 = MODELS["deepseek-r1"], MODELS["deepseek-r1-nvfp4"]
LLAMA, LARGE = MODELS["llama-3-1-8b-instruct"], MODELS["llama-3-1-405b"]
SCOUT = MODELS["llama-4-scout"]


def gib(size: float) -> float:
    return size / 2**30


def setup(model: Model, layout: Layout, machine: str = "a3ultra", **more: Any) -> Setup:
    return Setup(model, HARDWARE[machine], layout, **more)


def held(model: Model, layout: Layout, quantization: str | None = None) -> dict[str, float]:
    """Bytes of each part on the fullest GPU."""
    return weights.weights_per_gpu(setup(model, layout), weights.stored(model, quantization))


def total(model: weights.Model, layout: Layout, quantization: str | None = None) -> float:  # type: ignore[name-defined]
    return sum(held(model, layout, quantization).values())


def share(
    model: weights.Model, machine: weights.Model, layout: Layout, version: str = "", tokens: int | None = None
) -> float:  # type: ignore[name-defined]
    """The fraction that SGLang takes by itself."""
    return kind("sglang").share(Setup(model, machine, layout, version, tokens=tokens), None)


# Weights


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_is_counted_once(name: str) -> None:
    """The shape gives all of them but norms, biases and sinks: less than 0.1 %. More, and a figure of it is wrong."""
    model = MODELS[name]
    pieces = weights.pieces(model)
    assert sum(piece.parameters for piece in pieces) == model.parameters
    assert {piece.part for piece in pieces} <= set(weights.PARTS)
    rest = sum(piece.parameters for piece in pieces if piece.part == "rest")
    assert 0 <= rest < model.parameters / 1000, f"{rest} parameters are in no part"


def checkpoint_bytes(model: Model) -> float:
    """Bytes of all pieces as the checkpoint stores them, without what only speculative decoding loads."""
    held = weights.stored(model)
    each = {piece.part: weights.bytes_per_parameter(piece.part, held, model.layers) for piece in weights.pieces(model)}
    return sum(piece.parameters * each[piece.part] for piece in weights.pieces(model))


@pytest.mark.parametrize("name", MODELS)
def test_the_checkpoint_weighs_what_its_files_do(name: str) -> None:
    """Parts, precisions and block scales against the bytes on disk; a draft module is in the files and not in the plan."""
    model = MODELS[name]
    # The draft module is quantised with the rest in FP8 and MXFP4 checkpoints, NVIDIA leaves it in BF16 in NVFP4 ones.
    least = model.draft_parameters * (2 if model.native_precision in ("nvfp4", "bf16") else 1)
    most = model.draft_parameters * 2
    planned = checkpoint_bytes(model)
    assert planned + least <= model.disk_bytes * 1.01
    assert planned + most >= model.disk_bytes * 0.99


def test_a_share_of_everything_is_everything() -> None:
    """On one GPU nothing is left out and, but for MLA's second copy of kv_b, nothing is there twice."""
    for engine, model in itertools.product(("sglang", "trtllm", "vllm"), MODELS.values()):
        parts = held(model, Layout(engine))
        absorbed = parts.pop("absorbed", 0.0)
        if model.native_precision != "mxfp4":
            assert sum(parts.values()) == pytest.approx(checkpoint_bytes(model))
        assert (absorbed > 0) == (model.attention == "mla")


def test_block_scales() -> None:
    assert weights.bytes_per_parameter("routed_experts", weights.stored(R1), 61) == 1 + 4 / 16384
    assert weights.bytes_per_parameter("routed_experts", weights.stored(R1_FP4), 61) == 0.5625
    assert weights.bytes_per_parameter("attention_inputs", weights.stored(R1_FP4), 61) == 2
    four = weights.stored(LLAMA, "mxfp4")
    assert weights.bytes_per_parameter("dense_mlp", four, 32) == 0.53125
    assert weights.bytes_per_parameter("embedding", four, 32) == 2


def test_layers_left_in_bf16_count_as_such() -> None:
    held = weights.Stored("fp8", ("dense_mlp",), None, plain_layers=2)
    assert weights.bytes_per_parameter("dense_mlp", held, 126) == pytest.approx(1 + 2 / 126)
    assert weights.bytes_per_parameter("head", held, 126) == 2


def test_key_value_projections_are_copied_where_gpus_outnumber_heads() -> None:
    eight, sixteen = (weights.shares(LARGE, Layout("vllm", tp)) for tp in (8, 16))
    assert (eight["kv_heads"], sixteen["kv_heads"]) == (1 / 8, 1 / 8)
    assert (eight["heads"], sixteen["heads"]) == (1 / 8, 1 / 16)


def test_attention_dp_copies_attention_and_not_the_experts() -> None:
    plain = held(R1, Layout("sglang", 8))
    spread = held(R1, Layout("sglang", 8, dp=8, attention_dp=True))
    assert spread["attention_output"] == 8 * plain["attention_output"]
    assert spread["routed_experts"] == plain["routed_experts"]
    assert spread["embedding"] == 8 * plain["embedding"]
    trtllm = held(R1, Layout("trtllm", 8, dp=8, attention_dp=True))
    assert trtllm["shared_experts"] == 8 * plain["shared_experts"]


def test_expert_parallelism_moves_experts_and_not_bytes() -> None:
    assert total(R1, Layout("trtllm", 8, ep=8)) == total(R1, Layout("trtllm", 8))
    assert total(SCOUT, Layout("vllm", 4, dp=2, ep=8)) < total(SCOUT, Layout("vllm", 4))


def test_a_pipeline_stage_holds_its_layers() -> None:
    one, two = total(LARGE, Layout("trtllm")), total(LARGE, Layout("trtllm", pp=2))
    ends = 2 * LARGE.vocabulary * LARGE.hidden_size
    assert two == pytest.approx((one - 2 * ends) / 2 + ends)


def test_mxfp4_experts_are_padded() -> None:
    """2880 is no multiple of what the kernels take: 3072 by 2880 on one GPU, 3072 by 384 for an eighth of 2880."""
    model = MODELS["gpt-oss-120b"]
    plain = sum(p.parameters for p in weights.pieces(model) if p.part == "routed_experts") * 0.53125
    one, eight = (held(model, Layout("vllm", tp))["routed_experts"] for tp in (1, 8))
    assert one == pytest.approx(plain * 3072 / 2880)
    assert eight == pytest.approx(plain / 8 * 3072 / 2880 * 384 / 360)
    assert not list(problems(model, weights.stored(model), Layout("vllm", 8)))


def test_a_quantised_checkpoint_is_not_quantised_again() -> None:
    with pytest.raises(ValueError, match="stored in fp8"):
        weights.stored(R1, "nvfp4")
    assert weights.stored(R1, "fp8") == weights.stored(R1)


# KV cache and budgets


@pytest.mark.parametrize(
    ("model", "layout", "precision", "expected"),
    [
        (LARGE, Layout("trtllm", 8), "fp8", 258048 / 8),
        (LARGE, Layout("trtllm", 16), "fp8", 258048 / 8),  # 8 heads on 16 GPUs: one each, twice
        (LLAMA, Layout("sglang"), "bf16", 131072),
        (LLAMA, Layout("sglang"), "nvfp4", 131072 / 2 * 0.5625),
        (SCOUT, Layout("sglang", 8), "bf16", 196608 / 8),
        (R1, Layout("sglang", 8), "bf16", 70272),
        (R1, Layout("sglang", 8, dp=4, attention_dp=True), "bf16", 70272),
        (R1_FP4, Layout("trtllm", 4, dp=4, attention_dp=True), "fp8", 35136),
        (LARGE, Layout("trtllm", 8, 2), "bf16", 516096 / 16),
    ],
)
def test_kv_bytes_of_a_token(model: weights.Model, layout: Layout, precision: str, expected: float) -> None:  # type: ignore[name-defined]
    assert memory.kv_bytes_per_token(setup(model, layout), precision) == expected


def test_one_fraction_has_three_meanings() -> None:
    machine = HARDWARE["a3ultra"]
    pools = {}
    for engine in ("sglang", "trtllm", "vllm"):
        plan = make(Request(LARGE, machine, Layout(engine, 8), quantization="fp8", memory_fraction=0.8))
        assert plan.budget is not None
        pools[engine] = plan.budget
    memory_, gone, held = (pools["sglang"].total, pools["sglang"].overhead, pools["sglang"].weights)
    peak = pools["trtllm"].activations
    assert pools["sglang"].pool == 0.8 * (memory_ - gone) - held
    assert pools["trtllm"].pool == 0.8 * (memory_ - gone - held - peak)
    sampling = vllm.COPIES * vllm.SAMPLED * LARGE.vocabulary * 4
    outside = vllm.OUTSIDE_TORCH[1] + max(peak, sampling)
    assert pools["vllm"].pool == pytest.approx(0.8 * (memory_ - memory.HIDDEN) - held - outside)


def test_sglang_chooses_its_fraction_by_the_gpu() -> None:
    layout, h200 = Layout("sglang", 8), HARDWARE["a3ultra"]
    assert share(LLAMA, h200, layout) == (143771 - 18 * 1024) / 143771
    small = dataclasses.replace(HARDWARE["a3ultra"], gpu_memory_mib=81559)
    assert share(LLAMA, small, layout) == 0.81
    for gpus, fraction in ((1, 0.88), (2, 0.87), (3, 0.87), (4, 0.85), (8, 0.81), (15, 0.81), (16, 0.79)):
        assert (
            share(LLAMA, small, Layout("sglang", gpus)) == share(LLAMA, small, Layout("sglang", 1, pp=gpus)) == fraction
        )
    for mib, fraction in ((81920, 0.88), (81921, 0.88), (96 * 1024, 0.88)):
        assert share(LLAMA, dataclasses.replace(small, gpu_memory_mib=mib), Layout("sglang")) == fraction
    assert share(LLAMA, dataclasses.replace(small, gpu_memory_mib=81920), layout) == 0.81
    assert share(LLAMA, dataclasses.replace(small, gpu_memory_mib=81921), layout) == 0.88


def test_sglang_chooses_its_fraction_by_its_version() -> None:
    """0.5 leaves room for the pass and the graphs that it will run: on B200 passes of 16384 tokens."""
    layout, b200 = Layout("sglang", 8), HARDWARE["a4high"]
    new = share(R1, b200, layout, "0.5.14")
    assert new == round((183359 - (512 + 1.5 * 16384 + 1024 + 1024 + 1536)) / 183359, 3)
    assert new < share(R1, b200, layout, "0.4.6.post4")
    spread = Layout("sglang", 8, dp=8, attention_dp=True)
    assert share(R1, b200, spread, "0.5.14") < new
    assert share(LLAMA, HARDWARE["a3ultra"], Layout("sglang"), "0.5.3", 2048) == 0.929
    # By hand, in MiB: a pass, 128 for each GPU, two graphs, and with attention DP more graphs; 10 GiB at least.
    h200 = HARDWARE["a3ultra"]
    for machine, sizes, tokens, reserved in (
        (b200, Layout("sglang", 1), None, 512 + 1.5 * 16384 + 128 + 2 * 512),
        (h200, Layout("sglang", 2, pp=2), None, 512 + 1.5 * 8192 + 128 * 4 + 2 * 256),
        (h200, Layout("sglang", 4), None, 512 + 1.5 * 8192 + 128 * 4 + 2 * 512),
        (h200, Layout("sglang", 8, dp=8, attention_dp=True), None, 512 + 1.5 * 8192 + 1024 + 1024 + 4.5 * 512 * 8),
        (h200, Layout("sglang", 2, dp=2, attention_dp=True), None, 512 + 1.5 * 8192 + 256 + 512 + 3 * 256 * 2),
        (h200, Layout("sglang", 8), 1, 10 * 1024),
    ):
        memory = machine.gpu_memory_mib
        assert share(LLAMA, machine, sizes, "0.5.9", tokens) == round((memory - reserved) / memory, 3)
    for odd in ("", "latest", "0.", "x.y"):
        assert share(R1, b200, layout, odd) == share(R1, b200, layout)


# Verdicts


def verdict(model: str, machine: str, engine: str, layout: Layout, **options: object) -> Plan:
    assert layout.engine == engine
    return make(Request(MODELS[model], HARDWARE[machine], layout, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("plan", "expected", "constraint"),
    [
        (verdict("deepseek-r1", "a3ultra", "sglang", Layout("sglang", 8)), "feasible", None),
        (verdict("llama-3-1-405b", "a4x", "trtllm", Layout("trtllm", 4)), "infeasible", "weights"),
        (verdict("llama-3-1-405b", "a3ultra", "sglang", Layout("sglang", 8), memory_fraction=0.6), "infeasible", "pool"),
        (verdict("llama-3-1-405b", "a3ultra", "trtllm", Layout("trtllm", 16)), "infeasible", "gpus"),
        (verdict("llama-4-scout", "a3ultra", "sglang", Layout("sglang", 16)), "infeasible", "layout"),
        (verdict("deepseek-r1-nvfp4", "a3ultra", "trtllm", Layout("trtllm", 8)), "infeasible", "precision"),
        (verdict("deepseek-r1-nvfp4", "a3ultra", "sglang", Layout("sglang", 8)), "feasible", "precision"),
        (verdict("llama-4-scout-instruct", "a3ultra", "sglang", Layout("sglang", 8)), "infeasible", "buffers"),
        (verdict("llama-4-scout-instruct", "a3ultra", "vllm", Layout("vllm", 8)), "infeasible", "context"),
        (verdict("llama-4-scout-instruct", "a3ultra", "sglang", Layout("sglang", 8), context=10**5), "feasible", None),
        (verdict("llama-4-maverick", "a3ultra", "sglang", Layout("sglang", 8), memory_fraction=0.73), "uncertain", "context"),
        (verdict("llama-3-1-8b-instruct", "a3ultra", "vllm", Layout("vllm"), context=200_000), "feasible", "native-context"),
        (verdict("llama-3-1-8b-instruct", "a3ultra", "sglang", Layout("sglang"), memory_fraction=0.999), "uncertain", "buffers"),
        (verdict("llama-3-1-8b-instruct", "a3ultra", "sglang", Layout("sglang"), memory_fraction=0.98), "uncertain", "activations"),
    ],
    ids=lambda value: None if isinstance(value, Plan) else value,
)  # fmt: skip
def test_verdicts(plan: Plan, expected: str, constraint: str | None) -> None:
    assert plan.verdict == expected, plan.breaches
    assert (plan.first.constraint if plan.first else None) == constraint
    assert all(breach.constraint in CONSTRAINTS for breach in plan.breaches)


@pytest.mark.parametrize(
    ("model", "layout", "reason"),
    [
        (LARGE, Layout("sglang", 3), "128 attention heads"),
        (R1, Layout("sglang", 8, dp=3, attention_dp=True), "does not divide"),
        (R1, Layout("sglang", 8, attention_dp=True), "size of 1"),
        (R1, Layout("sglang", 4, 2), "pipeline"),
        (R1, Layout("trtllm", 8, ep=3), "does not divide"),
        (R1, Layout("trtllm", 8, dp=2), "attention DP only"),
        (R1, Layout("sglang", 32), "whole blocks of 128"),
        (R1, Layout("vllm", 8, dp=2, ep=2), "all 16 GPUs or none"),
        (R1, Layout("vllm", 8, dp=8, attention_dp=True), "no attention DP"),
        (LARGE, Layout("trtllm", 8, ep=8), "without experts"),
        (LLAMA, Layout("trtllm", 1, 64), "more stages"),
        (LLAMA, Layout("trtllm", 0), "start at 1"),
        (SCOUT, Layout("trtllm", 40, ep=20), "16 experts"),
    ],
)
def test_illegal_layouts(model: weights.Model, layout: Layout, reason: str) -> None:  # type: ignore[name-defined]
    assert any(reason in text for text in problems(model, weights.stored(model), layout))


@pytest.mark.parametrize("engine", ["sglang", "trtllm", "vllm"])
@pytest.mark.parametrize("machine", HARDWARE)
@pytest.mark.parametrize("model", MODELS)
def test_the_best_layout_beats_every_other(engine: str, machine: str, model: str) -> None:
    """Against brute force over all layouts, with a context that fits more than one of them."""
    hardware, facts = HARDWARE[machine], MODELS[model]
    request = Request(facts, hardware, Layout(engine), context=32768)
    found, held = best(request), weights.stored(facts)
    others = []
    for layout in layouts(engine, hardware, hardware.gpus):
        if layout.world <= hardware.gpus and not list(problems(facts, held, layout)):
            others.append(make(dataclasses.replace(request, layout=layout)))
    assert found is not None and found.request.layout.world <= hardware.gpus
    sure = [plan for plan in others if plan.verdict == "feasible" and plan.requests]
    rivals = sure or [plan for plan in others if plan.verdict == "uncertain" and plan.requests] or others
    most = max(plan.tokens for plan in rivals)
    assert found.tokens >= most * (1 - memory.MARGIN)
    equals = [plan for plan in rivals if plan.tokens >= most * (1 - memory.MARGIN)]
    assert found.request.layout.pp == min(plan.request.layout.pp for plan in equals)
    assert bool(sure) == (found.verdict == "feasible" and found.requests > 0)


def test_given_sizes_stay() -> None:
    plan = best(Request(R1, HARDWARE["a3ultra"], Layout("trtllm")), tp=8, ep=8)
    assert plan is not None and (plan.request.layout.tp, plan.request.layout.ep) == (8, 8)


# The command


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(list(argv))
    out = capsys.readouterr()
    return status, out.out, out.err


WHOLE = ("--model", "deepseek-r1", "--hardware", "a3ultra", "--engine", "sglang")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--engine-version", "latest"), "'latest' is no version such as 0.4.6"), (("--engine-version", ""), "--engine-version is empty"),
        (("--engine-version", "0.3.0"), "SGLang 0.3.0 is not known: give one from 0.4.6 to 0.5"), (("--engine-version", "9.9.9"), "SGLang 9.9.9 is not known"),
        (("--pass-tokens", "0"), "--pass-tokens must be at least 1"), (("--graph-batch", "-1"), "--graph-batch must be at least 1"),
        (("--engine", "vllm", "--graph-batch", "8"), "the memory of vLLM is not planned by it"),
        (("--model", "llama-3-1-405b", "--mtp"), "--mtp: llama-3-1-405b holds no modules"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_planned(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    status, out, err = run(capsys, *WHOLE, *options)
    assert status == 2 and out == "" and message in err and err.count("\n") == 1


def test_options_of_an_engine_and_an_overlay_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    overlay = "overlays/a3ultra/deepseek-r1/sglang-serve"
    for option in (("--mtp",), ("--pass-tokens", "8"), ("--graph-batch", "8"), ("--engine-version", "0.5.14")):
        status, _, err = run(capsys, overlay, *option)
        assert status == 2 and f"{option[0]} and OVERLAY exclude each other" in err


def test_options_are_planned(capsys: pytest.CaptureFixture[str]) -> None:
    """A smaller pass and fewer graphs leave more, a draft takes of it."""
    version = ("--engine-version", "0.5.14", "--format", "json")
    tokens = [
        json.loads(run(capsys, *WHOLE, *version, *more)[1])["plans"][0]["tokens"]
        for more in ((), ("--pass-tokens", "4096"), ("--graph-batch", "16"), ("--mtp",))
    ]
    assert tokens[1] > tokens[0] and tokens[2] > tokens[0] > tokens[3]
    status, out, _ = run(capsys, *WHOLE, *version[:2], "--mtp")
    assert status == 0 and "weights: draft" in out


def test_a_context_that_nobody_asked_for_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    small = ("--model", "llama-3-1-405b", "--hardware", "a3ultra", "--engine", "sglang", "--memory-fraction", "0.7")
    assert run(capsys, *small)[0] == 0
    assert run(capsys, *small, "--context", "131072")[0] == 1


def test_text_names_figures_units_formulas_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, *WHOLE, "--dp", "4", "--attention-dp")
    assert status == 0
    assert "TP 8, attention DP 4" in out
    for piece in ("weights per GPU", "KV per token and GPU (bf16)", "70,272 B", "left for KV", "GiB", "full-length requests",
                  "fraction * (memory - overhead) - weights", "https://github.com/sgl-project/sglang"):  # fmt: skip
        assert piece in out
    assert out.strip().split("\n\n")[0].endswith("feasible")


def test_json_is_stable_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (run(capsys, *WHOLE, "--format", "json") for _ in range(2))
    assert first == second and first[0] == 0
    (plan,) = json.loads(first[1])["plans"]
    assert plan["verdict"] == "feasible" and plan["layout"]["tp"] == 8
    figures = {figure["name"]: figure for figure in plan["figures"]}
    assert figures["weights per GPU"]["unit"] == "bytes"
    assert all(figure["formula"] and figure["source"] for figure in figures.values())


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ((), "--model is missing"),
        (("--model", "deepsek-r1", "--hardware", "a4x", "--engine", "sglang"), "did you mean deepseek-r1"),
        (("--model", "deepseek-r1", "--hardware", "a5", "--engine", "sglang"), "there is no 'a5'"),
        ((*WHOLE, "--tp", "0"), "--tp must be at least 1"),
        ((*WHOLE, "--memory-fraction", "1.5"), "--memory-fraction must be"),
        ((*WHOLE, "--kv-cache-dtype", "fp7"), "unknown 'fp7'"),
        ((*WHOLE, "--quantization", "nvfp4"), "stored in fp8"),
        ((*WHOLE, "--best", "--tp", "3"), "no layout has these sizes"),
        (("overlays/nothing",), "no overlay there"),
        (("overlays/a3ultra/deepseek-r1/sglang-serve", "--tp", "8"), "exclude each other"),
        (("overlays/a3ultra/deepseek-r1/sglang-bench",), "nothing here loads weights"),
        (("--what",), "unrecognized arguments"),
    ],
)
def test_bad_usage_is_one_message(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], message: str) -> None:
    status, out, err = run(capsys, *argv)
    assert (status, out) == (2, "")
    assert message in err and err.startswith("plan.py: ") and err.count("\n") == 1


def test_infeasible_exits_1(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--model", "llama-3-1-405b", "--hardware", "a4x", "--engine", "trtllm")
    assert status == 1
    assert "error[weights]" in out and "infeasible: the weights take" in out


def test_an_overlay_is_planned_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "overlays/a4x/deepseek-r1-nvfp4/trtllm-bench", "--format", "json")
    assert (status, err) == (0, "")
    (plan,) = json.loads(out)["plans"]
    assert (plan["layout"]["tp"], plan["layout"]["ep"], plan["layout"]["attention_dp"]) == (4, 4, True)
    assert (plan["kv_cache_dtype"], plan["context"]) == ("fp8", 256)
    assert next(f["value"] for f in plan["figures"] if f["name"] == "memory fraction") == 0.85


def test_the_arithmetic_needs_the_standard_library_only() -> None:
    """So that tests/bench/h200_llama_8b.py runs on a GPU machine where nothing of ours is installed."""
    program = (
        "import sys; sys.path.insert(0, 'scripts'); import servelint.catalogue.facts, servelint.planner.plan; "
        "own = set(sys.stdlib_module_names) | {'servelint', '__main__'}; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} - own))"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-I", "-c", program], cwd=ROOT, capture_output=True, text=True, env=environment()
    )
    assert (result.stdout.strip(), result.stderr) == ("[]", "")


def test_the_measuring_script_has_the_catalogue_s_shape() -> None:
    sys.path.insert(0, str(ROOT / "tests" / "bench"))
    try:
        import h200_llama_8b as script
    finally:
        sys.path.pop(0)
    for field in dataclasses.fields(LLAMA):
        if field.name not in ("sources", "parsers"):  # neither is of its shape
            assert getattr(script.LLAMA_8B, field.name) == getattr(LLAMA, field.name), field.name
    assert script.predicted(1)["kv_bf16_allocated_bytes"] == 131072
    assert Path(script.__file__).name == "h200_llama_8b.py"


# Calibration


def test_trtllm_bench_s_own_estimate_is_reproduced() -> None:
    """717.36, 681.49 and 11076.91 of its log; 745.2 is the same formula in one unit."""
    machine = HARDWARE["a3ultra"]
    logged = calibration.bench_estimate(LARGE, machine, 8, 0.95, 256)
    assert [round(value, 2) for value in logged] == [717.36, 681.49, 11076.91]
    corrected = calibration.bench_estimate(LARGE, machine, 8, 0.95, 256, decimal=False)
    assert round(corrected[0], 1) == 745.2


def test_predictions_meet_what_was_published() -> None:
    """The goal over what was logged and not fitted to: median 0.5 %, 90th percentile 5 %, more than 15 % with a reason."""
    rows = calibration.rows(ROOT)
    assert {row.kind for row in rows} == set(calibration.KINDS)
    tested = [abs(row.error) for row in rows if row.kind in calibration.TESTED]
    assert len(tested) >= 45
    assert calibration.percentile(tested, 50) <= 0.005 and calibration.percentile(tested, 90) <= 0.05
    for row in rows:
        if row.kind == "advice":
            assert row.planned >= row.published, f"{row.what}: what is advised must fit"
        else:
            most = 0.15 if row.kind in calibration.TESTED else 0.03
            assert abs(row.error) <= most or row.reason, f"{row.what}: {row.error:+.1%}"


def test_percentiles() -> None:
    """By nearest rank."""
    assert [calibration.percentile([0.3, 0.1, 0.2], percent) for percent in (1, 33, 34, 90, 100)] == [
        0.1, 0.1, 0.2, 0.3, 0.3,
    ]  # fmt: skip


def test_sglang_s_weights_of_r1_fp4_on_four_b200() -> None:
    (row,) = (row for row in calibration.rows(ROOT) if row.published == 94.50)
    assert abs(row.error) < 0.005


# Matrix


def test_the_tables_in_the_documents_are_current() -> None:
    """``make docs`` writes them."""
    for name, content in matrix.documents(ROOT).items():
        document = (ROOT / matrix.DOCUMENTS[name]).read_text(encoding="utf-8")
        assert generated.between(document, name, content) == document, f"run make docs: {matrix.DOCUMENTS[name]}"


def test_every_combination_has_a_verdict() -> None:
    found = matrix.entries(ROOT, validate=False)
    leaves = [target for target in targets(ROOT) if target.kind == "leaf"]
    assert len(found) == len(HARDWARE) * len(MODELS) * len({target.workload for target in leaves})
    assert {entry.overlay for entry in found if entry.overlay} == {target.path for target in leaves}
    for entry in found:
        assert entry.status in ("present", "feasible", "uncertain", "infeasible")
        assert (entry.status == "infeasible") == bool(entry.reason), entry
        assert (entry.status in ("feasible", "uncertain")) == bool(entry.layout), entry


def test_the_matrix_says_what_the_planner_finds() -> None:
    found = {(e.hardware, e.model, e.workload): e for e in matrix.entries(ROOT, validate=False)}
    plan = best(Request(LLAMA, HARDWARE["a4high"], Layout("sglang")))
    entry = found["a4high", "llama-3-1-8b-instruct", "sglang-serve"]
    assert plan is not None and (entry.layout, entry.tokens) == (str(plan.request.layout), plan.tokens)
    assert "NVFP4" in (found["a3ultra", "deepseek-r1-nvfp4", "trtllm-serve"].reason or "")
    assert found["a4x", "llama-3-1-405b", "trtllm-serve"].quantization == "fp8"


def test_the_matrix_validates_what_is_there(copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    fleet = copy()
    (fleet / calibration.HERE).mkdir(parents=True)
    leaf = "overlays/a3ultra/deepseek-r1/sglang-serve"
    engine = fleet / leaf / "engine.yaml"
    engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 16"))
    status = matrix.main(["--format", "json", "--model", "deepseek-r1", "--hardware", "a3ultra"], fleet)
    entries = json.loads(capsys.readouterr().out)["entries"]
    assert status == 1
    states = {entry["workload"]: entry["status"] for entry in entries}
    assert (states["sglang-serve"], states["sglang-bench"]) == ("invalid", "valid")


def test_the_matrix_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert matrix.main(["--no-validate", "--hardware", "a4x", "--model", "kimi-k2-instruct"]) == 0
    assert "infeasible" in capsys.readouterr().out
    assert matrix.main(["--no-validate", "--workload", "sglang-server"]) == 2
    assert "did you mean sglang-serve" in capsys.readouterr().err


def test_a_document_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="once"):
        generated.between("text", "matrix", "table")


# The rules that ask the planner


def judged(text: str, hardware: str, model: str) -> list[tuple[str, str]]:
    """Rule, with the severity if it may have another, and message of all that the planner's rules say of a manifest."""
    overlay = Overlay(
        path="overlays/example", kind="leaf", resources=pipeline.parse(text), hardware=HARDWARE[hardware],
        model=MODELS[model], kubernetes=("1.33",), all_hardware=HARDWARE, all_models=MODELS,
    )  # fmt: skip
    names = (
        "overfull-gpus", "unbounded-context", "overlong-benchmark", "missing-tensor-cores", "mismatched-quantization",
    )  # fmt: skip
    rules = [all_rules()[name] for name in names]
    hits = [*lint(overlay, rules), *(hit for _, hit in lint_fleet([overlay], rules))]
    return [(said_by(hit), hit.problem.message) for hit in hits]


def server(command: str, gpus: int = 8) -> str:
    """A pod whose shell line starts an engine."""
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: engine\n    image: i:v1\n"
        f"    command: [/bin/sh, -c, {json.dumps(command)}]\n"
        f'    resources: {{limits: {{nvidia.com/gpu: "{gpus}"}}}}\n'
    )


VLLM = "exec vllm serve m --tensor-parallel-size 8"


@pytest.mark.parametrize(
    ("command", "hardware", "model", "rules"),
    [
        # vLLM refuses to start where the context does not fit; the others start and serve less.
        (VLLM, "a3ultra", "llama-4-scout-instruct", ["overfull-gpus (error)"]),
        (f"{VLLM} --max-model-len 1000000", "a3ultra", "llama-4-scout-instruct", []),
        (f"{VLLM} --max-model-len=500000 --gpu-memory-utilization=0.3", "a3ultra", "llama-4-scout", ["overfull-gpus (error)"]),
        ("python3 -m sglang.launch_server --tp 8", "a3ultra", "llama-4-scout-instruct", ["overfull-gpus (error)"]),
        ("python3 -m sglang.launch_server --tp 8 --mem-fraction-static 0.7", "a3ultra", "llama-3-1-405b", ["unbounded-context"]),
        ("python3 -m sglang.launch_server --tp 8 --mem-fraction-static 0.7 --context-length 3600000", "a3ultra", "llama-4-scout-instruct",
         ["overfull-gpus (error)"]),
        ("python3 -m sglang.launch_server --tp 8 --mem-fraction-static 0.5", "a3ultra", "deepseek-r1", ["overfull-gpus (error)"]),
        # What the manifest does not show, or what other rules report, is passed over.
        ("python3 -m sglang.launch_server --tp $TP", "a4x", "llama-3-1-405b", []),
        ("python3 -m sglang.launch_server --tp 16", "a3ultra", "kimi-k2-instruct", []),
        ("python3 -m sglang.launch_server --tp 7", "a4x", "kimi-k2-instruct", []),
        ("python3 -m sglang.launch_server --tp 4 --quantization bitsandbytes", "a4x", "llama-3-1-405b", []),
        ("trtllm-build --tp_size 4", "a4x", "llama-3-1-405b", []),
        # Quantised while loading, it fits; and only a checkpoint in BF16 can be.
        ("trtllm-serve m --tp_size 4", "a4x", "llama-3-1-405b", ["overfull-gpus (error)"]),
        ("python3 -m sglang.launch_server --tp 4 --quantization fp8", "a4x", "llama-3-1-405b", []),
        ("python3 -m sglang.launch_server --tp 8 --quantization modelopt_fp4", "a4high", "deepseek-r1",
         ["mismatched-quantization"]),
        ("trtllm-serve m --tp_size 8", "a3ultra", "deepseek-r1-nvfp4", ["missing-tensor-cores (error)"]),
        (f"{VLLM} --max-model-len 32768", "a3ultra", "deepseek-r1-nvfp4", ["missing-tensor-cores (warning)"]),
        ("trtllm-bench -m m throughput --tp 8 --isl 100000 --osl 40000", "a3ultra", "llama-3-1-405b",
         ["overlong-benchmark"]),
    ],
)  # fmt: skip
def test_rules_ask_the_planner(command: str, hardware: str, model: str, rules: list[str]) -> None:
    gpus = HARDWARE[hardware].gpus
    assert [rule for rule, _ in judged(server(command, gpus), hardware, model)] == rules


def test_lengths_on_a_command_line_count() -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: server}\nspec: {ports: [{port: 80}]}\n"
    engine = server("python3 -m sglang.launch_server --context-length 4096", 1)
    client = server(
        "python3 -m sglang.bench_serving --base-url http://server.serving.svc:80 --random-input-len 4000 "
        "--random-output-len 500", 0,
    ).replace('{nvidia.com/gpu: "0"}', "{}").replace("{name: p}", "{name: bench}")  # fmt: skip
    said = judged("---\n".join([service, engine, client]), "a3ultra", "llama-3-1-8b-instruct")
    assert said == [
        ("overlong-benchmark", "a request and its answer have 4,500 tokens, more than the server's context of 4,096")
    ]
    fits = client.replace("500", "96")
    assert judged("---\n".join([service, engine, fits]), "a3ultra", "llama-3-1-8b-instruct") == []


def test_options_inside_a_mapping_count() -> None:
    """TensorRT-LLM's kv_cache_config stands two levels deep in engine.yaml."""
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  engine.yaml: |\n    serve: {tp_size: 8}\n"
        "    extra_llm_api_options:\n      enable_attention_dp: true\n      kv_cache_config: {dtype: fp8, "
        "free_gpu_memory_fraction: 0.4, max_tokens: 4096}\n"
        "      max_seq_len: 8192\n---\n"
        + server("trtllm-serve m --options /c/engine.yaml").rstrip()
        + "\n    volumeMounts: [{name: c, mountPath: /c}]\n  volumes: [{name: c, configMap: {name: c}}]\n"
    )
    overlay = Overlay(
        path="overlays/example", kind="leaf", resources=pipeline.parse(text), hardware=HARDWARE["a4high"], model=R1,
        all_hardware=HARDWARE, all_models=MODELS,
    )  # fmt: skip
    (item,) = asked(overlay)
    request = item.request
    assert (request.layout.attention_dp, request.kv_precision) == (True, "fp8")
    assert (request.memory_fraction, request.most_tokens, request.context) == (0.4, 4096, 8192)
    # max_tokens caps the cache below one request of max_seq_len, whatever the memory.
    assert [rule for rule, _ in judged(text, "a4high", "deepseek-r1")] == ["overfull-gpus (error)"]


LAUNCH = "python3 -m sglang.launch_server --tp 8"


@pytest.mark.parametrize(
    ("command", "model", "wanted"),
    [
        (
            LAUNCH,
            "llama-3-1-405b",
            {"quantization": None, "kv_precision": "auto", "context": None, "memory_fraction": None},
        ),
        (f"{LAUNCH} --quantization FP8", "llama-3-1-405b", {"quantization": "fp8"}),
        (f"{LAUNCH} --quantization half", "llama-3-1-405b", {"quantization": None}),
        (f"{LAUNCH} --quantization modelopt_fp4", "deepseek-r1", {"quantization": None}),
        (f"{LAUNCH} --kv-cache-dtype fp8_e4m3", "llama-3-1-405b", {"kv_precision": "fp8"}),
        (f"{LAUNCH} --kv-cache-dtype auto", "llama-3-1-405b", {"kv_precision": "auto"}),
        (f"{LAUNCH} --kv-cache-dtype int4", "llama-3-1-405b", None),
        (f"{LAUNCH} --quantization awq", "llama-3-1-405b", None),
        (f"{LAUNCH} --context-length 1", "llama-3-1-405b", {"context": 1}),
        (f"{LAUNCH} --context-length 0", "llama-3-1-405b", {"context": None}),
        (f"{LAUNCH} --context-length $N", "llama-3-1-405b", {"context": None}),
        (f"{LAUNCH} --mem-fraction-static 1", "llama-3-1-405b", {"memory_fraction": 1.0}),
        (f"{LAUNCH} --mem-fraction-static 1.1", "llama-3-1-405b", {"memory_fraction": None}),
        (f"{LAUNCH} --mem-fraction-static 0", "llama-3-1-405b", {"memory_fraction": None}),
        (f"{LAUNCH} --mem-fraction-static x", "llama-3-1-405b", {"memory_fraction": None}),
        (f"{LAUNCH} --max-total-tokens 1", "llama-3-1-405b", {"most_tokens": 1}),
        (f"{LAUNCH} --max-total-tokens 0", "llama-3-1-405b", {"most_tokens": None}),
        (f"{VLLM} --max-num-batched-tokens 1", "llama-3-1-405b", {"batch_tokens": 1}),
        (f"{VLLM} --max-num-batched-tokens 0", "llama-3-1-405b", {"batch_tokens": None}),
        (VLLM, "llama-3-1-405b", {"batch_tokens": None, "hosts": 1}),
        ("trtllm-build --tp_size 8", "llama-3-1-405b", None),
        ("sleep 1", "llama-3-1-405b", None),
        # The longest experiment is the context, where none is given.
        ("trtllm-bench -m m throughput --tp 8 --isl 1000 --osl 40", "llama-3-1-405b", {"context": 1040}),
    ],
)
def test_what_an_overlay_asks(command: str, model: str, wanted: dict[str, Any] | None) -> None:
    overlay = Overlay(
        path="overlays/example", kind="leaf", resources=pipeline.parse(server(command)), hardware=HARDWARE["a3ultra"],
        model=MODELS[model], all_hardware=HARDWARE, all_models=MODELS,
    )  # fmt: skip
    found = [{name: getattr(item.request, name) for name in wanted or ()} for item in asked(overlay)]
    assert found == ([] if wanted is None else [wanted])
    assert asked(dataclasses.replace(overlay, model=None)) == ()


@pytest.mark.parametrize(
    ("experiments", "tokens"),
    [
        ("[{isl: 100, osl: 20}, {isl: 7, osl: 5}]", [120, 12]),
        ("[{random_input_len: 100, random-output-len: 20}]", [120]),
        ("[{isl: 100, osl: 20, random-input: 3, random-output: 4}]", [120, 7]),
        ("[{isl: 100}, {osl: 20}, {isl: $N, osl: 20}, text]", []),
        ("[{isl: 0, osl: 20}]", [20]),
    ],
)
def test_lengths_of_experiments(experiments: str, tokens: list[int]) -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  engine.yaml: |\n"
        f"    experiments: {experiments}\n---\n"
        + server("trtllm-bench -m m throughput --tp 8 --config /c/engine.yaml").rstrip()
        + "\n    volumeMounts: [{name: c, mountPath: /c}]\n  volumes: [{name: c, configMap: {name: c}}]\n"
    )
    overlay = Overlay(
        path="overlays/example", kind="leaf", resources=pipeline.parse(text), hardware=HARDWARE["a3ultra"],
        model=MODELS["llama-3-1-405b"], all_hardware=HARDWARE, all_models=MODELS,
    )  # fmt: skip
    (item,) = asked(overlay)
    assert [length for length, *_ in item.lengths] == tokens
    for _, resource, pointer in item.lengths:
        assert resource.kind == "ConfigMap" and pointer[:3] == ("data", "engine.yaml", "experiments")
        assert str(pointer[-1]).replace("_", "-") in ("osl", "random-output-len", "random-output")

"""A config.json becomes facts: by synthetic files here, and by what the pinned wheel's files came to."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from servelint.catalogue import checkpoint, counting, parts
from servelint.catalogue.facts import Model, model_of
from servelint.catalogue.load import load_hardware, load_models
from servelint.engines.layout import Layout
from servelint.planner.plan import Request, best
from servelint.vendoring import checkpoints
from servelint.vendoring.schemas import Unusable
from support import PYTHON, ROOT, environment

STORE = checkpoints.known()
READ = {name: row["facts"] for name, row in STORE.items() if "facts" in row}
CARDS = yaml.safe_load((Path(__file__).with_name("cards.yaml")).read_text("utf-8"))
A3ULTRA, A4HIGH = (load_hardware(ROOT)[name] for name in ("a3ultra", "a4high"))


def model(facts: dict[str, Any]) -> Model:
    unsaid = {"id": "", "gated": False, "licence": "", "disk_bytes": 1, "sources": []}
    return model_of("one", {**unsaid, **facts})


# What the wheel's files came to


def test_every_file_has_facts_or_a_reason() -> None:
    data = json.loads(checkpoints.STORE.read_bytes())
    assert (data["files"], len(STORE), len(READ)) == (117, 89, 60)
    beside = data["files"] - len(STORE)
    assert beside == 28  # hf_quant_config.json, each read with the config.json that it lies beside
    assert all(("facts" in row) != ("unexpressed" in row) for row in STORE.values())
    assert all(len(row.get("unexpressed", "a reason in words")) > 15 for row in STORE.values())


@pytest.mark.parametrize("name", READ)
def test_no_rest_is_negative_or_large(name: str) -> None:
    """Each part has parameters, what no shape gives is under a thousandth, and the figures agree with each other."""
    one = model(READ[name])
    assert all(piece.parameters > 0 for piece in parts.pieces(one))
    rest = sum(piece.parameters for piece in parts.pieces(one) if piece.part == "rest")
    assert 0 < rest < one.parameters / 1000
    assert list(counting.disagreements(READ[name])) == []
    assert 0 < one.active_parameters <= one.parameters


@pytest.mark.parametrize("name", READ)
def test_the_planner_has_a_layout_for_it(name: str) -> None:
    """Somewhere on at most eight hosts of B200 each can be served: weights and a cache of some tokens are positive."""
    one = model(READ[name])
    hosts = 8 if one.parameters > 1.5e12 else 1
    plan = best(Request(one, A4HIGH, Layout("sglang"), hosts=hosts, context=1024))
    assert plan is not None and plan.budget is not None, name
    assert plan.budget.weights > 0 and all(line.value >= 0 for line in plan.lines if line.name.startswith("weights"))
    if parts.disk_bounds(one)[0] < 1e12:
        assert plan.tokens > 1024, plan.first


def written(text: str) -> tuple[float, float]:
    """A count as a card writes it, and half of its last digit."""
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?([BT])", text)
    assert match, text
    unit = {"B": 1e9, "T": 1e12}[match[3]]
    return float(f"{match[1]}.{match[2] or 0}") * unit, unit / 10 ** len(match[2] or "") / 2


def agrees(counted: float, said: str) -> bool:
    """Within 2 %, or as far as the card itself rounds, but within 5 %."""
    value, half = written(said)
    return abs(counted - value) <= max(value * 0.02, min(half, value * 0.05))


def counts(one: Model, of: str) -> float:
    files = {"served": 0, "text": -one.vision_parameters, "files": one.draft_parameters}
    return one.parameters + files[of]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: f"{card['models'][0]}-{card['says']}")
def test_parameters_are_those_of_the_card(card: dict[str, Any]) -> None:
    for name in card["models"]:
        counted = counts(model(READ[name]), card.get("of", "served"))
        assert agrees(counted, card["says"]), f"{name}: {counted / 1e9:.2f}B, the card says {card['says']}"


UNCOUNTED = {
    "Kimi-K2.7-Code-NVFP4": "neither its name nor a card that could be read says a number",
    "GLM-5.": "neither their names nor cards that could be read say a number: the shape of GLM-5",
    "MiniMax-M2.7": "neither its name nor a card that could be read says a number: the shape of M2.5",
}


def test_names_say_what_is_counted() -> None:
    """Of those without a card the name gives it; what neither does is named."""
    with_card = {name for card in CARDS for name in card["models"]}
    for name in READ.keys() - with_card:
        said = re.search(r"(\d+(?:\.\d+)?B)(?=-|$)", name.partition("/")[2])
        if said is None:
            assert any(part in name for part in UNCOUNTED), name
            continue
        one = model(READ[name])
        near = [counts(one, of) for of in ("served", "text", "files")]
        assert any(agrees(counted, said[1]) for counted in near), f"{name}: {one.parameters / 1e9:.2f}B"


FLEET = load_models(ROOT)
SHAPE = ("layers", "hidden_size", "vocabulary", "attention_heads", "kv_heads", "head_dim", "kv_lora_rank", "experts")


@pytest.mark.parametrize("name", [name for name, one in FLEET.items() if one.id in READ])
def test_the_fleet_s_models_say_what_their_files_do(name: str) -> None:
    """Every fact that is in both, so that a slip in a model.yaml is found."""
    own, read = FLEET[name], model(READ[FLEET[name].id])
    for fact in (
        *SHAPE,
        "parameters",
        "active_parameters",
        "context",
        "architecture",
        "mtp_layers",
        "draft_parameters",
    ):
        assert getattr(own, fact) == getattr(read, fact), fact
    assert (own.native_precision, own.quantised) == (read.native_precision, read.quantised)


# Reading


GQA = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 4, "hidden_size": 64,
    "intermediate_size": 128, "vocab_size": 100, "max_position_embeddings": 512, "num_attention_heads": 8,
    "num_key_value_heads": 2,
}  # fmt: skip
MLA = {
    **GQA, "model_type": "deepseek_v3", "q_lora_rank": 16, "kv_lora_rank": 8, "qk_nope_head_dim": 4,
    "qk_rope_head_dim": 2, "v_head_dim": 4, "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 2,
    "moe_intermediate_size": 32, "first_k_dense_replace": 1, "num_nextn_predict_layers": 1,
}  # fmt: skip
MOE = {
    **GQA, "model_type": "qwen3_moe", "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
    "decoder_sparse_step": 1, "mlp_only_layers": [],
}  # fmt: skip
HYBRID = {
    **MOE, "model_type": "qwen3_next", "head_dim": 16, "full_attention_interval": 4, "linear_num_key_heads": 2,
    "linear_num_value_heads": 4, "linear_key_head_dim": 8, "linear_value_head_dim": 8, "linear_conv_kernel_dim": 4,
    "shared_expert_intermediate_size": 32,
}  # fmt: skip


def test_a_dense_model() -> None:
    facts = checkpoint.facts(GQA)
    assert (facts["attention"], facts["kv_heads"], facts["head_dim"]) == ("gqa", 2, 8)
    assert facts["native_precision"] == "bf16" and "experts" not in facts and facts["mtp_layers"] == 0
    layer = 64 * 64 * 2 + 2 * 64 * 16 + 3 * 64 * 128 + 2 * 64
    assert facts["parameters"] == facts["active_parameters"] == 2 * 100 * 64 + 4 * layer + 64


def test_a_tied_embedding_is_counted_once() -> None:
    assert (
        checkpoint.facts(GQA)["parameters"] - checkpoint.facts({**GQA, "tie_word_embeddings": True})["parameters"]
        == 100 * 64
    )


def test_experts_and_modules_for_prediction() -> None:
    facts = checkpoint.facts(MLA)
    assert facts["experts"] == {"routed": 8, "shared": 1, "active": 2, "layers": 3, "intermediate_size": 32}
    assert facts["mtp_layers"] == 1 and facts["draft_parameters"] > 0
    assert facts["parameters"] - facts["active_parameters"] == 3 * 6 * 3 * 64 * 32


def test_sparse_attention_has_its_indexer() -> None:
    sparse = {**MLA, "model_type": "deepseek_v32", "index_topk": 16, "index_n_heads": 2, "index_head_dim": 4}
    assert checkpoint.facts(sparse)["indexer"] == {"heads": 2, "head_dim": 4, "top_k": 16}
    shared = {**sparse, "model_type": "glm_moe_dsa", "indexer_types": ["full", "shared", "full", "shared"]}
    assert checkpoint.facts(shared)["indexer"]["layers"] == 2


def test_layers_of_linear_attention() -> None:
    facts = checkpoint.facts(HYBRID)
    assert facts["linear_attention"]["layers"] == 3 and facts["output_gate"] and facts["experts"]["shared"] == 1


def test_a_window_in_every_layer_but_some() -> None:
    kinds = ["sliding_attention", "full_attention"] * 2
    oss = {**GQA, "model_type": "gpt_oss", "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 32}
    assert checkpoint.facts({**oss, "layer_types": kinds})["attention_pattern"]["global_every"] == 2
    with pytest.raises(checkpoint.Unexpressed, match="follow no pattern"):
        checkpoint.facts({**oss, "layer_types": kinds[::-1]})


COMPRESSED = {
    "quant_method": "compressed-tensors", "ignore": ["lm_head", "re:.*self_attn.*"],
    "config_groups": {"g": {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "strategy": "group",
                                                               "group_size": 32}}},
}  # fmt: skip
BLOCKS = {"quant_method": "fp8", "weight_block_size": [128, 128]}
LINEAR = ["attention_inputs", "attention_output", "dense_mlp"]


@pytest.mark.parametrize(("config", "beside", "precision", "block", "quantised"), [
    ({**GQA, "quantization_config": BLOCKS}, None, "fp8", [128, 128], LINEAR),
    ({**GQA, "quantization_config": {**BLOCKS, "modules_to_not_convert": ["model.layers.0.mlp.gate"]}}, None, "fp8",
     [128, 128], LINEAR),
    ({**MOE, "quantization_config": {**BLOCKS, "modules_to_not_convert": ["gate", "lm_head"]}}, None, "fp8", [128, 128],
     ["attention_inputs", "attention_output", "routed_experts"]),
    ({**GQA, "quantization_config": COMPRESSED}, None, "int4", [1, 32], ["dense_mlp"]),
    (GQA, {"quantization": {"quant_algo": "FP8", "exclude_modules": ["lm_head"]}}, "fp8", None, LINEAR),
    (MOE, {"quantization": {"quant_algo": "NVFP4", "exclude_modules": ["model.layers.*.self_attn*"]}}, "nvfp4", [1, 16],
     ["routed_experts"]),
    ({**MLA, "quantization_config": {"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn"]}},
     None, "mxfp4", [1, 32], ["dense_mlp", "shared_experts", "routed_experts"]),
])  # fmt: skip
def test_what_is_quantised(
    config: dict[str, Any], beside: dict[str, Any] | None, precision: str, block: list[int] | None, quantised: list[str]
) -> None:
    facts = checkpoint.facts(config, beside)
    assert (facts["native_precision"], facts.get("weight_block"), facts["quantised"]) == (precision, block, quantised)


def test_layers_that_stay_plain_are_counted() -> None:
    skipped = [f"model.layers.{layer}.{name}" for layer in (0, 3) for name in ("self_attn", "mlp")]
    config = {**GQA, "num_hidden_layers": 12, "quantization_config": {**BLOCKS, "modules_to_not_convert": skipped}}
    assert checkpoint.facts(config)["unquantised_layers"] == 2


def test_the_cache_s_precision() -> None:
    beside = {"quantization": {"quant_algo": "FP8", "kv_cache_quant_algo": "FP8", "exclude_modules": ["lm_head"]}}
    assert checkpoint.facts(GQA, beside)["kv_precision"] == "fp8"
    assert "kv_precision" not in checkpoint.facts(GQA)


@pytest.mark.parametrize(("config", "reason"), [
    ({}, "no model_type"),
    ({"model_type": "made_up"}, "model_type made_up is not read"),
    ({"model_type": "gemma4_text"}, "other heads"),
    ({key: value for key, value in GQA.items() if key != "vocab_size"}, "no vocab_size"),
    ({**GQA, "hidden_size": "64"}, "of another kind"),
    ({**GQA, "use_sliding_window": True}, "use_sliding_window"),
    ({**GQA, "architectures": ["SomeForConditionalGeneration"]}, "nothing of the vision tower"),
    ({**GQA, "vision_config": {"depth": 1}}, "vision tower of llama"),
    ({**MLA, "q_lora_rank": None}, "q_lora_rank is null"),
    ({**MLA, "moe_layer_freq": 2}, "moe_layer_freq is 2"),
    ({**HYBRID, "shared_expert_intermediate_size": 33}, "no multiple"),
    ({**GQA, "quantization_config": {"quant_method": "awq"}}, "quantisation is awq"),
    ({**GQA, "quantization_config": {"quant_algo": "MIXED_PRECISION"}}, "different precisions"),
    ({**GQA, "quantization_config": {**BLOCKS, "modules_to_not_convert": ["self_attn", "mlp"]}}, "every part out"),
    ({**GQA, "quantization_config": {**BLOCKS, "modules_to_not_convert": ["q_proj"]}}, "in part"),
    ({**MOE, "quantization_config": {**BLOCKS, "modules_to_not_convert": ["model.layers.0.mlp", "model.layers.1.mlp"]}},
     "some layers only"),
])  # fmt: skip
def test_what_is_not_expressed_says_why(config: dict[str, Any], reason: str) -> None:
    with pytest.raises(checkpoint.Unexpressed, match=reason):
        checkpoint.facts(config)


@pytest.mark.parametrize(("data", "message"), [
    (b"{\n'a'}", "c.json:2: "), (b"[]", "not a JSON object"), (b"\xff\xfe", "is not UTF-8"),
    (b"[" * 200_000, "nested too deep"),
])  # fmt: skip
def test_a_file_that_is_none(data: bytes, message: str) -> None:
    with pytest.raises(Unusable, match=re.escape(message)):
        checkpoints.parse("c.json", data)


# The command


def told(*words: str, code: int = 0) -> tuple[str, str]:
    command = [PYTHON, str(ROOT / "scripts/vendor_models.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def test_facts_of_a_file_and_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(GQA))
    (tmp_path / "hf_quant_config.json").write_text(json.dumps({"quantization": {"quant_algo": "FP8"}}))
    out, _ = told(str(tmp_path / "config.json"), "--quantisation", str(tmp_path / "hf_quant_config.json"))
    assert yaml.safe_load(out)["native_precision"] == "fp8"
    assert yaml.safe_load(told("deepseek-ai/DeepSeek-V3.2")[0]) == READ["deepseek-ai/DeepSeek-V3.2"]


def test_what_cannot_be_read_is_one_message(tmp_path: Path) -> None:
    _, error = told("google/gemma-4-26B-A4B", code=1)
    assert error.startswith("vendor_models: google/gemma-4-26B-A4B: no model.yaml can say what it is: ")
    (tmp_path / "config.json").write_text("{")
    assert told(str(tmp_path / "config.json"), code=2)[1].startswith("vendor_models: config.json:1: ")
    assert told("nowhere/config.json", code=2)[1] == "vendor_models: No such file or directory: config.json\n"
    (tmp_path / "a.whl").write_bytes(b"x")
    assert "is not the pinned wheel" in told("--wheel", str(tmp_path / "a.whl"), code=2)[1]


def test_a_layer_of_a_vision_tower_has_biases_everywhere() -> None:
    """Two norms and four projections of 3 numbers, two matrices of 3 by 5, each with its bias."""
    assert checkpoint._block(3, 5) == 2 * (3 + 3) + 4 * (3 * 3 + 3) + (3 * 5 + 5) + (5 * 3 + 3)


@pytest.mark.parametrize(
    ("pattern", "path", "skips"),
    [
        ("gate", "layers.0.mlp.gate", True), ("gate", "layers.0.mlp.gate_proj", False), ("mlp", "layers.0.mlp.gate", True),
        ("model.layers.0.mlp", "layers.0.mlp", True), ("model.layers.0.mlp", "layers.0.mlp.gate", True),
        ("model.layers.0.mlp", "layers.0.mlp2", False), ("model.layers.0.mlp", "layers.10.mlp", False),
        ("language_model.model.layers.0", "layers.0.mlp", True), ("model.language_model.layers.0", "layers.0.mlp", True),
        ("*.gate", "layers.0.mlp.gate", True), ("*gate", "layers.0.mlp.gate_proj", False), ("*mlp*", "layers.0.mlp2.up", True),
        ("re:.*self_attn.*", "layers.0.self_attn.q_proj", True), ("re:self_attn", "layers.0.self_attn.q_proj", False),
    ],
)  # fmt: skip
def test_the_ways_in_which_lists_name_modules(pattern: str, path: str, skips: bool) -> None:
    assert checkpoint._skips([pattern], path) is skips
    assert checkpoint._skips(["of-nobody", pattern], path) is skips
    assert not checkpoint._skips([], path)

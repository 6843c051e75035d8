"""The figures of a model.yaml against each other: one of them wrong is named, with the value that would agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from servelint.catalogue.load import CatalogueError, Mistake, load_models

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.name for path in (ROOT / "models").iterdir())


def mistakes(root: Path, model: str, *edits: str) -> list[Mistake]:
    """What is found in a model of the fleet with some edits, each ``old -> new``."""
    text = (ROOT / "models" / model / "model.yaml").read_text("utf-8")
    for edit in edits:
        old, new = edit.split(" -> ")
        assert text.count(f"\n{old}") == 1 or text.count(old) == 1, edit
        text = text.replace(f"\n{old}", f"\n{new}") if f"\n{old}" in text else text.replace(old, new)
    file = root / "models" / model / "model.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    try:
        load_models(root)
    except CatalogueError as error:
        return list(error.mistakes)
    return []


def line(model: str, start: str) -> int:
    lines = (ROOT / "models" / model / "model.yaml").read_text("utf-8").splitlines()
    return next(i for i, text in enumerate(lines, 1) if text.startswith(start))


@pytest.mark.parametrize(("model", "edit", "at", "says"), [
    ("deepseek-r1", "layers: 61 -> layers: 640", "layers", "with layers 61 they agree"),
    ("llama-3-3-70b-instruct", "layers: 80 -> layers: 8", "layers", "with layers 80 they agree"),
    ("deepseek-r1", "routed: 256 -> routed: 25", "experts", "with experts.routed 256 they agree"),
    ("gpt-oss-120b", "routed: 128 -> routed: 32", "experts", "with experts.routed 128 they agree"),
    ("deepseek-r1", "shared: 1 -> shared: 2", "experts", "with experts.shared 1 they agree"),
    ("deepseek-r1", "active: 8 -> active: 6", "experts", "with experts.active 8 they agree"),
    ("qwen3-235b-a22b", "layers: 94, -> layers: 90,", "experts", "with experts.layers 94 they agree"),
    ("kimi-k2-instruct", "intermediate_size: 2048} -> intermediate_size: 1024}", "experts", "intermediate_size of about"),
    ("deepseek-r1", "hidden_size: 7168 -> hidden_size: 716", "hidden_size", "with hidden_size of about 7168"),
    ("deepseek-r1", "attention_heads: 128 -> attention_heads: 1", "attention_heads", "with attention_heads 128"),
    # A count to the last digit leaves no room for one size of attention that is wrong.
    ("llama-3-3-70b-instruct", "kv_heads: 8 -> kv_heads: 4", "parameters", "kv_heads 8"),
    ("deepseek-r1", "kv_lora_rank: 512 -> kv_lora_rank: 256", "active_parameters", "a token uses"),
    ("qwen3-next-80b-a3b-instruct", "linear_attention: {layers: 36 -> linear_attention: {layers: 24", "active_parameters", "a token uses"),
    ("deepseek-v3-2", "indexer: {heads: 64 -> indexer: {heads: 640", "indexer", "with indexer.heads 64"),
    # Of two that would explain it neither is blamed.
    ("llama-3-3-70b-instruct", "vocabulary: 128256 -> vocabulary: 12825", "parameters", "vocabulary of about 128320"),
    ("deepseek-r1", "vocabulary: 129280 -> vocabulary: 12928", "parameters", "vocabulary of about 129344"),
    # The files hold what the shape makes, so the sum is wrong.
    ("deepseek-r1", "parameters: 671026419200 -> parameters: 67102641920", "parameters", "write the sum: 671025397760"),
    ("qwen3-235b-a22b-fp8", "parameters: 235093634560 -> parameters: 325093634560", "parameters", "write the sum"),
    ("deepseek-r1", "active_parameters: 37552297472 -> active_parameters: 27552297472", "active_parameters", "correct"),
    ("deepseek-r1", "draft_parameters: 13463426304 -> draft_parameters: 134634263040", "draft_parameters", "outside"),
    ("deepseek-r1", "draft_parameters: 13463426304 -> draft_parameters: 134634263", "draft_parameters", "outside"),
    ("deepseek-r1", "disk_bytes: 688586727753 -> disk_bytes: 1342052838400", "disk_bytes", "take 6866"),
    ("llama-3-1-8b-instruct", "disk_bytes: 16060522496 -> disk_bytes: 8030261248", "disk_bytes", "take 16060522496"),
    ("gpt-oss-120b", "quantised: [routed_experts] -> quantised: [attention_inputs]", "disk_bytes", "quantised"),
])  # fmt: skip
def test_one_wrong_figure(tmp_path: Path, model: str, edit: str, at: str, says: str) -> None:
    found = mistakes(tmp_path, model, edit)
    assert [item.line for item in found] == [line(model, at)], found
    assert says in f"{found[0].cause}; {found[0].cure}", found


@pytest.mark.parametrize(("model", "edit"), [
    ("deepseek-r1", "parameters: 671026419200 -> parameters: 671000000000"),  # as the card rounds it
    ("deepseek-r1", "disk_bytes: 688586727753 -> disk_bytes: 690000000000"),
    ("llama-4-scout", "active_parameters: 17172894720 -> active_parameters: 18044827136"),  # with its vision tower
])  # fmt: skip
def test_what_is_rounded_or_counted_in_another_way_agrees(tmp_path: Path, model: str, edit: str) -> None:
    assert mistakes(tmp_path, model, edit) == []


def test_a_figure_that_has_no_reason_is_told_with_the_count(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, "llama-4-scout", "vision_parameters: 871932416 -> vision_parameters: 8719324160")
    assert found.cure == "correct the shape, or write 116488688640"
    assert found.cause == "'parameters' is 108641793536, and the shape makes 116488688640 (+7.2%)"


@pytest.mark.parametrize("edit", ["native_precision: fp8 -> native_precision: mxfp4", "layers: 61 -> layers: 62"])
def test_of_a_sparse_model_each_layer_counts(tmp_path: Path, edit: str) -> None:
    """One layer of 61 is within a hundredth where it is dense, and the precision shows in the bytes."""
    found = mistakes(tmp_path, "deepseek-r1", edit)
    assert [item.cause.partition("'")[2].partition("'")[0] for item in found] in (["disk_bytes"], ["active_parameters"])


def test_one_wrong_precision_is_not_told_of_the_bytes_too(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "deepseek-r1", "native_precision: fp8 -> native_precision: bf16")
    assert all("no meaning for bf16" in item.cause for item in found) and found


@pytest.mark.parametrize("name", NAMES)
def test_the_fleets_own_figures_agree(tmp_path: Path, name: str) -> None:
    assert mistakes(tmp_path, name) == []

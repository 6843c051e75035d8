"""Foreign text stays in its line: every character that could end one, steer a terminal or hide."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest

from servelint.borders.printing import as_json, cell, printable, visible

CHARACTERS = [chr(point) for point in range(sys.maxunicode + 1)]
HIDDEN = [c for c in CHARACTERS if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs")]
BIDI = [
    c
    for c in CHARACTERS
    if unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
]


@pytest.mark.parametrize("made", [printable, lambda text: as_json(text, 1)[1:-2]], ids=["text", "JSON"])
def test_no_control_separator_surrogate_or_direction_is_left(made) -> None:
    for character in {*HIDDEN, *BIDI, "\ufeff", "\u200b", "\U000e0041"}:
        said = made(f"a{character}b")
        assert said.startswith("a") and said.endswith("b") and said.isprintable(), ascii(character)


def test_what_people_write_stays_as_it_is() -> None:
    for text in (
        "models/qwen3-235b: 8 GPUs, 50 %",
        "ü, 日本語, עברית, 👍",
        "a::b",
        "a:b",
        "# 1",
        "## a",
        "C:\\x",
        "[a](b)",
        "",
    ):
        assert printable(text) == text and json.loads(as_json(text, 1)) == text and f'"{text}"'.isprintable()


@pytest.mark.parametrize(
    "text",
    ["::error::x", "  ::error file=a::x", "\u3000::warning::x", "a ##[error]x", "##[group]", "a###[debug]", "x##vso[task.complete]",
     "##teamcity[message]", "a\n::error::x", "a\r::error::x", "a\u2028::stop-commands::x"],
    ids=ascii,
)  # fmt: skip
def test_no_runner_finds_a_command(text: str) -> None:
    """As the runner of GitHub looks for one: at a line's start after white space, or ``##[`` anywhere."""
    for said in (printable(text), as_json({"key": text}, 2)):
        for line in said.replace("\r", "\n").splitlines():
            assert not line.strip().startswith("::") and "##[" not in line and "##vso[" not in line
    assert json.loads(as_json(text, 2)) == text


def test_json_says_the_same_but_for_what_it_cannot_say() -> None:
    for character in set(HIDDEN) - {c for c in HIDDEN if unicodedata.category(c) == "Cs"}:
        assert json.loads(as_json({character: [character]}, 2)) == {character: [character]}
    made = as_json("a\udcff\ud83db", 2)
    assert json.loads(made) == "a\\udcff\\ud83db"
    made.encode("utf-8")  # every reader of UTF-8 takes it


def test_a_cell_keeps_its_column() -> None:
    assert cell("a|b\n| c") == "a\\|b\\n\\| c"


def test_some_may_be_kept() -> None:
    assert visible("a\n\tb\x1b", "\n\t") == "a\n\tb\\x1b"

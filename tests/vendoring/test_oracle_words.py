"""What an engine's own parser says is laid over what was read of its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from servelint.engines import lists
from servelint.vendoring.oracle import words

LISTED: dict[str, dict[str, Any]] = {
    "parser": {"names": ["parser"], "type": "str"},
    "old": {"names": ["old", "older"], "type": "any"},
    "size": {"names": ["size"], "type": "any"},
}


def option(**said: Any) -> dict[str, Any]:
    plain = {"nargs": None, "type": None, "choices": None, "default": None, "action": "_StoreAction", "hidden": False}
    return {**plain, **said}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (option(names=["parser"], type="str"), {}),
        (option(names=["parser"], choices=["a", "b"]), {"parser": {"choices": ["a", "b"]}}),
        (option(names=["parser"], choices=[None, "b"]), {}),
        (option(names=["old", "older"], nargs=0, action="DeprecatedAction"), {"old": {"type": "switch"}}),
        (option(names=["old", "older"], type="int", action="DeprecatedAliasStoreAction"), {"old": {"type": "int"}}),
        (option(names=["size"], type="human_readable_int"), {}),
        (option(names=["size"], type="str"), {}),
        (option(names=["size"], nargs="*", type="str"), {"size": {"many": True}}),
        (option(names=["size"], hidden=True), {"size": {"hidden": True}}),
        (option(names=["new"]), {"new": {"names": ["new"], "type": "any"}}),
    ],
)
def test_only_what_a_parser_says_beyond_the_source_is_kept(said: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert words.heard([said], LISTED) == wanted


def test_a_name_that_no_parser_knows_is_found() -> None:
    assert words.missing([option(names=["parser"]), option(names=["old", "older"])], LISTED) == ["size"]


def test_the_parsers_word_counts() -> None:
    found = lists.laid_over({"serve": LISTED}, {"serve": {"parser": {"choices": ["a"]}}})
    assert found["serve"]["parser"] == {"names": ["parser"], "type": "str", "choices": ["a"]}
    assert "choices" not in LISTED["parser"]


@pytest.mark.parametrize("path", sorted((lists.STORE / "spoken").glob("*.json")), ids=lambda path: path.stem)
def test_what_was_heard_is_of_a_version_that_has_a_list(path: Path) -> None:
    family, _, version = path.stem.rpartition("-")
    for command, said in json.loads(path.read_text()).items():
        listed = lists.listing(family, command, version)
        assert listed is not None and listed.exact
        for key, more in said.items():
            assert listed.arguments[key].items() >= more.items() and listed.arguments[key]["names"], key

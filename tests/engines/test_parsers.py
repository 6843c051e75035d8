"""Which parsers read one format, and that the catalogue names none that an engine does not have."""

from __future__ import annotations

import pytest

from servelint.catalogue.load import load_models
from servelint.engines import parsers
from support import ROOT


@pytest.mark.parametrize(("engine", "what", "name", "names", "same"), [
    ("sglang", "tool_call", "qwen", ("qwen25",), True), ("sglang", "tool_call", "glm47", ("glm45",), False),
    ("vllm", "tool_call", "glm47", ("glm45",), True), ("sglang", "tool_call", "auto", ("qwen25",), None),
    ("sglang", "reasoning", "qwen3", ("deepseek-r1",), True), ("sglang", "reasoning", "kimi", ("deepseek-r1",), False),
    ("vllm", "reasoning", "qwen3", (), False), ("trtllm", "reasoning", "qwen3", (), None),
])  # fmt: skip
def test_what_reads_the_same(engine: str, what: str, name: str, names: tuple[str, ...], same: bool | None) -> None:
    assert parsers.alike(engine, what, name, names) is same


def test_no_name_stands_in_two_groups() -> None:
    for key, groups in parsers.SHARED.items():
        names = [*parsers.ALONE[key].split(), *(name for group in groups for name in group)]
        assert len(names) == len(set(names)), key


def test_the_catalogue_names_parsers_that_there_are() -> None:
    for name, model in load_models(ROOT).items():
        assert bool(model.parsers) == model.chat, name
        for engine, given in model.parsers.items():
            for what in ("tool_call", "reasoning"):
                for parser in getattr(given, what) or ():
                    assert parsers.alike(engine, what, parser, (parser,)), f"{name}: {engine} has no {parser}"

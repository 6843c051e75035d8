"""What an engine does stands in its own module: no condition elsewhere asks which engine it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from servelint.engines import kinds
from support import ROOT

PACKAGE = ROOT / "scripts/servelint"
NAMED = re.compile(r"sglang|vllm|trt[-_]?llm|tensorrt|triton", re.IGNORECASE)
REMAINING = {
    "catalogue/images.py": "tags of published images as facts, in the form of images.yaml",
    "catalogue/shapes.py": "the form of images.yaml",
    "rules/examples.py": "examples: an image and a command for each engine",
    "rules/engine/contradictory_arguments.py": "two arguments of one engine, each pair of which is a rule of its own",
    "rules/engine/mismatched_engine.py": "a model of Triton's repository, which loads what another pod built",
    "rules/kserve/missing_template_parameter.py": "a model of Triton's repository",
    "rules/kserve/unsupported_model_format.py": "KServe's name of a model format, for which it chooses a protocol",
}
"""Modules outside engines/ that name an engine, or something of one, in a condition; and why."""


def asked(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of every condition, key or search of a module in which the name of an engine stands."""
    for node in ast.walk(ast.parse(text)):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Compare):
            parts = [node]
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
            parts = [node.test]
        elif isinstance(node, ast.comprehension):
            parts = [*node.ifs]
        elif isinstance(node, ast.Dict):
            parts = [*node.keys]
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        elif isinstance(node, ast.Subscript):
            parts = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            parts = [*node.args] if node.func.attr in ("get", "search", "match", "fullmatch") else []
        for part in filter(None, parts):
            for inner in ast.walk(part):
                if isinstance(inner, ast.Constant) and NAMED.search(str(inner.value)):
                    yield inner.lineno, str(inner.value)


@pytest.mark.parametrize(
    "text",
    ['if run.engine.name == "sglang": pass', 'x = {"vllm": 1}', 'x = facts["trtllm"]', 'y = x.get("triton")',
     'y = [a for a in b if a in ("TensorRT-LLM",)]'],
)  # fmt: skip
def test_the_search_finds_each_form(text: str) -> None:
    assert [line for line, _ in asked(text)]


def test_no_condition_outside_names_an_engine() -> None:
    found: dict[str, list[str]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        path = file.relative_to(PACKAGE).as_posix()
        if not path.startswith(("engines/", "vendoring/")):
            for line, name in asked(file.read_text()):
                found.setdefault(path, []).append(f"{path}:{line}: {name}")
    assert not [place for path, places in found.items() if path not in REMAINING for place in places]
    assert found.keys() == REMAINING.keys(), "one of these asks no more: take it out of the list"


def test_the_search_knows_every_engine() -> None:
    assert all(NAMED.search(engine.name) and NAMED.search(engine.title) for engine in kinds().values())

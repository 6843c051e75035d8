"""Reads which architectures of models an engine serves out of its own registry; nothing of it is imported or run.

What Transformers has is read too: where SGLang and vLLM have no model themselves, they run one that it knows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..engines.lists import Reading

if TYPE_CHECKING:
    from .arguments import Files

TRANSFORMERS = Reading("auto", "transformers/models/auto/modeling_auto.py")
GENERATING = re.compile(r"MODEL_FOR_(CAUSAL_LM|IMAGE_TEXT_TO_TEXT|MULTIMODAL_LM|SEQ_TO_SEQ_CAUSAL_LM)_MAPPING_NAMES")
"""Tables of Transformers whose models answer with text."""


def read(reading: Reading, files: Files) -> dict[str, str]:
    """Architectures by how they are served. Raises KeyError for a file that is not there, or where none is found."""
    if reading.how == "modules":
        modules = [path for path in files.inside(reading.path) if path.endswith(".py")]
        found = {name for path in modules for name in READERS[reading.inside](ast.parse(files(path)))}
    else:
        found = set(READERS[reading.how](ast.parse(files(reading.path))))
    if not found:
        raise KeyError(f"architecture in {reading.path}")
    return dict.fromkeys(found, "own")


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """What a module gives names at its top."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def _entry_classes(tree: ast.Module) -> Iterator[str]:
    """SGLang registers the classes that a module calls ``EntryClass``, by their names."""
    for name, value in _assigned(tree):
        if name == "EntryClass":
            classes = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
            yield from (item.id for item in classes if isinstance(item, ast.Name))


def _tables(tree: ast.Module) -> Iterator[str]:
    """vLLM's registry unpacks tables of its file into ``_VLLM_MODELS``; their keys are architectures."""
    tables = dict(_assigned(tree))
    every = tables.get("_VLLM_MODELS")
    for unpacked in every.values if isinstance(every, ast.Dict) else []:
        table = tables.get(unpacked.id) if isinstance(unpacked, ast.Name) else None
        for key in table.keys if isinstance(table, ast.Dict) else []:
            if isinstance(key, ast.Constant):
                yield str(key.value)


def _decorated(tree: ast.Module) -> Iterator[str]:
    """TensorRT-LLM registers a class under what ``@register_auto_model`` says."""
    for node in ast.walk(tree):
        for call in node.decorator_list if isinstance(node, ast.ClassDef) else []:
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "register_auto_model" and call.args:
                first = call.args[0]
                if isinstance(first, ast.Constant):
                    yield str(first.value)


def _auto(tree: ast.Module) -> Iterator[str]:
    """Transformers pairs each type of configuration with its class, or with several."""
    for name, value in _assigned(tree):
        for pair in ast.walk(value) if GENERATING.fullmatch(name) else []:
            if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
                yield from (
                    str(node.value)
                    for node in ast.walk(pair.elts[1])
                    if isinstance(node, ast.Constant) and isinstance(node.value, str)
                )


READERS: dict[str, Callable[[ast.Module], Iterator[str]]] = {
    "entry": _entry_classes,
    "tables": _tables,
    "decorated": _decorated,
    "auto": _auto,
}
"""Readers of one module. ``modules`` reads each of a folder by the one that its ``inside`` names."""

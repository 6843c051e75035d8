"""A configuration file inside a ConfigMap does not parse, or gives one key twice.

Kubernetes takes the file as text. The engine reads it when the pod has its GPUs: it stops, or it takes the last of two
values without a word and runs with another configuration than the one that was reviewed.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from ... import lines
from ...model import Overlay, Pointer, Problem, Problems, mapping, texts
from ..examples import config_map

SEVERITY = "error"
HINT = "Keep one of the two values, and parse the file before you commit it."
SOURCE = "https://yaml.org/spec/1.2.2/#3213-node-comparison"
COVERS = ("YML-04",)

GOOD = config_map({"engine.yaml": "tensor-parallel-size: 8\ncontext-length: 32768"})
BAD = config_map({"engine.yaml": "tensor-parallel-size: 8\ntensor-parallel-size: 4"})


def _yaml(text: str) -> Iterator[tuple[Pointer, str]]:
    try:
        documents = lines.compose(text)
    except lines.BadYaml as error:
        if "{{" not in text:  # a template is YAML only after something has filled it in
            yield (), f"does not parse: {error.cause} in its line {error.line}"
        return
    for document in documents:
        for pointer, line, key in lines.duplicates(document):
            yield pointer, f"gives {key} a second time in its line {line}"


def _json(text: str) -> Iterator[tuple[Pointer, str]]:
    twice: list[str] = []

    def remember(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        twice.extend(sorted({key for key in keys if keys.count(key) > 1}) if len(set(keys)) < len(keys) else ())
        return {}

    try:
        json.loads(text, object_pairs_hook=remember)
    except (ValueError, RecursionError) as error:
        if "{{" not in text:
            yield (), f"does not parse: {error}"
        return
    for key in twice:
        yield (), f"gives {key} a second time"


def _toml(text: str) -> Iterator[tuple[Pointer, str]]:
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a key that stands twice is an error in TOML
        if "{{" not in text:
            yield (), f"does not parse: {error}"


READERS = {"yaml": _yaml, "yml": _yaml, "json": _json, "toml": _toml}


def _twice(text: str) -> Iterator[tuple[Pointer, str]]:
    """What a text without an ending gives twice, if it is a configuration: JSON, or YAML with plain keys alone."""
    if text.lstrip().startswith(("{", "[")):
        yield from (said for said in _json(text) if "does not parse" not in said[1])
        return
    keys = [line.partition(":")[0] for line in text.splitlines() if line.strip() and line[0] not in " -#"]
    if len(keys) > 1 and all(re.fullmatch(r"[\w.-]+", key) for key in keys):
        yield from (said for said in _yaml(text) if "does not parse" not in said[1])


def _embedded(body: Any) -> Iterator[tuple[Pointer, str]]:
    """JSON in annotations, variables and arguments: what it gives twice, with the place of the text."""
    for text, at in texts(body):
        if text.startswith(("{", "[{")) and text.rstrip().endswith(("}", "]")):
            yield from ((at, message) for _, message in _json(text) if "does not parse" not in message)


def check(overlay: Overlay) -> Problems:
    for resource in overlay.resources:
        if resource.kind != "ConfigMap":
            for pointer, message in _embedded(resource.body):
                yield Problem(resource, pointer, f"the text {message}")
            continue
        for name, text in mapping(resource.body.get("data")).items():
            ending = str(name).rpartition(".")[2].lower() if "." in str(name) else ""
            if isinstance(text, str) and text.strip() and (ending in READERS or not ending):
                for pointer, message in READERS.get(ending, _twice)(text):
                    yield Problem(resource, ("data", str(name), *pointer), f"{name} {message}")

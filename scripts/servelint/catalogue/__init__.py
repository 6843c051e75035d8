"""The facts that rules and plans stand on: hardware.yaml for each machine type, model.yaml for each model.

``load_hardware`` and ``load_models`` read and check every file and hand out frozen dataclasses by folder
name. All mistakes of all files go into one ``CatalogueError``: a wrong fact makes rules wrong.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import cerberus
import yaml
from cerberus import errors as codes

from .. import lines
from ..facts import Allocatable, AttentionPattern, Experts, Gib, Hardware, Interface, Model, Source, Taint
from . import checks, shapes
from .checks import Check, Pointer, Problem

__all__ = [
    "Allocatable",
    "AttentionPattern",
    "CatalogueError",
    "Experts",
    "Gib",
    "Hardware",
    "Interface",
    "Mistake",
    "Model",
    "Source",
    "Taint",
    "load_hardware",
    "load_models",
]

MAX_FILE_BYTES = 2**20
"""A catalogue file has about 5 KiB; anything near this limit is not one."""


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing to correct. ``path`` is relative to the root and ``line`` 1-based."""

    path: str
    line: int
    cause: str
    cure: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.cause}; {self.cure}"


class CatalogueError(ValueError):
    """Every mistake found, one to a line of text."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))

    def __reduce__(self) -> tuple[type[CatalogueError], tuple[tuple[Mistake, ...]]]:
        return CatalogueError, (self.mistakes,)  # so that a worker process can raise it


# Reading


def load_hardware(root: Path) -> dict[str, Hardware]:
    """Every ``hardware/<name>/hardware.yaml`` below ``root``, by folder name. Raises CatalogueError."""
    return _load(root, "hardware", "hardware.yaml", shapes.HARDWARE, checks.HARDWARE, _hardware)


def load_models(root: Path) -> dict[str, Model]:
    """Every ``models/<name>/model.yaml`` below ``root``, by folder name. Raises CatalogueError."""
    return _load(root, "models", "model.yaml", shapes.MODEL, checks.MODEL, _model)


_Entry = TypeVar("_Entry", Hardware, Model)


def _load(
    root: Path,
    kind: str,
    file_name: str,
    schema: dict[str, Any],
    checks: tuple[Check, ...],
    build: Callable[[str, dict[str, Any]], _Entry],
) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    mistakes: list[Mistake] = []
    for name in _folders(root, kind, file_name):
        path = f"{kind}/{name}/{file_name}"
        try:
            data = _read(root, path, schema, checks)
        except CatalogueError as error:
            mistakes.extend(error.mistakes)
        else:
            found[name] = build(name, data)
    if mistakes:
        raise CatalogueError(mistakes)
    return found


def _folders(root: Path, kind: str, file_name: str) -> list[str]:
    """Names of the folders in ``root/kind``, sorted. Without any, every rule would pass in silence."""
    cure = f"add {kind}/<name>/{file_name}, or run from the root of the repository"
    try:
        names = sorted(p.name for p in (root / kind).iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError as error:
        raise CatalogueError([Mistake(kind, 1, f"cannot be listed ({error.strerror})", cure)]) from None
    if not names:
        raise CatalogueError([Mistake(kind, 1, "holds no folder", cure)])
    return names


def _read(root: Path, path: str, schema: dict[str, Any], own: tuple[Check, ...]) -> dict[str, Any]:
    """The file's mapping, sound in shape and meaning. Raises CatalogueError with all that is wrong in it."""
    node, data = _parse(path, _text(root, path))
    repeated = lines.duplicates(node)
    problems = list(_shape(data, schema))
    unsound = {pointer[0] for pointer, *_ in (*repeated, *problems)}
    for check in (*own, checks.sources_cover(schema)):
        if not unsound.intersection(check.needs + check.reads) and all(name in data for name in check.needs):
            problems += check.run(data)
    mistakes = [Mistake(path, line, f"key {key!r} stands a second time", "keep one") for _, line, key in repeated]
    for pointer, cause, cure in problems:
        mistakes.append(Mistake(path, lines.descend(node, pointer)[1], cause, cure))
    if mistakes:
        raise CatalogueError(mistakes)
    return data


def _text(root: Path, path: str) -> str:
    def refuse(cause: str, cure: str, line: int = 1) -> CatalogueError:
        return CatalogueError([Mistake(path, line, cause, cure)])

    file = root / path
    if not file.is_file():
        raise refuse("file is missing", "every folder here describes itself: add the file or remove the folder")
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise refuse(f"cannot be read ({error.strerror})", "make it readable") from None
    if len(raw) > MAX_FILE_BYTES:
        raise refuse(f"is larger than {MAX_FILE_BYTES} bytes", "keep facts only")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refuse(f"byte 0x{raw[error.start]:02x} is not UTF-8", "save the file as UTF-8", line) from None


def _parse(path: str, text: str) -> tuple[yaml.Node, dict[str, Any]]:
    """Node graph and value of the one mapping in ``text``."""
    try:
        nodes = lines.compose(text)
        if len(nodes) > 1:
            raise lines.BadYaml(nodes[1].start_mark.line + 1, "second document in the file")
        loaded = lines.load(text) if nodes else []
    except lines.BadYaml as error:
        raise CatalogueError([Mistake(path, error.line, error.cause, "correct the YAML")]) from None
    if not loaded:
        raise CatalogueError([Mistake(path, 1, "file is empty", "write the facts as key: value")])
    line, data = loaded[0]
    if not isinstance(data, dict):
        raise CatalogueError([Mistake(path, line, f"is {_kind_of(data)}, not a mapping", "write key: value")])
    return nodes[0], data


# Shape


def _shape(data: dict[str, Any], schema: dict[str, Any]) -> Iterator[Problem]:
    """What cerberus finds, in our words."""
    validator = _Validator(schema, require_all=True, error_handler=_Leaves)
    validator.validate(data, normalize=False)
    for error in validator.errors:
        yield error.document_path, *_explain(error, _siblings(schema, error.document_path))


class _Validator(cerberus.Validator):  # type: ignore[misc]
    """Cerberus takes ``true`` for the integer 1; here it is no number."""

    types_mapping: ClassVar[dict[str, cerberus.TypeDefinition]] = {
        **cerberus.Validator.types_mapping,
        "integer": cerberus.TypeDefinition("integer", (int,), (bool,)),
    }


class _Leaves(codes.BaseErrorHandler):  # type: ignore[misc]
    """Hands out cerberus' errors themselves, not its sentences; groups are taken apart."""

    def __call__(self, errors: Iterable[codes.ValidationError]) -> list[codes.ValidationError]:
        found = []
        for error in errors:
            found += self(error.child_errors) if error.is_group_error else [error]
        return found


def _siblings(schema: Mapping[str, Any], path: Pointer) -> list[str]:
    """Keys that the schema knows beside the last step of ``path``."""
    rules: Any = schema
    for step in path[:-1]:
        rule = rules if isinstance(step, int) else rules.get(step, {})
        rules = rule.get("schema", {}) if isinstance(rule, Mapping) else {}
    return [str(key) for key in rules]


_TYPES = {
    "integer": "a whole number",
    "string": "text",
    "boolean": "true or false",
    "list": "a list",
    "dict": "a mapping",
}


def _explain(error: codes.ValidationError, siblings: list[str]) -> tuple[str, str]:
    """Cause and cure of one cerberus error."""
    name = ".".join(map(str, error.document_path))
    shown = _shown(error.value)
    match error.code:
        case codes.UNKNOWN_FIELD.code:
            near = difflib.get_close_matches(str(error.document_path[-1]), siblings, n=1)
            return f"key {name!r} is unknown", f"did you mean {near[0]!r}?" if near else "remove it"
        case codes.REQUIRED_FIELD.code:
            return f"key {name!r} is missing", "add it, with its source"
        case codes.NOT_NULLABLE.code:
            return f"{name!r} has no value", "give it one or remove the key"
        case codes.BAD_TYPE.code:
            wanted = error.constraint
            cause = f"{name!r} is {_kind_of(error.value)} ({shown}), not {_TYPES[wanted]}"
            return cause, _retype(wanted, error.value)
        case codes.UNALLOWED_VALUE.code:
            return f"{name!r} is {shown}", "use one of " + ", ".join(map(str, error.constraint))
        case codes.REGEX_MISMATCH.code:
            return f"{name!r} is {shown}", f"write {shapes.FORMS[error.constraint]}"
        case codes.MIN_VALUE.code | codes.MAX_VALUE.code:
            bound = "more" if error.code == codes.MIN_VALUE.code else "less"
            return f"{name!r} is {shown}", f"write {error.constraint} or {bound}"
        case codes.EMPTY_NOT_ALLOWED.code:
            return f"{name!r} is empty text", "write it out"
        case codes.MIN_LENGTH.code | codes.MAX_LENGTH.code:
            bound = "at least" if error.code == codes.MIN_LENGTH.code else "at most"
            return f"{name!r} has {len(error.value)} entries", f"give {bound} {error.constraint}"
    return (
        f"{name!r} breaks the rule {error.rule!r}",
        f"see {error.rule} {error.constraint!r} in shapes.py",
    )


def _retype(wanted: str, value: object) -> str:
    if wanted == "string" and isinstance(value, int | float):
        return "put quotes round it, as text keeps every digit"
    if wanted in ("integer", "boolean") and isinstance(value, str):
        return "write it without quotes" if re.fullmatch(r"\d+|true|false", value) else f"write {_TYPES[wanted]}"
    return f"write {_TYPES[wanted]}"


def _kind_of(value: object) -> str:
    words = (
        (bool, "true or false"),
        (int | float, "a number"),
        (str, "text"),
        (list, "a list"),
        (dict, "a mapping"),
    )
    for kind, word in words:
        if isinstance(value, kind):
            return word
    return f"a {type(value).__name__}"


def _shown(value: object) -> str:
    """``value`` in at most 60 characters."""
    if isinstance(value, list | dict):
        return f"{len(value)} entries"
    try:
        text = repr(value)
    except ValueError:  # an integer with more digits than Python prints
        return "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."


# Building


def _hardware(name: str, data: dict[str, Any]) -> Hardware:
    return Hardware(
        **{
            **data,
            "name": name,
            "precisions": tuple(data["precisions"]),
            "allocatable": Allocatable(**data["allocatable"]),
            "interfaces": tuple(Interface(**item) for item in data["interfaces"]),
            "taints": tuple(Taint(**item) for item in data["taints"]),
            "gib": Gib(**data["gib"]),
            "sources": _sources(data["sources"]),
        }
    )


def _model(name: str, data: dict[str, Any]) -> Model:
    built = {**data, "name": name, "sources": _sources(data["sources"])}
    if "experts" in data:
        built["experts"] = Experts(**data["experts"])
    if "attention_pattern" in data:
        built["attention_pattern"] = AttentionPattern(**data["attention_pattern"])
    for name in ("weight_block", "quantised"):
        if name in data:
            built[name] = tuple(data[name])
    return Model(**built)


def _sources(groups: list[dict[str, Any]]) -> dict[str, tuple[Source, ...]]:
    """The sources of each fact; the file groups facts by source, readers ask by fact."""
    found: dict[str, tuple[Source, ...]] = {}
    for group in groups:
        for name in group["facts"]:
            found[name] = (*found.get(name, ()), Source(group["url"], group["note"]))
    return found

"""The facts that rules and plans stand on: hardware.yaml for each machine type, model.yaml for each model.

``load_hardware`` and ``load_models`` read and check every file and hand out frozen dataclasses by folder
name. All mistakes of all files go into one ``CatalogueError``: a wrong fact makes rules wrong.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import cerberus
import yaml
from cerberus import errors as codes

from .. import lines
from ..borders import files, itself, store
from ..borders.printing import printable
from ..model import NotValidated
from . import checks, shapes
from .checks import Check, Pointer, Problem
from .facts import (
    Allocatable,
    AttentionPattern,
    Experts,
    Gib,
    Hardware,
    Interface,
    Model,
    Source,
    Taint,
    model_of,
    sources_by_fact,
)

__all__ = [
    "Allocatable",
    "AttentionPattern",
    "CatalogueError",
    "Experts",
    "Facts",
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
        text = f"{self.path}:{self.line}: {self.cause}; {self.cure}"
        return text if text.isprintable() else ascii(text)[1:-1]  # a key of the author may hold a line break


class CatalogueError(NotValidated, ValueError):
    """Every mistake found, one to a line of text."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))

    def __reduce__(self) -> tuple[type[CatalogueError], tuple[tuple[Mistake, ...]]]:
        return CatalogueError, (self.mistakes,)  # so that a worker process can raise it


# Reading


def load_hardware(root: Path, versions: Sequence[str] = (), cached: bool = False) -> Mapping[str, Hardware]:
    """Every ``hardware/<name>/hardware.yaml`` below ``root``, by folder name. Raises CatalogueError.

    versions: the Kubernetes versions that can be judged, oldest first; none if nothing is to be judged.
    cached: what an earlier run found sound is not checked again, and not read before somebody asks for it.
    """
    own = (*checks.HARDWARE, checks.has_schemas(versions)) if versions else checks.HARDWARE
    kind: _Kind[Hardware] = _Kind("hardware", "hardware.yaml", shapes.HARDWARE, own, _hardware)
    return _load(root, kind, f"{versions}" if cached else None)


def load_models(root: Path, cached: bool = False) -> Mapping[str, Model]:
    """Every ``models/<name>/model.yaml`` below ``root``, by folder name. Raises CatalogueError. cached: as above."""
    return _load(root, _Kind("models", "model.yaml", shapes.MODEL, checks.MODEL, model_of), "" if cached else None)


_Entry = TypeVar("_Entry", Hardware, Model)


@dataclass(frozen=True)
class _Kind(Generic[_Entry]):
    """What stands in one folder of the catalogue: the shape of its files, what must hold in them, what they become."""

    folder: str
    file: str
    shape: dict[str, Any]
    checks: tuple[Check, ...]
    build: Callable[[str, dict[str, Any]], _Entry]

    @cached_property
    def validator(self) -> _Validator:
        """One for all files: to make it takes as long as to use it."""
        return _Validator(self.shape, require_all=True, error_handler=_Leaves)


class Facts(Mapping[str, _Entry]):
    """Entries by name; those known to be sound are read when somebody asks for them.

    digests: of each entry's text, SHA-256.
    """

    def __init__(self, kind: _Kind[_Entry]) -> None:
        self._kind: _Kind[_Entry] = kind
        self.read: dict[str, _Entry] = {}
        self.unread: dict[str, str] = {}
        self.digests: dict[str, str] = {}

    def __getitem__(self, name: str) -> _Entry:
        if name in self.unread:
            text = self.unread.pop(name)
            self.read[name] = self._kind.build(name, _parse(f"{self._kind.folder}/{name}/{self._kind.file}", text)[1])
        return self.read[name]

    def __contains__(self, name: object) -> bool:
        return name in self.read or name in self.unread

    def __iter__(self) -> Iterator[str]:
        return iter(sorted((*self.read, *self.unread)))

    def __len__(self) -> int:
        return len(self.read) + len(self.unread)


def _load(root: Path, kind: _Kind[_Entry], checked_for: str | None) -> Mapping[str, _Entry]:
    """checked_for: what the checks depend on beside the files; None if nothing is taken from an earlier run."""
    found: Facts[_Entry] = Facts(kind)
    mistakes: list[Mistake] = []
    key = None if checked_for is None else f"{itself.code()}{root}{kind.folder}{checked_for}"
    key = key and hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    known = store.recall(key, root, store.FACTS) if key else None
    sound = set((known or "").split())
    for name in _folders(root, kind.folder, kind.file):
        path = f"{kind.folder}/{name}/{kind.file}"
        try:
            text = _text(root, path)
            digest = hashlib.sha256(text.encode()).hexdigest()
            if digest in sound:
                found.unread[name] = text
            else:
                found.read[name] = kind.build(name, _checked(path, text, kind))
            found.digests[name] = digest
        except CatalogueError as error:
            mistakes.extend(error.mistakes)
    now = set(found.digests.values())
    if key and not now <= sound:
        store.remember(key, "\n".join(sorted(now)), root, store.FACTS)
    if mistakes:
        raise CatalogueError(mistakes)
    return found if key else found.read


def _folders(root: Path, kind: str, file_name: str) -> list[str]:
    """Names of the folders in ``root/kind``, sorted. Without any, every rule would pass in silence."""
    cure = f"add {kind}/<name>/{file_name}, or run from the root of the repository"
    if not files.is_inside(files.real(root.resolve(), kind)):
        raise CatalogueError([Mistake(kind, 1, "leads out of the repository", "make it a folder")])
    try:
        names = sorted(p.name for p in (root / kind).iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError as error:
        raise CatalogueError([Mistake(kind, 1, f"cannot be listed ({error.strerror})", cure)]) from None
    if not names:
        raise CatalogueError([Mistake(kind, 1, "holds no folder", cure)])
    # A message holds the path, and neither it nor a report can hold a line break or bytes that are no text.
    strange = [name for name in names if not name.isprintable()]
    if strange:
        raise CatalogueError(
            Mistake(printable(f"{kind}/{name}"), 1, "its name is not printable text", "rename it") for name in strange
        )
    return names


def _checked(path: str, text: str, kind: _Kind[Any]) -> dict[str, Any]:
    """The file's mapping, sound in shape and meaning. Raises CatalogueError with all that is wrong in it."""
    node, data = _parse(path, text)
    repeated = lines.duplicates(node)
    problems = list(_shape(data, kind))
    unsound = {pointer[0] for pointer, *_ in (*repeated, *problems)}
    for check in (*kind.checks, checks.sources_cover(kind.shape)):
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

    try:
        if not files.is_inside(files.real(root.resolve(), path)):
            raise refuse("leads out of the repository", "make it a file that stands here")
        if not os.path.exists(root / path) or os.path.isdir(root / path):
            raise refuse("file is missing", "every folder here describes itself: add the file or remove the folder")
        raw = files.content(root, path, MAX_FILE_BYTES)
        return raw.decode("utf-8")
    except files.Refused as error:
        raise refuse(str(error), "make it a readable file that holds facts only") from None
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


def _shape(data: dict[str, Any], kind: _Kind[Any]) -> Iterator[Problem]:
    """What cerberus finds, in our words."""
    kind.validator.validate(data, normalize=False)
    for error in kind.validator.errors:
        yield error.document_path, *_explain(error, _siblings(kind.shape, error.document_path))


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
    text = repr(value)  # of an integer, too: those that are read have 64 bits
    return text if len(text) <= 60 else text[:57] + "..."


# Building


def _hardware(name: str, data: dict[str, Any]) -> Hardware:
    return Hardware(
        **{
            **data,
            "name": name,
            "allocatable": Allocatable(**data["allocatable"]),
            "interfaces": tuple(Interface(**item) for item in data["interfaces"]),
            "taints": tuple(Taint(**item) for item in data["taints"]),
            "gib": Gib(**data["gib"]) if "gib" in data else None,
            "disks": tuple(data.get("disks", ())),
            "sources": sources_by_fact(data["sources"]),
        }
    )

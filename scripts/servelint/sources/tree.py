"""What one overlay is made of: kustomizations, the files that they name, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import yaml

from .. import lines
from ..model import Problem, Problems, walk
from . import checks
from .checks import Leaf, Wrong
from .grammar import KUSTOMIZATION
from .texts import Text

MAX_FILES = 5_000
"""Files that one overlay may read, and paths that one kustomization may name. A cluster of nine leaves reads 85."""


class Load(NamedTuple):
    """What an overlay costs Kustomize. A shared folder counts each time that it is built, for it is built anew: 20
    components that each name the one below twice are a million."""

    folders: int = 0
    documents: int = 0
    values: int = 0
    bytes: int = 0

    def __add__(self, other: tuple[object, ...]) -> Load:
        return Load(*(mine + theirs for mine, theirs in zip(self, Load(*other), strict=True)))  # type: ignore[arg-type]


MOST = Load(folders=5_000, documents=2_000, values=200_000, bytes=32 * 1024 * 1024)
"""One overlay's limit, at which Kustomize takes 5 s (it compares each document with each other) or 530 MB (for the
values). A cluster of a hundred leaves builds about a thousand folders and documents."""
MOST_HELD = Load(folders=20_000, documents=20_000, values=500_000, bytes=128 * 1024 * 1024)
"""Sources that are held at a time, each counted once. Here ``folders`` are files. A value takes about a kilobyte."""
MAX_CHAIN = 50
"""Folders that build on one another in a row."""


def over(load: Load, most: Load) -> str | None:
    """What of a load is over its limit, in words."""
    for name, have, limit in zip(Load._fields, load, most, strict=True):
        if have > limit:
            return f"more than {limit:,} {name}"
    return None


@dataclass(frozen=True)
class Fault:
    """Something wrong with a source. ``kind``: unreadable | outside | remote | misplaced. ``line`` is 1-based.

    code: what of a file that is unreadable decides how the walk goes on: files.NOT_TEXT, or nothing.
    """

    kind: str
    file: str
    line: int
    message: str
    code: str = ""


@dataclass(frozen=True, eq=False)
class Source:
    """A YAML file: its text, node graphs and values, one of each a document."""

    path: str
    text: str
    nodes: tuple[yaml.Node, ...]
    documents: tuple[Any, ...]
    values: int = 0

    @cached_property
    def manifests(self) -> tuple[Any, ...]:
        """The documents as Kustomize reads resources and patches."""
        return tuple(lines.as_kustomize(self.text, list(self.documents)))

    @cached_property
    def doubled(self) -> tuple[list[tuple[tuple[str | int, ...], int, str]], ...]:
        """Of each document, what ``lines.duplicates`` says."""
        return tuple(map(lines.duplicates, self.nodes))

    @cached_property
    def has_bare_annotations(self) -> bool:
        """Whether some ``annotations`` is there, but empty."""
        return any(at[-1:] == ("annotations",) and not inner for one in self.documents for inner, at in walk(one))

    @cached_property
    def checked(self) -> tuple[list[Leaf], list[Wrong]]:
        """The one document as a kustomization: its values, and what is wrong with it. Bases are shared, so once."""
        wrong = checks.unplain(self.text) or checks.hidden(self.text, self.nodes[0])
        return ([], [wrong]) if wrong else checks.walk(self.nodes[0], KUSTOMIZATION)


@dataclass(frozen=True)
class Reference:
    """A path that a kustomization names: in which field (``at``), as written, and where it leads from the root."""

    field: str
    at: tuple[str | int, ...]
    text: str
    path: str
    line: int
    is_folder: bool


@dataclass(frozen=True, eq=False)
class Kustomization:
    """One kustomization.yaml. ``folder`` and ``file`` are relative to the root. ``inline``: YAML that is text in it."""

    folder: str
    file: str
    body: dict[str, Any]
    node: yaml.Node
    references: tuple[Reference, ...] = ()
    inline: tuple[Text, ...] = ()

    def line(self, pointer: tuple[str | int, ...]) -> int:
        return lines.descend(self.node, pointer)[1]


@dataclass(frozen=True, eq=False)
class Tree:
    """Everything that Kustomize would read for one overlay. ``kustomizations``: a folder after those it builds on."""

    target: str
    kustomizations: tuple[Kustomization, ...] = ()
    files: dict[str, Source | None] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def problems(self, kind: str) -> Problems:
        """The faults of a kind, as a rule reports them."""
        return (Problem(None, (), f.message, f.file, f.line) for f in self.faults if f.kind == kind)

    def of(self, folder: str) -> Kustomization | None:
        return next((k for k in self.kustomizations if k.folder == folder), None)

"""Reads sources once for all overlays, each file with care."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from .. import lines
from ..borders import files
from . import checks, tree
from .grammar import KUSTOMIZATION_NAMES
from .tree import Fault, Load, Source, Tree
from .walk import Walk


class Reader:
    """Reads sources once for all overlays: bases are shared. ``root`` is resolved."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._sources: dict[str, tuple[Source | None, tuple[Fault, ...]]] = {}
        self._real: dict[str, str] = {}
        self._read_bytes: dict[str, int] = {}
        self._held = Load()
        self.digests: dict[str, bytes] = {}
        """Of each file that was read, SHA-256."""

    @property
    def is_full(self) -> bool:
        """Whether it holds as much as one reader should: then another one goes on."""
        return tree.over(self._held, tree.MOST_HELD) is not None

    def renewed(self) -> Reader:
        """This reader, or one that holds nothing yet."""
        return Reader(self.root) if self.is_full else self

    def copy(self) -> Reader:
        """A reader that knows what this one has read, unless that is too much, and goes on by itself."""
        if self.is_full:
            return Reader(self.root)
        other = Reader(self.root)
        for name, value in vars(self).items():
            setattr(other, name, value.copy() if isinstance(value, dict) else value)
        return other

    def is_inside(self, path: str) -> bool:
        """Whether ``path``, links followed, is still in the repository."""
        return files.is_inside(self.real(path))

    def yaml_file(self, path: str) -> tuple[Source | None, tuple[Fault, ...]]:
        """The file as YAML, or why not."""
        if path not in self._sources:
            self._sources[path] = self._read(path)
        return self._sources[path]

    def _read(self, path: str) -> tuple[Source | None, tuple[Fault, ...]]:
        def refuse(message: str, line: int = 1) -> tuple[None, tuple[Fault, ...]]:
            return None, (Fault("unreadable", path, line, message),)

        text = self.text(path)
        if isinstance(text, Fault):
            return None, (text,)
        try:
            values = lines.weigh(text)
            nodes = tuple(lines.compose(text, trusted=True))
            documents = tuple(value for _, value in lines.load(text, trusted=True))
        except lines.BadYaml as error:
            # What is missing at the end is missed in a line that is no longer there.
            return refuse(f"cannot be used as YAML: {error.cause}", min(error.line, text.rstrip("\n").count("\n") + 1))
        torn = checks.torn(text)
        if torn is not None:
            return refuse(torn.message, torn.line)
        self._held += Load(0, len(documents), values, 0)
        return Source(path, text, nodes, documents, values), ()

    def text(self, path: str) -> str | Fault:
        """A file's text, or why it may not be read."""
        try:
            if not self.is_inside(path):
                return Fault("outside", path, 1, "leads out of the repository")
            raw = files.content(self.root, path)
            if path not in self._read_bytes:
                self._read_bytes[path] = len(raw)
                self.digests[path] = hashlib.sha256(raw).digest()
                self._held += Load(1, 0, 0, len(raw))
            return files.decoded(raw)
        except files.Refused as error:
            return Fault(error.kind, path, 1, str(error), error.code)
        except (OSError, ValueError) as error:
            return Fault("unreadable", path, 1, f"cannot be read: {error}")

    def bytes_of(self, path: str) -> int:
        """The size of a file that was read; 0 of one that was refused."""
        return self._read_bytes.get(path, 0)

    def kustomization_files(self, folder: str) -> list[str]:
        """Whatever stands at one of the three names, be it no file: Kustomize would open each."""
        return [f"{folder}/{name}" for name in KUSTOMIZATION_NAMES if os.path.lexists(self.root / folder / name)]

    def kustomization_file(self, folder: str) -> str | None:
        return next(iter(self.kustomization_files(folder)), None)

    def real(self, path: str) -> str:
        """``path`` with links followed, relative to the root: Kustomize goes on from where a link leads."""
        if path not in self._real:
            self._real[path] = files.real(self.root, path)
        return self._real[path]

    def tree(self, target: str) -> Tree:
        """Everything below the overlay ``target``; each kustomization once, those it builds on first."""
        walk = Walk(self)
        walk.folder(target, (), None)
        faults = tuple(dict.fromkeys(walk.faults))
        return Tree(target, tuple(walk.kustomizations), walk.files, faults)

"""The files of an overlay, read with care before Kustomize reads them.

A pull request is untrusted input. Kustomize expands aliases, follows links, clones remote repositories; so every file
that it would read is first read here: by size, then by YAML event (which neither recurses nor expands), and only then
as a node graph. What is wrong is kept as a ``Fault`` for the rules; nothing here raises for bad input.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from . import lines
from .discover import KUSTOMIZATION_NAMES
from .model import mapping, mappings

MAX_BYTES = 2 * 1024 * 1024
"""A source file's limit. etcd refuses objects over 1.5 MiB and a ConfigMap over 1 MiB, so no honest file comes near."""
REMOTE = ("://", "git@", "github.com/", "gitlab.com/", "bitbucket.org/", "git::", "?ref=", "ssh:")


@dataclass(frozen=True)
class Fault:
    """Something wrong with a source. ``kind``: unreadable | outside | remote | code. ``line`` is 1-based."""

    kind: str
    file: str
    line: int
    message: str


@dataclass(frozen=True, eq=False)
class Source:
    """A YAML file: its text and node graphs."""

    path: str
    text: str
    nodes: tuple[yaml.Node, ...]

    @cached_property
    def documents(self) -> tuple[Any, ...]:
        try:
            return tuple(value for _, value in lines.load(self.text, trusted=True))
        except lines.BadYaml:
            return ()


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
    """One kustomization.yaml. ``folder`` and ``file`` are relative to the root."""

    folder: str
    file: str
    body: dict[str, Any]
    node: yaml.Node
    references: tuple[Reference, ...] = ()

    def line(self, pointer: tuple[str | int, ...]) -> int:
        return lines.descend(self.node, pointer)[1]


@dataclass(frozen=True, eq=False)
class Tree:
    """Everything that Kustomize would read for one overlay. ``kustomizations``: a folder after those it builds on."""

    target: str
    kustomizations: tuple[Kustomization, ...] = ()
    files: dict[str, Source | None] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def of(self, folder: str) -> Kustomization | None:
        return next((k for k in self.kustomizations if k.folder == folder), None)


# Fields of a kustomization that name paths. "files": each entry may be key=path. Source:
# https://github.com/kubernetes-sigs/kustomize/blob/master/api/types/kustomization.go
_FOLDERS_OR_FILES = ("resources", "bases", "components", "generators", "transformers", "validators")
_FILES = ("crds", "configurations", "patchesStrategicMerge")


def _path_fields(body: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...], str]]:
    """(field, pointer, text) of every path that a kustomization names."""
    found: list[tuple[str, tuple[str | int, ...], str]] = []
    for name in (*_FOLDERS_OR_FILES, *_FILES):
        value = body.get(name)
        for i, entry in enumerate(value if isinstance(value, list) else []):
            if isinstance(entry, str) and "\n" not in entry.strip():
                found.append((name, (name, i), entry))
    for name in ("patches", "patchesJson6902", "replacements"):
        for i, entry in mappings(body.get(name)):
            if isinstance(entry.get("path"), str):
                found.append((name, (name, i, "path"), entry["path"]))
    for name in ("configMapGenerator", "secretGenerator"):
        for i, entry in mappings(body.get(name)):
            for key in ("files", "envs"):
                value = entry.get(key)
                for j, text in enumerate(value if isinstance(value, list) else []):
                    if isinstance(text, str):
                        path = text.split("=", 1)[1] if key == "files" and "=" in text else text
                        found.append((name, (name, i, key, j), path))
            if isinstance(entry.get("env"), str):
                found.append((name, (name, i, "env"), entry["env"]))
    openapi = mapping(body.get("openapi")).get("path")
    if isinstance(openapi, str):
        found.append(("openapi", ("openapi", "path"), openapi))
    return found


class Reader:
    """Reads sources once for all overlays: bases are shared. ``root`` is resolved."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._sources: dict[str, tuple[Source | None, tuple[Fault, ...]]] = {}

    def _inside(self, path: str) -> bool:
        """Whether ``path``, links followed, is still in the repository."""
        real = os.path.realpath(self.root / path)
        return real == str(self.root) or real.startswith(f"{self.root}{os.sep}")

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
            nodes = tuple(lines.compose(text))
        except lines.BadYaml as error:
            return refuse(f"cannot be used as YAML: {error.cause}", error.line)
        return Source(path, text, nodes), ()

    def text(self, path: str) -> str | Fault:
        """A file's text, or why it may not be read."""
        try:
            if not self._inside(path):
                return Fault("outside", path, 1, "leads out of the repository")
            info = os.stat(self.root / path)
            if not stat.S_ISREG(info.st_mode):
                return Fault("unreadable", path, 1, "is not a regular file")
            if info.st_size > MAX_BYTES:
                return Fault("unreadable", path, 1, f"has {info.st_size:,} bytes; at most {MAX_BYTES:,} are read")
            return (self.root / path).read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            return Fault("unreadable", path, 1, f"is not UTF-8 at byte {error.start}")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return Fault("unreadable", path, 1, f"cannot be read: {reason}")

    def kustomization_file(self, folder: str) -> str | None:
        for name in KUSTOMIZATION_NAMES:
            if (self.root / folder / name).is_file():
                return f"{folder}/{name}"
        return None

    def tree(self, target: str) -> Tree:
        """Everything below the overlay ``target``; each kustomization once, those it builds on first."""
        walk = _Walk(self)
        walk.folder(target, (), None)
        faults = tuple(dict.fromkeys(walk.faults))
        return Tree(target, tuple(walk.kustomizations), walk.files, faults)


class _Walk:
    """One descent through an overlay's kustomizations."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.kustomizations: list[Kustomization] = []
        self.files: dict[str, Source | None] = {}
        self.faults: list[Fault] = []
        self.done: set[str] = set()

    def folder(self, folder: str, above: tuple[str, ...], named_by: tuple[str, int] | None) -> None:
        if folder in above:
            file, line = named_by or (folder, 1)
            self.faults.append(Fault("unreadable", file, line, f"{folder} builds on itself"))
            return
        if folder in self.done:
            return
        self.done.add(folder)
        file = self.reader.kustomization_file(folder)
        if file is None:
            where, line = named_by or (folder, 1)
            self.faults.append(Fault("unreadable", where, line, f"{folder} holds no kustomization.yaml"))
            return
        source, faults = self.reader.yaml_file(file)
        self.faults += faults
        self.files[file] = source
        if source is None:
            return
        body = source.documents[0] if source.documents else None
        if not isinstance(body, dict) or len(source.nodes) != 1:
            self.faults.append(Fault("unreadable", file, 1, "must hold one mapping"))
            return
        node = source.nodes[0]
        references = []
        for name, at, text in _path_fields(body):
            reference = self.reference(folder, file, node, name, at, text)
            if reference is None:
                continue
            references.append(reference)
            if reference.is_folder:
                self.folder(reference.path, (*above, folder), (file, reference.line))
            else:
                self.file(reference)
        self.kustomizations.append(Kustomization(folder, file, body, node, tuple(references)))

    def reference(
        self, folder: str, file: str, node: yaml.Node, name: str, at: tuple[str | int, ...], text: str
    ) -> Reference | None:
        line = lines.descend(node, at)[1]

        def refuse(kind: str, message: str) -> None:
            self.faults.append(Fault(kind, file, line, message))

        shown = text if len(text) <= 120 else f"{text[:117]}..."
        if PurePosixPath(text).is_absolute() or "\\" in text:
            return refuse("outside", f"{name} names the absolute path {shown}")
        path = os.path.normpath(f"{folder}/{text}")
        try:
            exists = (self.reader.root / path).exists()
            is_folder = (self.reader.root / path).is_dir()
        except (OSError, ValueError):
            return refuse("unreadable", f"{name} names {shown!r}, which is no path")
        if path.startswith("..") or (exists and not self.reader._inside(path)):
            return refuse("outside", f"{name} names {shown}, which leads out of the repository")
        if not exists:
            if any(mark in text for mark in REMOTE):
                return refuse("remote", f"{name} names the remote {shown}")
            return refuse("unreadable", f"{name} names {shown}, which does not exist")
        if is_folder and name not in _FOLDERS_OR_FILES:
            return refuse("unreadable", f"{name} names {shown}, a folder where a file belongs")
        if not is_folder and not f"{path}".startswith(f"{folder}/"):
            return refuse("outside", f"{name} names the file {shown} outside its own folder")
        return Reference(name, at, text, path, line, is_folder)

    def file(self, reference: Reference) -> None:
        if reference.path in self.files:
            return
        if reference.field in ("configMapGenerator", "secretGenerator"):
            # To Kustomize a generator's file is text, whatever it holds; rules over the render judge that.
            text = self.reader.text(reference.path)
            if isinstance(text, Fault):
                # Binary data is legitimate in a generator; everything else is not.
                if "UTF-8" not in text.message:
                    self.faults.append(text)
            self.files[reference.path] = None
            return
        source, faults = self.reader.yaml_file(reference.path)
        self.faults += faults
        self.files[reference.path] = source

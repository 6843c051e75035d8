"""The files of an overlay, read with care before Kustomize reads them.

A pull request is untrusted input. Kustomize expands aliases, follows links, clones remote repositories; so every file
that it would read is first read here: by size, then by YAML event (which neither recurses nor expands), and only then
as a node graph. What is wrong is kept as a ``Fault`` for the rules; nothing here raises for bad input.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import yaml

from . import lines
from .model import mapping, mappings

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
MAX_BYTES = 2 * 1024 * 1024
"""A source file's limit. etcd refuses objects over 1.5 MiB and a ConfigMap over 1 MiB, so no honest file comes near."""
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
MOST_READ = Load(folders=20_000, documents=20_000, values=500_000, bytes=128 * 1024 * 1024)
"""The limit of all sources that one run reads, each counted once. Here ``folders`` are files."""
MAX_CHAIN = 50
"""Folders that build on one another in a row."""
REMOTE = ("://", "git@", "github.com/", "gitlab.com/", "bitbucket.org/", "git::", "?ref=", "ssh:")
FETCHED = re.compile(r"(git::)?(https?:|(ssh|file)://|[a-z][a-z0-9-]*@[^/:]+[/:]|github\.com[/:])", re.IGNORECASE)
"""What Kustomize fetches even where a local path has that very name.
Source: kustomize api/internal/git/repospec.go and api/internal/loader/fileloader.go"""


@dataclass(frozen=True)
class Fault:
    """Something wrong with a source. ``kind``: unreadable | outside | remote | misplaced. ``line`` is 1-based."""

    kind: str
    file: str
    line: int
    message: str


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
_PLUGINS = ("generators", "transformers", "validators")
_FOLDERS_OR_FILES = ("resources", "bases", "components", *_PLUGINS)
_FILES = ("crds", "configurations", "patchesStrategicMerge")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_ENTRIES = ("patches", "patchesJson6902", "replacements", *_GENERATORS)
# Kustomize reads its fields in any letter case; everything here reads them as they are documented.
_SPELT = {
    name.casefold(): name
    for name in (
        *_FOLDERS_OR_FILES, *_FILES, *_ENTRIES, "apiVersion", "kind", "metadata", "openapi", "namePrefix", "nameSuffix",
        "namespace", "commonLabels", "labels", "commonAnnotations", "images", "imageTags", "replicas", "vars",
        "sortOptions", "helmGlobals", "helmCharts", "helmChartInflationGenerator", "generatorOptions", "buildMetadata",
        "path", "patch", "target", "options", "source", "sourceValue", "targets", "name", "behavior", "type",
        "literals", "files", "envs", "env",
    )
}  # fmt: skip


def _misspelt(body: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(pointer, right spelling) of the fields in another letter case."""
    entries: list[tuple[tuple[str | int, ...], dict[str, Any]]] = [((), body)]
    for name in _ENTRIES:
        entries += [((name, i), entry) for i, entry in mappings(body.get(name))]
    for at, entry in entries:
        for key in entry:
            right = _SPELT.get(str(key).casefold(), key)
            if right != key:
                yield (*at, str(key)), right


def _is_inline(text: str) -> bool:
    """Whether an entry is YAML rather than a path. Kustomize tries it as YAML first."""
    if ":" not in text:
        return False
    try:
        return any(not isinstance(node, yaml.ScalarNode) for node in lines.compose(text))
    except lines.BadYaml:
        return "\n" in text.strip()


def _inline_texts(body: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(pointer, text) of the YAML that stands as text in a kustomization."""
    for name in ("patches", "patchesJson6902"):
        for i, entry in mappings(body.get(name)):
            if isinstance(entry.get("patch"), str):
                yield (name, i, "patch"), entry["patch"]
    for name in ("patchesStrategicMerge", *_PLUGINS):
        value = body.get(name)
        for i, entry in enumerate(value if isinstance(value, list) else []):
            if isinstance(entry, str) and _is_inline(entry):
                yield (name, i), entry


@dataclass(frozen=True)
class Text:
    """YAML that stands as text in a source. ``at``: where in the source's document. ``line``s are those of the file."""

    file: str
    at: tuple[str | int, ...]
    text: str
    first: int
    is_literal: bool

    def line(self, inner: int) -> int:
        """The file's line of a line (1-based) of the text. Only a literal block keeps its lines."""
        return self.first + inner - 1 if self.is_literal else self.first


def _text(file: str, at: tuple[str | int, ...], node: yaml.Node, outer: Text | None = None) -> Text:
    literal = isinstance(node, yaml.ScalarNode) and node.style == "|"
    first = node.start_mark.line + (2 if literal else 1)
    if outer is not None:
        return Text(file, at, str(node.value), outer.line(first), literal and outer.is_literal)
    return Text(file, at, str(node.value), first, literal)


def inline_texts(kustomization: Kustomization) -> Iterator[Text]:
    """The YAML that stands as text in a kustomization."""
    for at, _ in _inline_texts(kustomization.body):
        yield _text(kustomization.file, at, lines.follow(kustomization.node, at)[2])


def texts(tree: Tree) -> Iterator[Text]:
    """All YAML that stands as text in an overlay's kustomizations and in the configurations of its plugins."""
    for kustomization in tree.kustomizations:
        for own in inline_texts(kustomization):
            yield own
            if own.at[0] in _PLUGINS:
                with suppress(lines.BadYaml):
                    for node in lines.compose(own.text):
                        found = _texts_of_plugin(node)
                        yield from (_text(own.file, (*own.at, key), value, own) for key, value in found)
    for path, source in tree.files.items():
        for node in source.nodes if source else ():
            yield from (_text(path, (key,), value) for key, value in _texts_of_plugin(node))


def _texts_of_plugin(node: yaml.Node) -> list[tuple[str, yaml.Node]]:
    """The fields of a built-in plugin's configuration that hold YAML as text."""
    fields = [(str(key.value), value) for key, value in node.value] if isinstance(node, yaml.MappingNode) else []
    if not any(key == "apiVersion" and value.value == "builtin" for key, value in fields):
        return []
    named = [(k, v) for k, v in fields if k.casefold() in ("patch", "patches", "jsonop")]
    return [(key, value) for key, value in named if isinstance(value, yaml.ScalarNode)]


def _plugin_sources(config: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The paths and the YAML texts that the configuration of a built-in plugin holds, whatever its kind."""
    fields = {str(key).casefold(): value for key, value in config.items()}
    paths = [fields.get(name) for name in ("path", "env", "targetfilepath")]
    texts = [fields.get(name) for name in ("patch", "patches", "jsonop")]
    for name in ("files", "envs", "paths"):
        value = fields.get(name)
        for entry in value if isinstance(value, list) else []:
            if name == "paths" and isinstance(entry, str) and _is_inline(entry):
                texts.append(entry)
            else:
                paths.append(entry.rpartition("=")[2] if name == "files" and isinstance(entry, str) else entry)
    for _, entry in mappings(fields.get("replacements")):
        paths += [value for key, value in entry.items() if str(key).casefold() == "path"]
    return [p for p in paths if isinstance(p, str)], [text for text in texts if isinstance(text, str)]


def _path_fields(body: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...], str]]:
    """(field, pointer, text) of every path that a kustomization names."""
    found: list[tuple[str, tuple[str | int, ...], str]] = []
    for name in (*_FOLDERS_OR_FILES, *_FILES):
        value = body.get(name)
        for i, entry in enumerate(value if isinstance(value, list) else []):
            inline = name in ("patchesStrategicMerge", *_PLUGINS) and isinstance(entry, str) and _is_inline(entry)
            if isinstance(entry, str) and not inline:
                found.append((name, (name, i), entry))
    for name in ("patches", "patchesJson6902", "replacements"):
        for i, entry in mappings(body.get(name)):
            if isinstance(entry.get("path"), str):
                found.append((name, (name, i, "path"), entry["path"]))
    for name in _GENERATORS:
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


SPENT = "is not read: before it, the run has read"


def over(load: Load, most: Load) -> str | None:
    """What of a load is over its limit, in words."""
    for name, have, limit in zip(Load._fields, load, most, strict=True):
        if have > limit:
            return f"more than {limit:,} {'files' if name == 'folders' and most is MOST_READ else name}"
    return None


class Reader:
    """Reads sources once for all overlays: bases are shared. ``root`` is resolved."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._sources: dict[str, tuple[Source | None, tuple[Fault, ...]]] = {}
        self._real: dict[str, str] = {}
        self._read_bytes: dict[str, int] = {}
        self._spent = Load()

    def _inside(self, path: str) -> bool:
        """Whether ``path``, links followed, is still in the repository."""
        return self.real(path).partition("/")[0] != ".."

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
        self._spent += Load(0, len(documents), values, 0)
        return Source(path, text, nodes, documents, values), ()

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
            if path not in self._read_bytes:
                spent = over(self._spent, MOST_READ)
                if spent:
                    return Fault("unreadable", path, 1, f"{SPENT} {spent}")
                self._read_bytes[path] = info.st_size
                self._spent += Load(1, 0, 0, info.st_size)
            return (self.root / path).read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            return Fault("unreadable", path, 1, f"is not UTF-8 at byte {error.start}")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return Fault("unreadable", path, 1, f"cannot be read: {reason}")

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
            self._real[path] = os.path.relpath(os.path.realpath(f"{self.root}/{path}"), self.root)
        return self._real[path]

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
        self.loads: dict[str, Load] = {}
        self.read = Load()
        self.full = False

    def folder(self, folder: str, above: tuple[str, ...], named_by: tuple[str, int] | None) -> None:
        where, line = named_by or (folder, 1)

        def refuse(message: str, kind: str = "unreadable", at: tuple[str, int] = (where, line)) -> None:
            self.faults.append(Fault(kind, *at, message))

        if folder in above:
            return refuse(f"{folder} builds on itself")
        if folder in self.loads or self.full:
            return None
        self.loads[folder] = Load(1)
        if len(above) > MAX_CHAIN:
            return refuse(f"{folder} is the end of a chain of more than {MAX_CHAIN} folders")
        found = self.reader.kustomization_files(folder)
        if not found:
            return refuse(f"{folder} holds no kustomization.yaml")
        if len(found) > 1:
            names = " and ".join(file.rpartition("/")[2] for file in found)
            return refuse(f"{folder} holds {names}; Kustomize takes one", at=(found[1], 1))
        file = found[0]
        source, faults = self.reader.yaml_file(file)
        self.faults += faults
        self.files[file] = source
        if source is None:
            return None
        self.loads[folder] += self.count(file, Load(0, 0, source.values, len(source.text)))
        if not self.reader.real(file).startswith(f"{self.reader.real(folder)}/"):
            return refuse("is a link out of its own folder", "outside", (file, 1))
        body = source.documents[0] if source.documents else None
        if not isinstance(body, dict) or len(source.nodes) != 1:
            return refuse("must hold one mapping", at=(file, 1))
        node = source.nodes[0]
        for at, right in _misspelt(body):
            refuse(f"{at[-1]} is {right} to Kustomize, and to nobody else", at=(file, lines.descend(node, at)[1]))
        for at, text in _inline_texts(body):
            self.loads[folder] += self.inline(file, node, at, text)
            # What turns out to be no resource is a path to Kustomize after all.
            if len(at) == 2 and os.path.lexists(self.reader.root / folder / text):
                refuse(f"{at[0]} holds text that is also a path", at=(file, lines.descend(node, at)[1]))
        references = []
        named = _path_fields(body)
        if len(named) > MAX_FILES:
            return refuse(f"names {len(named):,} paths; at most {MAX_FILES:,} are followed", at=(file, 1))
        for name, at, text in named:
            reference = self.reference(folder, file, node, name, at, text)
            if reference is None:
                continue
            references.append(reference)
            if reference.is_folder:
                self.folder(reference.path, (*above, folder), (file, reference.line))
                self.loads[folder] += self.loads.get(reference.path, Load())
            else:
                self.loads[folder] += self.file(reference)
        made = Kustomization(folder, file, body, node, tuple(references))
        self.kustomizations.append(made)
        for at, config in self.plugins(made):
            for text in _plugin_sources(config)[1]:
                self.loads[folder] += self.inline(file, node, at, text)
            field = "configMapGenerator" if str(config.get("kind")).endswith("Generator") else "patches"
            for text in _plugin_sources(config)[0]:
                reference = self.reference(folder, file, node, field, at, text)
                if reference is not None:
                    self.loads[folder] += self.file(reference)
        too_much = over(self.loads[folder], MOST)
        if too_much and not self.full:
            refuse(f"builds {too_much}", at=(file, 1))
            self.loads[folder] = Load(1)  # said once, not again by every folder above
        return None

    def inline(self, file: str, node: yaml.Node, at: tuple[str | int, ...], text: str) -> Load:
        """YAML within YAML: it is measured like a file of its own."""
        try:
            values = lines.weigh(text)
            lines.load(text, trusted=True)
        except lines.BadYaml as error:
            line = lines.descend(node, at)[1]
            self.faults.append(Fault("unreadable", file, line, f"its text cannot be used as YAML: {error.cause}"))
            return Load()
        return Load(0, 0, values, 0)

    def plugins(self, kustomization: Kustomization) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
        """(pointer, configuration) of a kustomization's plugins: inline, in files, in the files of a folder."""
        for at, text in _inline_texts(kustomization.body):
            if at[0] in _PLUGINS:
                with suppress(lines.BadYaml):
                    yield from ((at, mapping(value)) for _, value in lines.load(text))
        for reference in kustomization.references:
            if reference.field not in _PLUGINS:
                continue
            paths = [reference.path]
            if reference.is_folder:
                inner = next((k for k in self.kustomizations if k.folder == reference.path), None)
                paths = [r.path for r in inner.references] if inner else []
                # What changes a plugin's configuration could make any other plugin of it.
                plain = {"apiVersion", "kind", "metadata", "resources"}
                if inner and (not plain >= inner.body.keys() or any(r.is_folder for r in inner.references)):
                    message = f"{reference.field} names {reference.text}, which does more than to list files"
                    self.faults.append(Fault("unreadable", kustomization.file, reference.line, message))
            for path in paths:
                source = self.files.get(path)
                yield from ((reference.at, mapping(value)) for value in (source.documents if source else ()))

    def reference(
        self, folder: str, file: str, node: yaml.Node, name: str, at: tuple[str | int, ...], text: str
    ) -> Reference | None:
        line = lines.descend(node, at)[1]

        def refuse(kind: str, message: str) -> Reference | None:
            self.faults.append(Fault(kind, file, line, message))
            return None

        shown = text if len(text) <= 120 else f"{text[:117]}..."
        if PurePosixPath(text).is_absolute() or "\\" in text:
            return refuse("outside", f"{name} names the absolute path {shown}")
        if FETCHED.match(text):
            return refuse("remote", f"{name} names the remote {shown}")
        base = self.reader.real(folder)
        path = os.path.normpath(f"{base}/{text}")
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
        if not is_folder and not self.reader.real(path).startswith(f"{base}/"):
            return refuse("outside", f"{name} names the file {shown} outside its own folder")
        return Reference(name, at, text, path, line, is_folder)

    def count(self, path: str, load: Load) -> Load:
        """Counts what is read for the first time; at the overlay's limit the walk ends."""
        self.read += load
        too_much = over(self.read, MOST)
        if len(self.files) > MAX_FILES:
            too_much = f"more than {MAX_FILES:,} files"
        if too_much and not self.full:
            self.faults.append(
                Fault("unreadable", path, 1, f"is where the overlay holds {too_much}; the rest is not read")
            )
            self.full = True
        return load

    def file(self, reference: Reference) -> Load:
        """Reads a file, once an overlay; what it costs counts each time that a build reads it."""
        path = reference.path
        if self.full:
            return Load()
        generated = reference.field in _GENERATORS
        if path not in self.files or (self.files[path] is None and not generated):
            faults: tuple[Fault, ...]
            if generated:
                # To Kustomize a generator's file is text, whatever it holds; rules over the render judge that.
                self.files[path] = None
                text = self.reader.text(path)
                # Binary data is legitimate in a generator; everything else is not.
                faults = (text,) if isinstance(text, Fault) and "UTF-8" not in text.message else ()
            else:
                self.files[path], faults = self.reader.yaml_file(path)
            self.faults += faults
            self.full = any(fault.kind == "unreadable" and SPENT in fault.message for fault in faults)
            self.count(path, self.load(path))
        return self.load(path)

    def load(self, path: str) -> Load:
        source = self.files[path]
        if source is None:
            return Load(0, 0, 0, self.reader.bytes_of(path))
        return Load(0, len(source.documents), source.values, len(source.text))

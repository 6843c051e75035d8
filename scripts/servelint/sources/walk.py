"""One descent through an overlay's kustomizations: every path and every text in them is followed to its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import yaml

from .. import lines
from ..borders.files import NOT_TEXT
from . import checks
from .checks import FETCHED, REMOTE, Leaf, Wrong, shown
from .grammar import GENERATOR_FIELDS, KUSTOMIZATION, PLUGIN_FIELDS, Shape
from .texts import Text, is_text, text_of
from .tree import MAX_CHAIN, MAX_FILES, MOST, Fault, Kustomization, Load, Reference, Source, over

if TYPE_CHECKING:
    from .reader import Reader

_ORDER = {name: i for i, name in enumerate(KUSTOMIZATION.fields)}
_PATHS = ("file", "place", "keyed", "plugin", "merge")


class Walk:
    """The descent, and what it found so far."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.kustomizations: list[Kustomization] = []
        self.files: dict[str, Source | None] = {}
        self.faults: list[Fault] = []
        self.loads: dict[str, Load] = {}
        self.read = Load()
        self.full = False
        self.refused: set[tuple[str, tuple[str | int, ...]]] = set()
        """Where texts stand of which enough is said: file and pointer."""

    def refuse(self, own: Text, wrong: Wrong, kind: str = "unreadable") -> None:
        self.faults.append(Fault(kind, own.file, own.line(wrong.line), wrong.message))

    def folder(self, folder: str, above: tuple[str, ...], named_by: tuple[str, int] | None) -> None:
        """Reads a folder's kustomization and all below it. ``named_by``: file and line that name the folder."""
        where, line = named_by or (folder, 1)

        def refuse(message: str, kind: str = "unreadable", at: tuple[str, int] = (where, line)) -> None:
            self.faults.append(Fault(kind, *at, message))

        if not self.reader.is_inside(folder):
            return refuse(f"{folder} leads out of the repository", "outside")
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
        own = Text(file, (), source.text, 1, True)
        body = source.documents[0] if source.documents else None
        if not isinstance(body, dict) or len(source.nodes) != 1:
            return refuse("must hold one mapping", at=(file, 1))
        node = source.nodes[0]
        leaves, wrong = source.checked
        for each in wrong:
            self.refuse(own, each)
        if wrong and not leaves:
            return None
        leaves = sorted(leaves, key=lambda leaf: _ORDER[str(leaf.at[0])])
        inline = tuple(text_of(file, leaf.at, leaf.node) for leaf in leaves if is_text(leaf))
        references = self.follow(folder, above, own, leaves)
        if references is None:
            return None
        made = Kustomization(folder, file, body, node, tuple(references), inline)
        self.kustomizations.append(made)
        for text, nodes in self.plugins(made):
            self.configuration(folder, above, text, nodes)
        too_much = over(self.loads[folder], MOST)
        if too_much and not self.full:
            refuse(f"builds {too_much}", at=(file, 1))
            self.loads[folder] = Load(1)  # said once, not again by every folder above
        return None

    def follow(
        self, folder: str, above: tuple[str, ...], own: Text, leaves: list[Leaf], data: bool = False
    ) -> list[Reference] | None:
        """Reads what the values of a document name, and measures its texts. None if it names too much.

        data: the files of a plugin are text to Kustomize.
        """
        named = []
        for leaf in leaves:
            if is_text(leaf):
                text = text_of(own.file, (*own.at, *leaf.at), leaf.node, own)
                self.loads[folder] += self.inline(folder, text, leaf)
            elif leaf.shape.role in _PATHS:
                named.append(leaf)
        if len(named) > MAX_FILES:
            self.refuse(own, Wrong(1, f"names {len(named):,} paths; at most {MAX_FILES:,} are followed"))
            return None
        references = []
        for leaf in named:
            reference = self.reference(folder, own, leaf)
            if reference is None:
                continue
            references.append(reference)
            if reference.is_folder:
                self.folder(reference.path, (*above, folder), (own.file, reference.line))
                self.loads[folder] += self.loads.get(reference.path, Load())
            else:
                self.loads[folder] += self.file(reference, data or reference.field in GENERATOR_FIELDS)
                self.held(reference.path, leaf.shape.holds)
        return references

    def inline(self, folder: str, text: Text, leaf: Leaf) -> Load:
        """YAML within YAML: it is measured like a file of its own."""

        def refuse(message: str, line: int | None = None, kind: str = "unreadable") -> Load:
            self.faults.append(Fault(kind, text.file, line or leaf_line, message))
            self.refused.add((text.file, text.at))
            return Load()

        leaf_line = text.first - text.is_literal
        guessed = leaf.shape.role in ("plugin", "merge")
        field = shown(str(text.at[0]))
        if guessed and FETCHED.match(text.text):
            return refuse(
                f"{field} holds text that Kustomize may take for the address {shown(text.text)}", kind="remote"
            )
        if guessed and any(map(os.path.lexists, self._as_paths(folder, text.text))):
            return refuse(f"{field} holds text that is also a path")
        try:
            values = lines.weigh(text.text)
            lines.load(text.text, trusted=True)
            nodes = lines.compose(text.text, trusted=True)
        except lines.BadYaml as error:
            return refuse(f"its text cannot be used as YAML: {error.cause}")
        torn = checks.torn(text.text)
        if torn is not None:
            return refuse(torn.message, text.line(torn.line))
        if guessed:
            if not nodes:
                return refuse(f"{field} holds text without a document")
            for node in nodes:
                unnamed = checks.unnamed(node, checks.RESOURCE)
                # A plugin that is not built in is refused by a rule of its own, whatever it lacks.
                if unnamed is not None and (leaf.shape.role == "merge" or checks.plugin(node)):
                    return refuse(unnamed.message, text.line(unnamed.line))
        return Load(0, 0, values, 0)

    def _as_paths(self, folder: str, text: str) -> Iterator[str]:
        """Where Kustomize would look for a text that is a path: it takes ``a/..`` out before it looks."""
        for base in {folder, self.reader.real(folder)}:
            path = f"{self.reader.root}/{base}/{text}"
            yield from (path, os.path.normpath(path))

    def plugins(self, kustomization: Kustomization) -> Iterator[tuple[Text, tuple[yaml.Node, ...]]]:
        """The documents of a kustomization's plugins: inline, in files, in the files of a folder."""
        for own in kustomization.inline:
            if own.at[0] in PLUGIN_FIELDS and (own.file, own.at) not in self.refused:
                yield own, tuple(lines.compose(own.text, trusted=True))
        for reference in kustomization.references:
            if reference.field not in PLUGIN_FIELDS:
                continue
            paths = [reference.path]
            if reference.is_folder:
                inner = next((k for k in self.kustomizations if k.folder == reference.path), None)
                paths = [r.path for r in inner.references] if inner else []
                # What changes a plugin's configuration could make any other plugin of it.
                plain = {"apiVersion", "kind", "metadata", "resources"}
                if inner and (not plain >= inner.body.keys() or any(r.is_folder for r in inner.references)):
                    message = f"{reference.field} names {shown(reference.text)}, which does more than to list files"
                    self.faults.append(Fault("unreadable", kustomization.file, reference.line, message))
            for path in paths:
                source = self.files.get(path)
                if source is not None:
                    yield Text(path, (), source.text, 1, True), source.nodes

    def configuration(self, folder: str, above: tuple[str, ...], own: Text, nodes: tuple[yaml.Node, ...]) -> None:
        """Reads what the configurations of built-in plugins name. A rule of its own refuses those of other plugins."""
        unplain = checks.unplain(own.text)
        if unplain is not None:
            return self.refuse(own, unplain)
        for node in nodes:
            shape = checks.plugin(node)
            if shape is None:
                continue
            leaves, wrong = checks.configuration(node, shape)
            for each in wrong:
                self.refuse(own, each)
            self.follow(folder, above, own, leaves, data="files" in shape.fields)
        return None

    def held(self, path: str, shapes: tuple[Shape, ...]) -> None:
        """Holds a file that a kustomization names against one of the shapes of such a file, where they are known."""
        source = self.files.get(path)
        if not shapes or source is None:
            return None
        own = Text(path, (), source.text, 1, True)
        unplain = checks.unplain(source.text)
        if unplain is not None:
            return self.refuse(own, unplain)
        for node in source.nodes[:1]:
            hidden = checks.hidden(source.text, node)
            if hidden is not None:
                return self.refuse(own, hidden)
            shape = shapes[-1] if isinstance(node, yaml.SequenceNode) else shapes[0]
            for each in checks.walk(node, shape)[1]:
                self.refuse(own, each)
        return None

    def reference(self, folder: str, own: Text, leaf: Leaf) -> Reference | None:
        """Where a path leads; None, and a fault, if it may not lead there."""
        text = str(leaf.node.value)
        at = (*own.at, *leaf.at)
        name = str(at[0])
        line = own.line(leaf.line)

        def refuse(kind: str, message: str) -> Reference | None:
            self.faults.append(Fault(kind, own.file, line, message))
            return None

        key = "a"
        if leaf.shape.role == "keyed" and "=" in text:
            key, _, text = text.partition("=")
        written = shown(text)
        if PurePosixPath(text).is_absolute() or "\\" in text:
            return refuse("outside", f"{name} names the absolute path {written}")
        if FETCHED.match(text):
            return refuse("remote", f"{name} names the remote {written}")
        if leaf.shape.role == "keyed" and (not key or not text or "=" in text):
            return refuse("unreadable", f"{name} names {shown(str(leaf.node.value))}, which is not key=file")
        base = self.reader.real(folder)
        path = os.path.normpath(f"{base}/{text}")
        try:
            exists = (self.reader.root / path).exists()
            is_folder = (self.reader.root / path).is_dir()
        except (OSError, ValueError):
            return refuse("unreadable", f"{name} names {written!r}, which is no path")
        if path.startswith("..") or (exists and not self.reader.is_inside(path)):
            return refuse("outside", f"{name} names {written}, which leads out of the repository")
        if not exists:
            if any(mark in text for mark in REMOTE):
                return refuse("remote", f"{name} names the remote {written}")
            return refuse("unreadable", f"{name} names {written}, which does not exist")
        if is_folder and leaf.shape.role not in ("place", "plugin"):
            return refuse("unreadable", f"{name} names {written}, a folder where a file belongs")
        if not is_folder and not self.reader.real(path).startswith(f"{base}/"):
            return refuse("outside", f"{name} names the file {written} outside its own folder")
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

    def file(self, reference: Reference, data: bool) -> Load:
        """Reads a file, once an overlay; what it costs counts each time that a build reads it."""
        path = reference.path
        if self.full:
            return Load()
        if path not in self.files or (self.files[path] is None and not data):
            faults: tuple[Fault, ...]
            if data:
                # To Kustomize a generator's file is text, whatever it holds; rules over the render judge that.
                self.files[path] = None
                text = self.reader.text(path)
                # Binary data is legitimate in a generator; everything else is not.
                faults = (text,) if isinstance(text, Fault) and text.code != NOT_TEXT else ()
            else:
                self.files[path], faults = self.reader.yaml_file(path)
            self.faults += faults
            self.count(path, self.load(path))
        return self.load(path)

    def load(self, path: str) -> Load:
        source = self.files[path]
        if source is None:
            return Load(0, 0, 0, self.reader.bytes_of(path))
        return Load(0, len(source.documents), source.values, len(source.text))

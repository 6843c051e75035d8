"""YAML that stands as text in YAML: patches, and the configurations of plugins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from .. import lines
from . import checks
from .checks import Leaf
from .grammar import PLUGIN_FIELDS

if TYPE_CHECKING:
    from .tree import Kustomization, Tree


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


def text_of(file: str, at: tuple[str | int, ...], node: yaml.ScalarNode, outer: Text | None = None) -> Text:
    """The text that a node of a file's document holds, or of a document that is itself a text, ``outer``."""
    literal = node.style == "|"
    first = node.start_mark.line + (2 if literal else 1)
    if outer is not None:
        return Text(file, at, str(node.value), outer.line(first), literal and outer.is_literal)
    return Text(file, at, str(node.value), first, literal)


def is_text(leaf: Leaf) -> bool:
    """Whether a value is YAML, not the path of some."""
    role = leaf.shape.role
    return role == "yaml" or (role in ("plugin", "merge") and checks.is_inline(str(leaf.node.value)))


def inline_texts(kustomization: Kustomization) -> Iterator[Text]:
    """The YAML that stands as text in a kustomization."""
    yield from kustomization.inline


def texts(tree: Tree) -> Iterator[Text]:
    """All YAML that stands as text in an overlay's kustomizations and in the configurations of its plugins."""
    for kustomization in tree.kustomizations:
        for own in kustomization.inline:
            yield own
            if own.at[0] in PLUGIN_FIELDS:
                with suppress(lines.BadYaml):
                    for node in lines.compose(own.text):
                        found = _texts_of_plugin(node)
                        yield from (text_of(own.file, (*own.at, *leaf.at), leaf.node, own) for leaf in found)
    for path, source in tree.files.items():
        for node in source.nodes if source else ():
            yield from (text_of(path, leaf.at, leaf.node) for leaf in _texts_of_plugin(node))


def _texts_of_plugin(node: yaml.Node) -> list[Leaf]:
    """The values of a built-in plugin's configuration that are YAML as text."""
    shape = checks.plugin(node)
    return [leaf for leaf in checks.walk(node, shape)[0] if is_text(leaf)] if shape else []

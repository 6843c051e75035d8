"""The files of an overlay, read with care before Kustomize reads them.

A pull request is untrusted input. Kustomize expands aliases, follows links, clones remote repositories; so every file
that it would read is first read here: by size, then by YAML event (which neither recurses nor expands), then as a node
graph, and that is held against ``grammar``, the list of all that a kustomization may hold. What is wrong is kept as a
``Fault`` for the rules; nothing here raises for bad input.

    grammar    what a kustomization and the configuration of a plugin may hold: data alone
    checks     holding a document against the grammar
    texts      YAML that stands as text in YAML
    tree       everything that one overlay is made of, as data
    walk       the descent through an overlay, which makes it
    reader     the way in: reads each file once for all overlays
"""

from ..borders.files import MAX_BYTES
from .checks import FETCHED, REMOTE
from .grammar import KUSTOMIZATION_NAMES
from .reader import Reader
from .texts import Text, inline_texts, texts
from .tree import Fault, Kustomization, Load, Reference, Source, Tree

__all__ = [
    "FETCHED",
    "KUSTOMIZATION_NAMES",
    "MAX_BYTES",
    "REMOTE",
    "Fault",
    "Kustomization",
    "Load",
    "Reader",
    "Reference",
    "Source",
    "Text",
    "Tree",
    "inline_texts",
    "texts",
]

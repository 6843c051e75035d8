"""A key stands twice in one mapping of a source file or a manifest.

Kustomize keeps the last of two `patches:` or `images:` in a kustomization.yaml and says nothing: the first list is
gone from the cluster. In engine.yaml the launcher would stop the pod after the node has been bought. Two manifests put
together without `---` between them are one object to every reader: the first is lost.
"""

from contextlib import suppress
from functools import lru_cache

import yaml

from ... import lines
from ...model import Pointer, Problem, Problems
from ...sources import Tree, texts
from ..examples import tree

SEVERITY = "error"
HINT = "Merge the two, or delete the one that is not meant."
SOURCE = "https://yaml.org/spec/1.2.2/#3213-node-comparison"
COVERS = ("KZ-09",)

GOOD = tree("resources: [pod.yaml]\nimages:\n- {name: a, newTag: '1'}\n- {name: b, newTag: '2'}\n")
BAD = tree("resources: [pod.yaml]\nimages:\n- {name: a, newTag: '1'}\nimages:\n- {name: b, newTag: '2'}\n")

IDENTITY = {"apiVersion", "kind"}


def check_document(path: str, node: yaml.Node) -> Problems:
    yield from _problems(path, lines.duplicates(node))


def _problems(path: str, found: list[tuple[Pointer, int, str]]) -> Problems:
    second = [(line, key) for pointer, line, key in found if len(pointer) == 1]
    if {key for _, key in second} >= IDENTITY:  # not some key, but another object
        line = second[0][0]
        message = f"a second object begins here ({second[0][1]}) without --- before it; of the first one little is left"
        yield Problem(None, (), message, path, line)
        found = [item for item in found if len(item[0]) > 1]
    for pointer, line, key in found:
        yield Problem(None, pointer, f"key {key!r} stands twice; only the last one counts", path, line)


def check_sources(tree: Tree) -> Problems:
    for path, source in tree.files.items():
        for found in source.doubled if source else ():
            yield from _problems(path, found)
    for text in texts(tree):
        for pointer, line, key in _repeated(text.text):
            message = f"key {key!r} stands twice in the text; only the last one counts"
            yield Problem(None, (*text.at, *pointer), message, text.file, text.line(line))


@lru_cache(maxsize=1024)
def _repeated(text: str) -> tuple[tuple[Pointer, int, str], ...]:
    """What stands twice in a text: many overlays share a patch."""
    with suppress(lines.BadYaml):
        return tuple(one for node in lines.compose(text) for one in lines.duplicates(node))
    return ()

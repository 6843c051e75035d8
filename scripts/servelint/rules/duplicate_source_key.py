"""A key stands twice in one mapping of a source file.

Kustomize keeps the last of two `patches:` or `images:` in a kustomization.yaml and says nothing: the first list is
gone from the cluster. In engine.yaml the launcher would stop the pod after the node has been bought.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from .. import lines
from ..model import Problem
from ..sources import Tree, texts

SEVERITY = "error"
HINT = "Merge the two, or delete the one that is not meant."
SOURCE = "https://yaml.org/spec/1.2.2/#3213-node-comparison"
COVERS = ("KZ-09",)

GOOD = {
    "overlays/h/m/w/kustomization.yaml": "resources: [pod.yaml]\nimages:\n- {name: a, newTag: '1'}\n",
    "overlays/h/m/w/pod.yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: a}]}\n"
    ),
}
BAD = {
    **GOOD,
    "overlays/h/m/w/kustomization.yaml": (
        "resources: [pod.yaml]\nimages:\n- {name: a, newTag: '1'}\nimages:\n- {name: b, newTag: '2'}\n"
    ),
}


def check_sources(tree: Tree) -> Iterator[Problem]:
    for path, source in tree.files.items():
        for node in source.nodes if source else ():
            for pointer, line, key in lines.duplicates(node):
                yield Problem(None, pointer, f"key {key!r} stands twice; only the last one counts", path, line)
    for text in texts(tree):
        with suppress(lines.BadYaml):
            for node in lines.compose(text.text):
                for pointer, line, key in lines.duplicates(node):
                    message = f"key {key!r} stands twice in the text; only the last one counts"
                    yield Problem(None, (*text.at, *pointer), message, text.file, text.line(line))

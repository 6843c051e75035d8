"""A kustomization names a folder or a file twice, or a folder and what that folder holds already.

Kustomize adds every object of it twice and stops at the first, with a chain of paths that ends in an object's name: the
overlay builds nothing. A component that is named twice is applied twice, which is what nobody means.
"""

from collections.abc import Mapping

from ...model import Problem, Problems
from ...sources import Kustomization, Reference, Tree
from ..examples import POD, tree

SEVERITY = ("error", "warning")
HINT = "Delete one of the two lines."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/"
COVERS = ()

GOOD = tree("resources: [pod.yaml]\n", {"pod.yaml": POD})
BAD = tree("resources: [pod.yaml, ./pod.yaml]\n", {"pod.yaml": POD})
ADDED = ("resources", "bases")
"""Fields that add what they name."""
RENAMED = ("namePrefix", "nameSuffix", "namespace")
"""Fields that give what a folder holds another name, so that it may be built on once more."""


def check_sources(tree: Tree) -> Problems:
    by_folder = {kustomization.folder: kustomization for kustomization in tree.kustomizations}
    for kustomization in tree.kustomizations:
        seen: dict[str, Reference] = {}
        for reference in kustomization.references:
            if reference.field == "components":
                paths = [reference.path]
            elif reference.field in ADDED:
                paths = _held(by_folder, reference.path)
            else:
                continue
            twice = next((path for path in paths if path in seen), None)
            if twice is not None:
                first = seen[twice]
                text = f"names {reference.text} a second time, after line {first.line}"
                if first.path != reference.path:
                    how = {first.path: "is part of it", reference.path: "holds it already"}
                    shared = how.get(twice, f"holds {twice}, too")
                    text = f"names {reference.text}; {first.text} in line {first.line} {shared}"
                severity = SEVERITY[reference.field == "components"]
                yield Problem(None, reference.at, text, kustomization.file, reference.line, severity)
            for path in paths:
                seen.setdefault(path, reference)


def _held(known: Mapping[str, Kustomization], path: str) -> list[str]:
    """A folder or file, and all that it holds under the same names, each once: what builds on itself, or on one
    folder by a million ways, is refused elsewhere, but read here all the same."""
    found, ahead = dict[str, None](), [path]
    while ahead:
        path = ahead.pop()
        inner = known.get(path) if path not in found else None
        found[path] = None
        if inner is not None and not any(inner.body.get(field) for field in RENAMED):
            ahead += reversed([one.path for one in inner.references if one.field in ADDED])
    return list(found)

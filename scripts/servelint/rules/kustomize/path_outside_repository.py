"""A kustomization names a path that Argo CD, Flux and a laptop do not agree on.

An absolute path or a link that leaves the repository reads the machine that renders. A file outside the
kustomization's own folder builds with Flux, which lifts the load restriction, and fails with Argo CD, which does not.
"""

from ...model import Problems
from ...sources import Tree
from ..examples import POD, tree

SEVERITY = "error"
HINT = "Move the file into the kustomization's folder, or name a folder that has a kustomization.yaml of its own."
SOURCE = "https://kubectl.docs.kubernetes.io/faq/kustomize/#security-file-foo-is-not-in-or-below-bar"
COVERS = ("KZ-14",)

_ABOVE = {"/overlays/h/m/pod.yaml": POD, "/base/a/kustomization.yaml": "resources: []\n"}
GOOD = tree(files=_ABOVE)
BAD = tree("resources: [../pod.yaml]\n", _ABOVE)


def check_sources(tree: Tree) -> Problems:
    return tree.problems("outside")

"""A kustomization below overlays/ stands where no overlay is looked for.

The folder says what an overlay is: overlays/<hardware>/<model>/<workload> or overlays/clusters/<cluster>. One level
higher or deeper it is never validated, and a pull request that adds it is green whatever it holds. A folder that some
overlay builds on is part of that overlay, and may stand anywhere.
"""

from ...model import Problems
from ...sources import Tree
from ..examples import POD, tree

SEVERITY = "error"
HINT = "Move the folder to overlays/<hardware>/<model>/<workload>, build on it from an overlay, or delete it."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#overlay"

_COMMON = {"/overlays/h/common/kustomization.yaml": "resources: [pod.yaml]\n", "/overlays/h/common/pod.yaml": POD}
_ABOVE = "resources: [../../../common]\n"
GOOD = tree("resources: [../../common]\n", _COMMON)
BAD = tree("resources: [../../common]\n", {**_COMMON, "/overlays/h/m/w/v2/kustomization.yaml": _ABOVE})


def check_sources(tree: Tree) -> Problems:
    return tree.problems("misplaced")

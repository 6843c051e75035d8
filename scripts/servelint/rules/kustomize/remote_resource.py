"""A kustomization builds on something outside this repository.

What a pull request shows is then not what the cluster gets: the remote changes without a commit here, Kustomize gives
up on it after 27 seconds, and Argo CD keeps a copy for a day. It is also someone else's code in this cluster.
"""

from ...model import Problems
from ...sources import Tree
from ..examples import tree

SEVERITY = "error"
HINT = "Write what is needed into base/; nothing here is fetched at render time."
SOURCE = "https://github.com/argoproj/argo-cd/issues/5010"
COVERS = ("KZ-13",)

GOOD = tree()
BAD = tree("resources: ['github.com/example/base?ref=main']\n")


def check_sources(tree: Tree) -> Problems:
    return tree.problems("remote")

"""A file that cannot be read safely goes into the build.

Broken YAML stops every overlay that builds on the file. Worse, Kustomize expands aliases without a limit: a few hundred
bytes of nested aliases keep it busy until the machine runs out of memory. So each source is measured first, by event
stream, and nothing that fails reaches Kustomize.
"""

from ...model import Problems
from ...sources import Tree
from ..examples import tree

SEVERITY = "error"
HINT = "Mend the file, or take it out of the kustomization; split what is too large."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/2225"

GOOD = tree()
BAD = tree(files={"pod.yaml": "apiVersion: v1\nkind: [Pod\n"})


def check_sources(tree: Tree) -> Problems:
    return tree.problems("unreadable")

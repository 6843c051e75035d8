"""An overlay's name prefix is not <model>-<workload>-<hardware>-, after its folder.

The folder is unique, so a prefix that repeats it is too: no two overlays of the fleet ever render one name. With any
other prefix a cluster that takes two overlays may get one object where both are meant, and whoever reads a pod's name
has to look for its overlay. A copied overlay that kept its prefix is the usual way there.
"""

from ...model import Problem, Problems, prefix
from ...sources import Tree
from ..examples import tree

SEVERITY = "error"
HINT = "Write namePrefix: <model>-<workload>-<hardware>- in the overlay's own kustomization."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/nameprefix/"
COVERS = ("KZ-17",)

GOOD = tree("namePrefix: m-w-h-\nresources: [pod.yaml]\n")
BAD = tree("namePrefix: m-w-\nresources: [pod.yaml]\n")


def check_sources(tree: Tree) -> Problems:
    wanted, top = prefix(tree.target), tree.of(tree.target)
    # What is refused for another reason is mended first; its prefix may not have been read.
    if wanted is None or top is None or tree.faults:
        return
    found = top.body.get("namePrefix")
    if found != wanted:
        has = f"its namePrefix is {found}" if found else "it has no namePrefix"
        yield Problem(None, (), f"{has}; in this folder it is {wanted}", top.file, top.line(("namePrefix",)))

"""An `images` entry names an image that no container has.

Kustomize says nothing and exits 0: the pinned tag or digest is not applied, and the base's placeholder image ships.
"""

from ...model import Problem, Problems, mappings
from ...sources import Tree
from ...sources.layers import layers
from ..examples import tree

SEVERITY = "error"
HINT = "Give `name` the image that the base's container has, without tag or digest."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/"
COVERS = ("KZ-08",)

GOOD = tree("resources: [pod.yaml]\nimages: [{name: engine, newTag: '1'}]\n")
BAD = tree("resources: [pod.yaml]\nimages: [{name: engin, newTag: '1'}]\n")


def check_sources(tree: Tree) -> Problems:
    for layer in layers(tree):
        for i, entry in mappings(layer.kustomization.body.get("images")):
            name = str(entry.get("name", ""))
            if name not in layer.images:
                file, line = layer.kustomization.file, layer.kustomization.line(("images", i, "name"))
                yield Problem(None, ("images", i), f"no container here has the image {name!r}", file, line)

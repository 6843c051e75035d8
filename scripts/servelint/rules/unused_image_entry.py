"""An `images` entry names an image that no container has.

Kustomize says nothing and exits 0: the pinned tag or digest is not applied, and the base's placeholder image ships.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..layers import layers
from ..model import Problem, mappings
from ..sources import Tree

SEVERITY = "error"
HINT = "Give `name` the image that the base's container has, without tag or digest."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/"
COVERS = ("KZ-08",)

GOOD = {
    "overlays/h/m/w/kustomization.yaml": "resources: [pod.yaml]\nimages:\n- {name: engine, newTag: '1'}\n",
    "overlays/h/m/w/pod.yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: engine}]}\n"
    ),
}
BAD = {
    **GOOD,
    "overlays/h/m/w/kustomization.yaml": "resources: [pod.yaml]\nimages:\n- {name: engin, newTag: '1'}\n",
}


def check_sources(tree: Tree) -> Iterator[Problem]:
    for layer in layers(tree):
        for i, entry in mappings(layer.kustomization.body.get("images")):
            name = str(entry.get("name", ""))
            if name not in layer.images:
                file, line = layer.kustomization.file, layer.kustomization.line(("images", i, "name"))
                yield Problem(None, ("images", i), f"no container here has the image {name!r}", file, line)

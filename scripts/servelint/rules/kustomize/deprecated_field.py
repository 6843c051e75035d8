"""A kustomization uses a field that Kustomize has given up.

`bases`, `patchesStrategicMerge`, `vars` and their like still work, each with an order and a scope of its own, and the
next major version drops them: then every overlay on top stops rendering at once, in the cluster before the laptop.
"""

from ...model import Pointer, Problem, Problems, mappings
from ...sources import Tree
from ..examples import POD, tree

SEVERITY = "warning"
HINT = "Write the field that took its place; `kustomize edit fix` does most of them."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/blob/master/api/types/kustomization.go"
COVERS = ("KZ-15", "KZ-10")

_PATCH = {"patch.yaml": POD}
GOOD = tree("resources: [pod.yaml]\npatches: [{path: patch.yaml}]\n", _PATCH)
BAD = tree("resources: [pod.yaml]\npatchesStrategicMerge: [patch.yaml]\n", _PATCH)

SUCCESSORS = {
    "bases": "resources",
    "patchesStrategicMerge": "patches",
    "patchesJson6902": "patches",
    "commonLabels": "labels, which leaves selectors alone",
    "vars": "replacements",
    "imageTags": "images",
    "helmChartInflationGenerator": "helmCharts",
}


def check_sources(tree: Tree) -> Problems:
    for kustomization in tree.kustomizations:
        body = kustomization.body
        found: list[tuple[Pointer, str]] = [((name,), field) for name, field in SUCCESSORS.items() if name in body]
        for generator in ("configMapGenerator", "secretGenerator"):
            found += [((generator, i, "env"), "envs") for i, entry in mappings(body.get(generator)) if "env" in entry]
        for pointer, successor in found:
            text = f"{pointer[-1]} is deprecated in favour of {successor}"
            yield Problem(None, pointer, text, kustomization.file, kustomization.line(pointer))

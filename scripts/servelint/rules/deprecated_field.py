"""A kustomization uses a field that Kustomize has given up.

`bases`, `patchesStrategicMerge`, `vars` and their like still work, each with an order and a scope of its own, and the
next major version drops them: then every overlay on top stops rendering at once, in the cluster before the laptop.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Pointer, Problem, mappings
from ..sources import Kustomization, Tree

SEVERITY = "warning"
HINT = "Write the field that took its place; `kustomize edit fix` does most of them."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/blob/master/api/types/kustomization.go"
COVERS = ("KZ-15", "KZ-10")

GOOD = {
    "overlays/h/m/w/kustomization.yaml": "resources: [pod.yaml]\npatches: [{path: patch.yaml}]\n",
    "overlays/h/m/w/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
    "overlays/h/m/w/patch.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: b}}\n",
}
BAD = {
    **GOOD,
    "overlays/h/m/w/kustomization.yaml": "resources: [pod.yaml]\npatchesStrategicMerge: [patch.yaml]\n",
}

SUCCESSORS = {
    "bases": "resources",
    "patchesStrategicMerge": "patches",
    "patchesJson6902": "patches",
    "commonLabels": "labels, which leaves selectors alone",
    "vars": "replacements",
    "imageTags": "images",
    "helmChartInflationGenerator": "helmCharts",
}


def _deprecated(kustomization: Kustomization) -> Iterator[tuple[Pointer, str]]:
    """(pointer, successor) of the fields that are given up."""
    body = kustomization.body
    yield from (((name,), successor) for name, successor in SUCCESSORS.items() if name in body)
    for generator in ("configMapGenerator", "secretGenerator"):
        yield from (((generator, i, "env"), "envs") for i, entry in mappings(body.get(generator)) if "env" in entry)


def check_sources(tree: Tree) -> Iterator[Problem]:
    for kustomization in tree.kustomizations:
        for pointer, successor in _deprecated(kustomization):
            text = f"{pointer[-1]} is deprecated in favour of {successor}"
            yield Problem(None, pointer, text, kustomization.file, kustomization.line(pointer))

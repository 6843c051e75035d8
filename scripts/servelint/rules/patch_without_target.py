"""A patch or a replacement selects nothing.

Kustomize says nothing and exits 0, so the tolerations, the RDMA interfaces or the bucket that the patch carries are
missing from the cluster, and the base ships as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..layers import Layer, layers, selected
from ..model import Problem, mapping, mappings
from ..sources import Tree

SEVERITY = "error"
HINT = "Correct the target's kind, name or label selector; leave out a component that has nothing to change here."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/4379"
COVERS = ("KZ-01",)

GOOD = {
    "overlays/h/m/w/kustomization.yaml": (
        "resources: [pod.yaml]\n"
        "patches:\n- target: {kind: Pod, name: p}\n  patch: '[{op: add, path: /metadata/labels, value: {a: b}}]'\n"
    ),
    "overlays/h/m/w/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
}
BAD = {
    **GOOD,
    "overlays/h/m/w/kustomization.yaml": GOOD["overlays/h/m/w/kustomization.yaml"].replace("name: p}", "name: pp}"),
}


def _selectors(layer: Layer) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any], list[Any], str]]:
    """(pointer, selector, what it rejects again, what it is) of everything in the layer that selects resources."""
    body = layer.kustomization.body
    for field in ("patches", "patchesJson6902"):
        for i, entry in mappings(body.get(field)):
            if isinstance(entry.get("target"), dict):
                yield (field, i, "target"), entry["target"], [], "patch"
    for i, entry in mappings(body.get("replacements")):
        for j, target in mappings(entry.get("targets")):
            rejected = [reject for _, reject in mappings(target.get("reject"))]
            yield ("replacements", i, "targets", j, "select"), mapping(target.get("select")), rejected, "replacement"


def check_sources(tree: Tree) -> Iterator[Problem]:
    for layer in layers(tree):
        for pointer, select, rejected, what in _selectors(layer):
            reached = selected(select, list(layer.items))
            left = [item for item in reached if not any(reject and selected(reject, [item]) for reject in rejected)]
            if not left:
                wanted = ", ".join(f"{key} {value}" for key, value in select.items())
                file, line = layer.kustomization.file, layer.kustomization.line(pointer)
                but = " that is not rejected again" if reached else ""
                yield Problem(
                    None, pointer, f"no resource here has {wanted}{but}: the {what} changes nothing", file, line
                )

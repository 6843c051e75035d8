"""A patch or a replacement selects nothing.

Kustomize says nothing and exits 0, so the tolerations, the RDMA interfaces or the bucket that the patch carries are
missing from the cluster, and the base ships as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Pointer, Problem, mapping, mappings
from ...sources import Tree
from ...sources.layers import Layer, layers, line_of, replacements, selected, sources_of, targeted
from ..examples import tree

SEVERITY = "error"
HINT = "Correct the target's kind, name or label selector; leave out a component that has nothing to change here."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/4379"
COVERS = ("KZ-01", "KZ-11")

_PATCH = "resources: [pod.yaml]\npatches: [{target: {TARGET}, patch: '[{op: add, path: /metadata/a, value: b}]'}]\n"
_COPY = "resources: [pod.yaml]\nreplacements: [{source: {SOURCE}, targets: [{select: {TARGET}, fieldPaths: [a]}]}]\n"
_FROM = _COPY.replace("SOURCE", "kind: Pod, fieldPath: metadata.name")
GOOD = tree(_PATCH.replace("TARGET", "kind: Pod, name: p"))
BAD = tree(_PATCH.replace("TARGET", "kind: Pod, name: pp"))
ALSO_GOOD = [tree(_FROM.replace("TARGET", "kind: Pod")), tree("resources: [pod.yaml]\npatches: [{path: pod.yaml}]\n")]
ALSO_BAD = [
    tree(_PATCH.replace("TARGET", "labelSelector: a=b")), tree(_FROM.replace("TARGET", "kind: Job")),
    tree(_PATCH.replace("patches:", "patchesJson6902:").replace("TARGET", "kind: Job, name: p")),
    tree(_COPY.replace("SOURCE", "kind: Job").replace("TARGET", "kind: Pod")),
    tree(_FROM.replace("TARGET}", "kind: Pod}, reject: [{name: p}]")),
]  # fmt: skip


def _shown(select: dict[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in select.items() if key not in ("fieldPath", "options"))


def _of_patches(layer: Layer) -> Iterator[Problem]:
    file, items = layer.kustomization.file, list(layer.items)
    for field in ("patches", "patchesJson6902"):
        for i, entry in mappings(layer.kustomization.body.get(field)):
            target = entry.get("target")
            if isinstance(target, dict) and not selected(target, items):
                message = f"no resource here has {_shown(target)}: the patch changes nothing"
                yield Problem(None, (), message, file, layer.kustomization.line((field, i, "target")))


def _of_replacements(tree: Tree, layer: Layer) -> Iterator[Problem]:
    items = list(layer.items)
    for replacement in replacements(tree, layer.kustomization):
        source = mapping(replacement.body.get("source"))
        found: list[tuple[Pointer, str]] = []
        if source and not sources_of(source, items):
            found.append((("source",), f"no resource here has {_shown(source)}: there is nothing to copy from"))
        for j, target in mappings(replacement.body.get("targets")):
            if not targeted(target, items):
                select = mapping(target.get("select"))
                but = " that is not rejected again" if selected(select, items, as_written=True) else ""
                text = f"no resource here has {_shown(select)}{but}: the replacement changes nothing"
                found.append((("targets", j, "select"), text))
        for at, message in found:
            line = line_of(tree, layer.kustomization, replacement, at)
            yield Problem(None, at, message, replacement.file, line)


def check_sources(tree: Tree) -> Iterator[Problem]:
    for layer in layers(tree):
        yield from _of_patches(layer)
        if "replacements" in layer.kustomization.body:
            yield from _of_replacements(tree, layer)

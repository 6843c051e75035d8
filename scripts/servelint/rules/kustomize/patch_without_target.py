"""A patch or a replacement selects nothing.

Kustomize says nothing and exits 0, so the tolerations, the RDMA interfaces or the bucket that the patch carries are
missing from the cluster, and the base ships as it is. Patches of one file that select by different values of one label
are alternatives, one for each kind of pod: there one of them must find something.
"""

import re

from ...model import Pointer, Problem, Problems, mapping, mappings
from ...sources import Tree
from ...sources.layers import (
    Layer,
    idle,
    layers,
    line_of,
    replacements,
    selected,
    shown,
    sources_of,
    targeted,
)
from ..examples import tree

SEVERITY = "error"
HINT = "Correct the target's kind, name or label selector; leave out a component that has nothing to change here."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/4379"
COVERS = ("KZ-01", "KZ-11")

_PATCH = "resources: [pod.yaml]\npatches: [{target: {TARGET}, patch: '[{op: add, path: /metadata/a, value: b}]'}]\n"
GOOD = tree(_PATCH.replace("TARGET", "kind: Pod, name: p"))
BAD = tree(_PATCH.replace("TARGET", "kind: Pod, name: pp"))


def _label(target: object) -> tuple[str, str] | None:
    """Key and value, where a target selects by one value of one label alone."""
    match = re.fullmatch(r"([\w./-]+)==?([\w.-]+)", str(mapping(target).get("labelSelector", "")).replace(" ", ""))
    return (match[1], match[2]) if match and len(mapping(target)) == 1 else None


def _reached(tree: Tree) -> set[tuple[str, str, str]]:
    """File, key and value of each such target that finds something."""
    found = set()
    for layer in layers(tree):
        for _, entry in mappings(layer.kustomization.body.get("patches")):
            if (label := _label(entry.get("target"))) and selected(mapping(entry["target"]), list(layer.items)):
                found.add((layer.kustomization.file, *label))
    return found


def _of_patches(layer: Layer, reached: set[tuple[str, str, str]]) -> Problems:
    file, items = layer.kustomization.file, list(layer.items)
    for field in ("patches", "patchesJson6902"):
        for i, entry in mappings(layer.kustomization.body.get(field)):
            target = entry.get("target")
            label = _label(target)
            if label and any((where, key) == (file, label[0]) for where, key, _ in reached - {(file, *label)}):
                continue
            if isinstance(target, dict) and not selected(target, items):
                message = f"no resource here has {shown(target)}: the patch changes nothing"
                yield Problem(None, (), message, file, layer.kustomization.line((field, i, "target")))


def _of_replacements(tree: Tree, layer: Layer) -> Problems:
    items = list(layer.items)
    for replacement in replacements(tree, layer.kustomization):
        source = mapping(replacement.body.get("source"))
        found: list[tuple[Pointer, str]] = []
        if source and not sources_of(source, items):
            found.append((("source",), f"no resource here has {shown(source)}: there is nothing to copy from"))
        for j, target in mappings(replacement.body.get("targets")):
            if not targeted(target, items):
                select = mapping(target.get("select"))
                but = " that is not rejected again" if selected(select, items, as_written=True) else ""
                text = f"no resource here has {shown(select)}{but}: the replacement changes nothing"
                found.append((("targets", j, "select"), text))
        for at, message in found:
            line = line_of(tree, layer.kustomization, replacement, at)
            yield Problem(None, at, message, replacement.file, line)


def check_sources(tree: Tree) -> Problems:
    reached, elsewhere = _reached(tree), idle(tree)
    for layer in layers(tree):
        if layer.kustomization.folder in elsewhere:  # `idle-component` says it
            continue
        yield from _of_patches(layer, reached)
        if "replacements" in layer.kustomization.body:
            yield from _of_replacements(tree, layer)

"""Two layers write one field, with different values.

Components and patches apply in the order in which a kustomization lists them, and the last one wins without a word. Who
sorts that list, or adds a component between the two, changes what the cluster runs; and whoever edits the first of the
two files wonders why nothing happens.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...model import Pointer, Problem, Problems, is_marker, mapping, mappings
from ...sources import Tree
from ...sources.layers import Layer, Write, layers, patch_line, selected
from ...sources.merging import DIRECTIVE, field_steps, merge_key, stable, steps_of
from ..examples import COMPONENT, tree

SEVERITY = "warning"
HINT = "Let one layer write the field: hardware, model, overlay or cluster, whichever knows the value."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/4841"
COVERS = ("KZ-12",)

_PUT = f"{COMPONENT}patches: [{{target: {{kind: Pod}}, patch: '[{{op: add, path: PATH, value: VALUE}}]'}}]\n"


def _layers(first: str, second: str, top: str = "", path: str = "/spec/nodeSelector") -> dict[str, str]:
    parts = [part if "kind" in part else _PUT.replace("VALUE", part).replace("PATH", path) for part in (first, second)]
    files = {f"{name}/kustomization.yaml": part for name, part in zip(("hardware", "model"), parts, strict=True)}
    return tree(f"resources: [pod.yaml]\ncomponents: [hardware, model]\n{top}", files)


GOOD = _layers("{zone: a}", "{zone: a}")
BAD = _layers("{zone: a}", "{zone: b}")

COUNTED = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
"""Kinds whose replicas the field of a kustomization sets. Source: kustomize builtinpluginconsts/replicas.go"""


class Written(NamedTuple):
    """A value that a layer writes, and where it says so."""

    value: Any
    file: str
    line: int


def _leaves(write: Write, new: Any, old: Any, path: tuple[str, ...], named: Pointer, at: Pointer) -> Iterator[Any]:
    """(field, value, pointer into the patch) of everything that a strategic merge patch sets."""
    if isinstance(new, dict):
        for key, value in new.items():
            if key != DIRECTIVE and not (not path and key in ("apiVersion", "kind")):
                inner = (*path, str(key))
                yield from _leaves(write, value, mapping(old).get(key), inner, (*named, str(key)), (*at, str(key)))
        return
    key = merge_key(write.item.api_version, write.item.kind, path) if isinstance(new, list) else None
    if key is None:
        yield named, new, at
        return
    for i, item in mappings(new):
        yield from _leaves(write, item, None, path, (*named, f"[{item.get(key)}]"), (*at, i))


def _sets(write: Write) -> Iterator[tuple[Pointer, Any, Pointer]]:
    """(field, value, pointer into the patch) of everything that a patch sets."""
    if isinstance(write.change, dict):
        for field, value, at in _leaves(write, write.change, write.item.body, (), (), ()):
            named = field[:2] in (("metadata", "name"), ("metadata", "namespace")) or str(field[-1]).startswith("[")
            if not named:
                yield field, value, at
    for i, operation in mappings(write.change):
        steps = steps_of(operation.get("path"))
        if operation.get("op") in ("add", "replace") and steps and steps[-1] != "-":
            field = stable(write.item.body, steps)
            for inner, value in _inside(operation.get("value")):
                yield (*field, *inner), value, (i,)


def _inside(value: Any, at: Pointer = ()) -> Iterator[tuple[Pointer, Any]]:
    """The leaves of a value that stands in a JSON patch, lists whole."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _inside(inner, (*at, str(key)))
    else:
        yield at, value


def _replaced(layer: Layer) -> Iterator[tuple[object, Pointer, Any, Pointer]]:
    """(item, field, value, pointer) of what the layer's replacements write; the value is the source that they name."""
    for i, entry in mappings(layer.kustomization.body.get("replacements")):
        value = entry.get("sourceValue", {"source": entry.get("source")})
        for j, target in mappings(entry.get("targets")):
            options = mapping(target.get("options"))
            # Parts of one text may have a writer each.
            part = (f"{options['delimiter']} {options.get('index')}",) if options.get("delimiter") else ()
            paths = target.get("fieldPaths")
            for k, path in enumerate(paths if isinstance(paths, list) else []):
                at = ("replacements", i, "targets", j, "fieldPaths", k)
                for item in selected(mapping(target.get("select")), list(layer.items)):
                    yield item.made, (*field_steps(path), *part), value, at


def _stated(layer: Layer) -> Iterator[tuple[object, Pointer, Any, Pointer]]:
    """(item, field, value, pointer) of what the layer's replicas, labels and annotations write."""
    body = layer.kustomization.body
    for i, entry in mappings(body.get("replicas")):
        for item in layer.items:
            if item.kind in COUNTED and str(entry.get("name")) in item.names:
                yield item.made, ("spec", "replicas"), entry.get("count"), ("replicas", i)
    places: list[tuple[str, Any, Pointer]] = [("labels", body.get("commonLabels"), ("commonLabels",))]
    places += [("labels", entry.get("pairs"), ("labels", i, "pairs")) for i, entry in mappings(body.get("labels"))]
    places.append(("annotations", body.get("commonAnnotations"), ("commonAnnotations",)))
    for field, pairs, at in places:
        for key, value in mapping(pairs).items():
            for item in layer.items:
                yield item.made, ("metadata", field, str(key)), value, (*at, key)


def _by_design(first: Written, later: Written) -> bool:
    """Whether the first value only keeps a place: a marker, or what the same file goes on to replace."""
    filled = isinstance(later.value, dict) and "source" in later.value and first.file == later.file
    return filled or is_marker(str(first.value))


def _same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True, default=str) == json.dumps(other, sort_keys=True, default=str)


def check_sources(tree: Tree) -> Problems:
    # Layers of an inner kustomization come first for certain: what an outer one overrides is overridden by design.
    written: dict[tuple[int, int, Pointer], Written] = {}
    told: set[tuple[str, int, str, int]] = set()
    for layer in layers(tree):
        found = [
            (write.item.made, field, value, patch_line(tree, layer.kustomization, write, at))
            for write in layer.writes
            for field, value, at in _sets(write)
        ]
        file = layer.kustomization.file
        stated = (*_stated(layer), *_replaced(layer))
        found += [(m, field, value, (file, layer.kustomization.line(at))) for m, field, value, at in stated]
        for made, field, value, place in found:
            key = (id(layer.scope), id(made), field)
            first = written.setdefault(key, Written(value, *place))
            pair = (first.file, first.line, *place)
            if _same(first.value, value) or (first.file, first.line) == place or pair in told:
                continue
            if _by_design(first, Written(value, *place)):
                written[key] = Written(value, *place)
                continue
            told.add(pair)
            name = ".".join(map(str, field))
            text = f"writes {name}, which {first.file}:{first.line} writes with another value"
            yield Problem(None, (), text, *place)

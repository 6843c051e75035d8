"""What an overlay costs Kustomize, told from its sources: judged by what comes out as well as by what goes in.

A few lines can ask for a lot: a patch is merged into each document that it reaches, each document is compared with each
other, each image entry walks through all of them, and a layer does so again with what the layers below have given. So
each step is counted as often as it is done, and taken at what it was measured to cost: Kustomize 5.8.1 on one core of
3 GHz, each step alone at 100 to 2,000 documents; sums came out within a factor of two. What nobody foresaw here, the
bounds of the process end (see ``kustomize``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from .. import lines, sources
from ..model import mapping, mappings
from ..sources import Fault, Kustomization, Reference, Source, Tree, layers
from ..sources.tree import MOST as MOST_LOAD

MOST = 10.0
"""Seconds of Kustomize for one overlay. A cluster of a hundred leaves takes 2, the fleet's own clusters 0.2."""
MOST_VALUES = MOST_LOAD.values
"""Values that may come out, as many as may go in: each costs the rules several times what it costs Kustomize."""
MOST_PAIRS = 200_000
"""Pairs of a patch and a document that it may reach. To say whether it does takes us 15 µs, or 3 s for all."""

# Seconds for a step, as measured.
READ_AND_WRITE = 8e-6  # a value: 100 documents of 2,000 values take 1.6 s
COMPARE = 0.5e-6  # a pair of documents in a layer: 2,000 documents take 2.6 s, each layer above half of that
NAMESPACE = 2e-6  # a pair where the layer sets a namespace: 2,000 documents take 10 s more
NAMES = 0.7e-6  # a pair where the layer sets a prefix or a suffix: 2,000 documents take 3 s more
GENERATE = 2e-6  # a generator, and a document or another generator: 2,000 generators take 9 s
GENERATE_INTO = 8e-6  # a generator that adds to an object, and those before it: 1,000 take 4.2 s
REFERENCE = 1.5e-6  # a reference and an object of its kind: 10,000 references to 500 take 7.8 s
PATCH = 250e-6  # a patch and a document: 100 patches of 200 documents take 5 s
PATCHED = 8e-6  # a value of such a document: 50 patches of 20,000 values take 7 s
MERGED = 16e-6  # a value of such a patch: 2,000 values merged into 100 documents take 3.4 s
OPERATED = 1e-6  # a value of a JSON patch, and a document: 8,000 values take 3 ms
IMAGE = 30e-6  # an image entry and an image: 1,000 entries for 1,000 images take 31 s
IMAGE_WALK = 1e-6  # an image entry and a value: 100 entries for 20,000 values take 2.1 s
LABEL = 30e-6  # a label or annotation and a document: 100 for 200 documents take 0.7 s
LABEL_BESIDE = 0.06e-6  # such a pair and each label beside it: 1,000 for 200 documents take 14 to 18 s
SELECT = 3e-6  # a target of a replacement, or a replicas entry, and a document: 1,000 for 500 documents take 1.4 s
REPLACE = 40e-6  # a field of a replacement and a document: 50 for 200 documents take 0.4 s


GENERATORS = ("configMapGenerator", "secretGenerator")


class Weight(NamedTuple):
    """seconds of Kustomize, values that come out, pairs of a patch and a document."""

    seconds: float = 0.0
    values: int = 0
    pairs: int = 0


@dataclass
class Bulk:
    """Documents of one kind, and what they hold together. ``references``: to a ConfigMap, to a Secret."""

    documents: int = 0
    values: int = 0
    images: int = 0
    references: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, other: Bulk) -> None:
        self.documents += other.documents
        self.values += other.values
        self.images += other.images
        self.references = [a + b for a, b in zip(self.references, other.references, strict=True)]


Scope = dict[str, Bulk]
"""What a layer has gathered, by kind."""


def faults(tree: Tree) -> tuple[Fault, ...]:
    """What of an overlay is too heavy, as one fault at its kustomization; none of a tree that has faults anyway."""
    top = tree.of(tree.target)
    if top is None or tree.faults:
        return ()
    weight = of(tree)
    if weight.pairs > MOST_PAIRS:
        told = f"applies patches to documents more than {MOST_PAIRS:,} times"
    elif weight.values > MOST_VALUES:
        told = f"makes more than {MOST_VALUES:,} values of what it reads"
    elif weight.seconds > MOST:
        told = f"would keep Kustomize busy for more than {MOST:.0f} s"
    else:
        return ()
    return (Fault("unreadable", top.file, 1, f"{told}: split the overlay, or patch less at a time"),)


def rendered(text: str) -> str | None:
    """What is too heavy in a rendered text, or None: a replacement can copy what no count of the sources foresees.

    Read as it is, a text nested 50,000 deep, which is as many bytes, ends the process; and what stands in for Kustomize
    may write aliases. To measure the whole fleet takes 0.06 s.
    """
    unsafe = lines.measure(text, most_documents=MOST_VALUES, most_nodes=MOST_VALUES, trusted=True)
    return f"renders to what is not judged: it {unsafe}" if unsafe else None


@lru_cache(maxsize=4096)
def of(tree: Tree) -> Weight:
    """The weight of an overlay: first as if each patch reached all that is of its target's kind; if that is too much,
    as its selectors say."""
    top = tree.of(tree.target)
    if top is None or tree.faults:
        return Weight()
    walk = _Walk(tree)
    scope: Scope = {}
    walk.layer(top, scope)
    values = sum(bulk.values for bulk in scope.values())
    weight = Weight(walk.seconds + walk.patching + READ_AND_WRITE * values, values, walk.pairs)
    if weight.pairs > MOST_PAIRS or (weight.seconds <= MOST and weight.values <= MOST_VALUES):
        return weight
    return _exactly(tree, walk.seconds, values - walk.added, walk.pairs)


def _exactly(tree: Tree, seconds: float, values: int, pairs: int) -> Weight:
    """The weight by what each patch reaches, given the weight of the rest. Counting ends where it is too much."""
    weight = Weight(seconds + READ_AND_WRITE * values, values, pairs)
    for write in (write for layer in layers.walk(tree) for write in layer.writes):
        if weight.seconds > MOST or weight.values > MOST_VALUES:
            break
        own, held = _nodes(write.change), _nodes(write.item.body)
        seconds = _patch(1, held, own, isinstance(write.change, list)) + READ_AND_WRITE * own
        weight = Weight(weight.seconds + seconds, weight.values + own, pairs)
    return weight


def _patch(documents: int, held: int, own: int, is_json: bool) -> float:
    """Seconds for a patch of ``own`` values on documents that hold ``held``."""
    return PATCH * documents + PATCHED * held + (OPERATED if is_json else MERGED) * own * documents


class _Walk:
    """One way through the layers of an overlay in Kustomize's order, a folder as often as it is named."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.seconds = 0.0
        self.patching = 0.0
        self.added = 0
        self.pairs = 0

    def layer(self, kustomization: Kustomization, scope: Scope) -> None:
        """Adds to ``scope`` what a kustomization gathers, and to ``seconds`` what it costs. A component shares its
        user's scope."""
        for reference in kustomization.references:
            inner = self.tree.of(reference.path) if reference.is_folder else None
            source = self.tree.files.get(reference.path)
            if reference.field in ("resources", "bases") and inner is not None:
                below: Scope = {}
                self.layer(inner, below)
                for kind, bulk in below.items():
                    scope.setdefault(kind, Bulk()).add(bulk)
            elif reference.field in ("resources", "bases") and source is not None:
                for kind, bulk in _bulks(source).items():
                    scope.setdefault(kind, Bulk()).add(bulk)
        for i, (_, entry) in enumerate(self.entries(kustomization, *GENERATORS)):
            self.generate(i, entry, scope)
        for reference in kustomization.references:
            inner = self.tree.of(reference.path)
            if reference.field == "components" and inner is not None:
                self.layer(inner, scope)
        if kustomization.body.get("kind") != "Component":
            self.seconds += COMPARE * _documents(scope) ** 2
        self.transform(kustomization, scope)
        # What plugins patch is no part of ``layers``: it counts as if it reached all, and with the rest.
        before = self.patching, self.added
        for as_written in _plugins(self.tree, kustomization):
            self.transform(as_written, scope)
        self.seconds += self.patching - before[0]
        self.patching, self.added = before

    def entries(self, kustomization: Kustomization, *names: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for name in names:
            for _, entry in mappings(kustomization.body.get(name)):
                yield name, entry

    def generate(self, before: int, entry: dict[str, Any], scope: Scope) -> None:
        """A generator, with ``before`` others before it in its layer."""
        held = sum(len(value) for value in entry.values() if isinstance(value, list))
        self.seconds += GENERATE * (before + _documents(scope))
        if entry.get("behavior") in ("merge", "replace"):
            self.seconds += GENERATE_INTO * before
        scope.setdefault("ConfigMap", Bulk()).add(Bulk(1, 8 + 2 * held))

    def transform(self, kustomization: Kustomization, scope: Scope) -> None:
        """The fields that act on all that is gathered."""
        body, documents = kustomization.body, _documents(scope)
        for name in ("patchesStrategicMerge", "patches", "patchesJson6902"):
            for _, entry, changes in layers.patches(self.tree, kustomization, name):
                self.pairs += documents
                for change in changes if self.pairs <= MOST_PAIRS else ():
                    self.patch(change, entry, scope)
        if body.get("namespace"):
            self.seconds += NAMESPACE * documents**2
        if body.get("namePrefix") or body.get("nameSuffix"):
            self.seconds += NAMES * documents**2
        if any(body.get(name) for name in ("namespace", "namePrefix", "nameSuffix", *GENERATORS)):
            for i, kind in enumerate(("ConfigMap", "Secret")):
                references = sum(bulk.references[i] for bulk in scope.values())
                self.seconds += REFERENCE * references * scope.get(kind, Bulk()).documents
        pairs = [mapping(body.get(name)) for name in ("commonLabels", "commonAnnotations")]
        pairs += [mapping(entry.get("pairs")) for _, entry in self.entries(kustomization, "labels")]
        labels = sum(map(len, pairs))
        self.seconds += (LABEL + LABEL_BESIDE * labels) * labels * documents
        for bulk in scope.values() if labels else ():
            bulk.values += 2 * labels * bulk.documents
        images = sum(1 for _ in self.entries(kustomization, "images", "imageTags"))
        for bulk in scope.values() if images else ():
            self.seconds += images * (IMAGE * bulk.images + IMAGE_WALK * bulk.values)
        self.seconds += SELECT * documents * sum(1 for _ in self.entries(kustomization, "replicas"))
        for replacement in layers.replacements(self.tree, kustomization):
            for _, target in mappings(replacement.body.get("targets")):
                paths = target.get("fieldPaths")
                fields = len(paths) if isinstance(paths, list) else 1
                creates = bool(mapping(target.get("options")).get("create"))
                self.seconds += SELECT * documents
                for bulk in _of_kind(scope, mapping(target.get("select")).get("kind")):
                    self.seconds += REPLACE * fields * bulk.documents
                    bulk.values += 2 * fields * bulk.documents if creates else 0

    def patch(self, change: Any, entry: Any, scope: Scope) -> None:
        own = _nodes(change)
        target = mapping(entry).get("target")
        if isinstance(target, dict):
            reached = _of_kind(scope, target.get("kind"))
        else:  # it names one object
            held = scope.get(str(mapping(change).get("kind")), Bulk())
            reached = [Bulk(1, held.values)] if held.documents else []
        for bulk in reached:
            self.patching += _patch(bulk.documents, bulk.values, own, isinstance(change, list))
            bulk.values += own * bulk.documents
            self.added += own * bulk.documents


def _documents(scope: Scope) -> int:
    return sum(bulk.documents for bulk in scope.values())


def _of_kind(scope: Scope, pattern: object) -> list[Bulk]:
    """What a target's ``kind`` may reach: all, unless it is plain words."""
    if isinstance(pattern, str) and re.fullmatch(r"\w+(\|\w+)*", pattern):
        return [scope[kind] for kind in dict.fromkeys(pattern.split("|")) if kind in scope]
    return list(scope.values())


@lru_cache(maxsize=4096)
def _bulks(source: Source) -> Scope:
    """The documents of a file by kind; of a List its items."""
    found: Scope = {}
    for document in source.manifests:
        inside = mappings(document.get("items")) if mapping(document).get("kind") == "List" else [(0, document)]
        for _, body in inside:
            bulk = Bulk(1)
            _count(body, bulk)
            found.setdefault(str(mapping(body).get("kind")), Bulk()).add(bulk)
    return found


def _count(value: Any, bulk: Bulk) -> None:
    bulk.values += 1
    if isinstance(value, dict):
        for key, inner in value.items():
            bulk.values += 1
            bulk.images += key == "image"
            if isinstance(inner, dict) and isinstance(key, str):
                bulk.references[0] += key.startswith("configMap")
                bulk.references[1] += key.startswith("secret")
            _count(inner, bulk)
    elif isinstance(value, list):
        for inner in value:
            _count(inner, bulk)


def _nodes(value: Any) -> int:
    """How many values a value holds, keys included, as in the sources."""
    bulk = Bulk()
    _count(value, bulk)
    return bulk.values


# The fields that a built-in plugin does the work of. Source: kustomize api/internal/plugins/builtinhelpers/builtins.go
_AS_FIELDS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "PatchTransformer": lambda config: {"patches": [config]},
    "PatchJson6902Transformer": lambda config: {
        "patchesJson6902": [{"target": {}, "patch": config.get("jsonOp"), "path": config.get("path")}]
    },
    "PatchStrategicMergeTransformer": lambda config: {
        "patchesStrategicMerge": [config.get("patches"), *_list(config.get("paths"))]
    },
    "NamespaceTransformer": lambda config: {"namespace": "any"},
    "PrefixTransformer": lambda config: {"namePrefix": "any"},
    "SuffixTransformer": lambda config: {"nameSuffix": "any"},
    "LabelTransformer": lambda config: {"commonLabels": config.get("labels")},
    "AnnotationsTransformer": lambda config: {"commonAnnotations": config.get("annotations")},
    "ImageTagTransformer": lambda config: {"images": [config.get("imageTag")]},
    "ReplicaCountTransformer": lambda config: {"replicas": [config.get("replica")]},
    "ReplacementTransformer": lambda config: {"replacements": config.get("replacements")},
}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _plugins(tree: Tree, kustomization: Kustomization) -> Iterator[Kustomization]:
    """For each of a kustomization's transformers, one whose fields do the same."""
    for config in _configurations(tree, kustomization):
        as_fields = _AS_FIELDS.get(str(config.get("kind")))
        if as_fields is not None:
            body = as_fields(config)
            yield replace(kustomization, body=body, references=tuple(_references(tree, kustomization, body)))


def _references(tree: Tree, kustomization: Kustomization, body: dict[str, Any]) -> Iterator[Reference]:
    """The files that the fields of such a body name; what names none that was read is text."""
    for name, entries in body.items():
        for i, entry in enumerate(_list(entries)):
            path = entry.get("path") if isinstance(entry, dict) else entry
            leads = os.path.normpath(f"{kustomization.folder}/{path}")
            if isinstance(path, str) and leads in tree.files:
                yield Reference(name, (name, i), path, leads, 1, False)


def _configurations(tree: Tree, kustomization: Kustomization) -> Iterator[dict[str, Any]]:
    for text in sources.inline_texts(kustomization):
        if text.at[0] == "transformers":
            with suppress(lines.BadYaml):
                yield from (mapping(value) for _, value in lines.load(text.text))
    for reference in kustomization.references:
        if reference.field != "transformers":
            continue
        inner = tree.of(reference.path)
        for path in [r.path for r in inner.references] if inner else [reference.path]:
            source = tree.files.get(path)
            yield from (mapping(value) for value in (source.documents if source else ()))

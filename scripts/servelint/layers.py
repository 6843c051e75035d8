"""What each layer of an overlay holds, without running Kustomize: enough to say whether a selector selects.

Kustomize applies a patch, a replacement or an image entry to the resources gathered so far, and is silent when there
is none. This follows its order (resources, generators, components, then the layer's own transformers) for what
selectors look at: group, kind, names, labels, annotations and images.
Source: https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/target/kusttarget.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from . import lines
from .model import mapping, mappings
from .sources import Kustomization, Tree


@dataclass(eq=False)
class Item:
    """A resource as a layer sees it. ``names``: every name it has had, the newest last."""

    api_version: str
    kind: str
    names: list[str]
    labels: dict[str, str]
    annotations: dict[str, str]
    images: set[str] = field(default_factory=set)

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]


def image_name(image: str) -> str:
    """An image reference without tag and digest."""
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def _images(value: Any) -> set[str]:
    """Names of all images in a document: the ``image`` of anything that stands in a list of containers."""
    found: set[str] = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("containers", "initContainers", "ephemeralContainers"):
                found |= {image_name(c["image"]) for _, c in mappings(inner) if isinstance(c.get("image"), str)}
            found |= _images(inner)
    elif isinstance(value, list):
        for inner in value:
            found |= _images(inner)
    return found


def _item(value: Any) -> Item | None:
    metadata = mapping(mapping(value).get("metadata"))
    if not isinstance(value, dict) or "kind" not in value:
        return None
    return Item(
        str(value.get("apiVersion", "")),
        str(value["kind"]),
        [str(metadata.get("name", ""))],
        {str(k): str(v) for k, v in mapping(metadata.get("labels")).items()},
        {str(k): str(v) for k, v in mapping(metadata.get("annotations")).items()},
        _images(value),
    )


def _matches_labels(selector: object, labels: dict[str, str]) -> bool:
    """A label selector in its text form: ``a``, ``!a``, ``a=b``, ``a==b``, ``a!=b``, ``a in (b,c)``, ``a notin (b)``."""
    if not isinstance(selector, str) or not selector.strip():
        return True
    for part in re.split(r",(?![^(]*\))", selector):
        among = re.fullmatch(r"\s*([^\s!=,()]+)\s+(in|notin)\s+\(([^()]*)\)\s*", part)
        equal = re.fullmatch(r"\s*([^\s!=,()]+)\s*(!=|==|=)\s*([^\s!=,()]*)\s*", part)
        bare = re.fullmatch(r"\s*(!?)\s*([^\s!=,()]+)\s*", part)
        if among:
            held = labels.get(among[1]) in [value.strip() for value in among[3].split(",")]
            if held != (among[2] == "in"):
                return False
        elif equal:
            if (labels.get(equal[1]) == equal[3]) != (equal[2] != "!="):
                return False
        elif bare:
            if (bare[2] in labels) == (bare[1] == "!"):
                return False
        else:
            return True  # Kustomize refuses the build itself; not ours to judge
    return True


def _matches_text(pattern: object, values: list[str]) -> bool:
    """Kustomize anchors the regular expressions of a target."""
    if not isinstance(pattern, str) or not pattern:
        return True
    try:
        return any(re.fullmatch(pattern, value) for value in values)
    except re.error:
        return True


def selected(select: dict[str, Any], items: list[Item]) -> list[Item]:
    """The items that a ``target`` or ``select`` mapping reaches. Namespaces are not followed: they only narrow."""
    return [
        item
        for item in items
        if _matches_text(select.get("kind"), [item.kind])
        and _matches_text(select.get("group"), [item.group])
        and _matches_text(select.get("version"), [item.api_version.rpartition("/")[2]])
        and _matches_text(select.get("name"), item.names)
        and _matches_labels(select.get("labelSelector"), item.labels)
        and _matches_labels(select.get("annotationSelector"), item.annotations)
    ]


@dataclass(frozen=True)
class Layer:
    """One kustomization and the resources that its own transformers see."""

    kustomization: Kustomization
    items: tuple[Item, ...]
    images: frozenset[str]


def layers(tree: Tree) -> Iterator[Layer]:
    """Every layer of the overlay, inner ones first, each with what its transformers find."""
    top = tree.of(tree.target)
    if top is not None:
        yield from _gather(tree, top, [])


def _documents(tree: Tree, path: str) -> Iterator[Any]:
    source = tree.files.get(path)
    for value in source.documents if source else ():
        if isinstance(value, dict) and value.get("kind") == "List":
            yield from (item for _, item in mappings(value.get("items")))
        elif isinstance(value, list):
            yield from value
        else:
            yield value


def _gather(tree: Tree, kustomization: Kustomization, items: list[Item]) -> Iterator[Layer]:
    """Adds the layer's resources to ``items`` (a component shares its user's list) and yields the layers met."""
    own = items
    by_field = {
        name: [r for r in kustomization.references if r.field in names]
        for name, names in {"resources": ("resources", "bases"), "components": ("components",)}.items()
    }
    for reference in by_field["resources"]:
        inner = tree.of(reference.path) if reference.is_folder else None
        if inner is not None:
            below: list[Item] = []
            yield from _gather(tree, inner, below)
            own.extend(below)
        else:
            own.extend(item for item in map(_item, _documents(tree, reference.path)) if item)
    for name, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for _, entry in mappings(kustomization.body.get(name)):
            known = [i for i in own if i.kind == kind and str(entry.get("name")) in i.names]
            if not known:
                options = mapping(entry.get("options"))
                own.append(
                    Item("v1", kind, [str(entry.get("name", ""))],
                         {str(k): str(v) for k, v in mapping(options.get("labels")).items()}, {})
                )
    for reference in by_field["components"]:
        inner = tree.of(reference.path)
        if inner is not None:
            yield from _gather(tree, inner, own)
    # Patches may bring containers with images of their own, so they come before the image entries are judged.
    patched: set[str] = set()
    for reference in kustomization.references:
        if reference.field in ("patches", "patchesStrategicMerge"):
            for value in _documents(tree, reference.path):
                patched |= _images(value)
    for _, entry in mappings(kustomization.body.get("patches")):
        if isinstance(entry.get("patch"), str):
            with suppress(lines.BadYaml):
                patched |= _images([value for _, value in lines.load(entry["patch"])])
    for item in own[:1]:
        item.images |= patched
    images = frozenset().union(*(item.images for item in own)) if own else frozenset(patched)
    yield Layer(kustomization, tuple(own), images)
    _transform(kustomization, own)


def _transform(kustomization: Kustomization, items: list[Item]) -> None:
    """What the layer's transformers change of what selectors look at."""
    body = kustomization.body
    prefix, suffix = str(body.get("namePrefix") or ""), str(body.get("nameSuffix") or "")
    labels = {str(k): str(v) for k, v in mapping(body.get("commonLabels")).items()}
    for _, entry in mappings(body.get("labels")):
        labels |= {str(k): str(v) for k, v in mapping(entry.get("pairs")).items()}
    annotations = {str(k): str(v) for k, v in mapping(body.get("commonAnnotations")).items()}
    renamed = {
        str(e.get("name")): str(e["newName"]) for _, e in mappings(body.get("images")) if e.get("newName")
    }
    for item in items:
        if prefix or suffix:
            item.names.append(f"{prefix}{item.names[-1]}{suffix}")
        item.labels.update(labels)
        item.annotations.update(annotations)
        item.images = {renamed.get(image, image) for image in item.images}

"""What each layer of an overlay holds, without running Kustomize: enough to say whether a selector selects.

Kustomize applies a patch, a replacement or an image entry to the resources gathered so far, and is silent when there
is none. This follows its order for what selectors look at (group, kind, names, labels, annotations) and for images:
resources, generators, components, then the layer's own patches one by one, then names, labels and annotations, and
last image entries and replacements, which therefore see the new names.
Source: https://github.com/kubernetes-sigs/kustomize/blob/master/api/internal/target/kusttarget.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

import jsonschema_rs

from . import lines, merging
from .model import Pointer, mapping, mappings, whole
from .sources import Kustomization, Tree

ImageField = tuple[str, ...]
"""Where an image stands in a resource: keys, and the names of list items."""
_VOLUME_IMAGE = ("spec", "volumes", "image", "reference")
IMAGE_FIELDS = (_VOLUME_IMAGE, ("spec", "template", *_VOLUME_IMAGE))
"""Images outside the lists of containers that Kustomize knows. Source: kustomize builtinpluginconsts/images.go"""
UNPREFIXED = ("Namespace", "CustomResourceDefinition", "APIService")
"""Kinds that namePrefix and nameSuffix leave alone. Source: kustomize builtins/PrefixTransformer.go"""
LAST = ("patchesJson6902", "images", "replacements")
"""Fields that act once names, labels and annotations are written."""


@dataclass(eq=False)
class Item:
    """A resource as a layer sees it. ``names``: every name it has had, the newest last.

    ``body``: its content with the patches so far, but without what names, labels, images and replacements wrote.
    ``made``: what tells one item from another, however many layers copy it.
    """

    api_version: str
    kind: str
    names: list[str]
    labels: dict[str, str]
    annotations: dict[str, str]
    images: dict[ImageField, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    made: object = field(default_factory=object, repr=False)

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]


def image_name(image: str) -> str:
    """An image reference without tag and digest."""
    name = image.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}"


def _keys(at: ImageField) -> ImageField:
    return tuple(step for step in at if not step.startswith("["))


def _images(value: Any, fields: tuple[ImageField, ...], at: ImageField = ()) -> dict[ImageField, str]:
    """Names of all images in a document: of what stands in a list of containers, and at ``fields``."""
    found: dict[ImageField, str] = {}
    if isinstance(value, list):
        for i, inner in enumerate(value):
            found |= _images(inner, fields, (*at, f"[{mapping(inner).get('name', i)}]"))
        return found
    if not isinstance(value, dict):
        return found
    in_list = len(at) > 1 and at[-1].startswith("[") and at[-2] in ("containers", "initContainers")
    for key, inner in value.items():
        here = (*at, str(key))
        known = (in_list and key == "image") or _keys(here) in fields
        if known and isinstance(inner, str):
            found[here] = image_name(inner)
        found |= _images(inner, fields, here)
    return found


def _texts(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in mapping(value).items()}


def _item(value: Any, fields: tuple[ImageField, ...]) -> Item | None:
    metadata = mapping(mapping(value).get("metadata"))
    if not isinstance(value, dict) or "kind" not in value:
        return None
    return Item(
        str(value.get("apiVersion", "")),
        str(value["kind"]),
        [str(metadata.get("name", ""))],
        _texts(metadata.get("labels")),
        _texts(metadata.get("annotations")),
        {} if value["kind"] == "CustomResourceDefinition" else _images(value, fields),
        value,
    )


_PARTS = re.compile(r"(?:[^,(]|\([^)]*\)?)+")
_KEY = r"([^\s!=<>,()]+)\s*"
_AMONG = re.compile(rf"{_KEY}(?<=\s)(in|notin)\s*\(([^()]*)\)")
_EQUAL = re.compile(rf"{_KEY}(!=|==|=)\s*([^\s!=<>,()]*)")
_SIZE = re.compile(rf"{_KEY}([<>])\s*(-?\d+)")
_BARE = re.compile(rf"(!?)\s*{_KEY}")


def _matches_labels(selector: object, labels: dict[str, str]) -> bool:
    """A label selector in its text form: ``a``, ``!a``, ``a=b``, ``a!=b``, ``a in (b,c)``, ``a notin (b)``, ``a>5``."""
    if not isinstance(selector, str) or not selector.strip():
        return True
    for part in map(str.strip, _PARTS.findall(selector)):
        if among := _AMONG.fullmatch(part):
            held = labels.get(among[1]) in [value.strip() for value in among[3].split(",")]
            if held != (among[2] == "in"):
                return False
        elif equal := _EQUAL.fullmatch(part):
            if (labels.get(equal[1]) == equal[3]) != (equal[2] != "!="):
                return False
        elif size := _SIZE.fullmatch(part):
            number = whole(labels.get(size[1]))
            if number is None or not (number > int(size[3]) if size[2] == ">" else number < int(size[3])):
                return False
        elif (bare := _BARE.fullmatch(part)) and (bare[2] in labels) == (bare[1] == "!"):
            return False
        # Anything else Kustomize refuses itself.
    return True


@lru_cache(maxsize=4096)
def _pattern(text: str) -> Any:
    """A target's regular expression, anchored as Kustomize does; None if it is none.

    The engine of jsonschema-rs reads the syntax of Go's, and like it takes linear time: in Python's, a pattern of a
    pull request could run for years.
    """
    try:
        schema = {"type": "string", "pattern": f"^(?:{text})$"}
        return jsonschema_rs.validator_for(schema, pattern_options=jsonschema_rs.RegexOptions())
    except ValueError:
        return None


def _matches_text(text: object, values: list[str]) -> bool:
    if not isinstance(text, str) or not text:
        return True
    pattern = _pattern(text)
    return pattern is None or any(pattern.is_valid(value) for value in values)


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
    """A step of one kustomization: the fields that act in it (``kustomization`` holds no others), and what they see."""

    kustomization: Kustomization
    items: tuple[Item, ...]
    images: frozenset[str]
    writes: tuple[Write, ...] = ()
    scope: object = None
    """The same for a kustomization and its components, whose order is all that decides which of them writes last."""


class Write(NamedTuple):
    """A document of a patch, and an item that it reaches, as it was before. ``at``: the patch's field and position."""

    at: Pointer
    number: int
    change: Any
    item: Item


@lru_cache(maxsize=16)
def layers(tree: Tree) -> tuple[Layer, ...]:
    """Every layer of the overlay, inner ones first, each with what its transformers find."""
    top = tree.of(tree.target)
    # A tree with a fault is not whole, and may have no end: what a selector misses there proves nothing.
    if top is None or tree.faults:
        return ()
    return tuple(_Walk(tree).gather(top, [], list(IMAGE_FIELDS)))


def patch_line(tree: Tree, kustomization: Kustomization, write: Write, pointer: Pointer) -> tuple[str, int]:
    """File and line (1-based) of what stands at ``pointer`` in a patch's document."""
    for reference in kustomization.references:
        source = tree.files.get(reference.path) if reference.at[:2] == write.at else None
        if source is not None and write.number < len(source.nodes):
            return reference.path, lines.descend(source.nodes[write.number], pointer)[1]
    entry = kustomization.body[str(write.at[0])][write.at[1]]
    text = mapping(entry).get("patch", entry)
    line = kustomization.line(write.at if text is entry else (*write.at, "patch"))
    source = tree.files.get(kustomization.file)
    row = source.text.split("\n")[line - 1].rstrip() if source else ""
    # Only in a block do the lines of the text stand in lines of the file.
    if isinstance(text, str) and row.endswith(("|", "|-", "|+")):
        with suppress(lines.BadYaml):
            nodes = lines.compose(text)
            if write.number < len(nodes):
                return kustomization.file, line + lines.descend(nodes[write.number], pointer)[1]
    return kustomization.file, line


def _image_fields(tree: Tree, kustomization: Kustomization) -> list[ImageField]:
    """The fields for images that the kustomization's ``configurations`` add for custom kinds."""
    return [
        tuple(str(spec.get("path", "")).replace("[]", "").split("/"))
        for reference in kustomization.references
        if reference.field == "configurations"
        for document in _documents(tree, reference.path)
        for _, spec in mappings(mapping(document).get("images"))
    ]


def _documents(tree: Tree, path: str) -> Iterator[Any]:
    source = tree.files.get(path)
    for value in source.documents if source else ():
        if isinstance(value, dict) and value.get("kind") == "List":
            yield from (item for _, item in mappings(value.get("items")))
        else:
            yield value


def _layer(
    kustomization: Kustomization,
    body: dict[str, Any],
    items: list[Item],
    fields: list[ImageField],
    writes: tuple[Write, ...] = (),
    scope: object = None,
) -> Layer:
    seen = tuple(replace(i, names=list(i.names), labels=dict(i.labels), annotations=dict(i.annotations)) for i in items)
    images = frozenset(image for item in items for at, image in item.images.items() if _is_known(at, fields))
    return Layer(replace(kustomization, body=body), seen, images, writes, scope)


def _is_known(at: ImageField, fields: list[ImageField]) -> bool:
    return (len(at) > 1 and at[-2].startswith("[") and at[-1] == "image") or _keys(at) in fields


class _Walk:
    """One way through the layers of a tree, in Kustomize's order."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        every = [_image_fields(tree, kustomization) for kustomization in tree.kustomizations]
        self.every_field = (*IMAGE_FIELDS, *(field for fields in every for field in fields))

    def gather(self, kustomization: Kustomization, own: list[Item], fields: list[ImageField]) -> Iterator[Layer]:
        """Adds the layer's resources to ``own`` and its image fields to ``fields``, and yields the layers met.

        A component shares both lists with its user; a base has its own, which its user then takes over.
        """
        tree = self.tree
        for reference in kustomization.references:
            if reference.field not in ("resources", "bases"):
                continue
            inner = tree.of(reference.path) if reference.is_folder else None
            if inner is not None:
                below: tuple[list[Item], list[ImageField]] = [], list(IMAGE_FIELDS)
                yield from self.gather(inner, *below)
                own.extend(below[0])
                fields.extend(below[1])
            else:
                found = [_item(value, self.every_field) for value in _documents(tree, reference.path)]
                own.extend(item for item in found if item)
        fields.extend(_image_fields(tree, kustomization))
        _generate(kustomization, own)
        for reference in kustomization.references:
            inner = tree.of(reference.path)
            if reference.field == "components" and inner is not None:
                yield from self.gather(inner, own, fields)
        for name, i, entry, changes in _patches(tree, kustomization):
            # A patch finds resources by their first or their present name, and by what the patches before it wrote.
            items = [replace(item, names=[item.names[0], item.names[-1]]) for item in own]
            changed: list[Write] = []
            for number, change in enumerate(changes):
                if isinstance(entry, dict) and isinstance(entry.get("target"), dict):
                    reached = selected(entry["target"], items)
                    targets = [item for item, seen in zip(own, items, strict=True) if seen in reached]
                else:
                    targets = [item for item in own if _same(change, item)]
                changed += [Write((name, i), number, change, replace(item)) for item in targets]
            body = {name: [entry if j == i else None for j in range(i + 1)]}
            yield _layer(kustomization, body, items, fields, tuple(changed), own)
            for number, change in enumerate(changes):
                made = [write.item.made for write in changed if write.number == number]
                targets = [item for item in own if item.made in made]
                _apply(change, targets, self.every_field)
                if mapping(change).get("$patch") == "delete":
                    own[:] = [item for item in own if item not in targets]
        _transform(kustomization, own)
        yield _layer(kustomization, {name: kustomization.body.get(name) for name in LAST}, own, fields, scope=own)
        images = mappings(kustomization.body.get("images"))
        renamed = {str(entry.get("name")): str(entry["newName"]) for _, entry in images if entry.get("newName")}
        for item in own:
            item.images |= {at: renamed.get(i, i) for at, i in item.images.items() if _is_known(at, fields)}


def _generate(kustomization: Kustomization, own: list[Item]) -> None:
    body = kustomization.body
    everywhere = mapping(body.get("generatorOptions"))
    for name, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for _, entry in mappings(body.get(name)):
            options = mapping(entry.get("options"))
            labels = _texts(everywhere.get("labels")) | _texts(options.get("labels"))
            annotations = _texts(everywhere.get("annotations")) | _texts(options.get("annotations"))
            known = [item for item in own if item.kind == kind and str(entry.get("name")) in item.names]
            if not known:
                own.append(Item("v1", kind, [str(entry.get("name", ""))], labels, annotations))
            for item in known:
                item.labels |= labels
                item.annotations |= annotations


def _patches(tree: Tree, kustomization: Kustomization) -> Iterator[tuple[str, int, Any, list[Any]]]:
    """(field, position, entry, documents) of the patches that act before names are written."""
    for name in ("patchesStrategicMerge", "patches"):
        listed = kustomization.body.get(name)
        for i, entry in enumerate(listed if isinstance(listed, list) else []):
            named = [r for r in kustomization.references if r.at[:2] == (name, i)]
            documents = [value for reference in named for value in _documents(tree, reference.path)]
            text = entry if isinstance(entry, str) else mapping(entry).get("patch")
            if isinstance(text, str) and not named:
                with suppress(lines.BadYaml):
                    documents = [value for _, value in lines.load(text)]
            yield name, i, entry, documents


def _same(change: Any, item: Item) -> bool:
    """Whether a merge patch without a target is for the item."""
    named = mapping(mapping(change).get("metadata")).get("name")
    return (mapping(change).get("kind"), str(named)) in [(item.kind, name) for name in item.names]


def _apply(change: Any, reached: list[Item], fields: tuple[ImageField, ...]) -> None:
    """What a patch does to labels, annotations and images of the items that it reaches."""
    for item in reached:
        metadata = mapping(mapping(change).get("metadata"))
        _merge(item.labels, metadata.get("labels", {}))
        _merge(item.annotations, metadata.get("annotations", {}))
        if isinstance(change, dict):
            item.images |= _images(change, fields)
        for _, operation in mappings(change):
            _operate(operation, item, fields)
        item.body = merging.patched(item.body, change, item.api_version, item.kind)


def _merge(into: dict[str, str], change: Any) -> None:
    if change is None or mapping(change).get("$patch") in ("replace", "delete"):
        into.clear()
    for key, value in mapping(change).items():
        if value is None:
            into.pop(str(key), None)
        elif key != "$patch":
            into[str(key)] = str(value)


def _operate(operation: dict[str, Any], item: Item, fields: tuple[ImageField, ...]) -> None:
    """One operation of a JSON patch (RFC 6902)."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in str(operation.get("path", "")).split("/")[1:]]
    value, removes = operation.get("value"), operation.get("op") == "remove"
    for name, held in (("labels", item.labels), ("annotations", item.annotations)):
        if steps == ["metadata", name]:
            held.clear()
            held.update({} if removes else _texts(value))
        elif steps[:2] == ["metadata", name] and len(steps) == 3:
            _merge(held, {steps[2]: None if removes else value})
    if steps == ["metadata", "name"] and isinstance(value, str):
        item.names.append(value)
    elif steps[-1:] == ["image"] and isinstance(value, str):
        item.images[tuple(steps)] = image_name(value)
    elif not removes:
        # A list stands below its key: /spec/containers, /spec/containers/- and what is above them.
        parents = [f"[{step}]" if step == "-" or step.isdigit() else step for step in steps]
        item.images |= _images(value, fields, tuple(parents))


def _transform(kustomization: Kustomization, items: list[Item]) -> None:
    """What the layer's own names, labels and annotations change."""
    body = kustomization.body
    labels = _texts(body.get("commonLabels"))
    for _, entry in mappings(body.get("labels")):
        labels |= _texts(entry.get("pairs"))
    for item in items:
        if item.kind == "Namespace" and body.get("namespace"):
            item.names.append(str(body["namespace"]))
        if item.kind not in UNPREFIXED:
            # Each of the two is a step of its own, and leaves a name of its own behind.
            if body.get("namePrefix"):
                item.names.append(f"{body['namePrefix']}{item.names[-1]}")
            if body.get("nameSuffix"):
                item.names.append(f"{item.names[-1]}{body['nameSuffix']}")
        item.labels |= labels
        item.annotations |= _texts(body.get("commonAnnotations"))

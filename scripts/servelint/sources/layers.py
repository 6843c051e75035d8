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
import yaml

from .. import lines
from ..model import Pointer, mapping, mappings, whole
from ..server import schema
from . import Kustomization, Text, Tree, inline_texts, merging

ImageField = tuple[str, ...]
"""Where an image stands in a resource: keys, and the names of list items."""
_VOLUME_IMAGE = ("spec", "volumes", "image", "reference")
IMAGE_FIELDS = (_VOLUME_IMAGE, ("spec", "template", *_VOLUME_IMAGE))
"""Images outside the lists of containers that Kustomize knows. Source: kustomize builtinpluginconsts/images.go"""
UNPREFIXED = ("Namespace", "CustomResourceDefinition", "APIService")
"""Kinds that namePrefix and nameSuffix leave alone. Source: kustomize builtins/PrefixTransformer.go"""
LAST = ("labels", "commonLabels", "commonAnnotations", "replicas", "images", "replacements")
"""Fields that act with or after names, labels and annotations."""


TOGETHER = 48
"""Trees whose layers are kept: more than are judged at a time, for each is asked for its layers more than once."""


@dataclass(eq=False)
class Item:
    """A resource as a layer sees it. ``names``: every name it has had, the newest last.

    ``body``: its content with the patches so far, but without what names, labels, images and replacements wrote.
    ``made``: what tells one item from another, however many layers copy it. ``namespaces``: as ``names``, "" for none.
    ``origins``: the source file and where in it, of a generated one each generator that adds to it.
    """

    api_version: str
    kind: str
    names: list[str]
    labels: dict[str, str]
    annotations: dict[str, str]
    images: dict[ImageField, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    made: object = field(default_factory=object, repr=False)
    namespaces: list[str] = field(default_factory=lambda: [""])
    origins: list[tuple[str, Pointer]] = field(default_factory=list)

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


def _scalar(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(value: object) -> dict[str, str]:
    return {str(k): _scalar(v) for k, v in mapping(value).items()}


def _item(value: Any, fields: tuple[ImageField, ...], origin: tuple[str, Pointer]) -> Item | None:
    metadata = mapping(mapping(value).get("metadata"))
    if not isinstance(value, dict) or "kind" not in value:
        return None
    return Item(
        str(value.get("apiVersion", "")),
        str(value["kind"]),
        [_scalar(metadata.get("name", ""))],
        _texts(metadata.get("labels")),
        _texts(metadata.get("annotations")),
        {} if value["kind"] == "CustomResourceDefinition" else _images(value, fields),
        value,
        namespaces=[_scalar(metadata.get("namespace") or "")],
        origins=[origin],
    )


def _is_cluster_scoped(item: Item) -> bool:
    """Whether Kustomize is certain of it: of built-in kinds alone."""
    core = schema.core_version(item.api_version, item.kind) is not None
    return item.kind in UNPREFIXED or (core and schema.scope(item.api_version, item.kind) == "Cluster")


def _namespaces(item: Item) -> list[str]:
    """The namespaces as a patch sees them: where none stands it is ``default``, unless the kind can have none."""
    if _is_cluster_scoped(item):
        return ["_non_namespaceable_"]
    return [namespace or "default" for namespace in item.namespaces]


def _written_namespaces(item: Item) -> list[str]:
    """As a replacement sees them: the present one as it stands, earlier ones as they were noted down."""
    changes = max(len(item.names), len(item.namespaces)) - 1
    return [*(_namespaces(item) if changes else []), item.namespaces[-1]]


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
            number, bound = whole(labels.get(size[1])), whole(size[3])
            if number is None or bound is None or not (number > bound if size[2] == ">" else number < bound):
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


def selected(select: dict[str, Any], items: list[Item], as_written: bool = False) -> list[Item]:
    """The items that a ``target`` mapping reaches. as_written: no namespace is none, as for a ``select`` mapping."""
    return [
        item
        for item in items
        if _matches_text(select.get("kind"), [item.kind])
        and _matches_text(select.get("group"), [item.group])
        and _matches_text(select.get("version"), [item.api_version.rpartition("/")[2]])
        and _matches_text(select.get("name"), item.names)
        and _matches_text(select.get("namespace"), _written_namespaces(item) if as_written else _namespaces(item))
        and _matches_labels(select.get("labelSelector"), item.labels)
        and _matches_labels(select.get("annotationSelector"), item.annotations)
    ]


def targeted(target: dict[str, Any], items: list[Item]) -> list[Item]:
    """The items that a target of a replacement reaches: those that it selects, without those that it rejects."""
    rejects = [reject for _, reject in mappings(target.get("reject")) if any(reject.values())]
    rejected = {id(item) for reject in rejects for item in selected(reject, items, as_written=True)}
    reached = selected(mapping(target.get("select")), items, as_written=True)
    return [item for item in reached if id(item) not in rejected]


def sources_of(source: dict[str, Any], items: list[Item]) -> list[Item]:
    """The items that a replacement's source names: exactly, where a target's pattern may name many."""
    return [
        item
        for item in items
        if source.get("kind") in (None, "", item.kind)
        and source.get("group") in (None, "", item.group)
        and source.get("version") in (None, "", item.api_version.rpartition("/")[2])
        and source.get("name") in (None, "", *item.names)
        and (not source.get("namespace") or source["namespace"] in [n or "default" for n in item.namespaces])
    ]


class Replacement(NamedTuple):
    """A replacement of a kustomization: ``file`` and ``at`` say where it stands, there or in a file of its own."""

    file: str
    at: Pointer
    body: dict[str, Any]


def replacements(tree: Tree, kustomization: Kustomization) -> list[Replacement]:
    """A kustomization's replacements, in Kustomize's order. A file holds a list of them, or one."""
    found = []
    for i, entry in mappings(kustomization.body.get("replacements")):
        if "path" not in entry:
            found.append(Replacement(kustomization.file, ("replacements", i), entry))
        for reference in kustomization.references:
            source = tree.files.get(reference.path) if reference.at == ("replacements", i, "path") else None
            for document in source.documents[:1] if source else ():
                if isinstance(document, dict):
                    found.append(Replacement(reference.path, (), document))
                found += [Replacement(reference.path, (j,), each) for j, each in mappings(document)]
    return found


SITE_KEY = re.compile(r"data\.(?:\[([^\]]+)\]|([^.\[\]]+))")


def site_key(replacement: dict[str, Any]) -> str | None:
    """The key of a ConfigMap that a replacement spreads; None if it spreads something else."""
    source = mapping(replacement.get("source"))
    match = SITE_KEY.fullmatch(str(source.get("fieldPath")))
    return (match[1] or match[2]) if source.get("kind") == "ConfigMap" and match else None


def line_of(tree: Tree, kustomization: Kustomization, replacement: Replacement, pointer: Pointer) -> int:
    """The line (1-based) of what stands at ``pointer`` in a replacement."""
    at = (*replacement.at, *pointer)
    if replacement.file == kustomization.file:
        return kustomization.line(at)
    source = tree.files.get(replacement.file)
    return lines.descend(source.nodes[0], at)[1] if source and source.nodes else 1


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


@lru_cache(maxsize=TOGETHER)
def layers(tree: Tree) -> tuple[Layer, ...]:
    """Every layer of the overlay, inner ones first, each with what its transformers find."""
    return tuple(walk(tree))


def walk(tree: Tree) -> Iterator[Layer]:
    """The same one by one: a patch is applied only when the layer after it is asked for."""
    top = tree.of(tree.target)
    # A tree with a fault is not whole, and may have no end: what a selector misses there proves nothing.
    if top is not None and not tree.faults:
        yield from _Walk(tree).gather(top, [], list(IMAGE_FIELDS))


def patch_node(tree: Tree, kustomization: Kustomization, write: Write) -> tuple[yaml.Node, Text | str] | None:
    """A patch's document as it is written, and its file or the text in a kustomization that holds it."""
    for reference in kustomization.references:
        source = tree.files.get(reference.path) if reference.at[:2] == write.at else None
        if source is not None:
            return (source.nodes[write.number], reference.path) if write.number < len(source.nodes) else None
    for text in inline_texts(kustomization):
        if text.at[:2] == write.at:
            with suppress(lines.BadYaml):
                nodes = lines.compose(text.text)
                return (nodes[write.number], text) if write.number < len(nodes) else None
    return None


def patch_line(tree: Tree, kustomization: Kustomization, write: Write, pointer: Pointer) -> tuple[str, int]:
    """File and line (1-based) of what stands at ``pointer`` in a patch's document."""
    found = patch_node(tree, kustomization, write)
    if found is not None:
        line = lines.descend(found[0], pointer)[1]
        return (found[1], line) if isinstance(found[1], str) else (kustomization.file, found[1].line(line))
    return kustomization.file, kustomization.line(write.at)


def _image_fields(tree: Tree, kustomization: Kustomization) -> list[ImageField]:
    """The fields for images that the kustomization's ``configurations`` add for custom kinds."""
    return [
        tuple(str(spec.get("path", "")).replace("[]", "").split("/"))
        for reference in kustomization.references
        if reference.field == "configurations"
        for _, document in _documents(tree, reference.path)
        for _, spec in mappings(mapping(document).get("images"))
    ]


def _documents(tree: Tree, path: str) -> Iterator[tuple[Pointer, Any]]:
    """(document and item of a List, value) of the objects in a file."""
    source = tree.files.get(path)
    for i, value in enumerate(source.manifests if source else ()):
        if isinstance(value, dict) and value.get("kind") == "List":
            yield from (((i, "items", j), item) for j, item in mappings(value.get("items")))
        else:
            yield (i,), value


def _layer(
    kustomization: Kustomization,
    body: dict[str, Any],
    items: list[Item],
    fields: list[ImageField],
    writes: tuple[Write, ...] = (),
    scope: object = None,
) -> Layer:
    seen = tuple(
        replace(
            item,
            names=list(item.names),
            namespaces=list(item.namespaces),
            labels=dict(item.labels),
            annotations=dict(item.annotations),
        )
        for item in items
    )
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
                path = reference.path
                found = [_item(value, self.every_field, (path, at)) for at, value in _documents(tree, path)]
                own.extend(item for item in found if item)
        fields.extend(_image_fields(tree, kustomization))
        _generate(kustomization, own)
        for reference in kustomization.references:
            inner = tree.of(reference.path)
            if reference.field == "components" and inner is not None:
                yield from self.gather(inner, own, fields)
        for name in ("patchesStrategicMerge", "patches"):
            yield from self.patch(name, kustomization, own, fields)
        _transform(kustomization, own)
        yield from self.patch("patchesJson6902", kustomization, own, fields)
        yield _layer(kustomization, {name: kustomization.body.get(name) for name in LAST}, own, fields, scope=own)
        images = mappings(kustomization.body.get("images"))
        renamed = {str(entry.get("name")): str(entry["newName"]) for _, entry in images if entry.get("newName")}
        for item in own:
            item.images |= {at: renamed.get(i, i) for at, i in item.images.items() if _is_known(at, fields)}
        for replacement in replacements(tree, kustomization):
            _replace(tree, replacement.body, own)

    def patch(
        self, name: str, kustomization: Kustomization, own: list[Item], fields: list[ImageField]
    ) -> Iterator[Layer]:
        """A layer for each patch of a field, and what the patch does to ``own``."""
        for i, entry, changes in patches(self.tree, kustomization, name):
            # A patch finds resources by their first or their present name, and by what the patches before it wrote.
            items = [
                replace(
                    item,
                    names=[item.names[0], item.names[-1]],
                    namespaces=[item.namespaces[0], item.namespaces[-1]],
                )
                for item in own
            ]
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


def _generate(kustomization: Kustomization, own: list[Item]) -> None:
    body = kustomization.body
    everywhere = mapping(body.get("generatorOptions"))
    for name, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for i, entry in mappings(body.get(name)):
            origin: tuple[str, Pointer] = (kustomization.file, (name, i))
            options = mapping(entry.get("options"))
            labels = _texts(everywhere.get("labels")) | _texts(options.get("labels"))
            annotations = _texts(everywhere.get("annotations")) | _texts(options.get("annotations"))
            known = [item for item in own if item.kind == kind and str(entry.get("name")) in item.names]
            if not known:
                made = Item("v1", kind, [str(entry.get("name", ""))], labels, annotations, origins=[origin])
                made.namespaces = [str(entry.get("namespace") or "")]
                own.append(made)
            for item in known:
                item.origins.append(origin)
                item.labels |= labels
                item.annotations |= annotations


def patches(tree: Tree, kustomization: Kustomization, name: str) -> Iterator[tuple[int, Any, list[Any]]]:
    """(position, entry, documents) of the patches of a field."""
    listed = kustomization.body.get(name)
    for i, entry in enumerate(listed if isinstance(listed, list) else []):
        named = [r for r in kustomization.references if r.at[:2] == (name, i)]
        documents = [value for reference in named for _, value in _documents(tree, reference.path)]
        text = entry if isinstance(entry, str) else mapping(entry).get("patch")
        if isinstance(text, str) and not named:
            with suppress(lines.BadYaml):
                documents = lines.as_kustomize(text)
        yield i, entry, documents


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
            into[str(key)] = _scalar(value)


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
    elif steps == ["metadata", "namespace"]:
        item.namespaces.append("" if removes else str(value))
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
        elif body.get("namespace") and not _is_cluster_scoped(item):
            item.namespaces.append(str(body["namespace"]))
        if item.kind not in UNPREFIXED:
            # Each of the two is a step of its own, and leaves a name of its own behind.
            if body.get("namePrefix"):
                item.names.append(f"{body['namePrefix']}{item.names[-1]}")
            if body.get("nameSuffix"):
                item.names.append(f"{item.names[-1]}{body['nameSuffix']}")
        item.labels |= labels
        item.annotations |= _texts(body.get("commonAnnotations"))


def _replace(tree: Tree, replacement: dict[str, Any], items: list[Item]) -> None:
    """What a replacement writes into the names, namespaces and labels that the layers above select by."""
    value = replacement.get("sourceValue")
    source = mapping(replacement.get("source"))
    for item in sources_of(source, items)[:1] if source else []:
        value = item.body
        for step in field_steps(source.get("fieldPath", "metadata.name")):
            value = mapping(value).get(step)
    if not isinstance(value, str) or mapping(source.get("options")).get("delimiter"):
        return
    for _, target in mappings(replacement.get("targets")):
        if mapping(target.get("options")).get("delimiter"):
            continue
        paths = target.get("fieldPaths")
        for path in paths if isinstance(paths, list) else ["metadata.name"]:
            steps = field_steps(path)
            for item in targeted(target, items):
                _operate({"op": "replace", "path": "/" + "/".join(_escaped(steps)), "value": value}, item, ())


def _escaped(steps: list[str]) -> list[str]:
    return [step.replace("~", "~0").replace("/", "~1") for step in steps]


def field_steps(field_path: object) -> list[str]:
    """The steps of a replacement's field path; what stands in brackets is one, a dot behind a backslash parts none."""
    found = re.findall(r"\[([^\]]*)\]|((?:\\.|[^.\[\]\\])+)", str(field_path))
    return [bracketed or re.sub(r"\\(.)", r"\1", plain) for bracketed, plain in found]


WRITERS = ("patches", "patchesJson6902", "replacements")
HEAD = ("apiVersion", "kind", "metadata")


def shown(select: dict[str, Any]) -> str:
    """What a target selects by, in words."""
    return ", ".join(f"{key} {value}" for key, value in select.items() if key not in ("fieldPath", "options"))


@lru_cache(maxsize=TOGETHER)
def idle(tree: Tree) -> dict[str, tuple[str, ...]]:
    """The components that change nothing wherever the overlay builds on them, each with what it looks for.

    One that brings or renames something besides is not idle, and one with a patch that needs no target neither.
    """
    sought: dict[str, list[str]] = {}
    busy: set[str] = set()
    for layer in layers(tree):
        own = layer.kustomization
        body = getattr(tree.of(own.folder), "body", {})
        if body.get("kind") != "Component" or set(body) - {*HEAD, *WRITERS} or own.folder == tree.target:
            continue
        items = list(layer.items)
        for name in WRITERS[:2]:
            for _, entry in mappings(own.body.get(name)):
                target = mapping(entry.get("target"))
                sought.setdefault(own.folder, []).append(shown(target))
                if not target or selected(target, items):
                    busy.add(own.folder)
        for replacement in replacements(tree, own) if own.body.get("replacements") else ():
            for _, target in mappings(replacement.body.get("targets")):
                sought.setdefault(own.folder, []).append(shown(mapping(target.get("select"))))
                if targeted(target, items):
                    busy.add(own.folder)
    return {folder: tuple(dict.fromkeys(words)) for folder, words in sought.items() if folder not in busy}


def named(tree: Tree) -> dict[str, tuple[str, int]]:
    """Every folder that an overlay builds on, with the file and line (1-based) that name it first; its own with its
    kustomization. "First" is from the overlay downwards."""
    found: dict[str, tuple[str, int]] = {}
    for kustomization in reversed(tree.kustomizations):
        found.setdefault(kustomization.folder, (kustomization.file, 1))
        for reference in kustomization.references:
            if reference.is_folder:
                found.setdefault(reference.path, (kustomization.file, reference.line))
    return found

"""From a pointer into a rendered resource to the source file and line that wrote the value.

Kustomize can annotate each resource with its origin and with the kustomizations that transformed it, in order. Those
name every file that may have written the value; the last of them in which the pointer leads deepest is the writer.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import yaml

from .. import lines
from ..model import Part, Pointer, Problem, Resource, mapping, mappings
from ..sources import Kustomization, Reader, Tree, layers
from ..views.images import valid

ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"

LIST_KEYS = ("name", "mountPath", "containerPort", "key", "port", "group", "op")
"""Fields by which Kustomize merges list items, or which tell items apart where it cannot."""

IMAGE_FIELDS: dict[Part | None, tuple[str, ...]] = {
    "name": ("newName", "name"),
    "tag": ("newTag",),
    "digest": ("digest", "newTag"),
    None: ("digest", "newTag", "newName", "name"),
}
"""Fields of an entry of ``images`` that write a part of an image; of one that no rule names, what pins it first."""


class Place(NamedTuple):
    """A source line. ``line`` is 1-based."""

    file: str
    line: int


@dataclass(frozen=True)
class Provenance:
    """Which sources made a resource: its origin (a file, or a generator's kustomization), then the transformers."""

    origin: str | None
    configured_in: tuple[str, ...]


Identity = tuple[str, str, str, str]


def identity(resource: Resource) -> Identity:
    return (resource.api_version, resource.kind, resource.namespace, resource.name)


def provenance(text: str, relative_to: str) -> dict[Identity, Provenance]:
    """What the annotations of a render with ``buildMetadata`` say, paths made relative to the root.

    relative_to: the root as Kustomize wrote it, relative to the folder that was built.
    """

    def local(path: str) -> str:
        path = path.removeprefix("./")
        return path.removeprefix(f"{relative_to}/")

    found: dict[Identity, Provenance] = {}
    for _, body in lines.load(text, trusted=True):
        if not isinstance(body, dict):
            continue
        resource = Resource(body)
        notes = resource.annotations
        origin = mapping(_first(str(notes.get(ORIGIN, ""))))
        transformers = _first(str(notes.get(TRANSFORMATIONS, "")))
        own = origin.get("path") or origin.get("configuredIn")
        configured = [str(t["configuredIn"]) for _, t in mappings(transformers) if t.get("configuredIn")]
        found[identity(resource)] = Provenance(
            local(str(own)) if own else None, tuple(dict.fromkeys(map(local, configured)))
        )
    return found


def _first(text: str) -> Any:
    try:
        documents = lines.load(text)
    except lines.BadYaml:
        return None
    return documents[0][1] if documents else None


def _list_steps(items: list[Any]) -> list[lines.Step]:
    """What stands for each position of a list."""
    steps: list[lines.Step] = []
    alike: dict[tuple[str, str], int] = {}
    for i, item in enumerate(items):
        key = next((k for k in LIST_KEYS if isinstance(item, dict) and k in item), None)
        steps.append((key, item[key], alike.get((key, repr(item[key])), 0)) if key else i)
        for name in LIST_KEYS:
            if isinstance(item, dict) and name in item:
                mark = (name, repr(item[name]))
                alike[mark] = alike.get(mark, 0) + 1
    return steps


def _keyed(
    resource: Resource, pointer: Pointer, known: dict[int, list[lines.Step]] | None = None
) -> tuple[lines.Step, ...]:
    """The pointer with list positions replaced by the item's key: positions differ between sources and render.

    known: what ``_list_steps`` said of a list before, by its identity.
    """
    steps: list[lines.Step] = []
    value: Any = resource.body
    for step in pointer:
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            found = known.get(id(value)) if known is not None else None
            if found is None:
                found = _list_steps(value)
                if known is not None:
                    known[id(value)] = found
            steps.append(found[step])
            value = value[step]
            continue
        value = value.get(step) if isinstance(value, dict) else None
        steps.append(step)
    return tuple(steps)


class Locator:
    """Finds places for the problems of one overlay. ``known``: provenance by identity, empty if there is none."""

    def __init__(self, reader: Reader, tree: Tree, known: dict[Identity, Provenance]) -> None:
        self.reader = reader
        self.tree = tree
        self.known = known
        self.by_file = {k.file: k for k in tree.kustomizations}
        self._list_steps: dict[int, list[lines.Step]] = {}
        self._found: dict[int, layers.Item | None] = {}

    @cached_property
    def items(self) -> tuple[layers.Item, ...]:
        """What the overlay holds at the end, with every name that each had on the way."""
        found = layers.layers(self.tree)
        return found[-1].items if found else ()

    @cached_property
    def writes(self) -> list[tuple[Kustomization, layers.Write]]:
        """Every document of a patch with an item that it reaches, in the order in which Kustomize applies them."""
        return [(layer.kustomization, write) for layer in layers.layers(self.tree) for write in layer.writes]

    @cached_property
    def copies(self) -> list[tuple[Kustomization, layers.Layer, layers.Replacement]]:
        """Every replacement, with the layer that shows what it sees."""
        return [
            (self.by_file[layer.kustomization.file], layer, replacement)
            for layer in layers.layers(self.tree)
            if layer.kustomization.body.get("replacements")
            for replacement in layers.replacements(self.tree, layer.kustomization)
        ]

    def place(self, problem: Problem) -> Place:
        if problem.file is not None:
            at = self.by_file.get(problem.file)
            return Place(problem.file, problem.line or (at.line(problem.pointer) if at else 1))
        if problem.resource is not None:
            found = self._resource(problem.resource, problem.pointer, problem.part)
            if found is not None:
                return found
        return self.top

    @property
    def top(self) -> Place:
        """The overlay itself, where nothing nearer is known."""
        top = self.tree.of(self.tree.target)
        return Place(top.file if top else self.tree.target, 1)

    def _resource(self, resource: Resource, pointer: Pointer, part: Part | None) -> Place | None:
        source = self.known.get(identity(resource))
        if source is None:
            return None
        if id(resource) not in self._found:
            self._found[id(resource)] = self._item(resource, source)
        item = self._found[id(resource)]
        best: tuple[int, Place] | None = None
        for depth, place in self._candidates(source, item, resource, pointer, part) if item else ():
            if best is None or depth >= best[0]:
                best = (depth, place)
        return best[1] if best else None

    def _item(self, resource: Resource, source: Provenance) -> layers.Item | None:
        """The item that became the resource: of its kind and origin, and of its name."""
        alike = [
            item
            for item in self.items
            if item.kind == resource.kind and source.origin in [file for file, _ in item.origins]
        ]
        named = [item for item in alike if _is_called(item, resource.name)]
        if named:
            return next((item for item in named if item.namespaces[-1] == resource.namespace), named[0])
        # Something that is not followed here gave it its name: then it is one that no other resource has.
        taken = [name for _, kind, _, name in self.known if kind == resource.kind]
        left = [item for item in alike if not any(_is_called(item, name) for name in taken)]
        return next(iter(left or alike), None)

    def _candidates(
        self, source: Provenance, item: layers.Item, resource: Resource, pointer: Pointer, part: Part | None
    ) -> Iterator[tuple[int, Place]]:
        """(depth reached, place), in the order in which Kustomize wrote."""
        steps = _keyed(resource, pointer, self._list_steps)
        image = self._image(source, resource, pointer, part)
        yield from self._origins(item, pointer, steps)
        for file in source.configured_in:
            kustomization = self.by_file.get(file)
            if kustomization is None:
                continue
            if pointer != ("metadata", "name"):  # a patch's name is not written
                yield from self._patches(kustomization, item, pointer, steps)
            for field in self._fields(kustomization, item, resource, pointer):
                yield len(pointer), Place(kustomization.file, kustomization.line(field))
            if image and image[0] is kustomization:
                yield len(pointer), Place(kustomization.file, kustomization.line(image[1]))
            yield from self._replacements(kustomization, item, resource, pointer)

    def _origins(
        self, item: layers.Item, pointer: Pointer, steps: tuple[lines.Step, ...]
    ) -> Iterator[tuple[int, Place]]:
        """The document of a resource file, or the generators that made the resource."""
        for file, at in item.origins:
            if file in self.by_file:
                yield from self._generated(self.by_file[file], at, pointer)
                continue
            source = self.tree.files.get(file)
            if source is not None and isinstance(at[0], int) and at[0] < len(source.nodes):
                _, _, node = lines.follow(source.nodes[at[0]], at[1:])
                depth, line = lines.descend(node, steps)
                yield depth, Place(file, line)

    def _generated(self, made_by: Kustomization, at: Pointer, pointer: Pointer) -> Iterator[tuple[int, Place]]:
        """A generated ConfigMap or Secret: the generator's entry, the literal, or the file and the line in it."""
        entry = mapping(made_by.body[str(at[0])][at[1]])
        yield 0, Place(made_by.file, made_by.line(at))
        if len(pointer) < 2 or pointer[0] not in ("data", "binaryData"):
            return
        key = str(pointer[1])
        literals = entry.get("literals")
        for j, literal in enumerate(literals if isinstance(literals, list) else []):
            if isinstance(literal, str) and literal.partition("=")[0] == key:
                yield 2, Place(made_by.file, made_by.line((*at, "literals", j)))
        for reference in made_by.references:
            if reference.at[:3] == (*at, "files"):
                listed = str(entry["files"][reference.at[3]])
                name = listed.partition("=")[0] if "=" in listed else reference.path.rpartition("/")[2]
                if name == key:
                    yield from self._inside_file(reference.path, pointer[2:])
            elif reference.at[:2] == at:
                text = self.reader.text(reference.path)
                for number, row in enumerate(text.split("\n") if isinstance(text, str) else [], 1):
                    if row.partition("=")[0].strip() == key:
                        yield 2, Place(reference.path, number)

    def _inside_file(self, path: str, rest: Pointer) -> Iterator[tuple[int, Place]]:
        line = 1
        if rest and path.endswith((".yaml", ".yml", ".json")):
            source, _ = self.reader.yaml_file(path)
            if source is not None and source.nodes:
                line = lines.descend(source.nodes[0], tuple(rest))[1]
        elif rest and isinstance(rest[0], int):  # a row of a script
            line = rest[0] + 1
        yield 2 + len(rest), Place(path, line)

    def _patches(
        self, kustomization: Kustomization, item: layers.Item, pointer: Pointer, steps: tuple[lines.Step, ...]
    ) -> Iterator[tuple[int, Place]]:
        """Patches of a kustomization that reach the resource, be they files or text."""
        for layer, write in self.writes:
            if layer.file != kustomization.file or write.item.made is not item.made:
                continue
            found = layers.patch_node(self.tree, kustomization, write)
            if found is None:
                continue
            node, where = found
            at = (
                _operations(node, pointer, steps)
                if isinstance(node, yaml.SequenceNode)
                else [lines.descend(node, steps)]
            )
            for depth, line in at:
                # Kind and name of a patch are not written; neither counts as a match.
                if depth > 1 and isinstance(where, str):
                    yield depth, Place(where, line)
                elif depth > 1 and not isinstance(where, str):
                    yield depth, Place(where.file, where.line(line))

    def _fields(
        self, kustomization: Kustomization, item: layers.Item, resource: Resource, pointer: Pointer
    ) -> Iterator[tuple[str | int, ...]]:
        """The kustomization's own fields that wrote the value, in Kustomize's order."""
        body = kustomization.body
        value, last = resource.at(pointer), str(pointer[-1]) if pointer else ""
        if last == "namespace" and value == body.get("namespace"):
            yield ("namespace",)
        if pointer == ("metadata", "name"):
            yield from ((field,) for field in ("namePrefix", "nameSuffix") if body.get(field))
        for i, entry in mappings(body.get("labels")):
            if _writes(entry.get("pairs"), last, value):
                yield ("labels", i, "pairs", last)
        for field in ("commonLabels", "commonAnnotations"):
            if _writes(body.get(field), last, value):
                yield (field, last)
        for i, entry in mappings(body.get("replicas")):
            if pointer == ("spec", "replicas") and str(entry.get("name")) in item.names:
                yield ("replicas", i, "count")

    def _image(
        self, source: Provenance, resource: Resource, pointer: Pointer, part: Part | None
    ) -> tuple[Kustomization, Pointer] | None:
        """The kustomization whose ``images`` wrote the part of an image that is wrong, and the field; None of others.

        An entry may rename what an earlier one made, so that they are followed from the last one back.
        """
        value = resource.at(pointer)
        if not isinstance(value, str) or not pointer or pointer[-1] not in ("image", "reference"):
            return None
        name = wanted = layers.image_name(value)
        entries = []
        for kustomization in filter(None, map(self.by_file.get, reversed(source.configured_in))):
            for i, entry in reversed(mappings(kustomization.body.get("images"))):
                given, new = str(entry.get("name")), str(entry.get("newName") or "")
                if layers.image_name(new or given) == wanted:
                    entries.append((kustomization, i, entry))
                    wanted = given
                    # A tag in newName goes before the one that is there, and an image has but one.
                    part = part or ("name" if layers.image_name(new) != new else None)
        part, behind = part or _malformed(value), value[len(name) :]
        tag, _, digest = behind.partition("@")
        for field in IMAGE_FIELDS[part]:
            for kustomization, i, entry in entries:
                # What another entry has replaced is not in the image any more.
                new = f":{entry.get('newTag')}"  # a digest may stand in it
                tagged = behind == new or (part != "digest" and tag.endswith(new))
                there = {"newTag": tagged, "digest": digest == entry.get("digest")}
                if field in entry and there.get(field, True):
                    return kustomization, ("images", i, field)
        return None

    def _replacements(
        self, kustomization: Kustomization, item: layers.Item, resource: Resource, pointer: Pointer
    ) -> Iterator[tuple[int, Place]]:
        """A replaced value was written where the replacement's source stands: a site ConfigMap's line."""
        for owner, layer, replacement in self.copies:
            if owner is not kustomization:
                continue
            for _, target in mappings(replacement.body.get("targets")):
                paths = target.get("fieldPaths")
                fields = [
                    layers.field_steps(path) for path in (paths if isinstance(paths, list) else ["metadata.name"])
                ]
                if not any(_leads_to(field, resource, pointer) for field in fields):
                    continue
                if not any(seen.made is item.made for seen in layers.targeted(target, list(layer.items))):
                    continue
                place = self._source(replacement, kustomization, layer)
                if place is not None:
                    yield len(pointer) + 1, place

    def _source(
        self, replacement: layers.Replacement, kustomization: Kustomization, layer: layers.Layer
    ) -> Place | None:
        """Where the value of a replacement stands."""
        source = mapping(replacement.body.get("source"))
        if not source:
            line = layers.line_of(self.tree, kustomization, replacement, ("sourceValue",))
            return Place(replacement.file, line)
        pointer = tuple(layers.field_steps(source.get("fieldPath") or "metadata.name"))
        best: tuple[int, Place] | None = None
        for item in layers.sources_of(source, list(layer.items))[:1]:
            # A patch may have written it, and the last one that did counts.
            found = [*self._origins(item, pointer, pointer)]
            for k in self.tree.kustomizations:
                found += self._patches(k, item, pointer, pointer)
            for depth, place in found:
                if best is None or depth >= best[0]:
                    best = (depth, place)
        return best[1] if best else None


def _malformed(image: str) -> Part | None:
    """The first part of an image reference that is none by itself."""
    name, (tagged, at, digest) = layers.image_name(image), image.partition("@")
    if not valid(name):
        return "name"
    if not valid(f"image{tagged[len(name) :]}"):
        return "tag"
    return "digest" if at and not valid(f"image@{digest}") else None


def _writes(pairs: object, key: str, value: object) -> bool:
    """Whether labels or annotations give a key this value; one that is not among them is not the text None."""
    return key in mapping(pairs) and str(mapping(pairs)[key]) == value


def _is_called(item: layers.Item, name: str) -> bool:
    """Whether a rendered resource of that name is the item; behind the name of a generated one stands a hash."""
    own = item.names[-1]
    hashed = re.fullmatch(r"-[a-z0-9]{10}", name[len(own) :]) is not None and isinstance(item.origins[0][1][0], str)
    return name.startswith(own) and (name == own or hashed)


def _operations(node: yaml.SequenceNode, pointer: Pointer, keyed: tuple[lines.Step, ...]) -> Iterator[tuple[int, int]]:
    """(depth, line) of the operations of a JSON patch that write at the pointer or above it.

    What is put at the end of a list is the item of that place if it has the item's key, where the item has one.
    """
    for i, operation in enumerate(node.value):
        fields = operation.value if isinstance(operation, yaml.MappingNode) else []
        path = next((str(value.value) for key, value in fields if key.value == "path"), "")
        steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
        above = pointer[: len(steps)]
        if len(above) == len(steps) and all(want in (str(have), "-") for want, have in zip(steps, above, strict=True)):
            item = keyed[len(steps) - 1] if steps[-1:] == ["-"] else None
            if isinstance(item, tuple):
                depth, _, has = lines.follow(node, (i, "value", item[0]))
                if depth == 3 and isinstance(has, yaml.ScalarNode) and has.value != str(item[1]):
                    continue
            depth, line = lines.descend(node, (i, "value", *pointer[len(steps) :]))
            yield len(steps) + max(0, depth - 2), line


def _leads_to(steps: list[str], resource: Resource, pointer: Pointer) -> bool:
    """Whether a field path leads to the pointer: ``*``, a number or ``name=x`` stands for a list position."""
    if len(steps) != len(pointer):
        return False
    for i, (step, position) in enumerate(zip(steps, pointer, strict=True)):
        key, equals, value = step.partition("=")
        if isinstance(position, int) and equals:
            if str(mapping(resource.at(pointer[: i + 1])).get(key)) != value:
                return False
        elif step not in ("*", str(position)):
            return False
    return True


@lru_cache(maxsize=1)
def _bounds(text: str) -> tuple[list[int], list[int]]:
    """Where each document of a text begins, by line (1-based) and by character: nothing else may start so."""
    lines_at, places = [1], [0]
    line, counted = 1, 0
    for mark in re.finditer(r"^---(?=\s|$)", text, re.MULTILINE):
        line += text.count("\n", counted, mark.start())
        counted = mark.start()
        lines_at.append(line)
        places.append(mark.start())
    return lines_at, places


@lru_cache(maxsize=2)
def _starts(text: str, begin: int, end: int) -> dict[int, yaml.Node]:
    """The objects of a part of a text by the line of it (1-based) where each begins: documents, and items of a List."""
    found: dict[int, yaml.Node] = {}
    for node in lines.compose(text[begin:end], trusted=True):
        found.setdefault(node.start_mark.line + 1, node)
        for item in _items_of(node):
            found.setdefault(item.start_mark.line + 1, item)
    return found


def _around(text: str, line: int) -> tuple[dict[int, yaml.Node], int]:
    """The objects of the document that holds a line, and how many lines stand before that document.

    Nodes take a kilobyte each, so that never those of a whole text are kept.
    """
    lines_at, places = _bounds(text)
    nearest = bisect_right(lines_at, line) - 1
    end = places[nearest + 1] if nearest + 1 < len(places) else len(text)
    try:
        return _starts(text, places[nearest], end), lines_at[nearest] - 1
    except lines.BadYaml:  # directives stand in front of the dashes
        return _starts(text, 0, len(text)), 0


def _items_of(node: yaml.Node | None) -> list[yaml.Node]:
    fields = {str(key.value): value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
    listed = fields.get("items")
    return listed.value if isinstance(listed, yaml.SequenceNode) and "kind" in fields else []


def items(text: str, line: int) -> dict[int, int]:
    """Where (1-based) each item of the List that begins at ``line`` begins."""
    found, before = _around(text, line)
    return {i: item.start_mark.line + 1 + before for i, item in enumerate(_items_of(found.get(line - before)))}


def in_text(text: str, resource: Resource, pointer: Pointer) -> int:
    """The line of a pointer in the text that the resource was parsed from (``--manifest``)."""
    found, before = _around(text, resource.line)
    node = found.get(resource.line - before)
    return lines.descend(node, pointer)[1] + before if node is not None else resource.line

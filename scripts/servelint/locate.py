"""From a pointer into a rendered resource to the source file and line that wrote the value.

Kustomize can annotate each resource with its origin and with the kustomizations that transformed it, in order. Those
name every file that may have written the value; the last of them in which the pointer leads deepest is the writer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import yaml

from . import layers, lines
from .model import Pointer, Problem, Resource, mapping, mappings
from .sources import Kustomization, Reader, Source, Tree

ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"

LIST_KEYS = ("name", "mountPath", "containerPort", "key", "port", "group", "op")
"""Fields by which Kustomize merges list items, or which tell items apart where it cannot."""


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


def _keyed(resource: Resource, pointer: Pointer) -> tuple[lines.Step, ...]:
    """The pointer with list positions replaced by the item's key: positions differ between sources and render."""
    steps: list[lines.Step] = []
    value: Any = resource.body
    for step in pointer:
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            before, value = value[:step], value[step]
            key = next((k for k in LIST_KEYS if isinstance(value, dict) and k in value), None)
            alike = sum(mapping(item).get(key) == value[key] for item in before) if key else 0
            steps.append((key, value[key], alike) if key else step)
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

    def place(self, problem: Problem) -> Place:
        if problem.file is not None:
            return Place(problem.file, problem.line or 1)
        if problem.resource is not None:
            found = self._resource(problem.resource, problem.pointer)
            if found is not None:
                return found
        top = self.tree.of(self.tree.target)
        return Place(top.file if top else self.tree.target, 1)

    def _resource(self, resource: Resource, pointer: Pointer) -> Place | None:
        source = self.known.get(identity(resource))
        if source is None:
            return None
        steps = _keyed(resource, pointer)
        best: tuple[int, Place] | None = None
        for depth, place in self._candidates(source, resource, pointer, steps):
            if best is None or depth >= best[0]:
                best = (depth, place)
        return best[1] if best else None

    def _candidates(
        self, source: Provenance, resource: Resource, pointer: Pointer, steps: tuple[lines.Step, ...]
    ) -> Iterator[tuple[int, Place]]:
        """(depth reached, place), in the order in which Kustomize wrote."""
        if source.origin in self.by_file:
            yield from self._generated(self.by_file[source.origin], resource, pointer)
        elif source.origin is not None:
            yield from self._file(source.origin, resource, steps)
        for file in source.configured_in:
            kustomization = self.by_file.get(file)
            if kustomization is None:
                continue
            if pointer != ("metadata", "name"):  # a patch's name is not written
                yield from self._patches(kustomization, resource, pointer, steps)
            for field in self._fields(kustomization, resource, pointer):
                yield len(pointer), Place(kustomization.file, kustomization.line(field))
            yield from self._replacements(kustomization, resource, pointer)

    def _file(self, path: str, resource: Resource, steps: tuple[lines.Step, ...]) -> Iterator[tuple[int, Place]]:
        """The document of a resource file: of its kind, and of the longest name that the rendered one holds."""
        source = self.tree.files.get(path)
        found = [
            (len(name) if (name := _name_of(body)) in resource.name else -1, -i, node)
            for i, (node, body) in enumerate(_objects(source))
            if mapping(body).get("kind") == resource.kind
        ]
        if found:
            depth, line = lines.descend(max(found, key=lambda item: item[:2])[2], steps)
            yield depth, Place(path, line)

    def _generated(self, made_by: Kustomization, resource: Resource, pointer: Pointer) -> Iterator[tuple[int, Place]]:
        """A generated ConfigMap or Secret: the generator's entry, the literal, or the file and the line in it."""
        field = "configMapGenerator" if resource.kind == "ConfigMap" else "secretGenerator"
        # The own name stands behind every prefix, and nothing but a hash follows.
        entries = mappings(made_by.body.get(field))
        ends = [f"-{resource.name}-".rfind(f"-{entry.get('name')}-") for _, entry in entries]
        for end, (i, entry) in zip(ends, entries, strict=True):
            if end < max(ends):
                continue
            yield 0, Place(made_by.file, made_by.line((field, i)))
            if len(pointer) < 2 or pointer[0] not in ("data", "binaryData"):
                continue
            key = str(pointer[1])
            for j, literal in enumerate(entry.get("literals") or []):
                if isinstance(literal, str) and literal.partition("=")[0] == key:
                    yield 2, Place(made_by.file, made_by.line((field, i, "literals", j)))
            for reference in made_by.references:
                if reference.at[:3] == (field, i, "files"):
                    listed = str(entry["files"][reference.at[3]])
                    name = listed.partition("=")[0] if "=" in listed else reference.path.rpartition("/")[2]
                    if name == key:
                        yield from self._inside_file(reference.path, pointer[2:])
                elif reference.at[:2] == (field, i):
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
        self, kustomization: Kustomization, resource: Resource, pointer: Pointer, steps: tuple[lines.Step, ...]
    ) -> Iterator[tuple[int, Place]]:
        """Patches of a kustomization that reach the resource."""
        item = _item(resource)
        for i, entry in mappings(kustomization.body.get("patches")):
            # A patch without a target names its resource, by the name that it had there.
            target = mapping(entry.get("target")) or {"kind": resource.kind}
            if not layers.selected({k: v for k, v in target.items() if k != "name"}, [item]):
                continue
            for file, before, node in self._patch_nodes(kustomization, i, entry):
                at = _operations(node, pointer) if isinstance(node, yaml.SequenceNode) else [lines.descend(node, steps)]
                for depth, line in at:
                    # Kind and name of a patch are not written; neither counts as a match.
                    if depth > 1:
                        yield depth, Place(file, before + line)

    def _patch_nodes(
        self, kustomization: Kustomization, i: int, entry: dict[str, Any]
    ) -> Iterator[tuple[str, int, yaml.Node]]:
        """(file, lines before it, node) of a patch's documents, be it a file or text."""
        for reference in kustomization.references:
            if reference.at == ("patches", i, "path"):
                source = self.tree.files.get(reference.path)
                yield from ((reference.path, 0, node) for node in (source.nodes if source else ()))
        source = self.tree.files.get(kustomization.file)
        if isinstance(entry.get("patch"), str) and source is not None:
            line = kustomization.line(("patches", i, "patch"))
            literal = "|" in source.text.split("\n")[line - 1].partition("patch:")[2]
            with suppress(lines.BadYaml):
                for node in lines.compose(entry["patch"]):
                    # The lines of any other style are not those of the text.
                    yield kustomization.file, line if literal else line - 1, node

    def _fields(
        self, kustomization: Kustomization, resource: Resource, pointer: Pointer
    ) -> Iterator[tuple[str | int, ...]]:
        """The kustomization's own fields that wrote the value, in Kustomize's order."""
        body = kustomization.body
        value, last = resource.at(pointer), str(pointer[-1]) if pointer else ""
        if last == "namespace" and value == body.get("namespace"):
            yield ("namespace",)
        if pointer == ("metadata", "name"):
            yield from ((field,) for field in ("namePrefix", "nameSuffix") if body.get(field))
        for i, entry in mappings(body.get("labels")):
            if str(mapping(entry.get("pairs")).get(last)) == value:
                yield ("labels", i, "pairs", last)
        for field in ("commonLabels", "commonAnnotations"):
            if str(mapping(body.get(field)).get(last)) == value:
                yield (field, last)
        for i, entry in mappings(body.get("replicas")):
            if pointer == ("spec", "replicas") and str(entry.get("name")) in resource.name:
                yield ("replicas", i, "count")
        for i, entry in mappings(body.get("images") if last in ("image", "reference") else None):
            name = str(entry.get("newName") or entry.get("name"))
            if isinstance(value, str) and layers.image_name(value) == name:
                yield ("images", i, next((f for f in ("digest", "newTag", "newName") if f in entry), "name"))

    def _replacements(
        self, kustomization: Kustomization, resource: Resource, pointer: Pointer
    ) -> Iterator[tuple[int, Place]]:
        """A replaced value was written where the replacement's source stands: a site ConfigMap's line."""
        item = _item(resource)
        for i, entry in mappings(kustomization.body.get("replacements")):
            for _, target in mappings(entry.get("targets")):
                select = mapping(target.get("select"))
                fields = [_steps(field) for field in target.get("fieldPaths") or ["metadata.name"]]
                if not any(_leads_to(field, resource, pointer) for field in fields):
                    continue
                if not layers.selected({k: v for k, v in select.items() if k != "name"}, [item]):
                    continue
                # A name may be one that the resource had before; one that it still has is surer.
                surer = layers.selected({"name": select.get("name")}, [item])
                place = self._source(mapping(entry.get("source")))
                if "sourceValue" in entry:
                    place = Place(kustomization.file, kustomization.line(("replacements", i, "sourceValue")))
                if place is not None:
                    yield len(pointer) + (2 if surer else 1), place

    def _source(self, source: dict[str, Any]) -> Place | None:
        pointer = tuple(_steps(source.get("fieldPath", "metadata.name")))
        for path, file in self.tree.files.items():
            for node, body in _objects(file):
                if mapping(body).get("kind") == source.get("kind") and _name_of(body) == source.get("name"):
                    return Place(path, lines.descend(node, pointer)[1])
        return None


def _item(resource: Resource) -> layers.Item:
    labels = {str(k): str(v) for k, v in resource.labels.items()}
    annotations = {str(k): str(v) for k, v in resource.annotations.items()}
    return layers.Item(resource.api_version, resource.kind, [resource.name], labels, annotations)


def _objects(source: Source | None) -> Iterator[tuple[yaml.Node, Any]]:
    return zip(source.nodes, source.documents, strict=True) if source else iter(())


def _name_of(body: Any) -> str:
    return str(mapping(mapping(body).get("metadata")).get("name"))


def _operations(node: yaml.SequenceNode, pointer: Pointer) -> Iterator[tuple[int, int]]:
    """(depth, line) of the operations of a JSON patch that write at the pointer or above it."""
    for i, operation in enumerate(node.value):
        fields = operation.value if isinstance(operation, yaml.MappingNode) else []
        path = next((str(value.value) for key, value in fields if key.value == "path"), "")
        steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
        above = pointer[: len(steps)]
        if len(above) == len(steps) and all(want in (str(have), "-") for want, have in zip(steps, above, strict=True)):
            depth, line = lines.descend(node, (i, "value", *pointer[len(steps) :]))
            yield len(steps) + max(0, depth - 2), line


def _steps(field_path: object) -> list[str]:
    """The steps of a replacement's field path; what stands in brackets is one, a dot behind a backslash parts none."""
    found = re.findall(r"\[([^\]]*)\]|((?:\\.|[^.\[\]\\])+)", str(field_path))
    return [bracketed or re.sub(r"\\(.)", r"\1", plain) for bracketed, plain in found]


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


@lru_cache(maxsize=2)
def _starts(text: str) -> dict[int, yaml.Node]:
    """The objects of a text by the line (1-based) where each begins: its documents, and the items of a List."""
    found: dict[int, yaml.Node] = {}
    for node in lines.compose(text, trusted=True):
        found.setdefault(node.start_mark.line + 1, node)
        for item in _items_of(node):
            found.setdefault(item.start_mark.line + 1, item)
    return found


def _items_of(node: yaml.Node | None) -> list[yaml.Node]:
    fields = {str(key.value): value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
    listed = fields.get("items")
    return listed.value if isinstance(listed, yaml.SequenceNode) and "kind" in fields else []


def items(text: str, line: int) -> dict[int, int]:
    """Where (1-based) each item of the List that begins at ``line`` begins."""
    return {i: item.start_mark.line + 1 for i, item in enumerate(_items_of(_starts(text).get(line)))}


def in_text(text: str, resource: Resource, pointer: Pointer) -> int:
    """The line of a pointer in the text that the resource was parsed from (``--manifest``)."""
    node = _starts(text).get(resource.line)
    return lines.descend(node, pointer)[1] if node is not None else resource.line

"""From a pointer into a rendered resource to the source file and line that wrote the value.

Kustomize can annotate each resource with its origin and with the kustomizations that transformed it, in order. Those
name every file that may have written the value; the last of them in which the pointer leads deepest is the writer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from . import layers, lines
from .model import Pointer, Problem, Resource, mapping, mappings
from .sources import Kustomization, Reader, Tree

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
            if kustomization is not None and pointer == ("metadata", "name"):
                # A patch's name is not written; a prefix or suffix is.
                for field in ("namePrefix", "nameSuffix"):
                    if kustomization.body.get(field):
                        yield len(pointer), Place(kustomization.file, kustomization.line((field,)))
            elif kustomization is not None:
                yield from self._patches(kustomization, resource, steps)
                yield from self._images(kustomization, resource, pointer)
                yield from self._replacements(kustomization, resource, pointer)

    def _file(self, path: str, resource: Resource, steps: tuple[lines.Step, ...]) -> Iterator[tuple[int, Place]]:
        """Documents of a resource file: those of the kind whose name the rendered one ends with."""
        source = self.tree.files.get(path)
        pairs = list(zip(source.nodes, source.documents, strict=False)) if source else []
        same = [
            (node, body)
            for node, body in pairs
            if mapping(body).get("kind") == resource.kind
            and str(mapping(mapping(body).get("metadata")).get("name")) in resource.name
        ]
        of_kind = [(node, body) for node, body in pairs if mapping(body).get("kind") == resource.kind]
        for node, _ in (same or of_kind)[:1] if len(same) != 1 else same:
            depth, line = lines.descend(node, steps)
            yield depth, Place(path, line)

    def _generated(self, made_by: Kustomization, resource: Resource, pointer: Pointer) -> Iterator[tuple[int, Place]]:
        """A generated ConfigMap or Secret: the generator's entry, the literal, or the file and the line in it."""
        field = "configMapGenerator" if resource.kind == "ConfigMap" else "secretGenerator"
        entries = [
            (i, e)
            for i, e in mappings(made_by.body.get(field))
            if f"-{e.get('name')}-" in f"-{resource.name}-"
        ]
        for i, entry in entries:
            yield 0, Place(made_by.file, made_by.line((field, i)))
            if len(pointer) < 2 or pointer[0] not in ("data", "binaryData"):
                continue
            key = str(pointer[1])
            for j, literal in enumerate(entry.get("literals") or []):
                if isinstance(literal, str) and literal.partition("=")[0] == key:
                    yield 2, Place(made_by.file, made_by.line((field, i, "literals", j)))
            for reference in made_by.references:
                if reference.at[:3] != (field, i, "files"):
                    continue
                listed = entry["files"][reference.at[3]]  # type: ignore[index]
                name = listed.partition("=")[0] if "=" in listed else reference.path.rpartition("/")[2]
                if name == key:
                    yield from self._inside_file(reference.path, pointer[2:])

    def _inside_file(self, path: str, rest: Pointer) -> Iterator[tuple[int, Place]]:
        line = 1
        if rest and path.endswith((".yaml", ".yml", ".json")):
            source, _ = self.reader.yaml_file(path)
            if source is not None and source.nodes:
                line = lines.descend(source.nodes[0], tuple(rest))[1]
        yield 2 + len(rest), Place(path, line)

    def _patches(
        self, kustomization: Kustomization, resource: Resource, steps: tuple[lines.Step, ...]
    ) -> Iterator[tuple[int, Place]]:
        """Merge patches of a kustomization that reach the resource."""
        for i, entry in mappings(kustomization.body.get("patches")):
            item = layers.Item(
                resource.api_version,
                resource.kind,
                [resource.name],
                {str(k): str(v) for k, v in resource.labels.items()},
                {str(k): str(v) for k, v in resource.annotations.items()},
            )
            target = {k: v for k, v in mapping(entry.get("target")).items() if k != "name"}
            if not layers.selected(target, [item]):
                continue
            for reference in kustomization.references:
                if reference.at == ("patches", i, "path"):
                    source = self.tree.files.get(reference.path)
                    for node in source.nodes if source else ():
                        depth, line = lines.descend(node, steps)
                        # Kind and name of a patch are not written; neither counts as a match.
                        if depth > 1:
                            yield depth, Place(reference.path, line)

    def _images(
        self, kustomization: Kustomization, resource: Resource, pointer: Pointer
    ) -> Iterator[tuple[int, Place]]:
        image = resource.at(pointer)
        if not pointer or pointer[-1] != "image" or not isinstance(image, str):
            return
        for i, entry in mappings(kustomization.body.get("images")):
            if layers.image_name(image) == (entry.get("newName") or entry.get("name")):
                field = next((f for f in ("digest", "newTag", "newName") if f in entry), "name")
                yield len(pointer), Place(kustomization.file, kustomization.line(("images", i, field)))

    def _replacements(
        self, kustomization: Kustomization, resource: Resource, pointer: Pointer
    ) -> Iterator[tuple[int, Place]]:
        """A replaced value was written where the replacement's source stands: a site ConfigMap's line."""
        path = ".".join("*" if isinstance(step, int) else str(step) for step in pointer)
        for _, entry in mappings(kustomization.body.get("replacements")):
            for _, target in mappings(entry.get("targets")):
                select = {k: v for k, v in mapping(target.get("select")).items() if k in ("kind", "group")}
                item = layers.Item(resource.api_version, resource.kind, [resource.name], {}, {})
                fields = [str(f) for f in target.get("fieldPaths") or []]
                if layers.selected(select, [item]) and any(_same_field(f, path) for f in fields):
                    place = self._source(mapping(entry.get("source")))
                    if place is not None:
                        yield len(pointer) + 1, place

    def _source(self, source: dict[str, Any]) -> Place | None:
        pointer = tuple(str(source.get("fieldPath", "")).split(".", 1))
        for path, file in self.tree.files.items():
            for node, body in zip(file.nodes, file.documents, strict=False) if file else ():
                named = mapping(mapping(body).get("metadata")).get("name")
                if mapping(body).get("kind") == source.get("kind") and named == source.get("name"):
                    return Place(path, lines.descend(node, pointer)[1])
        return None


def _same_field(field_path: str, pointer: str) -> bool:
    """Whether a replacement's field path is the pointer's: ``[name=x]`` and ``*`` stand for list positions."""
    parts: list[str] = []
    rest = field_path
    while rest:
        if rest.startswith("["):
            inner, _, rest = rest[1:].partition("]")
            parts.append("*" if "=" in inner else inner)
            rest = rest.removeprefix(".")
        else:
            head, _, rest = rest.partition(".")
            parts.append("*" if head.isdigit() else head)
    return ".".join(parts) == pointer


def in_text(text: str, resource: Resource, pointer: Pointer) -> int:
    """The line of a pointer in the text that the resource was parsed from (``--manifest``)."""
    for node in lines.compose(text, trusted=True):
        if node.start_mark.line + 1 == resource.line:
            return lines.descend(node, pointer)[1]
    return resource.line

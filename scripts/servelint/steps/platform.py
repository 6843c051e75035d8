"""What a cluster has that no overlay renders: the platform below all of them, and what a cluster declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..model import Resource, mapping, mappings
from ..sources import Reader, Tree
from ..sources.site import LOCAL

PLATFORM = "base/platform"
"""What every cluster provides; leaves may refer to it without rendering it."""


def trees(reader: Reader, hurry: Callable[[], None] = lambda: None) -> Iterator[Tree]:
    """What the folders of the platform are made of. hurry: is called before each, and raises when it is too late."""
    below = sorted((reader.root / PLATFORM).glob("*/")) if reader.is_inside(PLATFORM) else []
    for folder in (PLATFORM, *(f"{PLATFORM}/{p.name}" for p in below)):
        # A link out of the repository is one of them, although nobody looks what is there.
        hurry()
        reader = reader.renewed()
        if not reader.is_inside(folder) or reader.kustomization_file(folder) is not None:
            yield reader.tree(folder)


def externals(reader: Reader, hurry: Callable[[], None] = lambda: None) -> frozenset[tuple[str, str]]:
    """Objects of the platform, as (kind, name); a Secret that an ExternalSecret makes, with and without its keys."""
    found: set[tuple[str, str]] = set()
    for tree in trees(reader, hurry):
        for source in tree.files.values():
            for body in source.documents if source else ():
                resource = Resource(mapping(body))
                found.add((resource.kind, resource.name))
                if resource.kind == "ExternalSecret":
                    name = str(mapping(resource.spec.get("target")).get("name") or resource.name)
                    found.add(("Secret", name))
                    for _, item in mappings(resource.spec.get("data")):
                        found.add(("Secret", f"{name}/{item.get('secretKey')}"))
    return frozenset(found)


def declared(tree: Tree) -> frozenset[tuple[str, str]]:
    """Objects that a cluster says it has without rendering them: local-config resources, a Secret with its keys."""
    found: set[tuple[str, str]] = set()
    for source in tree.files.values():
        for body in source.documents if source else ():
            resource = Resource(mapping(body))
            if str(resource.annotations.get(LOCAL, "")).lower() == "true":
                found.add((resource.kind, resource.name))
                keys = [*mapping(resource.body.get("data")), *mapping(resource.body.get("stringData"))]
                found |= {(resource.kind, f"{resource.name}/{key}") for key in keys}
    return frozenset(found)

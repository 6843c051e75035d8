"""What a cluster has that no overlay renders: the platform below all of them, and what a cluster declares."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..model import Provision, Resource, mapping, mappings
from ..sources import Reader, Tree, layers
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


class Below(NamedTuple):
    """What clusters build on besides overlays: the folders of the platform; and the components that spread site values
    and do nothing else, each with their keys."""

    platform: tuple[Provision, ...]
    site: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def objects(self) -> frozenset[tuple[str, str]]:
        """All that the platform declares."""
        return frozenset(each for one in self.platform for each in one.objects)


def below(reader: Reader, hurry: Callable[[], None] = lambda: None) -> Below:
    """What stands below all overlays."""
    fillers = list(_fillers(reader))
    provisions = tuple(
        Provision(
            tree.target,
            tuple(kustomization.folder for kustomization in tree.kustomizations),
            tuple(sorted(_objects(tree))),
            tuple((folder, keys) for folder, writes in fillers if (keys := _keys(tree, writes))),
        )
        for tree in trees(reader, hurry)
    )
    return Below(provisions, tuple((folder, tuple(dict.fromkeys(key for key, _ in own))) for folder, own in fillers))


def _objects(tree: Tree) -> set[tuple[str, str]]:
    """As (kind, name); a Secret that an ExternalSecret makes, with and without its keys."""
    found: set[tuple[str, str]] = set()
    for source in tree.files.values():
        for body in source.documents if source else ():
            resource = Resource(mapping(body))
            found.add((resource.kind, resource.name))
            if resource.kind == "ExternalSecret":
                name = str(mapping(resource.spec.get("target")).get("name") or resource.name)
                found.add(("Secret", name))
                for _, item in mappings(resource.spec.get("data")):
                    found.add(("Secret", f"{name}/{item.get('secretKey')}"))
    return found


SITE = "base/site"
"""Its components spread the site values of a cluster."""


def _fillers(reader: Reader) -> Iterator[tuple[str, list[tuple[str, layers.Replacement]]]]:
    """Each component that does nothing but spread site values, with its replacements by the key that they spread."""
    for path in sorted((reader.root / SITE).glob("*/")) if reader.is_inside(SITE) else []:
        folder = f"{SITE}/{path.name}"
        if reader.is_inside(folder) and reader.kustomization_file(folder) is not None:
            tree = reader.tree(folder)
            own = tree.of(folder)
            if own is not None and not set(own.body) - {*layers.HEAD, "replacements"}:
                every = layers.replacements(tree, own)
                yield folder, [(key, each) for each in every if (key := layers.site_key(each.body))]


def _keys(tree: Tree, writes: list[tuple[str, layers.Replacement]]) -> tuple[str, ...]:
    """The keys that replacements write into the objects of a folder."""
    items = list(found[-1].items) if (found := layers.layers(tree)) else []
    reached = [
        key
        for key, replacement in writes
        if any(layers.targeted(target, items) for _, target in mappings(replacement.body.get("targets")))
    ]
    return tuple(dict.fromkeys(reached))


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

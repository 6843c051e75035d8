"""What a cluster lacks, and which line of its kustomization would bring it: a folder of the platform, or an overlay."""

import posixpath
from collections.abc import Iterator
from functools import lru_cache

from ..model import Overlay, Provision, Resource, is_marker, prefix
from .references import CLASSES, Reference, kinds_declared, missing, references

TOP = "resources"
"""The field of a kustomization that names folders of the platform and overlays."""


def certain(overlay: Overlay) -> Iterator[Reference]:
    """References to what is missing for sure, and not only out of sight."""
    for reference in references(overlay):
        if missing(overlay, reference):
            if reference.kind in CLASSES:
                sure = reference.kind in kinds_declared(overlay)
            else:  # Routes may lead to other teams' Services; only a cluster shows all of them.
                sure = reference.kind != "Service" or overlay.kind == "cluster"
            if sure:
                yield reference


def provider(overlay: Overlay, kind: str, name: str) -> Provision | None:
    """The folder of the platform that would declare an object in a cluster that builds on no part of that folder.

    A cluster gives an object whose name is a marker a name of its own.
    """
    for one in overlay.platform if overlay.kind == "cluster" else ():
        declares = any(k == kind and (own == name or is_marker(own)) for k, own in one.objects)
        if declares and not any(part in overlay.built for part in one.parts):
            return one
    return None


@lru_cache(maxsize=16)
def wanted(overlay: Overlay) -> dict[Provision, list[Reference]]:
    """The folders of the platform that a cluster needs and leaves out, each with what names its objects."""
    found: dict[Provision, list[Reference]] = {}
    for reference in certain(overlay):
        if (one := provider(overlay, reference.kind, reference.name)) is not None:
            found.setdefault(one, []).append(reference)
    return found


def lacking(overlay: Overlay, one: Provision) -> str:
    """What is to be added to a cluster for a folder of the platform: its line, components and keys, in words."""
    said = [f"{here(overlay, one.folder)} to {TOP}"]
    for folder, keys in one.filled_by:
        said += filling(overlay, folder, keys)
    return all_of(said)


def filling(overlay: Overlay, folder: str, keys: tuple[str, ...]) -> list[str]:
    """What is to be added to a cluster for a component of base/site: its line and keys, in words."""
    said = [] if folder in overlay.built else [f"{here(overlay, folder)} to components"]
    there = {name.partition("/")[2] for kind, name in overlay.external if kind == "ConfigMap"}
    left = [key for key in keys if key not in there]
    return [*said, f"{all_of(left)} to site.yaml"] if left else said


def all_of(words: list[str]) -> str:
    """Words as a sentence lists them."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def here(overlay: Overlay, folder: str) -> str:
    """A folder as the overlay's kustomization names it."""
    return posixpath.relpath(folder, overlay.path)


def leaf_of(overlay: Overlay, name: str) -> str | None:
    """The overlay of the repository that gives an object its name; None of a name with no overlay's prefix."""
    overlay.asked.add(name)
    found = [folder for folder in overlay.folders if (own := prefix(folder)) and name.startswith(own)]
    return max(found, key=len) if found else None


def left_out(overlay: Overlay, name: str) -> str | None:
    """The overlay that gives an object its name, if it is one that a cluster does not build on."""
    leaf = leaf_of(overlay, name) if overlay.kind == "cluster" and overlay.built else None
    return leaf if leaf not in overlay.built else None


def line_of(overlay: Overlay, resource: Resource) -> tuple[str, int] | None:
    """File and line that bring the overlay of an object into a cluster."""
    return overlay.built.get(leaf_of(overlay, resource.name) or "")

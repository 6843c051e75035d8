"""Which objects stand in an overlay, as rules over the fleet note them: in short, for they note it of every overlay."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..model import Overlay


class Objects(NamedTuple):
    """The objects of one kind in one namespace. named: place and name of each, in the order of the set."""

    api_version: str
    kind: str
    namespace: str
    named: list[list[Any]]

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]


def noted(overlay: Overlay, running: bool = False) -> list[Any]:
    """The objects of an overlay as data. running: those alone that run pods."""
    found: dict[tuple[str, str, str], list[list[Any]]] = {}
    for place, resource in enumerate(overlay.resources):
        if running and not overlay.pods_in(resource):
            continue
        alike = (resource.api_version, resource.kind, resource.namespace)
        found.setdefault(alike, []).append([place, resource.name])
    return [[*alike, named] for alike, named in found.items()]


def objects(data: list[Any]) -> Iterator[Objects]:
    """What ``noted`` made data of."""
    return (Objects(*one) for one in data)

"""What the fleet asks of the controllers of a cluster: the oldest version of each, and the Kubernetes below it.

``controllers.yaml`` beside this file has them, each with its sources. It is part of the validator, not of the fleet, so
a mistake in it is one of the program, and a test finds it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import lines
from ..model import Resource, mapping
from .shapes import CONTROLLERS

FILE = Path(__file__).with_name("controllers.yaml")


@dataclass(frozen=True)
class Controller:
    """One of them. minimum: the oldest version that will do; empty of what GKE brings itself.

    groups, drivers: of the objects by which one sees that it is needed. needs: what of the fleet asks for that version.
    """

    name: str
    needs: str
    note: str
    urls: tuple[str, ...]
    groups: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    minimum: str = ""
    kubernetes: str = ""
    gke: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """Its name, with the version if it has one of its own."""
        return f"{self.name} {self.minimum}".rstrip()

    def below(self, architecture: str = "amd64") -> str:
        """The Kubernetes that it needs on machines of an architecture ("1.32"), or nothing if nobody says."""
        return minor(dict(self.gke).get(architecture, "")) or self.kubernetes


def minor(version: str) -> str:
    """1.33 of 1.33.2-gke.1111000."""
    return ".".join(version.split(".")[:2])


def order(version: str) -> tuple[int, ...]:
    """A version of Kubernetes or GKE as numbers, by which versions are compared."""
    return tuple(int(part) for part in version.replace("-gke", "").split("."))


@lru_cache(maxsize=1)
def controllers() -> tuple[Controller, ...]:
    """The content of controllers.yaml; that it has the right shape is for ``mistakes``."""
    lists = ("groups", "drivers", "urls")
    return tuple(
        Controller(**{
            **entry,
            **{key: tuple(entry[key]) for key in lists if key in entry},
            **({"gke": tuple(entry["gke"].items())} if "gke" in entry else {}),
        })
        for entry in _content()
    )  # fmt: skip


def _content() -> list[dict[str, Any]]:
    return list(lines.load(FILE.read_text(encoding="utf-8"))[0][1])


def mistakes() -> dict[str, Any]:
    """What is wrong with the shape of controllers.yaml, by its keys; a test asks, as it does of code."""
    import cerberus

    validator = cerberus.Validator(CONTROLLERS, require_all=True)
    validator.validate({"controllers": _content()})
    return dict(validator.errors)


def used(resources: Iterable[Resource]) -> dict[Controller, Resource]:
    """The controllers that some objects need, each with the first object that needs it."""
    found: dict[Controller, Resource] = {}
    for resource in resources:
        driver = mapping(resource.spec.get("csi")).get("driver") if resource.kind == "PersistentVolume" else None
        for controller in controllers():
            if resource.group in controller.groups or driver in controller.drivers:
                found.setdefault(controller, resource)
    return found

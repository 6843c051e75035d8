"""A resource against the schemas of every Kubernetes version that its overlay must hold for, one verdict a mistake."""

from __future__ import annotations

from functools import lru_cache

from . import schema
from .model import Resource


@lru_cache(maxsize=8192)
def violations(resource: Resource, versions: tuple[str, ...]) -> tuple[tuple[str, schema.Violation], ...]:
    """(versions that object, violation), in the order of the schema; empty for a kind that has none."""
    by_mistake: dict[schema.Violation, list[str]] = {}
    for version in versions:
        if schema.known(resource.api_version, resource.kind, version):
            for violation in schema.violations(resource.body, version):
                by_mistake.setdefault(violation, []).append(version)
    return tuple((", ".join(objecting), violation) for violation, objecting in by_mistake.items())


def unserved(resource: Resource, versions: tuple[str, ...]) -> tuple[str, ...]:
    """The versions that have no schema for the resource's kind."""
    return tuple(v for v in versions if not schema.known(resource.api_version, resource.kind, v))

"""A resource against what every Kubernetes version that its overlay must hold for would say, one verdict a mistake."""

from functools import lru_cache

from ..model import Resource
from . import schema
from .semantics import apply, cel, kinds
from .semantics.field import Complaint


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


@lru_cache(maxsize=8192)
def complaints(resource: Resource, versions: tuple[str, ...]) -> tuple[Complaint, ...]:
    """What the API server would refuse the resource for beyond its schema; nothing if the schema refuses it already."""
    if violations(resource, versions):
        return ()
    scope = schema.scope(resource.api_version, resource.kind)
    found = (c for version in versions for c in kinds.complaints(resource.body, version, scope))
    rules = (c for version in versions for c in cel.rule_complaints(resource.body, version))
    return tuple(dict.fromkeys([*found, *rules]))


@lru_cache(maxsize=8192)
def unmergeable(resource: Resource, versions: tuple[str, ...]) -> tuple[Complaint, ...]:
    """What a server-side apply alone would refuse; nothing if the schema refuses the resource already."""
    version = next((v for v in reversed(versions) if schema.known(resource.api_version, resource.kind, v)), None)
    if version is None or violations(resource, versions):
        return ()
    return tuple(apply.complaints(resource.body, version))


@lru_cache(maxsize=8192)
def uncreatable(resource: Resource, versions: tuple[str, ...]) -> tuple[Complaint, ...]:
    """What the pods of a custom resource would be refused for; nothing if the resource itself is refused."""
    if violations(resource, versions):
        return ()
    return tuple(dict.fromkeys(c for version in versions for c in kinds.template_complaints(resource.body, version)))

"""An ExternalSecret makes no Secret, or loses it to another one.

With creationPolicy None nothing is written, with Merge only into a Secret that somebody else makes. A Secret that one
ExternalSecret owns is written by no other: that one fails with "target is owned by another ExternalSecret", whatever
its policy. Nothing is read from a store whose project cannot exist, nor of a secret whose id cannot. Pods that name
such a Secret, or a key of it, wait in CreateContainerConfigError. What the operator may delete must be its own:
deletionPolicy Delete beside creationPolicy Orphan fails when the source has no data any more.
"""

import re

from ...model import Overlay, Pointer, Problem, Problems, Resource, is_marker, mapping, mappings
from ...views.references import declared, references
from ..examples import other, server, together
from . import placeholder_value

SEVERITY = ("error", "warning")
HINT = (
    "Let one ExternalSecret have creationPolicy Owner and all keys of its Secret, from a store with the project's id.",
    "Write creationPolicy Owner with deletionPolicy Delete, and have one ExternalSecret for each Secret.",
)
SOURCE = "https://external-secrets.io/latest/guides/ownership-deletion-policy/"
COVERS = ("REF-04",)

_TARGET = "target: {name: token, creationPolicy: Owner}, data: [{secretKey: a, remoteRef: {key: a}}]"
GOOD = together(
    server(container="env: [{name: A, valueFrom: {secretKeyRef: {name: token, key: a}}}]"),
    other("ExternalSecret", _TARGET, name="token", api="external-secrets.io/v1"),
)
BAD = GOOD.replace("Owner", "None")

_RANK = {"Owner": 0, "Orphan": 1}
"""Who decides what becomes of a Secret."""
PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|\d+")
"""A project's id, a domain before it where it is an old one, or its number, which Google Cloud takes as well.
Source: https://cloud.google.com/sdk/gcloud/reference/alpha/projects/create and
https://pub.dev/documentation/googleapis_beta/latest/sqladmin_v1beta4/DatabaseInstance/project.html"""
SECRET = re.compile(r"[A-Za-z0-9_-]{1,255}")
"""Source: https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create and getName in
https://github.com/external-secrets/external-secrets/blob/v1.3.2/providers/v1/gcp/secretmanager/client.go"""
STORED: tuple[Pointer, ...] = (("projectID",), ("auth", "workloadIdentity", "clusterProjectID"))
"""Where a store of Google's Secret Manager names projects."""


def _policy(resource: Resource) -> str:
    return str(mapping(resource.spec.get("target")).get("creationPolicy") or "Owner")


def _target(resource: Resource) -> tuple[str, str]:
    return resource.namespace, str(mapping(resource.spec.get("target")).get("name") or resource.name)


def check(overlay: Overlay) -> Problems:
    wanted = {(r.resource.namespace, r.name) for r in references(overlay) if r.kind == "Secret" and not r.optional}
    targets: dict[tuple[str, str], list[Resource]] = {}
    for resource in overlay.of("ExternalSecret"):
        if resource.group == "external-secrets.io" and not mapping(resource.spec.get("target")).get("manifest"):
            targets.setdefault(_target(resource), []).append(resource)
            yield from _misnamed(overlay, resource)
    for (space, name), found in targets.items():
        for resource in found:
            yield from _alone(overlay, resource, name, (space, name) in wanted)
        yield from _rivals(found, name)
    unread = list(_unread(overlay))
    # An empty value or <YOUR_PROJECT> is called by its name already.
    said = {(p.resource, p.pointer) for p in placeholder_value.check(overlay)} if unread else set()
    yield from (problem for problem in unread if (problem.resource, problem.pointer) not in said)


def _unread(overlay: Overlay) -> Problems:
    """Stores that name a project which cannot exist."""
    for store in overlay.of("SecretStore", "ClusterSecretStore"):
        for path in STORED if store.group == "external-secrets.io" else ():
            at: Pointer = ("spec", "provider", "gcpsm", *path)
            value = store.at(at)
            if isinstance(value, str) and not is_marker(value) and not PROJECT.fullmatch(value):
                text = f"{value!r} is no id of a project: 6 to 30 of a-z, 0-9 and -, a letter first, no - last"
                yield Problem(store, at, text)


def _misnamed(overlay: Overlay, resource: Resource) -> Problems:
    """Keys that no secret of Google's Secret Manager can have: the operator writes them into a path of its own."""
    for field, way in (("data", "remoteRef"), ("dataFrom", "extract")):
        for i, entry in mappings(resource.spec.get(field)):
            key, at = mapping(entry.get(way)).get("key"), ("spec", field, i, way, "key")
            own = mapping(mapping(entry.get("sourceRef")).get("storeRef"))
            if not _of_google(overlay, resource, own or mapping(resource.spec.get("secretStoreRef"))):
                continue
            if not isinstance(key, str) or is_marker(key) or SECRET.fullmatch(key):
                continue
            text = f"{key!r} is no id of a secret in Secret Manager: up to 255 letters, digits, - and _, and no path"
            yield Problem(resource, at, text)


def _of_google(overlay: Overlay, resource: Resource, reference: dict[str, object]) -> bool:
    """Whether the store that is named is here, and one of Google's Secret Manager."""
    kind = str(reference.get("kind") or "SecretStore")
    space = resource.namespace if kind == "SecretStore" else None
    store = overlay.named(kind, str(reference.get("name")), space)
    return store is not None and isinstance(store.at(("spec", "provider", "gcpsm")), dict)


def _rivals(found: list[Resource], name: str) -> Problems:
    """What several ExternalSecrets of one Secret do to each other."""
    writers = sorted((r for r in found if _policy(r) != "None"), key=lambda r: _RANK.get(_policy(r), 2))
    first = writers[0] if writers else None
    for resource in writers[1:]:
        if first is not None and _policy(first) == "Owner":
            text = f"Secret {name} is owned by ExternalSecret {first.name}: no other one can write to it"
            yield Problem(resource, resource.nearest(("spec", "target", "name")), text)
        elif first is not None and _policy(first) == "Orphan":
            text = f"ExternalSecret {first.name} empties Secret {name} at each refresh of its own"
            yield Problem(resource, resource.nearest(("spec", "target", "name")), text, severity="warning")


def _alone(overlay: Overlay, resource: Resource, name: str, needed: bool) -> Problems:
    """What is wrong with one, whatever else there is."""
    policy, at = _policy(resource), resource.nearest(("spec", "target", "creationPolicy"))
    if policy == "None":
        text = f"creationPolicy None makes no Secret {name}"
        yield Problem(resource, at, text, severity=None if needed else "warning")
    makers = [made.resource for made in declared(overlay, "Secret", name)]
    if policy == "Merge" and needed and all(_merges(maker) for maker in makers):
        yield Problem(resource, at, f"creationPolicy Merge waits for a Secret {name}, which nothing here makes")
    deletion = mapping(resource.spec.get("target")).get("deletionPolicy")
    if policy == "Orphan" and deletion == "Delete":
        text = f"deletionPolicy Delete needs creationPolicy Owner: a Secret {name} that is orphaned cannot be deleted"
        yield Problem(resource, resource.nearest(("spec", "target", "deletionPolicy")), text, severity="warning")


def _merges(maker: Resource) -> bool:
    return maker.kind == "ExternalSecret" and _policy(maker) in ("Merge", "None")

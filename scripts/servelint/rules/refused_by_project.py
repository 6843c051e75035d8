"""An Argo CD project does not let its Application deliver what it is to deliver.

A project lists repositories, destinations and kinds. What is not on the lists is refused at the sync, "not permitted in
project": a new cluster-scoped kind, a namespace with another name, a repository that moved. Everything else of the
Application waits behind it.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from typing import Any

from .. import schema
from ..model import Overlay, Pointer, Problem, Resource, mapping, mappings
from ..views.delivery import ARGO, Delivery, delivered, deliveries, normal_repository

SEVERITY = "error"
HINT = "Add it to the AppProject's lists, or correct the repository, namespace or kind."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/projects/"
COVERS = ("REF-03", "GIT-07")

_SYNC = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: fleet, namespace: argocd}
spec:
  sourceRepos: ["https://github.com/example/fleet.git"]
  destinations: [{server: "https://kubernetes.default.svc", namespace: serving}]
  clusterResourceWhitelist: [{group: "", kind: Namespace}]
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: fleet, namespace: argocd}
spec:
  project: fleet
  source: {repoURL: "https://github.com/example/fleet.git", path: overlays/example-1, targetRevision: main}
  destination: {server: "https://kubernetes.default.svc", namespace: serving}
"""
_SET = """\
apiVersion: v1
kind: Namespace
metadata: {name: serving}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: serving}
"""
GOOD = (_SYNC, _SET)
BAD = (_SYNC, _SET.replace("namespace: serving", "namespace: inference"))


def _matches(pattern: object, text: str) -> bool:
    """Argo CD's globs; an empty pattern stands for nothing."""
    return isinstance(pattern, str) and fnmatch.fnmatchcase(text, pattern)


def _listed(kinds: Any, resource: Resource) -> bool:
    return any(
        _matches(k.get("group"), resource.group)
        and _matches(k.get("kind"), resource.kind)
        and (not k.get("name") or _matches(k["name"], resource.name))
        for _, k in mappings(kinds)
    )


def _reaches(project: Resource, destination: dict[str, Any], namespace: str) -> bool:
    """Whether the project allows the namespace of the destination's cluster. A list may deny with ``!``."""
    allowed = False
    for _, entry in mappings(project.spec.get("destinations")):
        place = str(entry.get("namespace", ""))
        names = ("server", "name")
        same = any(destination.get(n) and _matches(entry.get(n), str(destination[n])) for n in names)
        if same and place.startswith("!") and _matches(place[1:], namespace):
            return False
        allowed |= same and _matches(place, namespace)
    return allowed


def _takes(project: Resource, repository: str) -> bool:
    """Whether the project takes from a repository, whichever way its address is written."""
    repositories = project.spec.get("sourceRepos")
    texts = [text for text in (repositories if isinstance(repositories, list) else []) if isinstance(text, str)]
    url = normal_repository(repository)
    if any(text.startswith("!") and _matches(normal_repository(text[1:]), url) for text in texts):
        return False
    return any(_matches(normal_repository(text), url) for text in texts)


def _refused(project: Resource, resource: Resource, destination: dict[str, Any]) -> tuple[str, Pointer] | None:
    """Why the project refuses an object, and where in the object."""
    scope, spec = schema.scope(resource.api_version, resource.kind), project.spec
    if scope == "Cluster":
        allowed = _listed(spec.get("clusterResourceWhitelist"), resource)
        if not allowed or _listed(spec.get("clusterResourceBlacklist"), resource):
            return f"the kind {resource.kind} for a whole cluster", ("kind",)
    if scope == "Namespaced":
        white, black = spec.get("namespaceResourceWhitelist"), spec.get("namespaceResourceBlacklist")
        if _listed(black, resource) or (isinstance(white, list) and not _listed(white, resource)):
            return f"the kind {resource.kind}", ("kind",)
        namespace = resource.namespace or str(destination.get("namespace") or "default")
        if not _reaches(project, destination, namespace):
            return f"the namespace {namespace}", ("metadata", "namespace") if resource.namespace else ("metadata",)
    return None


def _own(project: Resource, delivery: Delivery, destination: dict[str, Any]) -> Iterator[tuple[str, Pointer]]:
    """What the project refuses of the Application itself."""
    source: Pointer = (*delivery.at, "source") if "source" in delivery.spec else delivery.at
    if delivery.repository is not None and not _takes(project, delivery.repository):
        yield f"the repository {delivery.repository}", source
    namespace = str(destination.get("namespace") or "")
    if destination and namespace and not _reaches(project, destination, namespace):
        where = destination.get("server") or destination.get("name")
        yield f"the destination {namespace} in {where}", (*delivery.at, "destination")


def check_fleet(overlays: Sequence[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    for overlay in overlays:
        projects = [p for p in overlay.of("AppProject") if p.group == ARGO]
        for delivery in deliveries(overlay):
            name = delivery.spec.get("project")
            project = next((p for p in projects if p.name == name), None)
            if project is None:
                if projects and isinstance(name, str) and name != "default" and "{{" not in name:
                    text = f"names the project {name}, which nothing here declares"
                    yield overlay, Problem(delivery.resource, (*delivery.at, "project"), text)
                continue
            destination = mapping(delivery.spec.get("destination"))
            if "{{" in str(destination):
                continue
            refusals = list(_own(project, delivery, destination))
            for what, at in refusals:
                text = f"AppProject {project.name} does not allow {what}"
                yield overlay, Problem(delivery.resource, at, text)
            told = {what for what, _ in refusals}
            for target in delivered(delivery, overlays) if not refusals else ():
                for resource in target.resources:
                    refused = _refused(project, resource, destination)
                    if refused and refused[0] not in told:
                        told.add(refused[0])
                        text = f"AppProject {project.name} in {overlay.path} does not allow {refused[0]}"
                        yield target, Problem(resource, refused[1], text)

"""An object and what it needs stand in different namespaces.

Names resolve inside a namespace only. The pod waits for a ConfigMap that exists next door, or the Service has no
endpoints, and every object looks healthy where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem, Resource, mapping
from ..views.references import CLUSTER_SCOPED, Reference, declared, exists_elsewhere, references
from ..views.selection import labels_of, selects, service_pods

SEVERITY = "error"
HINT = "Set the namespace once, by `namespace:` in the kustomization, and on no single object."
SOURCE = "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"
COVERS = ("REF-03",)

GOOD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: server, namespace: inference}
spec:
  template:
    spec:
      containers: [{name: engine, image: lmsysorg/sglang:v0.4.6.post4-cu124}]
      volumes: [{name: engine, configMap: {name: engine}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: engine, namespace: inference}
"""
BAD = GOOD.replace("server, namespace: inference", "server, namespace: default")


def _apart(overlay: Overlay, one: str, other: str) -> bool:
    """Whether two namespaces differ; outside what is applied as it stands, an empty one is not chosen yet."""
    return one != other and ((bool(one) and bool(other)) or overlay.kind in ("cluster", "manifest"))


def _elsewhere(overlay: Overlay, reference: Reference) -> Resource | None:
    """The target, if it is declared in other namespaces only."""
    if (
        reference.kind in CLUSTER_SCOPED
        or reference.optional
        or exists_elsewhere(overlay, reference.kind, reference.name)
    ):
        return None
    home = reference.resource.namespace if reference.namespace is None else str(reference.namespace)
    found = [item.resource for item in declared(overlay, reference.kind, reference.name)]
    return found[0] if found and all(_apart(overlay, home, target.namespace) for target in found) else None


def _message(one: Resource, other: Resource, verb: str) -> str:
    here, there = (f"namespace {r.namespace}" if r.namespace else "no namespace" for r in (one, other))
    return f"has {here}, but {other.kind} {other.name}, which it {verb}, has {there}"


def check(overlay: Overlay) -> Iterator[Problem]:
    by_referrer: dict[Resource, list[Reference]] = {}
    for reference in references(overlay):
        if reference.kind not in CLUSTER_SCOPED and declared(overlay, reference.kind, reference.name):
            by_referrer.setdefault(reference.resource, []).append(reference)
    moved = set()
    for resource, found in by_referrer.items():
        split = {target: r for r in found if (target := _elsewhere(overlay, r)) is not None}
        # All of them out of reach: the referrer stands wrong, and is told so once.
        whole = bool(split) and len(split) == len({(r.kind, r.name) for r in found})
        for target, reference in list(split.items())[: 1 if whole else None]:
            moved.add(resource)
            at = ("metadata", "namespace") if whole and resource.namespace else reference.pointer
            yield Problem(resource, at, _message(resource, target, "names"))
    for service in overlay.of("Service"):
        selector = mapping(service.spec.get("selector"))
        if not selector or service_pods(overlay, service):
            continue
        owners = [p.resource for p in overlay.pods if selects({"matchLabels": selector}, labels_of(p))]
        if (
            owners
            and not moved.intersection(owners)
            and all(_apart(overlay, service.namespace, o.namespace) for o in owners)
        ):
            at = ("metadata", "namespace") if service.namespace else ("spec", "selector")
            yield Problem(service, at, _message(service, owners[0], "selects"))

"""An object and what it needs stand in different namespaces.

Names resolve inside a namespace only. The pod waits for a ConfigMap that exists next door, or the Service has no
endpoints, and every object looks healthy where it stands.
"""

from ...model import Overlay, Problem, Problems, Resource, mapping
from ...views.references import CLUSTER_SCOPED, Reference, declared, exists_elsewhere, references
from ...views.selection import anywhere, service_pods
from ..examples import config_map, server, together

SEVERITY = "error"
HINT = "Set the namespace once, by `namespace:` in the kustomization, and on no single object."
SOURCE = "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"
COVERS = ("REF-03",)


def _in(namespace: str, made: str) -> str:
    return made.replace("name: ", f"namespace: {namespace}\n  name: ", 1) if namespace else made


_SERVER = server(kind="Deployment", pod="volumes: [{name: engine, configMap: {name: engine}}]")
_CONFIG = config_map({"engine.yaml": "a: b"}).replace("{name: engine}", "\n  name: engine", 1)
GOOD = together(_in("inference", _SERVER), _in("inference", _CONFIG))
BAD = together(_in("default", _SERVER), _in("inference", _CONFIG))


def _apart(overlay: Overlay, one: str, other: str) -> bool:
    """Whether two namespaces differ; outside what is applied as it stands, an empty one is not chosen yet."""
    return one != other and ((bool(one) and bool(other)) or overlay.kind in ("cluster", "manifest"))


def _elsewhere(overlay: Overlay, reference: Reference) -> Resource | None:
    """The target, if it is declared in other namespaces only."""
    if reference.optional or exists_elsewhere(overlay, reference.kind, reference.name):
        return None
    home = reference.resource.namespace if reference.namespace is None else str(reference.namespace)
    found = [item.resource for item in declared(overlay, reference.kind, reference.name)]
    return found[0] if all(_apart(overlay, home, target.namespace) for target in found) else None


def _message(one: Resource, other: Resource, verb: str) -> str:
    here, there = (f"namespace {r.namespace}" if r.namespace else "no namespace" for r in (one, other))
    return f"has {here}, but {other.title}, which it {verb}, has {there}"


def check(overlay: Overlay) -> Problems:
    by_referrer: dict[Resource, list[Reference]] = {}
    for reference in references(overlay):
        if reference.kind not in CLUSTER_SCOPED and declared(overlay, reference.kind, reference.name):
            by_referrer.setdefault(reference.resource, []).append(reference)
    moved = set()
    for resource, found in by_referrer.items():
        split = {target: r for r in found if (target := _elsewhere(overlay, r)) is not None}
        # All of them out of reach: the referrer stands wrong, and is told so once.
        whole = len(split) == len({(r.kind, r.name) for r in found})
        for target, reference in list(split.items())[: 1 if whole else None]:
            moved.add(resource)
            at = ("metadata", "namespace") if whole and resource.namespace else reference.pointer
            yield Problem(resource, at, _message(resource, target, "names"))
    for service in overlay.of("Service"):
        selector = mapping(service.spec.get("selector"))
        if not selector or service_pods(overlay, service):
            continue
        owners = [pod.resource for pod in anywhere(overlay, {"matchLabels": selector})]
        apart = all(_apart(overlay, service.namespace, owner.namespace) for owner in owners)
        if owners and apart and not moved.intersection(owners):
            at = ("metadata", "namespace") if service.namespace else ("spec", "selector")
            yield Problem(service, at, _message(service, owners[0], "selects"))

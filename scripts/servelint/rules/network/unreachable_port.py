"""A Service or a monitor names a port on which no container answers.

The pods are Ready, the Service has endpoints, and every connection is refused.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ...model import Overlay, Pod, Pointer, Problem, Problems, Resource, is_marker, mapping, mappings, whole
from ...views.selection import containers, declared_ports, engine_in, hidden_pods, listening, selected, service_pods
from ..examples import other, server, together

SEVERITY = "error"
HINT = "Make targetPort the name or number of the port that the server listens on."
SOURCE = "https://kubernetes.io/docs/concepts/services-networking/service/"
COVERS = ("REF-01",)

MOST_LISTED = 20

_SERVICE = other("Service", "selector: {app: server}, ports: [{port: 8000, targetPort: 30000}]")
_POD = server(metadata="labels: {app: server}", container="ports: [{name: metrics, containerPort: 9000}]")
GOOD = together(_SERVICE, _POD)
BAD = GOOD.replace("targetPort: 30000", "targetPort: 8000")


class _Ports(NamedTuple):
    """Where a pod answers. heard: the ports of its servers, or else all declared ones; empty if it may be any port."""

    owner: str
    names: frozenset[str]
    declared: frozenset[int]
    heard: frozenset[int]


def _ports(overlay: Overlay, pod: Pod) -> _Ports:
    ports = declared_ports(overlay, pod)
    declared = frozenset(port.number for port in ports)
    servers = [engine for c in containers(overlay, pod) if (engine := engine_in(overlay, pod, c)) is not None]
    found = [listening(overlay, engine) for engine in servers]
    every = frozenset(port for each in found for port in each or ())
    heard = frozenset[int]() if None in found else every or declared
    names = frozenset(port.name for port in ports if port.name)
    return _Ports(pod.resource.title, names, declared, heard)


def _complaint(ports: _Ports, target: Any) -> str | None:
    """Why nothing in a pod answers on a port, or None if something may."""
    if isinstance(target, str) and not is_marker(target):
        if target in ports.names:
            return None
        why = f" (it has {_listed(sorted(ports.names))})" if ports.names else ""
        if whole(target) is not None:
            why = ": a number in quotes is looked up as a name"
        return f"no container of {ports.owner} declares a port named {target}{why}"
    # A container of an unknown program that declares no port may listen anywhere.
    if not isinstance(target, int) or target in ports.declared or target in ports.heard or not ports.heard:
        return None
    return f"port {target} is not one that {ports.owner} listens on: {_listed(sorted(ports.heard))}"


def _listed(items: Sequence[object]) -> str:
    """The first of them, for a message: a pod may declare hundreds."""
    return ", ".join(map(str, items[:MOST_LISTED])) + (" …" if len(items) > MOST_LISTED else "")


def _targets(resource: Resource) -> Iterator[tuple[Any, Pointer]]:
    """Ports that a Service or a monitor wants of its pods."""
    if resource.kind == "Service":
        for i, port in mappings(resource.spec.get("ports")):
            field = "port" if port.get("targetPort") in (None, 0, "") else "targetPort"
            yield port.get(field), ("spec", "ports", i, field)
    lists = {"PodMonitoring": "endpoints", "ClusterPodMonitoring": "endpoints", "PodMonitor": "podMetricsEndpoints"}
    for i, endpoint in mappings(resource.spec.get(lists.get(resource.kind, "-"))):
        field = next((f for f in ("port", "portNumber", "targetPort") if f in endpoint), "port")
        yield endpoint.get(field), ("spec", lists[resource.kind], i, field)


def check(overlay: Overlay) -> Problems:
    if hidden_pods(overlay):
        return
    for resource in overlay.of("Service", "PodMonitoring", "ClusterPodMonitoring", "PodMonitor"):
        if resource.kind == "Service":
            pods = service_pods(overlay, resource) or []
        else:
            pods = selected(overlay, resource, mapping(resource.spec.get("selector")))
        ports = [_ports(overlay, pod) for pod in pods]
        for target, pointer in _targets(resource):
            complaints = [_complaint(each, target) for each in ports]
            if complaints and all(complaints):
                yield Problem(resource, pointer, str(complaints[0]))

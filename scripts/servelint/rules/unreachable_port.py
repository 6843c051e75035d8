"""A Service or a monitor names a port on which no container answers.

The pods are Ready, the Service has endpoints, and every connection is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..model import Overlay, Pod, Pointer, Problem, Resource, mapping, mappings, whole
from ..views.references import is_marker
from ..views.selection import containers, declared_ports, engine_in, hidden_pods, listening, selected, service_pods

SEVERITY = "error"
HINT = "Make targetPort the name or number of the port that the server listens on."
SOURCE = "https://kubernetes.io/docs/concepts/services-networking/service/"
COVERS = ("REF-01",)

GOOD = """\
apiVersion: v1
kind: Service
metadata: {name: server}
spec:
  selector: {app: server}
  ports: [{port: 8000, targetPort: 30000}]
---
apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: server}}
spec:
  containers: [{name: engine, image: lmsysorg/sglang:v0.4.6.post4-cu124, args: [python3, -m, sglang.launch_server]}]
"""
BAD = GOOD.replace("targetPort: 30000", "targetPort: 8000")


def _complaint(overlay: Overlay, pod: Pod, target: Any) -> str | None:
    """Why nothing in a pod answers on a port, or None if something may."""
    ports, owner = declared_ports(overlay, pod), f"{pod.resource.kind} {pod.resource.name}"
    if isinstance(target, str) and not is_marker(target):
        names = sorted({port.name for port in ports if port.name})
        if target in names:
            return None
        why = f" (it has {', '.join(names)})" if names else ""
        if whole(target) is not None:
            why = ": a number in quotes is looked up as a name"
        return f"no container of {owner} declares a port named {target}{why}"
    if not isinstance(target, int) or target in {port.number for port in ports}:
        return None
    heard: set[int] = set()
    for container in containers(overlay, pod):
        engine = engine_in(overlay, pod, container)
        found = listening(overlay, engine) if engine else set()
        if found is None:
            return None
        heard |= found
    heard = heard or {port.number for port in ports}
    # A container of an unknown program that declares no port may listen anywhere.
    if not heard or target in heard:
        return None
    return f"port {target} is not one that {owner} listens on: {', '.join(map(str, sorted(heard)))}"


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


def check(overlay: Overlay) -> Iterator[Problem]:
    if hidden_pods(overlay):
        return
    for resource in overlay.of("Service", "PodMonitoring", "ClusterPodMonitoring", "PodMonitor"):
        if resource.kind == "Service":
            pods = service_pods(overlay, resource) or []
        else:
            pods = selected(overlay, resource, mapping(resource.spec.get("selector")))
        for target, pointer in _targets(resource):
            complaints = [_complaint(overlay, pod, target) for pod in pods]
            if complaints and all(complaints):
                yield Problem(resource, pointer, str(complaints[0]))

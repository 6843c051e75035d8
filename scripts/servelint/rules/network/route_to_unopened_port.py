"""A route or an ingress sends requests to a port that its Service does not open.

Gateway and Ingress look at the Service's own ports, not at those of the pods behind it. The route is accepted with a
condition that nobody reads, and every request gets 500 or 503 while the server is healthy and idle.
"""

from collections.abc import Iterator
from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, Resource, is_marker, mapping, mappings, whole
from ...views.selection import together as alike
from ..examples import other, together

SEVERITY = "error"
HINT = "Write a port of the Service (its `port`, not the targetPort)."
SOURCE = "https://gateway-api.sigs.k8s.io/reference/spec/#backendobjectreference"
COVERS = ("REF-01",)

_SERVICE = other("Service", "selector: {app: server}, ports: [{name: http, port: 80, targetPort: 8000}]")
GOOD = together(other("HTTPRoute", "rules: [{backendRefs: [{name: server, port: 80}]}]"), _SERVICE)
BAD = GOOD.replace("name: server, port: 80}", "name: server, port: 8000}")
CONTEXT = {"kind": "manifest"}

ROUTES = ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute")


def _backends(resource: Resource) -> Iterator[tuple[str, str, Any, Pointer]]:
    """Namespace and name of every Service that requests go to, with the port and its place."""
    for i, rule in mappings(resource.spec.get("rules")):
        for j, backend in mappings(rule.get("backendRefs") if resource.kind in ROUTES else None):
            if backend.get("kind", "Service") == "Service" and not backend.get("group"):
                at: Pointer = ("spec", "rules", i, "backendRefs", j)
                where = str(backend.get("namespace") or resource.namespace)
                yield where, str(backend.get("name")), backend.get("port"), (*at, "port")
        if resource.kind == "Ingress":
            for j, path in mappings(mapping(rule.get("http")).get("paths")):
                at = ("spec", "rules", i, "http", "paths", j, "backend", "service")
                yield from _of_ingress(resource, mapping(mapping(path.get("backend")).get("service")), at)
    if resource.kind == "Ingress":
        service = mapping(mapping(resource.spec.get("defaultBackend")).get("service"))
        yield from _of_ingress(resource, service, ("spec", "defaultBackend", "service"))


def _of_ingress(resource: Resource, service: dict[str, Any], at: Pointer) -> Iterator[tuple[str, str, Any, Pointer]]:
    port = mapping(service.get("port"))
    for key in ("number", "name"):
        if port.get(key):
            yield resource.namespace, str(service.get("name")), port[key], (*at, "port", key)


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of(*ROUTES, "Ingress"):
        for namespace, name, port, at in _backends(resource):
            services = (s for s in overlay.of("Service") if s.name == name and alike(s.namespace, namespace))
            service = next(services, None)
            if service is None or service.group or port is None or is_marker(str(port)):
                continue
            opened = [item for _, item in mappings(service.spec.get("ports"))]
            numbers = {whole(item.get("port")) for item in opened}
            names = [item.get("name") for item in opened]
            if not isinstance(port, (str, int)) or ((port in names) if isinstance(port, str) else (port in numbers)):
                continue
            shown = ", ".join(str(number) for number in sorted(number for number in numbers if number is not None))
            text = f"sends requests to port {port} of Service {name}, which opens {shown or 'none'}"
            yield Problem(resource, at, text)

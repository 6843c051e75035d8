"""A client of this cluster calls a Service that the cluster does not render.

The name does not resolve: a benchmark waits until its patience ends, hours later, with nothing measured.
"""

from ...model import Container, Overlay, Problem, Problems, mappings, once_a_place, whole
from ...views.addresses import addresses
from ...views.engines import engine_of
from ...views.provision import left_out, line_of
from ...views.references import exists_elsewhere
from ..examples import client, marked, other, together

SEVERITY = "error"
HINT = "Let the cluster run the server as well, or correct the address; declare as external a Service that others run."
SOURCE = "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/"
COVERS = ("REF-01",)
CONTEXT = {"kind": "cluster"}

GOOD = together(
    client("http://server:8000", metadata="namespace: serving"),
    marked(other("Service", "selector: {app: server}, ports: [{port: 8000}]"), "namespace: serving"),
)
BAD = GOOD.replace("//server", "//serving")


def _in_cluster(overlay: Overlay, host: str, home: str) -> tuple[str, str] | None:
    """Name and namespace of the Service that a host means, if it lies in a namespace of this cluster's overlay."""
    name, _, rest = host.removesuffix(".").removesuffix(".cluster.local").partition(".")
    namespace = rest.removesuffix(".svc") if rest else home
    namespaces = {resource.namespace for resource in overlay.resources}
    readable = name.replace("-", "").isalnum() and not name.isdigit() and name != "localhost"
    return (name, namespace) if readable and namespace in namespaces else None


def _misplaced(overlay: Overlay, container: Container, host: str) -> str | None:
    """Why an address in a namespace that the cluster does not render leads nowhere, if that is certain.

    A Service of that name stands in another namespace; or a benchmark, which measures servers of this fleet, names one
    as a Service of the cluster.
    """
    name, _, rest = host.removesuffix(".").removesuffix(".cluster.local").partition(".")
    namespace = rest.removesuffix(".svc")
    if not namespace or "." in namespace:
        return None
    here = overlay.named("Service", name)
    if here is not None:
        return f"calls {host}, but Service {name} stands in namespace {here.namespace or 'default'}"
    engine = engine_of(overlay, container)
    bench = engine is not None and engine.role == "bench" and rest.endswith(".svc")
    if bench and not exists_elsewhere(overlay, "Service", name):
        return f"measures {host}, but this cluster renders neither that Service nor namespace {namespace}"
    return None


@once_a_place
def check(overlay: Overlay) -> Problems:
    for container in overlay.containers if overlay.kind == "cluster" else ():
        for host, port, resource, pointer in addresses(overlay, container):
            target = _in_cluster(overlay, host, container.resource.namespace)
            why = _unanswered(overlay, host, port, *target) if target else _misplaced(overlay, container, host)
            if why:
                leaf, line = left_out(overlay, host), line_of(overlay, container.resource)
                if leaf is None or line is None:
                    yield Problem(resource, pointer, why)
                else:
                    text = f"calls {host.partition('.')[0]} of {leaf}, which this cluster does not run"
                    yield Problem(container.resource, container.pointer, text, *line)


def _unanswered(overlay: Overlay, host: str, port: int | None, name: str, namespace: str) -> str | None:
    """Why no Service of the cluster answers there, if that is certain."""
    service = overlay.named("Service", name, namespace)
    if service is None:
        known = exists_elsewhere(overlay, "Service", name)
        return None if known else f"calls {host}, but this cluster renders no Service {name}"
    ports = [whole(p.get("port")) for _, p in mappings(service.spec.get("ports"))]
    if port is None or not ports or port in ports or service.spec.get("clusterIP") == "None":
        return None
    return f"calls port {port} of Service {name}, which offers {', '.join(map(str, ports))}"

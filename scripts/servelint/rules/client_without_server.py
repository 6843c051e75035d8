"""A client of this cluster calls a Service that the cluster does not render.

The name does not resolve: a benchmark waits until its patience ends, hours later, with nothing measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .. import lines
from ..model import Container, Overlay, Pointer, Problem, Resource, mappings, whole
from ..views.engines import config_files, engine_of
from ..views.references import exists_elsewhere

SEVERITY = "error"
HINT = "Let the cluster run the server as well, or correct the address; declare as external a Service that others run."
SOURCE = "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/"
COVERS = ("REF-01",)
CONTEXT = {"kind": "cluster"}

GOOD = """\
apiVersion: batch/v1
kind: Job
metadata: {name: bench, namespace: serving}
spec:
  template:
    spec:
      containers:
      - name: engine
        image: lmsysorg/sglang:v0.4.6.post4-cu124
        args: [python3, -m, sglang.bench_serving, --base-url, "http://server:8000"]
---
apiVersion: v1
kind: Service
metadata: {name: server, namespace: serving}
spec: {selector: {app: server}, ports: [{port: 8000}]}
"""
BAD = GOOD.replace("http://server:", "http://serving:")


def _scalars(node: Any, at: Pointer) -> Iterator[tuple[str, Pointer]]:
    if isinstance(node, str):
        yield node, at
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from _scalars(value, (*at, key if isinstance(key, int) else str(key)))


def _texts(overlay: Overlay, container: Container) -> Iterator[tuple[str, Resource, Pointer]]:
    """Everything that may hold an address: words, variables, mounted configuration."""
    for text, pointer in container.words:
        yield text, container.resource, pointer
    for value, pointer in container.env.values():
        yield str(value), container.resource, pointer
    for _, config, key, text in config_files(overlay, container):
        try:
            documents = lines.load(text) if key.endswith((".yaml", ".yml", ".json")) else []
        except lines.BadYaml:
            continue
        for _, value in documents[:1]:
            yield from ((text, config, at) for text, at in _scalars(value, ("data", key)))


def addresses(overlay: Overlay, container: Container) -> Iterator[tuple[str, int | None, Resource, Pointer]]:
    """Host and port of every address that a container is given."""
    for text, resource, pointer in _texts(overlay, container):
        for word in text.replace('"', " ").replace("'", " ").replace("=", " ").replace(",", " ").split():
            if word.startswith(("http://", "https://")):
                try:
                    parts = urlsplit(word)
                    yield (
                        parts.hostname or "",
                        parts.port or (443 if parts.scheme == "https" else 80),
                        resource,
                        pointer,
                    )
                except ValueError:
                    continue
    engine = engine_of(overlay, container)
    if engine and engine.role == "bench" and (flag := engine.get("host")):
        port = engine.get("port")
        yield str(flag.value), whole(port.value) if port else None, flag.resource, flag.pointer


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


def check(overlay: Overlay) -> Iterator[Problem]:
    told = set()
    for container in (c for pod in overlay.pods for c in pod.containers if overlay.kind == "cluster"):
        for host, port, resource, pointer in addresses(overlay, container):
            target = _in_cluster(overlay, host, container.resource.namespace)
            if target is None and (resource, pointer) not in told and (away := _misplaced(overlay, container, host)):
                told.add((resource, pointer))
                yield Problem(resource, pointer, away)
            if target is None or (resource, pointer) in told:
                continue
            told.add((resource, pointer))
            service = overlay.named("Service", *target)
            if service is None:
                if not exists_elsewhere(overlay, "Service", target[0]):
                    yield Problem(resource, pointer, f"calls {host}, but this cluster renders no Service {target[0]}")
                continue
            open_ports = [whole(p.get("port")) for _, p in mappings(service.spec.get("ports"))]
            if port is not None and open_ports and port not in open_ports and service.spec.get("clusterIP") != "None":
                shown = ", ".join(map(str, open_ports))
                yield Problem(resource, pointer, f"calls port {port} of Service {target[0]}, which offers {shown}")

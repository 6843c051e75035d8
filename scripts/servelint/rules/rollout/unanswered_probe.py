"""A probe asks a server for a path, or in a protocol, that it does not have.

The answer is 404 for ever. A readiness probe keeps the pod out of its Service after the whole load; a startup or
liveness probe kills the healthy server and loads it again. Paths of other engines and the usual names are judged,
other paths may be new.
"""

import re
from collections.abc import Iterator

from ...engines import kind, kinds
from ...model import Container, Overlay, Pointer, Problem, Problems, mapping, mappings, whole
from ...views import kserve
from ...views.selection import containers, engine_in, listening
from ..examples import server

SEVERITY = "error"
HINT = "Probe the engine's own health path: /health, or with Triton /v2/health/ready and /v2/health/live."
SOURCE = "https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/extension_generate.html"
COVERS = ("ROL-02", "ROL-03")

GOOD = server(
    "--port 8000",
    container="ports: [{name: http, containerPort: 8000}]\nreadinessProbe: {httpGet: {path: /health, port: http}}",
)
BAD = GOOD.replace("/health", "/v2/health/ready")

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
OF_OTHERS = r"/v1/models/.*|/(healthz|readyz|livez|ready|live|readiness|liveness|status|healthcheck)/?"
"""Paths by which other servers tell how they are."""


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        if kserve.is_runtime_in_use(overlay, pod):
            continue
        for container in containers(overlay, pod):
            engine = engine_in(overlay, pod, container)
            heard = listening(overlay, engine) if engine else None
            if engine is None or not heard:
                continue
            rpc = any("grpc" in name for name in engine.flags) or kind(engine.name).speaks_grpc
            for probe in PROBES:
                for at, text in _unanswered(container, probe, engine.name, heard, rpc=rpc):
                    yield Problem(*kserve.origin(container, at), text)


def _unanswered(
    container: Container, probe: str, engine: str, heard: set[int], *, rpc: bool
) -> Iterator[tuple[Pointer, str]]:
    asked = mapping(container.body.get(probe))
    http, grpc = mapping(asked.get("httpGet")), mapping(asked.get("grpc"))
    path = str(http.get("path") or "/").partition("?")[0]
    usual = re.fullmatch(OF_OTHERS, path) or any(other.answers(path) for other in kinds().values())
    if usual and not kind(engine).answers(path) and _number(container, http.get("port")) in heard:
        yield (*container.pointer, probe, "httpGet", "path"), f"{probe} asks for {path}, which {engine} does not have"
    if not rpc and whole(grpc.get("port")) in heard:
        yield (*container.pointer, probe, "grpc"), f"{probe} speaks gRPC to {engine}, which speaks HTTP on this port"


def _number(container: Container, port: object) -> int | None:
    """A port by its number or its name in the container."""
    for _, item in mappings(container.body.get("ports")):
        if isinstance(port, str) and item.get("name") == port:
            return whole(item.get("containerPort"))
    return port if isinstance(port, int) else None

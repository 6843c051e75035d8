"""A probe asks a server for a path, or in a protocol, that it does not have.

The answer is 404 for ever. A readiness probe keeps the pod out of its Service after the whole load; a startup or
liveness probe kills the healthy server and loads it again. Paths of other engines and the usual names are judged,
other paths may be new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Container, Overlay, Pointer, Problem, mapping, mappings, whole
from ..views import kserve
from ..views.selection import containers, engine_in, listening

SEVERITY = "error"
HINT = "Probe the engine's own health path: /health, or with Triton /v2/health/ready and /v2/health/live."
SOURCE = "https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/extension_generate.html"
COVERS = ("ROL-02", "ROL-03")

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    args: [python3, -m, sglang.launch_server, --port, "8000"]
    ports: [{name: http, containerPort: 8000}]
    readinessProbe: {httpGet: {path: /health, port: http}}
"""
BAD = GOOD.replace("path: /health", "path: /v2/health/ready")

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
# Paths by which servers tell how they are, and the engines that have each.
PATHS = {
    r"/health": ("sglang", "trtllm", "vllm"),
    r"/health_generate": ("sglang",),
    r"/ping": ("sglang", "vllm"),
    r"/v1/models": ("sglang", "trtllm", "vllm"),
    r"/v1/models/.*": (),
    r"/v2/health/(live|ready)": ("triton",),
    r"/v2/models/.*": ("triton",),
    r"/(healthz|readyz|livez|ready|live|readiness|liveness|status|healthcheck)/?": (),
}


def check(overlay: Overlay) -> Iterator[Problem]:
    for pod in overlay.pods:
        if kserve.is_runtime_in_use(overlay, pod):
            continue
        for container in containers(overlay, pod):
            engine = engine_in(overlay, pod, container)
            heard = listening(overlay, engine) if engine else None
            if engine is None or not heard:
                continue
            rpc = any("grpc" in name for name in engine.flags) or engine.name == "triton"
            for probe in PROBES:
                for at, text in _unanswered(container, probe, engine.name, heard, rpc=rpc):
                    yield Problem(*kserve.origin(container, at), text)


def _unanswered(
    container: Container, probe: str, engine: str, heard: set[int], *, rpc: bool
) -> Iterator[tuple[Pointer, str]]:
    asked = mapping(container.body.get(probe))
    http, grpc = mapping(asked.get("httpGet")), mapping(asked.get("grpc"))
    path = str(http.get("path") or "/").partition("?")[0]
    known = [engines for regex, engines in PATHS.items() if re.fullmatch(regex, path)]
    if http and known and engine not in known[0] and _number(container, http.get("port")) in heard:
        yield (*container.pointer, probe, "httpGet", "path"), f"{probe} asks for {path}, which {engine} does not have"
    if grpc and not rpc and whole(grpc.get("port")) in heard:
        yield (*container.pointer, probe, "grpc"), f"{probe} speaks gRPC to {engine}, which speaks HTTP on this port"


def _number(container: Container, port: object) -> int | None:
    """A port by its number or its name in the container."""
    for _, item in mappings(container.body.get("ports")):
        if isinstance(port, str) and item.get("name") == port:
            return whole(item.get("containerPort"))
    return port if isinstance(port, int) else None

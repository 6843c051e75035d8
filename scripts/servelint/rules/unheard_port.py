"""A container port or a probe does not agree with the port that the server listens on.

A probe on the wrong port kills a healthy server when its patience ends, after the whole load; a wrong containerPort
leads every Service that uses its name astray.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..model import Container, Overlay, Pointer, Problem, mapping, mappings, whole
from ..references import is_marker
from ..selection import containers, engine_in, listening

SEVERITY = "error"
HINT = "Use one number: the engine's port flag, the containerPort and the probes must agree."
SOURCE = "https://docs.sglang.ai/advanced_features/server_arguments.html"
COVERS = ("REF-01",)

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
BAD = GOOD.replace('"8000"', '"30100"')

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def _probed(container: Container) -> Iterator[tuple[Any, Pointer]]:
    for probe in PROBES:
        for way in ("httpGet", "tcpSocket", "grpc"):
            asked = mapping(mapping(container.body.get(probe)).get(way))
            if "port" in asked:
                yield asked["port"], (*container.pointer, probe, way, "port")


def _of_container(overlay: Overlay, container: Container) -> Iterator[Problem]:
    ports = [(item.get("name"), whole(item.get("containerPort")), i) for i, item in mappings(container.body.get("ports"))]
    names, numbers = {name for name, _, _ in ports if name}, {number for _, number, _ in ports}
    engine = engine_in(overlay, container.pod, container)
    # Workers of a multi-host engine answer no requests.
    worker = "workerTemplate" in container.pointer or "workerSpec" in container.pointer
    heard = listening(overlay, engine) if engine and not worker else None
    probed = list(_probed(container))
    lost = [(number, at) for number, at in probed if heard and isinstance(number, int) and number not in heard]
    flag = engine.flags.get("port", engine.flags.get("http-port", ()))[-1:] if engine else ()
    if heard and numbers and not numbers & heard:
        shown, others = ", ".join(map(str, sorted(heard))), ", ".join(str(n) for n in sorted(n for n in numbers if n is not None))
        if flag and (lost or any(name in names for name, _ in probed)) and not {n for n, _ in probed if isinstance(n, int)} & heard:
            # Everything else agrees, so the flag is the one to correct.
            yield Problem(flag[0].resource, flag[0].pointer, f"listens on {shown}, but the container's ports and probes say {others}")
        else:
            at = (*container.pointer, "ports", ports[0][2], "containerPort")
            yield Problem(container.resource, at, f"declares port {others}, but {engine.name if engine else ''} listens on {shown}")
        return
    for number, at in lost:
        if number not in numbers:
            yield Problem(container.resource, at, f"probes port {number}, but {engine.name if engine else ''} listens on {', '.join(map(str, sorted(heard or ())))}")
    for name, at in probed:
        if isinstance(name, str) and name not in names and not is_marker(name):
            yield Problem(container.resource, at, f"probes port {name}, which container {container.name} does not declare")


def check(overlay: Overlay) -> Iterator[Problem]:
    for pod in overlay.pods:
        for container in containers(overlay, pod):
            yield from _of_container(overlay, container)

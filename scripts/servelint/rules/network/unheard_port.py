"""A container port or a probe does not agree with the port that the server listens on.

A probe on the wrong port kills a healthy server when its patience ends, after the whole load; a wrong containerPort
leads every Service that uses its name astray.
"""

import re
from collections.abc import Iterator
from typing import Any

from ...model import Container, Overlay, Pointer, Problem, Problems, is_marker, mapping, mappings, whole
from ...views import kserve
from ...views.selection import containers, engine_in, listening
from ...views.startup import runs
from ..examples import server

SEVERITY = "error"
HINT = "Use one number: the engine's port flag, the containerPort and the probes must agree."
SOURCE = "https://docs.sglang.ai/advanced_features/server_arguments.html"
COVERS = ("REF-01", "ROL-03")

GOOD = server(
    "--port 8000",
    container="ports: [{name: http, containerPort: 8000}]\nreadinessProbe: {httpGet: {path: /health, port: http}}",
)
BAD = GOOD.replace('"8000"', '"30100"')

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
LOCAL = r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):(\d{1,5})\b"
USUAL = 8080
"""Where KServe sends requests if the container declares no port."""


def _probed(container: Container) -> Iterator[tuple[Any, Pointer]]:
    for probe in PROBES:
        for way in ("httpGet", "tcpSocket", "grpc"):
            asked = mapping(mapping(container.body.get(probe)).get(way))
            if "port" in asked:
                yield asked["port"], (*container.pointer, probe, way, "port")
        command = mapping(mapping(container.body.get(probe)).get("exec")).get("command")
        for i, word in enumerate(command if isinstance(command, list) else ()):
            for port in re.findall(LOCAL, word) if isinstance(word, str) else ():
                yield int(port), (*container.pointer, probe, "exec", "command", i)


def _of_container(overlay: Overlay, container: Container) -> Problems:
    ports = [(i, item, whole(item.get("containerPort"))) for i, item in mappings(container.body.get("ports"))]
    names = {item["name"]: number for _, item, number in ports if isinstance(item.get("name"), str)}
    numbers = {number for _, _, number in ports if number is not None}
    probed = list(_probed(container))
    for name, at in probed:
        if isinstance(name, str) and name not in names and not is_marker(name):
            text = f"probes port {name}, which container {container.name} does not declare"
            yield Problem(*kserve.origin(container, at), text)
    engine = engine_in(overlay, container.pod, container)
    # Workers of an engine that spans hosts answer no requests.
    worker = "workerTemplate" in container.pointer or "workerSpec" in container.pointer
    heard = listening(overlay, engine) if engine and not worker else None
    if engine is None or not heard:
        return
    listens = f"{engine.name} listens on {_shown(heard)}"
    probes = {number for number, _ in probed if isinstance(number, int)}
    flag = engine.flags.get("port", engine.flags.get("http-port", ()))[-1:]
    # All ports of such an engine are known, so what bears one of their names is judged by itself.
    strays = [(i, n) for i, item, n in ports if item.get("name") in engine.kind.port_names and n not in heard]
    asked = [names.get(name, name) if isinstance(name, str) else name for name, _ in probed]
    if strays and any(number in asked for _, number in strays) and flag:
        text = f"{listens}, but the container's ports and probes say {_shown({n for _, n in strays if n})}"
        yield Problem(flag[0].resource, flag[0].pointer, text)
        return
    if container.resource.kind == "InferenceService" and not numbers and USUAL not in heard:
        text = f"declares no port, so KServe sends its requests to {USUAL}, but {listens}"
        yield Problem(container.resource, container.pointer, text)
        return
    if not numbers or numbers & heard:
        # Another program of the container may answer on a port that is declared.
        started = runs(overlay, container)
        elsewhere = set() if started is not None and len(started) == 1 else numbers
        for name, at in probed:
            number = names.get(name, name) if isinstance(name, str) else name
            if isinstance(number, int) and number not in heard | elsewhere:
                yield Problem(*kserve.origin(container, at), f"probes port {number}, but {listens}")
        for i, number in strays:
            at = (*container.pointer, "ports", i, "containerPort")
            yield Problem(*kserve.origin(container, at), f"declares port {number}, but {listens}")
        return
    if flag and probed and not probes & heard:
        # Ports and probes agree, so the flag is the one to correct.
        text = f"{listens}, but the container's ports and probes say {_shown(numbers)}"
        yield Problem(flag[0].resource, flag[0].pointer, text)
    else:
        at = (*container.pointer, "ports", ports[0][0], "containerPort")
        yield Problem(*kserve.origin(container, at), f"declares port {_shown(numbers)}, but {listens}")


def _shown(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        for container in containers(overlay, pod):
            yield from _of_container(overlay, container)

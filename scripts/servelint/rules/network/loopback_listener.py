"""A server listens on the loopback interface, where its probes and its Service do not reach it.

The kubelet probes a pod, and a Service sends requests to it, at the pod's own address. A server bound to 127.0.0.1
refuses both, though a shell inside the container gets an answer: the startup probe kills the loaded server when its
patience ends, after the whole load. SGLang and trtllm-serve bind to loopback unless they are told otherwise (``host``
in their argument lists), vLLM and Triton bind to every interface. Silent where a server is asked from within its pod
alone, as behind a sidecar, and where the address is put together at run time.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from ...engines.lists import listing
from ...model import Container, Overlay, Pod, Pointer, Problem, Problems, Resource, mapping, mappings, whole
from ...views import kserve
from ...views.arguments import imports_launchlib, runs
from ...views.commands import HOLE
from ...views.engines import Argument, Engine
from ...views.environment import UNKNOWN, expand, settled
from ...views.selection import containers, engine_in, selected, service_pods
from ..examples import server

SEVERITY = "error"
HINT = "Let the server listen on all interfaces: --host 0.0.0.0."
SOURCE = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes"
COVERS = ("REF-01", "ROL-03")

_PROBED = "readinessProbe: {httpGet: {path: /health, port: 30000}}"
GOOD = server("--host 0.0.0.0", container=_PROBED)
BAD = server(container=_PROBED)

LOOPBACK = re.compile(r"localhost|ip6-localhost|127(\.\d{1,3}){3}|\[?::1\]?", re.IGNORECASE)
MONITORS = {"PodMonitoring": "endpoints", "ClusterPodMonitoring": "endpoints", "PodMonitor": "podMetricsEndpoints"}


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        if kserve.is_runtime_in_use(overlay, pod):
            continue
        for container in containers(overlay, pod):
            engine = engine_in(overlay, pod, container)
            if engine is None:
                continue
            told = set[tuple[int, Pointer]]()
            for port, address, (resource, pointer), how in _closed(overlay, engine):
                who = _asking(overlay, pod, container, port)
                if who and (id(resource), pointer) not in told:
                    told.add((id(resource), pointer))
                    text = f"{engine.kind.title} listens on {address}{how}, where {who} does not reach port {port}"
                    yield Problem(resource, pointer, text)


def _closed(overlay: Overlay, engine: Engine) -> Iterator[tuple[int, str, tuple[Resource, Pointer], str]]:
    """The ports that a server opens on loopback alone: the address, its place, and who chose it."""
    known = settled(overlay, engine.container)
    first: Argument | None = None
    for port_name, usual in engine.kind.ports.items():
        name = engine.kind.hosts[port_name]
        given = _given(overlay, engine, name) or (first if port_name == "metrics-port" else None)
        first = first or given
        number = engine.get(port_name)
        port = whole(expand(str(number.value), known)) if number else usual
        if port is None:
            continue
        if given is not None:
            address = expand(str(given.value), known).strip("\"'")
            if LOOPBACK.fullmatch(address):
                yield port, address, (given.resource, given.pointer), ""
        elif (default := _default(engine, name)) and LOOPBACK.fullmatch(default) and _told(overlay, engine, known):
            yield port, default, _start(engine), f", its default without {name}"


def _given(overlay: Overlay, engine: Engine, name: str) -> Argument | None:
    """The argument, by whatever name or beginning of one it is given."""
    found = [given for run in runs(overlay) if run.engine is engine and (given := run.get(name)) is not None]
    return found[-1] if found else engine.get(name)


def _default(engine: Engine, name: str) -> str | None:
    main = engine.kind.main("serve")
    listed = listing(engine.kind.family, main.name, engine.version or "0") if main else None
    default = listed.by_name.get(name, {}).get("default") if listed else None
    return default if isinstance(default, str) else None


def _told(overlay: Overlay, engine: Engine, known: Mapping[str, str]) -> bool:
    """Whether the manifest shows every argument of the server, so that what it does not show is not given."""
    hidden = "[@]" in engine.script or "[*]" in engine.script or "--host" in engine.script
    files = {file.path for file in engine.files}
    for name, (command, _) in engine.kind.option_files.items():
        paths = [str(flag.value) for flag in engine.flags.get(name, ())]
        hidden |= any(path not in files and any(c.name == command for c in engine.kind.commands) for path in paths)
    put = partial(expand, values=known)
    for _, words in engine.starts:
        for i, word in enumerate(words):
            if word.text == HOLE:
                hidden |= not imports_launchlib(overlay, engine.container)
            elif word.text.startswith(("$", "`")) and not (i and words[i - 1].text.startswith("--")):
                hidden |= UNKNOWN in put(word.text) or "-host" in put(word.text) or "`" in word.text
            elif word.text in ("@", "$@", "$*"):
                hidden = True
    return not hidden


def _start(engine: Engine) -> tuple[Resource, Pointer]:
    """Where the argument would stand: on the command line of the container, or what starts the server elsewhere."""
    container = engine.container
    if container.words:
        return kserve.origin(container, container.words[-1][1])
    return kserve.origin(container, container.pointer)


def _asking(overlay: Overlay, pod: Pod, container: Container, port: int) -> str | None:
    """What asks for a port from outside the pod's own network: a probe, a Service, a monitor, KServe."""
    names = {item["name"]: whole(item.get("containerPort")) for _, item in mappings(container.body.get("ports"))
             if isinstance(item.get("name"), str)}  # fmt: skip

    def means(value: object) -> bool:
        return (names.get(value) if isinstance(value, str) else value) == port

    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        for way in ("httpGet", "tcpSocket", "grpc"):
            asked = mapping(mapping(container.body.get(probe)).get(way))
            if means(asked.get("port")) and not LOOPBACK.fullmatch(str(asked.get("host") or "")):
                return f"its {probe}"
    if pod.resource.kind == "InferenceService" and (means(8080) or port in names.values()):
        return "KServe"
    for service in overlay.of("Service"):
        if pod in (service_pods(overlay, service) or ()):
            for _, item in mappings(service.spec.get("ports")):
                if means(item.get("targetPort") or item.get("port")):
                    return f"Service {service.name}"
    for monitor in overlay.of(*MONITORS):
        if pod in selected(overlay, monitor, mapping(monitor.spec.get("selector"))):
            for _, item in mappings(monitor.spec.get(MONITORS[monitor.kind])):
                if means(item.get("port") or item.get("portNumber") or item.get("targetPort")):
                    return monitor.title
    return None

"""A Service sends requests to a model server that is not asked whether it is ready.

Without the probe a pod counts as ready as soon as its process runs. For the minutes of the load every request is
refused, and a rollout reports success for a server that has not opened its port yet. publishNotReadyAddresses passes
the probe over, which helps pods that look for each other by a headless Service, and no one else.
"""

import posixpath

from ...model import Container, Overlay, Pod, Pointer, Problem, Problems, Resource, mapping, mappings, whole
from ...views.engines import engine_of
from ...views.selection import service_pods
from ...views.shell import SHELLS
from ..examples import other, server, together

SEVERITY = "error"
HINT = "Add a readinessProbe on the server's port and path; leave publishNotReadyAddresses to headless Services."
SOURCE = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"
COVERS = ("ROL-03",)

_SERVICE = other("Service", "selector: {app: server}, ports: [{port: 8000, targetPort: http}]")
_POD = server(
    kind="Deployment",
    container="ports: [{name: http, containerPort: 8000}]\nreadinessProbe: {httpGet: {path: /health, port: http}}",
)
GOOD = together(_SERVICE, _POD)
BAD = GOOD.replace("readinessProbe", "startupProbe")

IDLE = frozenset({"true", "echo", "sleep", "exit", ":", "ls", "date"})
"""Commands that succeed whatever the server does."""
JOINTS = frozenset({"&&", ";", "||", "|"})


def _port(service: Resource, container: Container) -> Pointer | None:
    """The container's declared port that the Service sends to."""
    for _, port in mappings(service.spec.get("ports")):
        target = port.get("targetPort", port.get("port"))
        for i, own in mappings(container.body.get("ports")):
            same_number = whole(own.get("containerPort")) is not None and whole(own["containerPort"]) == whole(target)
            if same_number or (own.get("name") is not None and own["name"] == target):
                return (*container.pointer, "ports", i)
    return None


def _servers(overlay: Overlay, service: Resource, pod: Pod) -> list[tuple[Container, Pointer]]:
    """The pod's model servers that the Service reaches: by declared port, or, where none is declared, all of them."""
    ports = {c: _port(service, c) for c in pod.main}
    engines = {c: engine_of(overlay, c) for c in pod.main}
    found = [c for c, engine in engines.items() if (engine.role == "serve" if engine else c.gpus)]
    return [(c, ports[c] or c.pointer) for c in found if ports[c] or not any(ports.values())]


def check(overlay: Overlay) -> Problems:
    reported: set[Container] = set()
    for service in overlay.of("Service"):
        early = service.spec.get("publishNotReadyAddresses") is True
        if early and service.spec.get("clusterIP") == "None":
            continue  # names for pods that look for each other while they start
        for pod in service_pods(overlay, service) or ():
            # A LeaderWorkerSet's workers answer nobody; KServe gives its predictors a readiness probe of its own.
            worker = "workerTemplate" in pod.pointer and pod.resource.at((*pod.pointer[:-2], "leaderTemplate"))
            if worker or pod.resource.group == "serving.kserve.io":
                continue
            for container, pointer in _servers(overlay, service, pod):
                probe = mapping(container.body.get("readinessProbe"))
                idle = _always(probe)
                if early and container not in reported and pointer != container.pointer:
                    reported.add(container)
                    text = f"sends requests to container {container.name} before it is ready, while it loads its model"
                    yield Problem(service, ("spec", "publishNotReadyAddresses"), text)
                    continue
                if early or (probe and not idle) or container in reported:
                    continue
                reported.add(container)
                text = f"Service {service.name} sends requests to container {container.name} while it loads its model"
                why = f"its readinessProbe runs `{idle}`, which never fails" if idle else "it has no readinessProbe"
                at = (*container.pointer, "readinessProbe", "exec") if idle else pointer
                yield Problem(container.resource, at, f"{text}, because {why}")


def _always(probe: dict[str, object]) -> str | None:
    """The command of a probe that asks nobody."""
    command = mapping(probe.get("exec")).get("command")
    words = [word for item in (command if isinstance(command, list) else ()) for word in str(item).split()]
    asked = [word for word in words if posixpath.basename(word) not in SHELLS and not word.startswith("-")]
    return " ".join(words) if asked and posixpath.basename(asked[0]) in IDLE and not set(asked) & JOINTS else None

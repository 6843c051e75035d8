"""A Service sends requests to a model server that has no readiness probe.

Without the probe a pod counts as ready as soon as its process runs. For the minutes of the load every request is
refused, and a rollout reports success for a server that has not opened its port yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..engines import engine_of
from ..model import Container, Overlay, Pod, Problem, Resource, mapping, mappings, whole
from ..selection import service_pods

SEVERITY = "error"
HINT = "Add a readinessProbe on the server's port and health path."
SOURCE = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"
COVERS = ("ROL-03",)

GOOD = """\
apiVersion: v1
kind: Service
metadata: {name: server}
spec:
  selector: {app: server}
  ports: [{port: 8000, targetPort: http}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      containers:
      - name: engine
        image: lmsysorg/sglang:v0.4.6.post4-cu124
        ports: [{name: http, containerPort: 8000}]
        resources: {limits: {nvidia.com/gpu: "8"}}
        readinessProbe: {httpGet: {path: /health, port: http}}
"""
BAD = GOOD.replace("        readinessProbe: {httpGet: {path: /health, port: http}}\n", "")


def _listens(service: Resource, container: Container) -> bool:
    declared = [port for _, port in mappings(container.body.get("ports"))]
    for _, port in mappings(service.spec.get("ports")):
        target = port.get("targetPort", port.get("port"))
        for own in declared:
            same_number = whole(own.get("containerPort")) is not None and whole(own["containerPort"]) == whole(target)
            if same_number or (own.get("name") is not None and own["name"] == target):
                return True
    return False


def _servers(overlay: Overlay, service: Resource, pod: Pod) -> list[Container]:
    """The pod's model servers that the Service reaches: by declared port, or, where none is declared, all of them."""
    engines = {c: engine_of(overlay, c) for c in pod.main}
    found = [c for c, engine in engines.items() if (engine.role == "serve" if engine else c.gpus)]
    if any(_listens(service, c) for c in pod.main):
        return [c for c in found if _listens(service, c)]
    return found


def check(overlay: Overlay) -> Iterator[Problem]:
    reported: set[int] = set()
    for service in overlay.of("Service"):
        if service.spec.get("publishNotReadyAddresses") is True:
            continue
        for pod in service_pods(overlay, service) or ():
            # A LeaderWorkerSet's workers answer nobody; KServe gives its predictors a readiness probe of its own.
            worker = "workerTemplate" in pod.pointer and pod.resource.at((*pod.pointer[:-2], "leaderTemplate"))
            if worker or pod.resource.group == "serving.kserve.io":
                continue
            for container in _servers(overlay, service, pod):
                if not mapping(container.body.get("readinessProbe")) and id(container) not in reported:
                    reported.add(id(container))
                    yield Problem(
                        container.resource,
                        container.pointer,
                        f"Service {service.name} sends requests to container {container.name} from its start on,"
                        " because it has no readinessProbe",
                    )

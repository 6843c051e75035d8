"""What rules of rollout tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import marked, server, together
from servelint.rules.rollout import surge_in_queue, unanswered_probe

GOOD: dict[str, list[Any]] = {}
BAD: dict[str, list[Any]] = {}

ASKED, GRPC, HEARD = unanswered_probe.BAD, unanswered_probe._GRPC, unanswered_probe.GOOD
GOOD["unanswered-probe"] = [
    HEARD.replace("path: /health, ", ""), GRPC.replace("port: 8000}", "service: a}"), ASKED.replace("name: http", "name: web"),
    HEARD.replace("httpGet: {path: /health, port: http}", "tcpSocket: {port: 8000}"), server("--port 8000"),
    ASKED.replace("ports: [", "ports: [{name: web, containerPort: 8000}, ").replace("port: http", "port: 9000"),
    ASKED.replace("{name: http, containerPort: 8000}", "{name: other, containerPort: 8000}, {name: http, containerPort: 9000}"),
]  # fmt: skip
BAD["unanswered-probe"] = [
    ASKED.replace("ports: [", "ports: [{name: web, containerPort: 9000}, "), ASKED.replace("readinessProbe", "livenessProbe"),
    ASKED.replace("ports: [{name: http, containerPort: 8000}]", "ports: [{containerPort: 9000}]").replace("port: http", "port: 8000"),
]  # fmt: skip

QUEUED, SCALER, KEDA, SERVICE, QUEUE = (
    surge_in_queue.GOOD, surge_in_queue._SCALER, surge_in_queue._KEDA, surge_in_queue._SERVICE, surge_in_queue._QUEUE,
)  # fmt: skip
GOOD["surge-in-queue"] = [
    together(QUEUED, KEDA.replace("{scale", "{minReplicaCount: 100, scale")), together(QUEUED, SCALER.replace("maxReplicas: 4", "maxReplicas: 1")),
    together(QUEUED, KEDA.replace("{scale", "{minReplicaCount: 2, maxReplicaCount: 2, scale")), SERVICE.replace("minReplicas: 1", "minReplicas: 2"),
    together(QUEUED, KEDA.replace("{scale", "{maxReplicaCount: 0, scale")), together(QUEUED, SCALER.replace("kind: Deployment", "kind: StatefulSet")),
    marked(server(kind="Deployment", spec="replicas: 8\nstrategy: {type: Recreate}\nmaxReplicas: 9"), QUEUE),
]  # fmt: skip
BAD["surge-in-queue"] = [
    together(QUEUED, KEDA.replace("{scale", "{maxReplicaCount: 1, scale")), together(QUEUED, KEDA.replace("{scale", "{minReplicaCount: 2, scale")),
    together(QUEUED, SCALER.replace("{maxReplicas: 4", "{minReplicas: 2, maxReplicas: 4")),
]  # fmt: skip

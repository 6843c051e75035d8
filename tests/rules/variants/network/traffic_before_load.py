"""What traffic-before-load tells apart beyond its own examples."""

from servelint.rules.examples import marked, other, server, together
from servelint.rules.network.traffic_before_load import _POD, _SERVICE, BAD, GOOD

_WEB = "      - {name: web, image: web, ports: [{name: web, containerPort: 80}]}\n"
_GPU = "model: {modelFormat: {name: a}, resources: {limits: {nvidia.com/gpu: 8}}}"
_EARLY = GOOD.replace("{selector", "{publishNotReadyAddresses: true, selector")

LWS = "leaderTemplate: {spec: {containers: [{name: leader}]}}"
BARE = _POD.replace("readinessProbe", "startupProbe")

ALSO_GOOD = [
    _EARLY.replace("{publish", "{clusterIP: None, publish"), BAD.replace("targetPort: http", "targetPort: web") + _WEB,
    GOOD.replace("httpGet: {path: /health, port: http}", "exec: {command: [sh, -c, 'sleep 1 && curl localhost']}"),
    _EARLY.replace("ports: [{name: http, containerPort: 8000}]", ""),
    together(_SERVICE, server(kind="LeaderWorkerSet", spec="leaderTemplate: {spec: {containers: [{name: leader}]}}")),
    together(_SERVICE, marked(other("InferenceService", f"predictor: {{{_GPU}}}"), "labels: {app: server}")),
    together(_SERVICE.replace("http}", "9000}"), BARE.replace("{name: http, containerPort: 8000}", "{name: a}") + "      - {name: b, image: b, ports: [{containerPort: 9000}]}\n"),
    _POD, _SERVICE, together(_SERVICE, marked(server(kind="LeaderWorkerSet", spec=LWS, metadata="labels: {app: server}"), "")),
    GOOD.replace("httpGet: {path: /health, port: http}", "exec: {command: [sh, -c]}"),
    together(_SERVICE.replace(", targetPort: http", ""), BARE.replace("ports: [{name: http, containerPort: 8000}]", "ports: [{containerPort: 1}]") + "      - {name: b, image: b, ports: [{containerPort: 8000}]}\n"),
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("httpGet: {path: /health, port: http}", "exec: {command: [sh, -c, 'sleep 1']}"), _EARLY,
    BAD.replace("ports: [{name: http, containerPort: 8000}]", ""), together(_SERVICE, BAD),
    together(_SERVICE.replace("{selector", "{clusterIP: None, selector"), BARE), together(_EARLY, _EARLY.partition("---")[0]), together(_SERVICE.replace("server\n", "a\n", 1), _SERVICE, BARE),
    together(_SERVICE, server(kind="LeaderWorkerSet")),
]  # fmt: skip

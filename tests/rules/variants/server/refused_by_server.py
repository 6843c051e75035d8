"""What refused-by-server tells apart beyond its own examples."""

from servelint.rules.examples import server, workload
from servelint.rules.server.refused_by_server import GOOD

_SITE = GOOD.replace("http", "SITE_NAME")
_LONG = "ports: [{name: openai-compatible-http, containerPort: 8000}]"
_PREDICTOR = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: server}
spec: {predictor: {containers: [{name: kserve-container, ports: [{name: http, containerPort: 8000}]}]}}
"""

ALSO_GOOD = [
    server(kind="LeaderWorkerSet", container="ports: [{name: http, containerPort: 8000}]"),
    _PREDICTOR,
    _SITE,  # a value will stand there
    server(kind="LeaderWorkerSet", container="ports: [{name: SITE_NAME, containerPort: 8000}]"),
    (_SITE, {"kind": "cluster"}),  # `leftover-site-marker` says it
]
ALSO_BAD = [
    server(kind="LeaderWorkerSet", container=_LONG),
    server(kind="Deployment", container=_LONG),
    _PREDICTOR.replace("name: http,", "name: openai-compatible-http,"),
    workload("containers: [{name: a}]", kind="LeaderWorkerSet"),
]

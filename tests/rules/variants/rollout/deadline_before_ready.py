"""What deadline-before-ready tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.rollout.deadline_before_ready import _LIVE, GOOD

_READY = server(kind="Deployment", container="readinessProbe: {httpGet: {path: /health, port: 30000}}")
_R1 = {"model": "deepseek-r1"}

ALSO_GOOD = [
    server(kind="StatefulSet", container=_LIVE), GOOD.replace("7200", "3600"), _READY,
    (_READY.replace('gpu: "8"', 'gpu: "0"'), _R1),
    (_READY.replace("readinessProbe: ", "livenessProbe: {tcpSocket: {port: 1}}\n        readinessProbe: "), _R1),
    (server(kind="Deployment"), _R1),
]  # fmt: skip
ALSO_BAD = [GOOD.replace("7200", "3599"), (_READY, _R1)]

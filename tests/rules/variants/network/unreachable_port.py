"""What unreachable-port tells apart beyond its own examples."""

from servelint.rules.examples import other, together
from servelint.rules.network.unreachable_port import _POD, BAD, GOOD

_MONITOR = "selector: {matchLabels: {app: server}}, endpoints: [{port: metrics}]"
_MONITORED = together(other("PodMonitoring", _MONITOR, api="monitoring.googleapis.com/v1"), _POD)

ALSO_GOOD = [
    BAD.replace("targetPort: 8000", "targetPort: metrics"), BAD.replace("targetPort: 8000", "targetPort: 9000"),
    BAD.replace("targetPort: 8000", "targetPort: SITE_PORT"), BAD.replace('"m"]', '"m", "--port", "$PORT"]'),
    together(BAD, other("Operator", "image: a", api="example.com/v1")),  # its pods are not in sight
    _MONITORED,
]  # fmt: skip
ALSO_BAD = [GOOD.replace(", targetPort: 30000", ""), _MONITORED.replace("port: metrics}", "port: web}")]

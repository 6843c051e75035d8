"""What idle-selector tells apart beyond its own examples."""

from servelint.rules.examples import other, together
from servelint.rules.network.idle_selector import _BUDGET, _PODS, BAD

_MONITOR = other("ServiceMonitor", "selector: {matchLabels: {app: server}}", api="monitoring.coreos.com/v1")

ALSO_GOOD = [
    _BUDGET.replace("matchLabels: {app: server}", ""),  # all of them
    together(_MONITOR.replace("{selector", "{namespaceSelector: {any: true}, selector"), _PODS),
    together(BAD, other("Operator", "image: a", api="example.com/v1")),  # its pods are not in sight
    (together(_MONITOR.replace("Service", "Pod"), _PODS.replace("app: server", "app: bench")), {"kind": "cluster"}),
]
ALSO_BAD = [together(_MONITOR, _PODS), (BAD, {"kind": "cluster"})]

"""What unmet-topology-request tells apart beyond its own examples."""

from servelint.rules.examples import QUEUED, marked, server, together
from servelint.rules.queue.unmet_topology_request import _ASKS, _JOB, _QUEUE, BAD, GOOD

_SLICED = f"{_ASKS}\n  kueue.x-k8s.io/podset-slice-required-topology: host\n  kueue.x-k8s.io/podset-slice-size: '2'"
_ALL = GOOD.replace(_JOB, marked(server(kind="Job", metadata=_SLICED), QUEUED))
_TWO = GOOD.replace(
    "required-topology: block",
    "preferred-topology: block\n        kueue.x-k8s.io/podset-unconstrained-topology: 'true'",
)

ALSO_GOOD = [
    together(_QUEUE, server(metadata=_ASKS)), _ALL, _TWO.replace("'true'", "'false'"),
    BAD.replace("name: gke\n", "name: other\n"),
    BAD.replace("containers:", "nodeSelector: {machine: b200}\n      containers:"),
]  # fmt: skip
ALSO_BAD = [
    _TWO, _ALL.replace("slice-size: '2'", "slice-size: '0'"), _ALL.replace("slice-required", "other"),
    _ALL.replace("podset-slice-size", "other"), marked(server(kind="Job"), _ASKS),
    GOOD.replace("topologyName: gke, ", ""),
    GOOD.replace("required-topology: block", "unconstrained-topology: 'false'"),
]  # fmt: skip

"""What unknown-class tells apart beyond its own examples."""

from servelint.rules.examples import server, together, volume_claim
from servelint.rules.references.unknown_class import BAD

_QUEUED = server(kind="Job").replace("name: server\n", "name: server\n  labels: {kueue.x-k8s.io/queue-name: team}\n", 1)
_CLASS = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\nvalue: 1\n"

ALSO_GOOD = [
    _QUEUED, together(BAD, _CLASS), (BAD, {"external": [["PriorityClass", "system-nod-critical"]]}),
    server(pod="volumes: [{name: a, configMap: {name: of-nobody}}]"),
]  # fmt: skip
ALSO_BAD = [(_QUEUED, {"kind": "cluster"}), volume_claim(of="of-nobody")]

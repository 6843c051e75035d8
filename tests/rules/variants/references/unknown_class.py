"""What unknown-class tells apart beyond its own examples."""

from servelint.rules.examples import server, together, volume_claim
from servelint.rules.references.unknown_class import BAD

_QUEUED = server(kind="Job").replace("name: server\n", "name: server\n  labels: {kueue.x-k8s.io/queue-name: team}\n", 1)
_CLASS = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\nvalue: 1\n"

_TOP = ("overlays/clusters/c/kustomization.yaml", 4)
_PLATFORM = {
    "kind": "cluster", "path": "overlays/clusters/c", "built": {"overlays/clusters/c": _TOP},
    "platform": (("base/platform/a", ("base/platform/a",), (("LocalQueue", "SITE_QUEUE"), ("ServiceAccount", "x"))),),
}  # fmt: skip

ALSO_GOOD = [
    _QUEUED, together(BAD, _CLASS), (BAD, {"external": [["PriorityClass", "system-nod-critical"]]}),
    server(pod="volumes: [{name: a, configMap: {name: of-nobody}}]"),
    (together(_QUEUED, server(name="b", pod="serviceAccountName: x")), _PLATFORM),
]  # fmt: skip
ALSO_BAD = [
    (_QUEUED, {"kind": "cluster"}),
    volume_claim(of="of-nobody"),
    (together(_QUEUED, _QUEUED.replace(": server", ": b", 1)), _PLATFORM),
]

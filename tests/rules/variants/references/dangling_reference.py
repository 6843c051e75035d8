"""What dangling-reference tells apart beyond its own examples."""

from servelint.rules.examples import other, server, together, volume_claim
from servelint.rules.references.dangling_reference import _mounts

_PVC = "persistentVolumeClaim: {claimName: NAME}"
_ROUTE = other("HTTPRoute", "rules: [{backendRefs: [{name: of-nobody, port: 80}]}]")
_CLASS = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\nvalue: 1\n"

ALSO_GOOD = [
    _mounts("SITE_CONFIG"), _mounts("engine, optional: true"),
    (_mounts("engine"), {"external": [["ConfigMap", "engine"]]}), _ROUTE, server(pod="priorityClassName: of-nobody"),
    together(_mounts("model", _PVC), volume_claim()),
]  # fmt: skip
ALSO_BAD = [
    _mounts("engine"), (_ROUTE, {"kind": "cluster"}), together(server(pod="priorityClassName: of-nobody"), _CLASS),
    together(_mounts("model", _PVC), volume_claim("models")), server(pod="serviceAccountName: of-nobody"),
]  # fmt: skip

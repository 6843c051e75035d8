"""What dangling-reference tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import other, server, together, volume_claim


def _mounts(name: str, field: str = "configMap: {name: NAME}", kind: str = "LeaderWorkerSet") -> str:
    return server(kind=kind, pod=f"volumes: [{{name: engine, {field.replace('NAME', name)}}}]")


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

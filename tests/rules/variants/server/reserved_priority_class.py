"""What reserved-priority-class tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import marked, server
from servelint.rules.examples import together as manifest
from servelint.rules.server.reserved_priority_class import _CRITICAL


def _quota(values: str, operator: str = "In") -> str:
    term = f"{{scopeName: PriorityClass, operator: {operator}, values: [{values}]}}"
    return (
        f"apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: a\nspec: {{hard: {{pods: '9'}},"
        f" scopeSelector: {{matchExpressions: [{term}]}}}}\n"
    )


ALSO_GOOD = [
    marked(_CRITICAL, "namespace: kube-system"), manifest(_CRITICAL, _quota("system-cluster-critical")),
    manifest(_CRITICAL, _quota("", "Exists").replace(", values: []", "")),
]  # fmt: skip
ALSO_BAD = [
    server(kind="LeaderWorkerSet", pod="priorityClassName: system-node-critical"),
    manifest(_CRITICAL, _quota("system-node-critical")),
    manifest(marked(_CRITICAL, "namespace: a"), marked(_quota("system-cluster-critical"), "namespace: b")),
]  # fmt: skip

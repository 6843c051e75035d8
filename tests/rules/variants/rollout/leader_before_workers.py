"""What leader-before-workers tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import server
from servelint.rules.rollout.leader_before_workers import BAD, GOOD

_PROBE = "readinessProbe: {httpGet: {path: /health, port: 30000}}"


def _group(policy: str, arguments: str = "--tp-size 16 --nnodes 2", probe: str = _PROBE) -> str:
    made = server(arguments, kind="LeaderWorkerSet", container=probe)
    return made.replace("spec:\n", f"spec:\n  startupPolicy: {policy}\n", 1)


_STATEFUL = server("--tp-size 16 --nnodes 2", kind="StatefulSet", container=_PROBE, spec="replicas: 2")

ALSO_GOOD = [
    _STATEFUL.replace("replicas: 2", "replicas: 2\n  podManagementPolicy: Parallel"), _STATEFUL.replace(": 2", ": 1"),
    _STATEFUL.replace(_PROBE, "stdin: false"), _STATEFUL.replace('"--nnodes", "2"', '"--pp-size", "2"'),
    _group("LeaderReady", probe=""), _group("LeaderReady", "--tp-size 8"),
    BAD.replace("size: 2\n", "size: 1\n"), GOOD.replace("  startupPolicy: LeaderCreated\n", ""),
    _group("LeaderReady").replace("    size: 2\n", ""),
]  # fmt: skip
ALSO_BAD = [
    _STATEFUL,
    _group("LeaderReady", "--tp-size 16"),
    _group("LeaderReady", probe=_PROBE.replace("readiness", "startup")),
]

"""What leader-before-workers tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.rollout.leader_before_workers import _PROBE, BAD, GOOD, _group

_STATEFUL = server("--tp-size 16 --nnodes 2", kind="StatefulSet", container=_PROBE, spec="replicas: 2")

ALSO_GOOD = [
    _STATEFUL.replace("replicas: 2", "replicas: 2\n  podManagementPolicy: Parallel"), _STATEFUL.replace(": 2", ": 1"),
    _STATEFUL.replace(_PROBE, "stdin: false"), _STATEFUL.replace('"--nnodes", "2"', '"--pp-size", "2"'),
    _group("LeaderReady", probe=""), _group("LeaderReady", "--tp-size 8"),
    BAD.replace("size: 2\n", "size: 1\n"), GOOD.replace("  startupPolicy: LeaderCreated\n", ""),
]  # fmt: skip
ALSO_BAD = [
    _STATEFUL,
    _group("LeaderReady", "--tp-size 16"),
    _group("LeaderReady", probe=_PROBE.replace("readiness", "startup")),
]

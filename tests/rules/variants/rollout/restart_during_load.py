"""What restart-during-load tells apart beyond its own examples."""

from servelint.rules.examples import server, workload
from servelint.rules.rollout.restart_during_load import CLAIM, CLAIMED, ONE, _probes

ALSO_GOOD = [
    server(container=_probes(readiness=3)),
    server(container=_probes(liveness=180)),
    server(container=_probes(startup=1), kind="Job"),
    server(container=_probes(startup=1), gpus=0),
    workload(ONE % 22),
]
ALSO_BAD = [
    server(container=_probes(startup=80)),
    server(container=_probes(liveness=30)),
    server(container=_probes(liveness=179)),
    server(container=_probes(startup=30) + CLAIMED, pod=CLAIM),  # the volume may have it in time
    workload(ONE % 1),  # nobody knows what it loads
]

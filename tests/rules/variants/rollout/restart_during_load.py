"""What restart-during-load tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import server, workload

CLAIMED = "volumeMounts: [{name: v, mountPath: /v}]\n"
CLAIM = "volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]"
ONE = """\
containers:
- name: a
  image: example.com/a:1
  resources: {limits: {nvidia.com/gpu: 1}}
  startupProbe: {httpGet: {port: 8000}, failureThreshold: %d}
"""


def _probes(**failures: int) -> str:
    """Probes of a server, each ten seconds after the other, by how many may fail."""
    return "".join(
        f"{name}Probe: {{httpGet: {{path: /health, port: 30000}}, periodSeconds: 10, failureThreshold: {count}}}\n"
        for name, count in failures.items()
    )


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

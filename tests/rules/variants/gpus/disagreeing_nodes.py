"""What disagreeing-nodes tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import other, server, together
from servelint.rules.gpus.disagreeing_nodes import GOOD

_USER = server(kind="LeaderWorkerSet", pod="resourceClaims: [{name: channel, resourceClaimTemplateName: channel}]")
_DOMAIN = together(_USER, other("ComputeDomain", "numNodes: 2, channel: {resourceClaimTemplate: {name: channel}}"))
_MPI = GOOD.replace('"python3", "-m"', '"mpirun", "-np", "16"')


def of_processes(count: int) -> str:
    """A group of two pods with eight GPUs each that one host starts by mpirun."""
    return _MPI.replace('"-np", "16"', f'"-np", "{count}"')


ALSO_GOOD = [
    _DOMAIN, together(_DOMAIN.replace("numNodes: 2", "numNodes: 4"), _USER.replace("name: server", "name: other")),
    _DOMAIN.replace("name: channel}}", "name: another}}").replace("numNodes: 2", "numNodes: 3"), _MPI,
    _MPI.replace("16", "32").replace('"--nnodes", "2"', ""),  # `gpu-shortage` says it
    server("--nnodes 1", kind="StatefulSet", spec="replicas: 3"),  # servers beside each other
    together(*(server("--nnodes 2", kind="Deployment", name=name) for name in ("leader", "worker"))),
    server("--nnodes 1"), server("--nnodes 2", kind="Deployment").replace("kind: Deployment", "kind: DaemonSet"),
    of_processes(2),
    of_processes(1),
    of_processes(12).replace('nvidia.com/gpu: "8"', "cpu: 8"),
    server("--nnodes 2", kind="LeaderWorkerSet"),
    together(*(server("--nnodes 2", name=name) for name in "ab")),
    _DOMAIN.replace("numNodes: 2", "numNodes: 02"),
    together(*(server("--nnodes 3", name=name) for name in "abc"), server("", name="d")),
]  # fmt: skip
ALSO_BAD = [
    _DOMAIN.replace("numNodes: 2", "numNodes: 3"), _MPI.replace('"-np", "16"', '"-np", "12"'),
    server("--nnodes 3", kind="StatefulSet", spec="replicas: 2"), server("--nnodes 2", kind="Deployment"),
    together(server("--nnodes 2"), server("--nnodes 1", name="other")),
    of_processes(12),
    of_processes(3),
    server("--nnodes 2", kind="Job"),
    server("--nnodes 3", kind="LeaderWorkerSet"),
    server("--nnodes 2"),
    together(server("--nnodes 2"), server("--tp-size 2", name="other")),
]  # fmt: skip

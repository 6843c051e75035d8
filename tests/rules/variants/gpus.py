"""What rules of gpus tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import server, together
from servelint.rules.gpus import disagreeing_nodes

MPI, DOMAIN = disagreeing_nodes._MPI, disagreeing_nodes._DOMAIN


def of_processes(count: int) -> str:
    """A group of two pods with eight GPUs each that one host starts by mpirun."""
    return MPI.replace('"-np", "16"', f'"-np", "{count}"')


GOOD: dict[str, list[Any]] = {
    "disagreeing-nodes": [
        of_processes(2),
        of_processes(1),
        of_processes(12).replace('nvidia.com/gpu: "8"', "cpu: 8"),
        server("--nnodes 2", kind="LeaderWorkerSet"),
        together(*(server("--nnodes 2", name=name) for name in "ab")),
        DOMAIN.replace("numNodes: 2", "numNodes: 02"),
        together(*(server("--nnodes 3", name=name) for name in "abc"), server("", name="d")),
    ],
}
BAD: dict[str, list[Any]] = {
    "disagreeing-nodes": [
        of_processes(12),
        of_processes(3),
        server("--nnodes 2", kind="Job"),
        server("--nnodes 3", kind="LeaderWorkerSet"),
        server("--nnodes 2"),
        together(server("--nnodes 2"), server("--tp-size 2", name="other")),
    ],
}

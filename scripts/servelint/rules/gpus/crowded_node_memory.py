"""Memory requests and volumes in memory together are more than a node has.

What is written to an emptyDir of medium Memory is memory that no request covers, unless the pod's author counted it in.
A shared memory that fills up to its limit beside containers that use what they asked for takes the node to eviction,
and the engine's half-hour load starts again elsewhere.
"""

from ...model import Overlay, Pod, Problem, Problems, mapping
from ...views.amounts import gib, size
from ...views.demand import MEMORY, demand
from ...views.placement import machines, partners
from ..examples import server

SEVERITY = "warning"
HINT = "Lower the memory request or the sizeLimit: together they must leave the node's own share free."
SOURCE = "https://kubernetes.io/docs/concepts/storage/volumes/#emptydir"
COVERS = ("MEM-03",)
CONTEXT = {"hardware": "a4x", "model": "deepseek-r1-nvfp4", "workload": "trtllm-serve", "kind": "leaf"}

GOOD = server(
    engine="trtllm",
    gpus=0,
    container='resources: {requests: {memory: 512Gi}, limits: {nvidia.com/gpu: "4"}}',
    pod="volumes: [{name: shared-memory, emptyDir: {medium: Memory, sizeLimit: 250Gi}}]",
)
BAD = GOOD.replace("250Gi", "400Gi")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        hosts, asked = machines(overlay, pod), demand(overlay, pod, MEMORY)
        if not hosts or asked is None:
            continue
        room = max(MEMORY.allocatable(host) for host in hosts)
        volumes = _in_memory(overlay, pod)
        if asked.amount <= room < asked.amount + volumes:
            wants = f"requests {gib(asked.amount)} of memory and may put {gib(volumes)} into volumes in memory"
            text = f"the pod {wants}, but a {hosts[0].machine_type} has {gib(room)} to give"
            yield Problem(asked.resource, asked.pointer, text)


def _in_memory(overlay: Overlay, pod: Pod) -> int:
    """Bytes that the pod's volumes in memory may take; `unbounded-memory-volume` reports those without a limit."""
    empties = [mapping(v.get("emptyDir")) for part in partners(overlay, pod) for _, v in part.volumes.values()]
    return sum(max(0, size(empty.get("sizeLimit")) or 0) for empty in empties if empty.get("medium") == "Memory")

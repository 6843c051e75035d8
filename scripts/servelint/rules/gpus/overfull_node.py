"""A pod requests more memory, CPU or disk than any node of its machine type can give.

It stays Pending for ever: the scheduler never says that no such node exists, only that none fits now, and an autoscaler
does not even try. A node keeps part of its memory, CPU and disk for itself, and a sidecar that is injected later asks
for its own. Counted are the containers' requests (their limits where only those stand), the largest init container,
restartable init containers, and the sidecar of Cloud Storage FUSE.
"""

from ...model import Overlay, Problem, Problems
from ...views.demand import CPU, RESOURCES, demand
from ...views.placement import machines
from ..examples import server

SEVERITY = "error"
HINT = "Request less than the machine's allocatable: hardware/<hw>/hardware.yaml has it."
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes"
COVERS = ("MEM-03",)
CONTEXT = {"hardware": "a4x", "model": "deepseek-r1-nvfp4", "workload": "trtllm-serve", "kind": "leaf"}

GOOD = server(
    engine="trtllm", gpus=0, container='resources: {requests: {memory: 512Gi}, limits: {nvidia.com/gpu: "4"}}'
)
BAD = GOOD.replace("512Gi", "1000Gi")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        hosts = machines(overlay, pod)
        for resource in RESOURCES if hosts else ():
            asked = demand(overlay, pod, resource)
            room = max(resource.allocatable(host) for host in hosts)
            of = "" if resource is CPU else f" of {resource.name}"
            if asked is not None and asked.amount > room:
                has = f"{hosts[0].machine_type} has {resource.show(room)} to give"
                text = f"the pod requests {resource.show(asked.amount)}{of}, but {has}"
                yield Problem(asked.resource, asked.pointer, text)

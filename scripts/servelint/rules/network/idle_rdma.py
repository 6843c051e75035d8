"""A pod is made for RDMA, and its RDMA networks are missing.

With the default interface alone, or with the list commented out beside an installed gIB, the pod starts and serves: on
one host NVLink carries everything. The day it spans two hosts NCCL takes TCP over eth0, ten times slower and without a
word. A pod of one host that asks for nothing of all this needs none. Pods on the host's network and pods that claim
their cards are passed over, and groups of hosts are `wrong-rdma-interfaces`.
"""

from ...model import Overlay, Problem, Problems
from ...views import kserve
from ...views.devices import claims, hosts
from ...views.gib import mounted
from ...views.interfaces import default, listed, misplaced
from ...views.placement import machines
from ..examples import interfaces, server

SEVERITY = "warning"
HINT = "List the machine's interfaces in networking.gke.io/interfaces, as the components in hardware/ do."
SOURCE = "https://cloud.google.com/ai-hypercomputer/docs/create/gke-ai-hypercompute-custom"
COVERS = ("NET-03",)
CONTEXT = {"hardware": "a4x", "model": "deepseek-r1-nvfp4", "workload": "trtllm-bench", "kind": "leaf"}

_A4X = {"eth0": "default", **{f"eth{i + 2}": f"rdma-{i}" for i in range(4)}}
GOOD = server(gpus=4, metadata=interfaces(**_A4X))
BAD = GOOD.replace("networking.gke.io/interfaces: ", "interfaces: ")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        known, chosen = machines(overlay, pod), default(pod)
        if listed(pod) or pod.spec.get("hostNetwork") is True or next(misplaced(pod), None):
            continue
        if kserve.is_runtime_in_use(overlay, pod) or any(claim.network for claim in claims(overlay, pod)):
            continue
        gpus = kserve.gpus(overlay, pod)
        whole_host = bool(known) and all(hardware.rdma_interfaces and gpus >= hardware.gpus for hardware in known)
        if whole_host and hosts(overlay, pod) > 1:
            continue  # an error of its own
        if chosen:
            text = f"has the default interface {chosen[1]} and no list of interfaces that it could be in"
            yield Problem(pod.resource, chosen[0], text)
        elif whole_host and any(mounted(container) for container in pod.main):
            at = next(container.gpu_pointer for container in (*pod.main, *pod.containers))
            left = len(known[0].rdma_interfaces)
            text = f"brings gIB and takes all {gpus} GPUs of {known[0].name}, but none of its {left} RDMA networks"
            yield Problem(pod.resource, at, text)

"""The toleration of the Arm taint does not fit the machine.

GKE taints Arm nodes with kubernetes.io/arch=arm64:NoSchedule. Without the toleration a pod for A4X stays Pending for
ever; with it a pod for an x86 machine shows that it was copied from the wrong overlay. A pod that requires the node
label kubernetes.io/arch: arm64 needs no toleration of its own, for GKE adds it.
"""

from ...model import Overlay, Problem, Problems, mappings
from ...views.placement import machines, partners, pins, tolerates
from ..examples import server

SEVERITY = "error"
HINT = "Tolerate kubernetes.io/arch=arm64:NoSchedule on Arm machines, and nowhere else."
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/prepare-arm-workloads-for-deployment"
COVERS = ("ARC-02",)
CONTEXT = {"hardware": "a4x", "model": "deepseek-r1-nvfp4", "workload": "trtllm-bench", "kind": "leaf"}

GOOD = server(gpus=4, pod="tolerations: [{key: kubernetes.io/arch, value: arm64, effect: NoSchedule}]")
BAD = GOOD.replace("value: arm64", "value: amd64")

LABEL = "kubernetes.io/arch"
TAINT = {"key": LABEL, "value": "arm64", "effect": "NoSchedule"}


def check(overlay: Overlay) -> Problems:
    for pod in overlay.gpu_pods:
        tolerations = [
            (part, (*part.pointer, "tolerations", i), item)
            for part in partners(overlay, pod)
            for i, item in mappings(part.spec.get("tolerations"))
        ]
        known = machines(overlay, pod)
        arms = {hardware.cpu_architecture == "arm64" for hardware in known}
        if arms == {True}:
            by_label = any(pin.label == LABEL and pin.values == ("arm64",) for pin in pins(overlay, pod))
            if not by_label and not any(tolerates(item, TAINT) for _, _, item in tolerations):
                at = (*pod.pointer, "tolerations") if "tolerations" in pod.spec else pod.pointer
                message = f"does not tolerate the taint {LABEL}=arm64:NoSchedule of {known[0].name}"
                yield Problem(pod.resource, at, message)
        elif arms == {False}:
            for part, at, item in tolerations:
                if item.get("key") == LABEL and tolerates(item, TAINT):
                    message = f"tolerates {LABEL}=arm64, but {known[0].name} is an x86 machine"
                    yield Problem(part.resource, at, message)

"""A GPU pod does not say which GPU it is for.

nvidia.com/gpu is the same resource on every machine type. In a cluster with more than one GPU pool the scheduler takes
whichever node is free: the model does not fit, or it does and the benchmark is published for the wrong GPU. A pin to
another machine's GPU is `foreign-hardware`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Pod, Problem, mapping
from ..views.placement import ACCELERATOR, partners, pins

SEVERITY = "error"
HINT = "Set nodeSelector cloud.google.com/gke-accelerator, as the components in hardware/ do."
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/gpus"
COVERS = ("ARC-06",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace("  nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}\n", "")

PINS = {
    ACCELERATOR,
    "cloud.google.com/compute-class",
    "cloud.google.com/gke-nodepool",
    "cloud.google.com/machine-family",
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
    "kubernetes.io/hostname",
    "nvidia.com/gpu.product",
}


def check(overlay: Overlay) -> Iterator[Problem]:
    # A KServe runtime is a template: where the pod goes is for the services that use it to say.
    templates = ("ServingRuntime", "ClusterServingRuntime")
    for pod in overlay.gpu_pods:
        parts = partners(overlay, pod)
        named = any(pin.label in PINS for pin in pins(overlay, pod)) or pod.spec.get("nodeName")
        if named or pod.resource.kind in templates or _by_flavor(overlay, parts):
            continue
        at = next(container.gpu_pointer for container in pod.main if container.gpus)
        yield Problem(pod.resource, at, f"asks for {pod.gpus} GPUs of any kind: no node label names the machine")


def _by_flavor(overlay: Overlay, parts: list[Pod]) -> bool:
    """Whether Kueue pins the pod: it adds the node labels of the flavor, here of every flavor that is rendered."""
    flavors = [mapping(flavor.spec.get("nodeLabels")) for flavor in overlay.of("ResourceFlavor")]
    queued = any("kueue.x-k8s.io/queue-name" in part.resource.labels for part in parts)
    return queued and bool(flavors) and all(PINS & labels.keys() for labels in flavors)

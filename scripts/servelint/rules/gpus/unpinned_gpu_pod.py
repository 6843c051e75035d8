"""A GPU pod does not say which GPU it is for.

nvidia.com/gpu is the same resource on every machine type. In a cluster with more than one GPU pool the scheduler takes
whichever node is free: the model does not fit, or it does and the benchmark is published for the wrong GPU. A pin to
another machine's GPU is `foreign-hardware`.
"""

from ...model import Overlay, Pod, Problem, Problems, is_marker, mapping
from ...views.placement import ACCELERATOR, Pin, partners, pins
from ..examples import server

SEVERITY = "error"
HINT = "Set nodeSelector cloud.google.com/gke-accelerator, as the components in hardware/ do."
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/gpus"
COVERS = ("ARC-06",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server(pod="nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}")
BAD = server()

PINS = {
    ACCELERATOR, "cloud.google.com/compute-class", "cloud.google.com/gke-nodepool", "cloud.google.com/machine-family",
    "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type", "kubernetes.io/hostname",
    "nvidia.com/gpu.product",
}  # fmt: skip
# Families of several machine types with different GPUs: a3 is H100 and H200, n1 whatever was attached.
MIXED = frozenset({"a2", "a3", "n1"})


def check(overlay: Overlay) -> Problems:
    # A KServe runtime is a template: where the pod goes is for the services that use it to say.
    templates = ("ServingRuntime", "ClusterServingRuntime")
    for pod in overlay.gpu_pods:
        required = pins(overlay, pod)
        yield from _stray(overlay, required)
        if any(map(_names, required)) or pod.spec.get("nodeName") or pod.resource.kind in templates:
            continue
        if _by_flavor(overlay, partners(overlay, pod)):
            continue
        at = next(container.gpu_pointer for container in pod.main if container.gpus)
        wished = mapping(mapping(pod.spec.get("affinity")).get("nodeAffinity"))
        binds = "preferred" in " ".join(map(str, wished)) and "; a preference does not bind"
        message = f"asks for {pod.gpus} GPUs of any kind: no node label names the machine{binds or ''}"
        yield Problem(pod.resource, at, message)


def _names(pin: Pin) -> bool:
    """Whether a label that the pod insists on tells the GPU."""
    family = pin.label == "cloud.google.com/machine-family"
    return pin.label in PINS and not (family and MIXED.intersection(pin.values))


def _stray(overlay: Overlay, required: list[Pin]) -> Problems:
    """Another GPU that the pod's own labels let it land on."""
    on_gpu = [pin for pin in required if pin.label == ACCELERATOR]
    if overlay.hardware is None or not on_gpu:
        return
    own = overlay.hardware.accelerator
    accepted = [value for value in on_gpu[0].values if all(value in pin.values for pin in on_gpu)]
    others = [value for value in accepted if value != own and not is_marker(value)]
    told = any(pin.label != ACCELERATOR and _names(pin) for pin in required)
    if own in accepted and others and not told:
        text = f"may land on {' or '.join(others)} as well as on {own}, which {overlay.hardware.name} has"
        yield Problem(on_gpu[0].pod.resource, on_gpu[0].pointer, text)


def _by_flavor(overlay: Overlay, parts: list[Pod]) -> bool:
    """Whether Kueue pins the pod: it adds the node labels of the flavor, here of every flavor that is rendered."""
    flavors = [mapping(flavor.spec.get("nodeLabels")) for flavor in overlay.of("ResourceFlavor")]
    queued = any("kueue.x-k8s.io/queue-name" in part.resource.labels for part in parts)
    return queued and bool(flavors) and all(PINS & labels.keys() for labels in flavors)

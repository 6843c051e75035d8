"""A pod asks for machines on demand of a type that exists in reservations only.

A4X is provisioned from a reservation and not by flex-start or queued provisioning. A pod that waits for such a machine,
by a node label, an annotation or a request through Kueue, waits for ever: no node pool can offer one.
"""

from collections.abc import Iterator
from itertools import islice

from ...model import Overlay, Pod, Pointer, Problem, Problems
from ...views.placement import machines, partners, pins
from ..examples import server

SEVERITY = "error"
HINT = "Take the flex-start and provisioning-request settings out: A4X nodes come from the reservation's own pool."
SOURCE = "https://cloud.google.com/ai-hypercomputer/docs/create/gke-ai-hypercompute-custom"
COVERS = ("KUE-06",)
CONTEXT = {"hardware": "a4x", "model": "deepseek-r1-nvfp4", "workload": "trtllm-bench", "kind": "leaf"}

GOOD = server(kind="Job", gpus=4, pod="nodeSelector: {cloud.google.com/gke-spot: 'true'}")
BAD = GOOD.replace("gke-spot", "gke-flex-start")

LABELS = ("cloud.google.com/gke-flex-start", "cloud.google.com/gke-queued")
ANNOTATIONS = (
    "provreq.kueue.x-k8s.io/",
    "autoscaling.x-k8s.io/consume-provisioning-request", "autoscaling.x-k8s.io/provisioning-class-name",
    "cluster-autoscaler.kubernetes.io/consume-provisioning-request",
    "cluster-autoscaler.kubernetes.io/provisioning-class-name",
)  # fmt: skip


def check(overlay: Overlay) -> Problems:
    for pod in overlay.gpu_pods:
        known = machines(overlay, pod)
        if not known or any(hardware.flex_start for hardware in known):
            continue
        for part, pointer, what in islice(_asked(overlay, pod), 1):  # one mistake in several places
            text = f"{what} asks for a machine on demand, and {known[0].name} comes from reservations only"
            yield Problem(part.resource, pointer, text)


def _asked(overlay: Overlay, pod: Pod) -> Iterator[tuple[Pod, Pointer, str]]:
    for pin in pins(overlay, pod):
        if pin.label in LABELS and "true" in pin.values:
            yield pin.pod, pin.pointer, f"node label {pin.label}"
    for part in partners(overlay, pod):
        for at in dict.fromkeys(((*part.meta_pointer, "annotations"), ("metadata", "annotations"))):
            written = part.resource.at(at)
            for key in written if isinstance(written, dict) else ():
                if str(key).startswith(ANNOTATIONS):
                    yield part, (*at, key), f"annotation {key}"

"""A pod mounts a Cloud Storage bucket without asking for the sidecar that does the mounting.

GKE injects the gcsfuse sidecar only into pods whose own metadata carries `gke-gcsfuse/volumes: "true"`. Without it, or
with it on the Deployment instead of the pod template, the mount fails and the pod stays in ContainerCreating on a GPU
node that is already paid for.
"""

from ...model import Overlay, Pod, Problem, Problems, Resource, mapping
from ...views import kserve
from ...views.buckets import ANNOTATION, buckets
from ..examples import bucket_pod

SEVERITY = "error"
HINT = 'Put the annotation `gke-gcsfuse/volumes: "true"` on the pod template.'
SOURCE = "https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/issues/153"
COVERS = ("STO-01",)

_OWN = "annotations: {gke-gcsfuse/volumes: 'true'}"
GOOD = bucket_pod()
BAD = bucket_pod(annotations="", metadata=_OWN)

# A value that is no text is another rule's finding; here it counts as what its author meant.
RAW = True


def _given(overlay: Overlay, pod: Pod) -> list[object]:
    """The annotation wherever the pod gets it from. KServe copies an InferenceService's and its runtime's."""
    sources = [pod.annotations]
    if pod.resource.kind == "InferenceService":
        runtime: Resource | None = kserve.runtime(overlay, pod)
        sources += [pod.resource.annotations, mapping(runtime.spec.get("annotations")) if runtime else {}]
    if pod.resource.kind.endswith("ServingRuntime"):
        sources += [service.annotations for service in overlay.of("InferenceService")]
    return [source[ANNOTATION] for source in sources if ANNOTATION in source]


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        bucket = next((bucket for bucket in buckets(overlay, pod) if not bucket.shared), None)
        given = _given(overlay, pod)
        # The webhook takes these two spellings.
        if bucket is None or any(value in ("true", "True", True) for value in given):
            continue
        here = ANNOTATION in pod.annotations
        says = f"sets {ANNOTATION} to {given[0]}" if here else f"has no annotation {ANNOTATION}"
        at = (*pod.meta_pointer, "annotations", ANNOTATION) if here else bucket.pointer
        yield Problem(pod.resource, at, f"volume {bucket.name} is a Cloud Storage bucket, but the pod template {says}")

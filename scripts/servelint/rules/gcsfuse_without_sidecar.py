"""A pod mounts a Cloud Storage bucket without asking for the sidecar that does the mounting.

GKE injects the gcsfuse sidecar only into pods whose own metadata carries `gke-gcsfuse/volumes: "true"`. Without it, or
with it on the Deployment instead of the pod template, the mount fails and the pod stays in ContainerCreating on a GPU
node that is already paid for.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Pod, Pointer, Problem, Resource, mapping
from ..views import kserve
from ..views.selection import together

SEVERITY = "error"
HINT = 'Put the annotation `gke-gcsfuse/volumes: "true"` on the pod template.'
SOURCE = "https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/issues/153"
COVERS = ("STO-01",)

GOOD = """\
apiVersion: batch/v1
kind: Job
metadata: {name: bench}
spec:
  template:
    metadata:
      annotations: {gke-gcsfuse/volumes: "true"}
    spec:
      restartPolicy: Never
      containers: [{name: engine, image: bench, volumeMounts: [{name: logs, mountPath: /gcs}]}]
      volumes:
      - name: logs
        csi: {driver: gcsfuse.csi.storage.gke.io, volumeAttributes: {bucketName: logs-of-team}}
"""
BAD = GOOD.replace('    metadata:\n      annotations: {gke-gcsfuse/volumes: "true"}\n', "").replace(
    "metadata: {name: bench}", 'metadata: {name: bench, annotations: {gke-gcsfuse/volumes: "true"}}'
)

DRIVER = "gcsfuse.csi.storage.gke.io"
ANNOTATION = "gke-gcsfuse/volumes"


def _bucket_claims(overlay: Overlay) -> set[tuple[str, str]]:
    """Namespace and name of every claim that a gcsfuse volume or storage class of the overlay backs."""
    volumes = [v for v in overlay.of("PersistentVolume") if mapping(v.spec.get("csi")).get("driver") == DRIVER]
    names = {v.name for v in volumes}
    classes = {c.name for c in overlay.of("StorageClass") if c.body.get("provisioner") == DRIVER}
    found = set()
    for claim in overlay.of("PersistentVolumeClaim"):
        bound, of_class = str(claim.spec.get("volumeName") or ""), str(claim.spec.get("storageClassName"))
        claimed = any(
            mapping(v.spec.get("claimRef")).get("name") == claim.name and bound in ("", v.name) for v in volumes
        )
        if bound in names or claimed or (not bound and of_class in classes):
            found.add((claim.namespace, claim.name))
    return found


def _bucket_volume(overlay: Overlay, pod: Pod) -> Pointer | None:
    """The pod's first volume that is a bucket."""
    claims = _bucket_claims(overlay)
    for pointer, volume in pod.volumes.values():
        wanted = mapping(volume.get("persistentVolumeClaim")).get("claimName")
        claimed = any(name == wanted and together(namespace, pod.resource.namespace) for namespace, name in claims)
        if mapping(volume.get("csi")).get("driver") == DRIVER or claimed:
            return pointer
    return None


def _given(overlay: Overlay, pod: Pod) -> list[object]:
    """The annotation wherever the pod gets it from. KServe copies an InferenceService's and its runtime's."""
    sources = [pod.annotations]
    if pod.resource.kind == "InferenceService":
        runtime: Resource | None = kserve.runtime(overlay, pod)
        sources += [pod.resource.annotations, mapping(runtime.spec.get("annotations")) if runtime else {}]
    if pod.resource.kind.endswith("ServingRuntime"):
        sources += [service.annotations for service in overlay.of("InferenceService")]
    return [source[ANNOTATION] for source in sources if ANNOTATION in source]


def check(overlay: Overlay) -> Iterator[Problem]:
    for pod in overlay.pods:
        volume = _bucket_volume(overlay, pod)
        given = _given(overlay, pod)
        # The webhook takes these two spellings; a boolean is no valid annotation at all, which the schema says.
        if volume is None or any(value in ("true", "True", True) for value in given):
            continue
        name = mapping(pod.resource.at(volume)).get("name")
        here = ANNOTATION in pod.annotations
        yield Problem(
            pod.resource,
            (*pod.meta_pointer, "annotations", ANNOTATION) if here else volume,
            f"volume {name} is a Cloud Storage bucket, but the pod template "
            + (f"sets {ANNOTATION} to {given[0]}" if here else f"has no annotation {ANNOTATION}"),
        )

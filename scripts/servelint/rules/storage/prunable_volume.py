"""Data that a commit can delete.

A folder that leaves Git takes its claim, volume or Namespace with it: Argo CD and Flux prune what they no longer find,
and deleting the application deletes the rest. With reclaim policy Delete the disk or the Lustre instance goes too, and
with it the engines and checkpoints that took days to place there.
"""

from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping
from ...views.delivery import own_options
from ..examples import lustre

SEVERITY = "error"
HINT = (
    "Annotate it with argocd.argoproj.io/sync-options: Prune=false,Delete=false and kustomize.toolkit.fluxcd.io/prune:"
    " disabled, and give volumes persistentVolumeReclaimPolicy: Retain."
)
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#no-prune-resources"
COVERS = ("GIT-03",)

_KEPT = "argocd.argoproj.io/sync-options: 'Prune=false,Delete=false', kustomize.toolkit.fluxcd.io/prune: disabled"
GOOD = lustre(metadata=f"annotations: {{{_KEPT}}}")
BAD = GOOD.replace("'Prune=false,Delete=false'", "Prune=false")
CONTEXT = {"kind": "leaf"}

ARGO, FLUX = "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/"
BUCKET = "gcsfuse.csi.storage.gke.io"


def _unprotected(overlay: Overlay, resource: Resource) -> list[str]:
    """The ways in which a sync may delete the object."""
    options = own_options(resource.annotations)
    prune = str(resource.annotations.get(f"{FLUX}prune", resource.labels.get(f"{FLUX}prune", ""))).lower()
    ways = (
        (ARGO, "Argo CD may prune it", options & {"Prune=false", "Prune=confirm"}),
        (ARGO, "Argo CD deletes it with its application", options & {"Delete=false", "Delete=confirm"}),
        (FLUX, "Flux may prune it", prune == "disabled"),
    )
    # The fleet's clusters use either tool. A manifest from elsewhere tells by its annotations which one, if any.
    used = [tool for tool in (ARGO, FLUX) if any(str(key).startswith(tool) for key in resource.annotations)]
    return [way for tool, way, safe in ways if not safe and (overlay.kind != "manifest" or tool in used)]


def check(overlay: Overlay) -> Problems:
    buckets = {v.name for v in overlay.of("PersistentVolume") if mapping(v.spec.get("csi")).get("driver") == BUCKET}
    for resource in overlay.of("PersistentVolume", "PersistentVolumeClaim", "Namespace"):
        # The gcsfuse driver deletes no bucket, so nothing is lost with its volumes.
        volume = resource.name if resource.kind == "PersistentVolume" else str(resource.spec.get("volumeName"))
        if volume in buckets:
            continue
        policy = resource.spec.get("persistentVolumeReclaimPolicy")
        if resource.kind == "PersistentVolume" and policy in ("Delete", "Recycle"):
            text = f"reclaim policy {policy} destroys the data with the claim"
            yield Problem(resource, ("spec", "persistentVolumeReclaimPolicy"), text)
        if ways := _unprotected(overlay, resource):
            at: Pointer = ("metadata", "annotations") if resource.annotations else ("metadata",)
            yield Problem(resource, at, f"{resource.title} can be lost: {', '.join(ways)}")
    for resource in overlay.of("StatefulSet"):
        at = ("spec", "persistentVolumeClaimRetentionPolicy")
        for when, event in (("whenDeleted", "deleted"), ("whenScaled", "scaled down")):
            if mapping(resource.at(at)).get(when) == "Delete" and resource.spec.get("volumeClaimTemplates"):
                text = f"the claims of StatefulSet {resource.name} are deleted when it is {event}"
                yield Problem(resource, (*at, when), text)

"""A pod reads a bucket as an account that nobody can have given the bucket to.

The gcsfuse driver asks Cloud Storage as the pod's Kubernetes service account, never as the node. The account `default`
belongs to every pod of the namespace, so no bucket is granted to it; and a pod on the host's network has no identity of
its own unless the volume says hostNetworkPodKSA. The mount fails with 403 while the node is held.
"""

from ...model import Overlay, Pod, Problem, Problems, mapping
from ...views import kserve
from ...views.buckets import PREFIX, buckets
from ...views.placement import partners
from ..examples import bucket_pod

SEVERITY = "error"
HINT = (
    'Name the service account that the bucket is granted to, and on the host\'s network add hostNetworkPodKSA: "true".'
)
SOURCE = "https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/blob/main/docs/authentication.md"
COVERS = ("STO-02",)

GOOD = bucket_pod()
BAD = bucket_pod("")

# Google service account that a Kubernetes one stands for; and a file of credentials in place of either.
ANNOTATED, CREDENTIALS = "iam.gke.io/gcp-service-account", PREFIX + "workload-identity-credential-configmap"


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        found = [bucket for bucket in buckets(overlay, pod) if not bucket.shared]
        if not found or pod.resource.kind in kserve.RUNTIMES or CREDENTIALS in pod.annotations:
            continue
        parts = partners(overlay, pod)
        account = next((name for part in parts if (name := _account(part))), "default")
        if account == "default" and not _granted(overlay, pod):
            keys = [key for key in ("serviceAccountName", "serviceAccount") if key in pod.spec]
            at = (*pod.pointer, keys[0]) if keys else found[0].pointer
            what = "names service account default" if keys else "names no service account"
            yield Problem(pod.resource, at, f"mounts bucket volume {found[0].name}, but {what}")
        for bucket in found if pod.spec.get("hostNetwork") is True else ():
            if bucket.csi and str(bucket.attributes.get("hostNetworkPodKSA")).lower() not in ("true", "1", "t"):
                message = f"is on the host's network, and bucket volume {bucket.name} does not set hostNetworkPodKSA"
                yield Problem(pod.resource, bucket.pointer, message)


def _account(pod: Pod) -> str:
    return str(pod.spec.get("serviceAccountName") or pod.spec.get("serviceAccount") or "")


def _granted(overlay: Overlay, pod: Pod) -> bool:
    """Whether the set makes the default account somebody."""
    account = overlay.named("ServiceAccount", "default")
    return account is not None and bool(mapping(account.metadata.get("annotations")).get(ANNOTATED))

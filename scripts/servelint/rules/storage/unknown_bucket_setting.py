"""A setting of the gcsfuse driver that the driver does not know, or whose value it cannot read.

Unknown annotations and volume attributes are passed over in silence: the cache that was asked for is not there, and a
load takes minutes more on every start. Nothing is called gke-gcsfuse/file-cache-capacity or cache-path: a cache has its
size in fileCacheCapacity and its place in a volume named gke-gcsfuse-cache.
"""

import difflib
import re
from collections.abc import Iterator

from ...catalogue import gcsfuse
from ...model import is_marker, mapping, Overlay, Pointer, Problem, Problems
from ...server.semantics.names import quantity
from ...views.buckets import DRIVER, PREFIX
from ..examples import bucket_pod

SEVERITY = ("warning", "error")
HINT = (
    "Use a setting of the driver's documentation, with a text as value.",
    "Write a value that the driver reads; a limit of 0 is none.",
)
SOURCE = "https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/blob/main/pkg/csi_driver/utils.go"
COVERS = ("STO-02", "CFG-01")

GOOD = bucket_pod(annotations='gke-gcsfuse/volumes: "true", gke-gcsfuse/memory-limit: "0"')
BAD = bucket_pod(annotations='gke-gcsfuse/volumes: "true", gke-gcsfuse/file-cache-capacity: "0"')

ANNOTATIONS = frozenset(
    PREFIX + name
    for name in (
        "volumes", "cpu-limit", "cpu-request", "memory-limit", "memory-request", "ephemeral-storage-limit",
        "ephemeral-storage-request", "metadata-prefetch-container-image", "metadata-prefetch-cpu-limit",
        "metadata-prefetch-cpu-request", "metadata-prefetch-ephemeral-storage-limit",
        "metadata-prefetch-ephemeral-storage-request", "metadata-prefetch-image-pull-policy",
        "metadata-prefetch-memory-limit", "metadata-prefetch-memory-request", "enable-native-sidecar",
        "enable-numa-pinning", "additional-volume-mounts", "workload-identity-credential-configmap", "profile",
        "profile-managed", "shared-mount", "mounter-pod-template", "cache-created-by-user",
    )
)  # fmt: skip


def _switch(value: str) -> str:
    """What the webhook's ParseBool takes: unlike Go's, four words."""
    return "" if value in ("true", "True", "false", "False") else "true or false"


def _amount(value: str) -> str:
    return "" if quantity(value) is not None else "a quantity such as 500Mi"


READ = {PREFIX + "volumes": _switch, PREFIX + "enable-native-sidecar": _switch} | {
    f"{PREFIX}{part}{resource}-{bound}": _amount
    for part in ("", "metadata-prefetch-")
    for resource in ("cpu", "memory", "ephemeral-storage")
    for bound in ("limit", "request")
}
"""Annotations without whose value the webhook refuses the pod, each with what it has to be.
Source: https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/tree/main/pkg/webhook (config.go, parsers.go)"""
BOOLEANS = frozenset({
    "fileCacheForRangeRead", "skipCSIBucketAccessCheck", "hostNetworkPodKSA", "disableMetrics",
    "enableCloudProfilerForSidecar", "sharedMount", "gcsfuseMetadataPrefetchOnMount",
})  # fmt: skip
SIZES = frozenset({"fileCacheCapacity", "metadataStatCacheCapacity", "metadataTypeCacheCapacity"})
NUMBERS = frozenset({"metadataCacheTTLSeconds", "metadataCacheTtlSeconds", "multiNICIndex"})
TEXTS = frozenset({"bucketName", "mountOptions", "gcsfuseLoggingSeverity", "identityProvider", "identityPool"})
ATTRIBUTES = BOOLEANS | SIZES | NUMBERS | TEXTS

def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        for name in pod.annotations:
            value = pod.annotations[name]
            if name in READ and isinstance(value, str) and not is_marker(value) and (wanted := READ[name](value)):
                text = f"{name} is {value!r}, and must be {wanted}: the driver's webhook refuses the pod"
                yield Problem(pod.resource, (*pod.meta_pointer, "annotations", name), text, severity="error")
            # The driver writes what it learns of a bucket under names of its own.
            if str(name).startswith(PREFIX) and name not in gcsfuse.ANNOTATIONS and "/bucket-scan-" not in str(name):
                text = f"{name} is no annotation that the gcsfuse driver reads{_near(str(name), gcsfuse.ANNOTATIONS)}"
                yield Problem(pod.resource, (*pod.meta_pointer, "annotations", name), text)
        for pointer, volume in pod.volumes.values():
            for at, text in _attributes(mapping(volume.get("csi")), (*pointer, "csi")):
                yield Problem(pod.resource, at, text)
    for persistent in overlay.of("PersistentVolume"):
        for at, text in _attributes(mapping(persistent.spec.get("csi")), ("spec", "csi")):
            yield Problem(persistent, at, text)


def _attributes(csi: dict[str, object], at: Pointer) -> Iterator[tuple[Pointer, str]]:
    attributes = mapping(csi.get("volumeAttributes")) if csi.get("driver") == DRIVER else {}
    for name, value in attributes.items():
        here = (*at, "volumeAttributes", name)
        if "/" in str(name):
            continue  # names of Kubernetes and of the driver's own bookkeeping
        if name not in gcsfuse.ATTRIBUTES:
            yield here, f"{name} is no attribute that the gcsfuse driver reads{_near(str(name), gcsfuse.ATTRIBUTES)}"
        elif isinstance(value, str) and not _readable(name, value):
            size = "a quantity such as 500Gi" if name in gcsfuse.SIZES else "a number"
            wanted = "true or false" if name in gcsfuse.BOOLEANS else size
            yield here, f"{name} is {value!r}, which the gcsfuse driver cannot read as {wanted}"


def _readable(name: str, value: str) -> bool:
    if is_marker(value):
        return True
    if name in gcsfuse.BOOLEANS:
        return value in ("1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False")
    if name in gcsfuse.SIZES:
        return quantity(value) is not None
    return name not in gcsfuse.NUMBERS or re.fullmatch(r"[+-]?\d+", value) is not None


def _near(name: str, known: frozenset[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    return f"; did you mean {near[0]}?" if near else ""

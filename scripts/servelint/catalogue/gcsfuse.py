"""What the gcsfuse driver takes as mount options: the flags of gcsfuse, keys of its configuration, and its own words.

``gcsfuse.json`` beside this file has the flags and keys of a version; `vendor_arguments.py --gcsfuse` makes it.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("gcsfuse.json")
OWN = frozenset({
    "rw", "ro", "allow_other", "exec", "noexec", "atime", "noatime", "sync", "async", "dirsync", "read_ahead_kb",
    "disable-metrics-for-gke", "token-server-identity-provider", "hnw-ksa", "enable-clooud-profiler-for-sidecar",
})  # fmt: skip
"""Words that the driver takes out of the options, for the kernel and for itself (it spells the last one so).
Source: https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/blob/main/pkg/csi_mounter/csi_mounter.go"""
DROPPED = frozenset({
    "temp-dir", "config-file", "foreground", "log-file", "log-format", "key-file", "token-url", "reuse-token-from-url",
    "o", "cache-dir", "experimental-local-file-cache", "prometheus-port", "logging:log-rotate:max-file-size-mb",
    "logging:log-rotate:backup-file-count", "logging:log-rotate:compress",
})  # fmt: skip
"""Options that the driver sets itself: given by anybody else they are left out, with a line in the sidecar's log.
Source: https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/blob/main/pkg/sidecar_mounter/sidecar_mounter_config.go"""
ANNOTATIONS = frozenset(
    f"gke-gcsfuse/{name}"
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
BOOLEANS = frozenset({
    "fileCacheForRangeRead", "skipCSIBucketAccessCheck", "hostNetworkPodKSA", "disableMetrics",
    "enableCloudProfilerForSidecar", "sharedMount", "gcsfuseMetadataPrefetchOnMount",
})  # fmt: skip
SIZES = frozenset({"fileCacheCapacity", "metadataStatCacheCapacity", "metadataTypeCacheCapacity"})
NUMBERS = frozenset({"metadataCacheTTLSeconds", "metadataCacheTtlSeconds", "multiNICIndex"})
TEXTS = frozenset({"bucketName", "mountOptions", "gcsfuseLoggingSeverity", "identityProvider", "identityPool"})
ATTRIBUTES = BOOLEANS | SIZES | NUMBERS | TEXTS
"""Annotations of a pod and attributes of a volume that the driver reads, these by what their texts have to be.
Source: https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/blob/main/pkg/csi_driver/utils.go"""

SWITCHES = frozenset({"gke-gcsfuse/volumes", "gke-gcsfuse/enable-native-sidecar"})
AMOUNTS = frozenset(name for name in ANNOTATIONS if name.endswith(("-limit", "-request")))
"""Annotations that are true or false, and quantities: the webhook refuses a pod where they are anything else.
Source: https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/tree/main/pkg/webhook (config.go, parsers.go)"""


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def version() -> str:
    """The version of gcsfuse whose options these are."""
    return str(_content()["version"]).removeprefix("v")


@lru_cache(maxsize=1)
def flags() -> dict[str, str]:
    """The type of each flag: bool, int, string, …"""
    return {str(name): str(kind) for name, (kind, _) in _content()["options"].items()}


@lru_cache(maxsize=1)
def keys() -> dict[str, str]:
    """The type of each key of the configuration, levels joined by colons as the driver reads them."""
    return {str(path): str(kind) for kind, path in _content()["options"].values() if path}


def key_of(flag: str) -> str:
    """The key of the configuration that a flag sets; "" if it has none."""
    return str(_content()["options"].get(flag, ("", ""))[1])

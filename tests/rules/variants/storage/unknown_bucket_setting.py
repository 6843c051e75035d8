"""What unknown-bucket-setting tells apart beyond its own examples."""

from servelint.rules.examples import bucket_pod, lustre

_FUSED = lustre(attributes="bucketNaem: a").replace("lustre.csi", "gcsfuse.csi")
_READ = ("disableMetrics: 't'", "fileCacheCapacity: 5Gi", "fileCacheCapacity: SITE_A", "multiNICIndex: '1'", "a/b: c")
_UNREAD = ("disableMetrics: 'yes'", "fileCacheCapacity: lots", "multiNICIndex: 1h", "fileCacheCapacty: 1Gi")

ALSO_GOOD = [bucket_pod(attributes=f"bucketName: a, {own}") for own in _READ] + [lustre(attributes="bucketNaem: a")]
ALSO_GOOD += [bucket_pod(annotations="gke-gcsfuse/bucket-scan-a: a, b: c")]
_PREFIX = "gke-gcsfuse/"
ALSO_GOOD += [
    bucket_pod(annotations=f"{_PREFIX}{own}")
    for own in ("volumes: 'True'", "cpu-limit: 500m", "memory-limit: SITE_A", "metadata-prefetch-memory-request: 1Gi")
]
ALSO_GOOD += [bucket_pod(annotations=f"{_PREFIX}memory-limit: 512M1")]
ALSO_BAD = [
    bucket_pod(annotations=f"{_PREFIX}{own}")
    for own in (
        "volumes: 'yes'", "volumes: 'TRUE'", f"volumes: 'true', {_PREFIX}memory-limit: 512M1",
        f"volumes: 'True', {_PREFIX}metadata-prefetch-cpu-limit: lots",
    )
]  # fmt: skip
ALSO_BAD += [bucket_pod(attributes=f"bucketName: a, {own}") for own in _UNREAD] + [_FUSED]

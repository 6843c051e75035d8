"""What unusable-volume-handle tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import bucket_pod, lustre

_USABLE = {
    "lustre": "team/us-central1-a/models:two SITE_A", "filestore": "modeInstance/us-central1-a/a/b", "other": "a/b",
    "pd": "projects/UNSPECIFIED/zones/UNSPECIFIED/disks/a projects/a1/regions/us-east1/disks/a",
    "gcsfuse": "_ models.of-team models:two",
}  # fmt: skip
_UNUSABLE = {
    "lustre": "models team/us-central1/models instance/us-central1-a/models", "filestore": "us-central1-a/a",
    "pd": "a projects/a1/zones/b/disks/c", "gcsfuse": "gs://a google-a 10.0.0.1 -models a/b undefined MODELS",
    "other": "a$b undefined /",
}  # fmt: skip
_NOWHERE = (
    "mountpoint: '10.90.1.4@tcp:/1a'", "mountpoint: 'host@tcp:/models'", "ip: host, filesystem: a", "ip: 10.90.1.4",
    "ip: 10.90.1.4, filesystem: 1a", "ip: 10.90.1.4, filesystem: abcdefghi", "filesystem: a",
)  # fmt: skip


def _volumes(handles: dict[str, str]) -> list[str]:
    made = [(driver, handle) for driver, given in handles.items() for handle in given.split()]
    return [lustre(handle=f"'{handle}'").replace("lustre.csi", f"{driver}.csi") for driver, handle in made]


ALSO_GOOD = [
    *_volumes(_USABLE), lustre(attributes="mountpoint: '10.90.1.4@tcp:/models'"), bucket_pod(),
    lustre(attributes="ip: SITE_IP, filesystem: SITE_NAME"), bucket_pod(attributes="bucketName: SITE_A"),
]  # fmt: skip
ALSO_BAD = [
    *_volumes(_UNUSABLE), *(lustre(attributes=own) for own in _NOWHERE), bucket_pod(attributes="a: b"),
    bucket_pod(attributes="bucketName: A"),
]  # fmt: skip

"""A pod mounts two volumes of one driver that have one handle.

The kubelet knows a volume by its driver and handle alone. It mounts one of the two and waits for the other for ever, or
mounts the first in both places, with the first's options: a folder of the bucket that was asked for with only-dir is
not there.
"""

from ...model import Overlay, Problem, Problems, is_marker, mapping
from ...views.mounting import bound, claim_of
from ..examples import lustre, server, together, volume_claim

SEVERITY = "error"
HINT = "Give each volume a handle of its own; a bucket's name stands in the handle of one volume, and in bucketName."
SOURCE = "https://github.com/GoogleCloudPlatform/gcsfuse/issues/2959"
COVERS = ()

_CLAIMS = (
    "volumes: [{name: %s, persistentVolumeClaim: {claimName: %s}}, {name: %s, persistentVolumeClaim: {claimName: %s}}]"
)
_POD = server(pod=_CLAIMS % ("a", "one", "b", "two"))


def _volume(name: str, handle: str) -> str:
    return together(lustre(name, handle=handle), volume_claim(name, spec=f"volumeName: {name}"))


GOOD = together(_volume("one", "team/us-central1-a/a"), _volume("two", "team/us-central1-a/b"), _POD)
BAD = together(_volume("one", "team/us-central1-a/a"), _volume("two", "team/us-central1-a/a"), _POD)


def check(overlay: Overlay) -> Problems:
    told = set()
    for pod in overlay.pods:
        first: dict[tuple[str, str], str] = {}
        for _, mounted in pod.volumes.values():
            claim = claim_of(overlay, pod, mapping(mounted.get("persistentVolumeClaim")).get("claimName"))
            volume = bound(overlay, claim) if claim else None
            csi = mapping(volume.spec.get("csi")) if volume else {}
            handle = str(csi.get("volumeHandle") or "")
            if volume is None or not handle or is_marker(handle):
                continue
            before = first.setdefault((str(csi.get("driver")), handle), volume.name)
            if before != volume.name and id(volume) not in told:
                told.add(id(volume))
                text = f"has the handle of volume {before}, and {pod.resource.kind} {pod.resource.name} mounts both"
                yield Problem(volume, ("spec", "csi", "volumeHandle"), text)

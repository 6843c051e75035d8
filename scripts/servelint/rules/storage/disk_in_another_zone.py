"""A disk lies in one zone, and what is to mount it is held to another.

The zone stands in the handle of a disk or a Lustre instance, and again in the node affinity of its volume and in the
selector of the pod. Where they differ the pod is put where the disk cannot be attached, or nowhere at all.
"""

from ...model import Overlay, Pod, Problem, Problems, mapping
from ...views.mounting import bound, claim_of
from ...views.zones import affinity, holds, pinned, place_of
from ..examples import lustre, server, volume_claim
from ..examples import together as manifest

SEVERITY = "error"
HINT = "Write the zone of the disk in the volume's node affinity, and run the pods there."
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/persistent-volumes/preexisting-pd"
COVERS = ("STO-07",)

_AFFINITY = (
    "nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: topology.gke.io/zone, operator: In,"
    " values: [%s]}]}]}}"
)


def _disk(zones: str, place: str = "zones/us-central1-a", pod: str = "") -> str:
    handle = f"projects/team/{place}/disks/d"
    made = lustre(handle=handle, attributes="", spec=_AFFINITY % zones if zones else "").replace("lustre.csi", "pd.csi")
    mount = f"volumes: [{{name: model, persistentVolumeClaim: {{claimName: model}}}}]\n{pod}"
    return manifest(made, volume_claim(spec="volumeName: model"), server(pod=mount))


_IN = "nodeSelector: {topology.kubernetes.io/zone: %s}"
GOOD = _disk("us-central1-a", pod=_IN % "us-central1-a")
BAD = _disk("us-central1-b")


def check(overlay: Overlay) -> Problems:
    users = _users(overlay)
    for volume in overlay.of("PersistentVolume"):
        place = place_of(volume)
        if place is None:
            continue
        terms = affinity(volume)
        zones = [zone for _, values in terms for zone in values]
        if zones and not any(holds(place, zone) for zone in zones):
            text = f"the disk is in {place} by its handle, and the volume is held to {', '.join(zones)}"
            yield Problem(volume, (*terms[0][0], 0), text)
            continue
        for pod in users.get(id(volume), ()):
            for zone, at, resource in pinned(overlay, pod):
                if not holds(place, zone):
                    text = f"is held to {zone}, and volume {volume.name} is in {place}"
                    yield Problem(resource, at, text)


def _users(overlay: Overlay) -> dict[int, list[Pod]]:
    """The pods behind whose claims each volume stands, by the volume's identity."""
    found: dict[int, list[Pod]] = {}
    for pod in overlay.pods:
        for _, body in pod.volumes.values():
            claim = claim_of(overlay, pod, mapping(body.get("persistentVolumeClaim")).get("claimName"))
            volume = bound(overlay, claim) if claim is not None else None
            if volume is not None:
                found.setdefault(id(volume), []).append(pod)
    return found

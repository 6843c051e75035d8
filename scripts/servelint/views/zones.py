"""Where disks and instances of Google Cloud lie, as handles name it, and where nodes and pods are held to be."""

import re

from ..model import Overlay, Pod, Pointer, Resource, is_marker, mapping, mappings
from .placement import pins

ZONES = ("topology.gke.io/zone", "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
"""Labels of nodes that say their zone."""
STEP: Pointer = ("spec", "nodeAffinity", "required", "nodeSelectorTerms")
HANDLES = {
    "pd.csi.storage.gke.io": r"projects/[^/]+/(?:zones|regions)/(?P<place>[^/]+)/disks/[^/]+",
    "lustre.csi.storage.gke.io": r"[^/]+/(?P<place>[^/]+)/[^/]+",
}


def place_of(volume: Resource) -> str | None:
    """The zone, or the region, that a volume's handle names; None where it names none."""
    csi = mapping(volume.spec.get("csi"))
    form, handle = HANDLES.get(str(csi.get("driver"))), str(csi.get("volumeHandle") or "")
    match = re.fullmatch(form, handle) if form and not is_marker(handle) else None
    return match["place"] if match and match["place"] != "UNSPECIFIED" else None


def holds(place: str, zone: str) -> bool:
    """Whether a place, a zone or a region, is or has a zone."""
    return zone in (place, "") or is_marker(zone) or zone.startswith(f"{place}-")


def affinity(volume: Resource) -> list[tuple[Pointer, list[str]]]:
    """The zones of each term of a volume's node affinity, and where they stand; of a term without any, none."""
    found = []
    for t, term in mappings(volume.at(STEP)):
        for e, one in mappings(term.get("matchExpressions")):
            values = one.get("values")
            if one.get("key") in ZONES and one.get("operator") == "In" and isinstance(values, list):
                found.append(((*STEP, t, "matchExpressions", e, "values"), list(map(str, values))))
    return found


def pinned(overlay: Overlay, pod: Pod) -> list[tuple[str, Pointer, Resource]]:
    """The zones that a pod is held to, each with where that stands."""
    return [
        (value, pin.pointer, pin.pod.resource)
        for pin in pins(overlay, pod)
        if pin.label in ZONES
        for value in (pin.values if len(pin.values) == 1 else ())
    ]

"""One disk that a single node can attach stands behind two volumes.

The disk goes to whichever cluster or pod comes first; the other waits in ContainerCreating, Multi-Attach error, on a
GPU node that it holds. In one cluster two volumes of one handle confuse the driver even on one node.
"""

from typing import Any

from ...model import Fleet, Overlay, Remark, Remarks, is_marker, mapping
from ..examples import lustre

SEVERITY = "error"
HINT = "Give each cluster a disk of its own, made from a snapshot, or mount one disk ReadOnlyMany everywhere."
SOURCE = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes"
COVERS = ("STO-04", "STO-07")
CONTEXT = {"kind": "cluster"}

_DISK = lustre(handle="projects/team/zones/us-central1-a/disks/d", attributes="").replace("lustre.csi", "pd.csi")
_ALONE = _DISK.replace("ReadWriteMany", "ReadWriteOnce")
GOOD = (_ALONE.replace("disks/d", "disks/one"), _ALONE.replace("disks/d", "disks/two"))
BAD = (_ALONE, _ALONE)

DRIVER = "pd.csi.storage.gke.io"


def facts(overlay: Overlay) -> list[dict[str, Any]] | None:
    """The disks of an overlay that a cluster gets as it stands: handle, place and name of the volume, if one node alone
    can have it."""
    found = []
    for volume in overlay.of("PersistentVolume") if overlay.final else ():
        csi, modes = mapping(volume.spec.get("csi")), volume.spec.get("accessModes")
        handle = str(csi.get("volumeHandle") or "")
        if csi.get("driver") == DRIVER and handle and not is_marker(handle) and "UNSPECIFIED" not in handle:
            alone = isinstance(modes, list) and any(str(mode).startswith("ReadWriteOnce") for mode in modes)
            found.append({"handle": handle, "place": overlay.place(volume), "name": volume.name, "alone": alone})
    return found or None


def judge(fleet: Fleet) -> Remarks:
    first: dict[str, tuple[str, dict[str, Any]]] = {}
    for fact in fleet.facts:
        for disk in fact.value:
            path, before = first.setdefault(disk["handle"], (fact.path, disk))
            if before is disk or not (disk["alone"] or before["alone"]):
                continue
            where = f"of {path}" if path != fact.path else "of the same set"
            text = f"is the disk of volume {before['name']} {where}, too: one node at a time can attach it"
            yield Remark(fact.path, disk["place"], ("spec", "csi", "volumeHandle"), text)

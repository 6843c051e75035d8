"""A volume asks its CSI driver for what the driver does not do.

The API server takes any access mode and any file system of any driver. A persistent disk is written by one node at a
time, or read by many: with ReadWriteMany and a file system on it, the driver refuses to attach it, "specified multi
writer with mount access type". A file system for which the driver's image has no tool is never made.
"""

from ...model import Overlay, Problem, Problems, Resource
from ..examples import lustre

SEVERITY = "error"
HINT = (
    "Use ReadWriteOnce, or ReadOnlyMany for a model that is only read; many writers need Lustre, Filestore or a bucket."
)
SOURCE = "https://github.com/kubernetes-sigs/gcp-compute-persistent-disk-csi-driver/blob/master/pkg/gce-pd-csi-driver/utils.go"
COVERS = ("STO-04",)

_DISK = lustre(handle="projects/team/zones/us-central1-a/disks/d", attributes="").replace("lustre.csi", "pd.csi")
GOOD = _DISK.replace("ReadWriteMany", "ReadWriteOnce")
BAD = _DISK

DRIVER = "pd.csi.storage.gke.io"
FILE_SYSTEMS = ("ext4", "xfs", "ext3", "ext2", "btrfs", "ntfs")
"""What the driver's image and GKE's nodes make and mount. Source: deploy/ and Dockerfile of the driver."""


def check(overlay: Overlay) -> Problems:
    for volume in overlay.of("PersistentVolume"):
        if volume.at(("spec", "csi", "driver")) == DRIVER:
            yield from _writers(volume, ("spec", "accessModes"))
            kind = volume.at(("spec", "csi", "fsType"))
            if isinstance(kind, str) and kind and kind not in FILE_SYSTEMS:
                text = f"fsType {kind} is none that the disk driver makes: {', '.join(FILE_SYSTEMS)}"
                yield Problem(volume, ("spec", "csi", "fsType"), text)
    classes = {one.name for one in overlay.of("StorageClass") if one.body.get("provisioner") == DRIVER}
    for claim in overlay.of("PersistentVolumeClaim"):
        # One that names its volume is as good as that.
        if str(claim.spec.get("storageClassName")) in classes and not claim.spec.get("volumeName"):
            yield from _writers(claim, ("spec", "accessModes"))


def _writers(resource: Resource, at: tuple[str, ...]) -> Problems:
    modes = resource.at(at)
    for i, mode in enumerate(modes if isinstance(modes, list) else ()):
        if mode == "ReadWriteMany" and resource.spec.get("volumeMode") != "Block":
            text = "ReadWriteMany of a disk with a file system: the driver attaches none to several nodes for writing"
            yield Problem(resource, (*at, i), text)

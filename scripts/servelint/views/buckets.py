"""Cloud Storage buckets in pods: which volumes of a pod the gcsfuse driver mounts, and with which attributes.

A bucket stands in the pod itself, behind a claim, or behind a storageUri of KServe.
Source: https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/blob/main/pkg/csi_driver/utils.go
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from ..model import Overlay, Pod, Pointer, Resource, mapping
from .amounts import size
from .placement import partners
from .selection import together

DRIVER = "gcsfuse.csi.storage.gke.io"
ANNOTATION = "gke-gcsfuse/volumes"
PREFIX = "gke-gcsfuse/"
LARGEST = 2**60
CLASSES = "gcsfusecsi-"
"""What the names of GKE's own classes for buckets begin with."""


class Bucket(NamedTuple):
    """A bucket of a pod: the volume's name and place, and the csi block that describes it, if it is rendered."""

    name: str
    pointer: Pointer
    csi: dict[str, Any]

    @property
    def attributes(self) -> dict[str, Any]:
        return mapping(self.csi.get("volumeAttributes"))

    @property
    def shared(self) -> bool:
        """Whether a pod of the driver mounts it for all pods of a node, so that none needs a sidecar."""
        return str(self.attributes.get("sharedMount")).lower() == "true"


@lru_cache(maxsize=64)
def _claims(overlay: Overlay) -> tuple[tuple[Resource, dict[str, Any]], ...]:
    """Every claim that a gcsfuse volume or storage class of the overlay backs, with the volume's csi block."""
    volumes = [v for v in overlay.of("PersistentVolume") if mapping(v.spec.get("csi")).get("driver") == DRIVER]
    classes = {c.name for c in overlay.of("StorageClass") if c.body.get("provisioner") == DRIVER}
    found = []
    for claim in overlay.of("PersistentVolumeClaim"):
        bound, of_class = str(claim.spec.get("volumeName") or ""), str(claim.spec.get("storageClassName"))
        backing = [
            v
            for v in volumes
            if v.name == bound or (not bound and mapping(v.spec.get("claimRef")).get("name") == claim.name)
        ]
        if backing or (not bound and of_class in classes) or of_class.startswith(CLASSES):
            found.append((claim, mapping(backing[0].spec.get("csi")) if backing else {}))
    return tuple(found)


def _claimed(overlay: Overlay, pod: Pod, name: object) -> dict[str, Any] | None:
    for claim, csi in _claims(overlay):
        if claim.name == name and together(claim.namespace, pod.resource.namespace):
            return csi
    return None


def buckets(overlay: Overlay, pod: Pod) -> list[Bucket]:
    """The pod's buckets, in the order of its volumes."""
    found = []
    for name, (pointer, volume) in pod.volumes.items():
        csi = mapping(volume.get("csi"))
        claim = mapping(volume.get("persistentVolumeClaim")).get("claimName")
        backing = csi if csi.get("driver") == DRIVER else _claimed(overlay, pod, claim)
        if backing is not None:
            found.append(Bucket(name, pointer, backing))
    for container in pod.main:
        uri = container.body.get("storageUri")
        name = uri[6:].partition("/")[0] if isinstance(uri, str) and uri.startswith("pvc://") else ""
        claimed = _claimed(overlay, pod, name) if name else None
        if claimed is not None:
            found.append(Bucket(name, (*container.pointer, "storageUri"), claimed))
    return found


def capacities(overlay: Overlay, pod: Pod) -> Iterator[tuple[Resource, Pointer, int]]:
    """Where the capacity of a bucket's file cache is written, and its bytes; LARGEST for one without bound."""
    for part in partners(overlay, pod):
        yield from _capacity(part.resource, (*part.meta_pointer, "annotations"), "gke-gcsfuse/file-cache-capacity")
        for pointer, volume in part.volumes.values():
            csi = mapping(volume.get("csi"))
            if csi.get("driver") == DRIVER:
                yield from _attributes(part.resource, (*pointer, "csi", "volumeAttributes"))
            claim = str(mapping(volume.get("persistentVolumeClaim")).get("claimName", ""))
            for disk in overlay.of("PersistentVolume") if claim else ():
                csi = mapping(disk.spec.get("csi"))
                bound = {str(c.spec.get("volumeName")) for c in overlay.of("PersistentVolumeClaim") if c.name == claim}
                bound |= {disk.name} if mapping(disk.spec.get("claimRef")).get("name") == claim else set()
                if csi.get("driver") == DRIVER and disk.name in bound:
                    yield from _attributes(disk, ("spec", "csi", "volumeAttributes"))
                    options = disk.spec.get("mountOptions")
                    for i, _ in enumerate(options if isinstance(options, list) else ()):
                        yield from _option(disk, ("spec", "mountOptions", i))


def _attributes(resource: Resource, at: Pointer) -> Iterator[tuple[Resource, Pointer, int]]:
    yield from _capacity(resource, at, "fileCacheCapacity")
    yield from _option(resource, (*at, "mountOptions"))


def _capacity(resource: Resource, above: Pointer, name: str) -> Iterator[tuple[Resource, Pointer, int]]:
    written = resource.at((*above, name))
    if written is not None:
        yield resource, (*above, name), LARGEST if str(written).strip() == "-1" else size(written) or 0


def _option(resource: Resource, at: Pointer) -> Iterator[tuple[Resource, Pointer, int]]:
    match = re.search(r"file-cache:max-size-mb[:=](-?\d{1,15})", str(resource.at(at)))
    if match:
        yield resource, at, LARGEST if match[1].startswith("-") else int(match[1]) * 2**20

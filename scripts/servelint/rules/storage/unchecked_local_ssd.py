"""A pod takes a folder of the node's SSD without a check that it is there.

Without `type: Directory` a hostPath that does not exist is made on the boot disk. On a node whose pool has no local SSD
array a checkpoint of 700 GB then fills the disk that the node itself runs from, and the kubelet evicts everything.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from ...model import Overlay, Pod, Pointer, Problem, Problems, Resource, mapping
from ...views.placement import machines
from ..examples import server

SEVERITY = "error"
HINT = "Set `type: Directory` on the hostPath, and use it only on machines with local SSD."
SOURCE = "https://kubernetes.io/docs/concepts/storage/volumes/#hostpath"
COVERS = ("STO-10",)
CONTEXT = {"hardware": "a3ultra", "kind": "leaf"}

_SSD = "/mnt/stateful_partition/kube-ephemeral-ssd"
GOOD = server(pod=f"volumes: [{{name: ssd, hostPath: {{path: {_SSD}, type: Directory}}}}]")
BAD = GOOD.replace(", type: Directory", "")

# Where GKE's node images put local SSD: the ephemeral-storage array, and disks that are formatted one by one.
SSD = r"/mnt/stateful_partition(/.*)?|/mnt/disks(/.*)?|(/.*)?/[^/]*(ssd|nvme)[^/]*(/.*)?"

LONGEST = 4096
"""Bytes of a path that Linux takes."""


def check(overlay: Overlay) -> Problems:
    for resource, at, host, pod in _hosts(overlay):
        path = posixpath.normpath(str(host.get("path") or "/"))
        if len(path) > LONGEST or not re.fullmatch(SSD, path) or path.startswith(("/dev/", "/sys/", "/proc/")):
            continue
        known = machines(overlay, pod) if pod else []
        if host.get("type") in (None, "", "DirectoryOrCreate"):
            says = f"type {host['type']}" if host.get("type") else "no type"
            where = (*at, "type") if "type" in host else (*at, "path")
            yield Problem(resource, where, f"hostPath {path} has {says}: where it is missing, it is made")
        elif known and not any(hardware.local_ssd_gib for hardware in known):
            yield Problem(resource, (*at, "path"), f"hostPath {path}: {known[0].name} has no local SSD")


def _hosts(overlay: Overlay) -> Iterator[tuple[Resource, Pointer, dict[str, Any], Pod | None]]:
    """Every folder of a node that a pod or a PersistentVolume takes, with the pod where there is one."""
    for pod in overlay.pods:
        for pointer, volume in pod.volumes.values():
            yield pod.resource, (*pointer, "hostPath"), mapping(volume.get("hostPath")), pod
    for resource in overlay.of("PersistentVolume"):
        yield resource, ("spec", "hostPath"), mapping(resource.spec.get("hostPath")), None

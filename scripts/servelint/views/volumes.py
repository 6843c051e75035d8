"""What lies in the volumes of a container: files that are known, nothing at all, or what no manifest shows."""

import posixpath
import re
from typing import Any, NamedTuple

from ..model import Container, Overlay, Pod, Pointer, Resource, is_marker, mapping, mappings

WRITERS = re.compile(
    r"(?<![\w./-])(cp|mv|rsync|rclone|gsutil|gcloud|s5cmd|aws|az|curl|wget|tar|unzip|git|tee|ln|install|hf|huggingface-cli|"
    r"modelscope)(?![\w-])|snapshot_download|hf_hub_download|shutil\.|write_text|>\s*[\"']?[/$]"
)
"""Signs of a script that puts files somewhere."""
EPHEMERAL = re.compile(r"/mnt/stateful_partition/kube-ephemeral-ssd|/mnt/disks/(local-)?ssd|/mnt/disks/raid")
"""Folders of a node on its local SSDs, which are empty when the node is made."""


class Mounted(NamedTuple):
    """Where a path lies: its mount, the volume, and the path inside the volume."""

    pointer: Pointer
    mount: dict[str, Any]
    volume: dict[str, Any]
    inside: str


def mounted(container: Container, path: str) -> Mounted | None:
    """The innermost mount that a path lies below; None for a path of the image."""
    path, found = posixpath.normpath(path), None
    for pointer, mount in container.mounts:
        at = posixpath.normpath(str(mount.get("mountPath") or ""))
        if at != "." and (path == at or path.startswith(at.rstrip("/") + "/")):
            length = len(posixpath.normpath(str(found.mount.get("mountPath")))) if found else -1
            if len(at) > length:
                volume = container.pod.volumes.get(str(mount.get("name", "")), ((), {}))[1]
                found = Mounted(pointer, mount, volume, path[len(at) :].strip("/"))
    return found


def is_read_only(volume: dict[str, Any]) -> bool:
    """Whether a volume holds what objects of the API hold, which nothing in the pod writes."""
    return any(kind in volume for kind in ("configMap", "secret", "projected", "downwardAPI"))


def files(overlay: Overlay, place: Mounted, namespace: str) -> set[str] | None:
    """The paths in a mount of ConfigMaps and Secrets, below its mountPath; None where one of them is not rendered."""
    sources = [item for _, item in mappings(mapping(place.volume.get("projected")).get("sources"))]
    found: set[str] = set()
    for source in sources or [place.volume]:
        keys = _keys(overlay, source, namespace)
        if keys is None:
            return None
        found |= keys
    sub = place.mount.get("subPath")
    if place.mount.get("subPathExpr"):
        return None
    if isinstance(sub, str) and sub:
        sub = posixpath.normpath(sub)
        found = {"" if one == sub else one[len(sub) + 1 :] for one in found if one == sub or one.startswith(f"{sub}/")}
    return found


def _keys(overlay: Overlay, source: dict[str, Any], namespace: str) -> set[str] | None:
    for field, kind, name in (("configMap", "ConfigMap", ""), ("secret", "Secret", "secretName")):
        given = mapping(source.get(field))
        if not given:
            continue
        asked = str(given.get("name") or given.get(name) or "")
        held: Resource | None = overlay.named(kind, asked, namespace) or overlay.named(kind, asked)
        if held is None or is_marker(asked):
            return None
        keys = {str(key) for part in ("data", "binaryData", "stringData") for key in mapping(held.body.get(part))}
        items = mappings(given.get("items"))
        paths = {str(item.get("path")) for _, item in items if str(item.get("key")) in keys}
        return paths if items else keys
    if "serviceAccountToken" in source:
        return {str(mapping(source["serviceAccountToken"]).get("path") or "token")}
    if "downwardAPI" in source:
        return {str(item.get("path")) for _, item in mappings(mapping(source["downwardAPI"]).get("items"))}
    return None


def is_empty(overlay: Overlay, container: Container, volume: dict[str, Any], script: str) -> bool:
    """Whether a volume is an empty one that nothing fills before the container's own program: no init container, no
    neighbour, no command of its own. script: all that the container runs. Of a node's local SSDs other pods count too.
    """
    host = str(mapping(volume.get("hostPath")).get("path") or "")
    if "emptyDir" not in volume and not EPHEMERAL.match(host):
        return False
    if WRITERS.search(script):
        return False
    name = str(volume.get("name"))
    if any(_mounts(other, name) for other in container.pod.containers if other.body is not container.body):
        return False
    return not host or not any(_on_host(pod, host) for pod in overlay.pods if pod.resource is not container.resource)


def _mounts(container: Container, name: str) -> bool:
    return any(str(mount.get("name")) == name and mount.get("readOnly") is not True for _, mount in container.mounts)


def _on_host(pod: Pod, path: str) -> bool:
    """Whether a pod that serves nobody mounts that folder of its node, as one does that fetches models for others."""
    if pod.gpus:
        return False
    hosts = (str(mapping(volume.get("hostPath")).get("path") or "") for _, volume in pod.volumes.values())
    return any(host.startswith(path) or path.startswith(host) for host in hosts if host)

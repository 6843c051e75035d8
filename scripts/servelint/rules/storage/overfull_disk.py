"""What a pod may write to the node's disk does not fit where it is written.

A download cache, an emptyDir or the file cache of a mounted bucket grows while the model loads. When it passes its
limit, or the disk of the machine is full, the kubelet evicts the pod in the middle of the load, and the next pod starts
from nothing. Compared are the limits with each other, with the checkpoint, and with what the machine can give.
"""

import posixpath
from collections.abc import Iterator
from typing import Any

from ...model import Overlay, Pod, Pointer, Problem, Problems, mapping
from ...views import kserve
from ...views.amounts import gib, size
from ...views.buckets import LARGEST, capacities
from ...views.environment import UNKNOWN, expand, variables
from ...views.placement import machines, partners
from ..examples import server

SEVERITY = "error"
HINT = (
    "Put the cache on a volume that holds it, local SSD or a disk of its own, and raise the limits that are below it."
)
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-perf"
COVERS = ("MEM-07",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1"}

GOOD = server(
    container="env: [{name: HF_HOME, value: /cache/hub}]\nvolumeMounts: [{name: cache, mountPath: /cache}]",
    pod="volumes: [{name: cache, emptyDir: {sizeLimit: 1Ti}}]",
)
BAD = GOOD.replace("1Ti", "500Gi")

CACHE_VOLUME = "gke-gcsfuse-cache"
SIDECAR = 5 * 2**30
"""The ephemeral storage that GKE gives the mounting sidecar where no annotation says otherwise."""
CACHES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        if kserve.is_runtime_in_use(overlay, pod):
            continue
        found = [*_bucket_caches(overlay, pod), *_downloads(overlay, pod), *_volumes(pod)]
        yield from found or _machine(overlay, pod)


# --- the machine -----------------------------------------------------------------------------------------------------


def _machine(overlay: Overlay, pod: Pod) -> Problems:
    """What the pod may write by its limits against the disk of the machine; its requests are the scheduler's."""
    known = machines(overlay, pod)
    if not known:
        return
    disk = max(hardware.allocatable.ephemeral_storage_gib for hardware in known) * 2**30
    limits = [(limit, at) for _, limit, at in _empty(pod) if limit]
    if CACHE_VOLUME not in pod.volumes:  # else they lie in it, which is counted if it is on the disk
        caches = [(amount, at) for resource, at, amount in capacities(overlay, pod) if resource is pod.resource]
        limits += [(amount, at) for amount, at in caches if 0 < amount < LARGEST]
    total = sum(amount for amount, _ in limits)
    if total > disk:
        message = f"its volumes may hold {gib(total)} on the node's disk, but {known[0].name} has {gib(disk)}"
        yield Problem(pod.resource, max(limits, key=lambda item: item[0])[1], message)


def _ephemeral(pod: Pod) -> list[tuple[int, Pointer]]:
    """Bytes of ephemeral storage that containers of a pod may have, and where that stands."""
    found = []
    for container in pod.containers:
        at = (*container.pointer, "resources", "limits", "ephemeral-storage")
        if amount := size(container.resource.at(at)):
            found.append((amount, at))
    return found


def _empty(pod: Pod) -> Iterator[tuple[str, int | None, Pointer]]:
    """Name, limit and place of every emptyDir on the node's disk."""
    for name, (pointer, volume) in pod.volumes.items():
        empty = mapping(volume.get("emptyDir"))
        if empty.get("medium") in (None, ""):
            at = (*pointer, "emptyDir", *(["sizeLimit"] if "sizeLimit" in empty else []))
            yield name, size(empty.get("sizeLimit")), at


def _volumes(pod: Pod) -> Problems:
    """An emptyDir above what all containers of the pod together may write."""
    limits = [amount for amount, _ in _ephemeral(pod)]
    if not limits or "gke-gcsfuse/volumes" in pod.annotations:  # the sidecar brings a limit of its own
        return
    for name, limit, at in _empty(pod):
        if limit and limit > sum(limits):
            message = f"volume {name} may hold {gib(limit)}, but the pod is evicted at {gib(sum(limits))} on disk"
            yield Problem(pod.resource, at, message)


# --- buckets ---------------------------------------------------------------------------------------------------------


def _bucket_caches(overlay: Overlay, pod: Pod) -> Problems:
    """The file cache of a mounted bucket against the volume, or the sidecar's share, in which it lies."""
    cache = next((limit for name, limit, _ in _empty(pod) if name == CACHE_VOLUME), None)
    own = CACHE_VOLUME in pod.volumes
    share = pod.annotations.get("gke-gcsfuse/ephemeral-storage-limit")
    limit = SIDECAR if share is None else size(share)
    bound, where = (cache, f"volume {CACHE_VOLUME} holds") if own else (limit, "its sidecar may write")
    weights = overlay.model.disk_bytes if overlay.model is not None else None
    for resource, at, capacity in capacities(overlay, pod):
        if not bound:  # 0 is no limit; another kind of volume has its own size
            disk = [hardware.allocatable.ephemeral_storage_gib * 2**30 for hardware in machines(overlay, pod)]
            if capacity == LARGEST and not own and disk and weights and weights > max(disk):
                held = f"{gib(max(disk))} for {gib(weights)} of weights"
                yield Problem(resource, at, f"the file cache has no limit, but the node has {held}")
        elif capacity == LARGEST and (not own or (weights and weights > bound)):
            yield Problem(resource, at, f"the file cache has no limit, but {where} {gib(bound)}")
        elif bound < capacity < LARGEST:
            yield Problem(resource, at, f"the file cache may take {gib(capacity)}, but {where} {gib(bound)}")


# --- downloads -------------------------------------------------------------------------------------------------------


def _downloads(overlay: Overlay, pod: Pod) -> Problems:
    """The cache of Hugging Face against the checkpoint that a GPU container loads through it."""
    weights = (overlay.model.disk_bytes if overlay.model else None) or 0
    # With whose it is. One without a name is nobody's: no mount can mean it.
    volumes = {name: (part, *volume) for part in partners(overlay, pod) for name, volume in part.volumes.items()}
    nothing: tuple[Pod, Pointer, dict[str, Any]] = (pod, (), {})
    for container in kserve.main(overlay, pod) if weights else ():
        mounted = {posixpath.normpath(str(m.get("mountPath", ""))): str(m.get("name", "")) for _, m in container.mounts}
        if not container.gpus or any("persistentVolumeClaim" in volumes.get(n, nothing)[2] for n in mounted.values()):
            continue  # a claim may hold the model already
        values = {name: value for name, (value, _) in variables(overlay, container).items()}
        path = next((expand(values[name], values) for name in CACHES if values.get(name)), "/root/.cache/huggingface")
        if UNKNOWN in path or values.get("MODEL_PATH"):
            continue
        inside = [folder for folder in mounted if f"{path}/".startswith(f"{folder.rstrip('/')}/")]
        name = mounted[max(inside, key=len)] if inside else None
        owner, pointer, volume = volumes.get(name, nothing) if name else nothing
        empty = mapping(volume.get("emptyDir"))
        limit = size(empty.get("sizeLimit"))
        on_disk = name is None or ("emptyDir" in volume and empty.get("medium") != "Memory")
        limits = _ephemeral(pod)
        total = sum(amount for amount, _ in limits)
        if limit and limit < weights:
            message = f"{path} gets a model of {gib(weights)}, but volume {name} holds {gib(limit)}"
            yield Problem(owner.resource, (*pointer, "emptyDir", "sizeLimit"), message)
        elif on_disk and limits and total < weights:
            message = f"{path} gets a model of {gib(weights)}, but the pod is evicted at {gib(total)} on disk"
            yield Problem(pod.resource, max(limits, key=lambda item: item[0])[1], message)

"""A volume in memory has no limit, or one above the memory of the containers that fill it.

Files in an emptyDir of medium Memory are memory: they count against the limit of the container that writes them, and
without any limit against the node. A shared memory that grows ends in an OOM kill of the engine, or of a neighbour,
and the model loads again. The limit of the volume is what turns that into an error message of the writer.
"""

from collections.abc import Iterator
from typing import Any

from ...model import Overlay, Pod, Problem, Problems, mapping
from ...views.amounts import gib, size
from ...views.placement import machines, partners
from ..examples import server

SEVERITY = "warning"
HINT = "Give the volume a sizeLimit, below the memory limit of every container that mounts it."
SOURCE = "https://kubernetes.io/docs/concepts/storage/volumes/#emptydir"
COVERS = ("MEM-06",)

GOOD = server(
    gpus=0,
    container="resources: {limits: {memory: 512Gi}}\nvolumeMounts: [{name: shared-memory, mountPath: /dev/shm}]",
    pod="volumes: [{name: shared-memory, emptyDir: {medium: Memory, sizeLimit: 64Gi}}]",
)
BAD = GOOD.replace(", sizeLimit: 64Gi", "")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        for name, (pointer, volume) in pod.volumes.items():
            empty = mapping(volume.get("emptyDir"))
            if empty.get("medium") != "Memory":
                continue
            limit = size(empty.get("sizeLimit"))
            at = (*pointer, "emptyDir", "sizeLimit") if "sizeLimit" in empty else (*pointer, "emptyDir")
            if not limit:  # the kubelet reads 0 as no limit
                if limit == 0 or empty.get("sizeLimit") is None:
                    yield Problem(pod.resource, at, f"volume {name} is in memory and has no sizeLimit")
                continue
            bound = min(_bounds(overlay, pod, name), default=None)
            if bound is not None and limit >= bound[0]:
                message = f"volume {name} may take {gib(limit)} of memory, but {bound[1]} has {gib(bound[0])}"
                yield Problem(pod.resource, at, message)


def _bounds(overlay: Overlay, pod: Pod, volume: str) -> Iterator[tuple[int, str]]:
    """Bytes of memory that whoever fills the volume has, and who that is."""
    for part in partners(overlay, pod):
        for container in part.containers:
            memory = _limit(container.body)
            if memory and any(mount.get("name") == volume for _, mount in container.mounts):
                yield memory, f"container {container.name}"
        if memory := _limit(part.spec):
            yield memory, "the pod"
    for hardware in machines(overlay, pod)[:1]:
        yield hardware.allocatable.memory_gib * 2**30, hardware.name


def _limit(body: dict[str, Any]) -> int | None:
    return size(mapping(mapping(body.get("resources")).get("limits")).get("memory"))

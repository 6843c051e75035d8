"""A container with several GPUs has no, or hardly any, shared memory.

Engine processes and NCCL exchange data through /dev/shm, and a container gets 64 MiB of it by default. NCCL needs tens
of MiB for each pair of GPUs, so the engine stops with "No space left on device" after the checkpoint was pulled.
Whether a memory volume has a limit at all is another question.
"""

import posixpath

from ...model import Container, Overlay, Pod, Problem, Problems, mapping
from ...views.amounts import size
from ...views.engines import engine_of
from ...views.parallel import parallels
from ...views.placement import partners
from ..examples import server

SEVERITY = "error"
HINT = "Mount an emptyDir with medium Memory and a sizeLimit of at least 8Gi at /dev/shm."
SOURCE = "https://github.com/NVIDIA/nccl/issues/525"
COVERS = ("MEM-04",)

GOOD = server(
    "--tp-size 8",
    container="volumeMounts: [{name: shared-memory, mountPath: /dev/shm}]",
    pod="volumes: [{name: shared-memory, emptyDir: {medium: Memory, sizeLimit: 64Gi}}]",
)
BAD = GOOD.replace("mountPath: /dev/shm", "mountPath: /shm")

LEAST = 8 * 2**30


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        parts = partners(overlay, pod)
        if any(part.spec.get("hostIPC") is True for part in parts):
            continue  # the node's own /dev/shm
        for container in pod.main:
            if container.gpus > 1 and _processes(overlay, container) > 1:
                yield from _problem(container, parts)


def _processes(overlay: Overlay, container: Container) -> int:
    """GPUs that exchange data: the engine's world where it is known, else all that the container holds."""
    engine = engine_of(overlay, container)
    runs = parallels(overlay, engine) if engine and engine.kind.sized else []
    return max((run.world for run in runs), default=container.gpus)


def _problem(container: Container, parts: list[Pod]) -> Problems:
    holders = [container, *(c for p in parts[1:] for c in p.main)]
    mounts = [(c.resource, at, mount) for c in holders for at, mount in c.mounts]
    paths = {posixpath.normpath(str(mount.get("mountPath"))): (r, at, mount) for r, at, mount in mounts}
    found, gpus = paths.get("/dev/shm") or paths.get("/dev"), f"{container.gpus} GPUs"
    if found is None:
        message = f"{gpus} share the default 64 MiB of /dev/shm: nothing is mounted there"
        yield Problem(container.resource, container.gpu_pointer, message)
        return
    resource, at, mount = found
    name = str(mount.get("name", ""))
    owner = next((part for part in parts if name in part.volumes), parts[0])
    where, volume = owner.volumes.get(name, ((), {}))
    if "emptyDir" not in volume:
        return  # a host path, a driver's volume, or a missing one, which other rules report
    empty, says = mapping(volume["emptyDir"]), f"/dev/shm of a container with {gpus} is"
    limit = size(empty.get("sizeLimit"))
    if mount.get("readOnly") is True:
        yield Problem(resource, at, f"{says} mounted read only")
    elif empty.get("medium") != "Memory":
        at = (*where, "emptyDir", "medium") if "medium" in empty else (*where, "emptyDir")
        yield Problem(owner.resource, at, f"{says} on the node's disk")
    elif limit is not None and 0 < limit < LEAST:  # 0 means no limit
        yield Problem(owner.resource, (*where, "emptyDir", "sizeLimit"), f"{says} limited to {empty['sizeLimit']}")

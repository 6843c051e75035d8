"""A container with several GPUs has no, or hardly any, shared memory.

Engine processes and NCCL exchange data through /dev/shm, and a container gets 64 MiB of it by default. NCCL needs tens
of MiB for each pair of GPUs, so the engine stops with "No space left on device" after the checkpoint was pulled.
Whether a memory volume has a limit at all is another question.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ..model import Container, Overlay, Pod, Problem, mapping
from ..views.amounts import size
from ..views.engines import engine_of
from ..views.parallel import parallels
from ..views.placement import partners

SEVERITY = "error"
HINT = "Mount an emptyDir with medium Memory and a sizeLimit of at least 8Gi at /dev/shm."
SOURCE = "https://github.com/NVIDIA/nccl/issues/525"
COVERS = ("MEM-04",)

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, -m, sglang.launch_server, --model-path, m, --tp-size, "8"]
    resources: {limits: {nvidia.com/gpu: "8"}}
    volumeMounts:
    - {name: shared-memory, mountPath: /dev/shm}
  volumes:
  - {name: shared-memory, emptyDir: {medium: Memory, sizeLimit: 64Gi}}
"""
BAD = GOOD.replace("    volumeMounts:\n    - {name: shared-memory, mountPath: /dev/shm}\n", "")

LEAST = 8 * 2**30


def check(overlay: Overlay) -> Iterator[Problem]:
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
    runs = parallels(overlay, engine) if engine and engine.name != "triton" else []
    return max((run.world for run in runs), default=container.gpus)


def _problem(container: Container, parts: list[Pod]) -> Iterator[Problem]:
    holders = [container, *(c for p in parts[1:] for c in p.main)]
    mounts = [(c.resource, at, mount) for c in holders for at, mount in c.mounts]
    paths = {posixpath.normpath(str(mount.get("mountPath"))): (r, at, mount) for r, at, mount in mounts}
    resource, at, mount = (
        paths.get("/dev/shm") or paths.get("/dev") or (container.resource, container.gpu_pointer, None)
    )
    if mount is None:
        message = f"{container.gpus} GPUs share the default 64 MiB of /dev/shm: nothing is mounted there"
        yield Problem(container.resource, at, message)
        return
    name = str(mount.get("name", ""))
    owner = next((part for part in parts if name in part.volumes), parts[0])
    where, volume = owner.volumes.get(name, ((), {}))
    if "emptyDir" not in volume:
        return  # a host path, a driver's volume, or a missing one, which other rules report
    empty = mapping(volume["emptyDir"])
    if mount.get("readOnly") is True:
        message = f"/dev/shm of a container with {container.gpus} GPUs is mounted read only"
        yield Problem(resource, at, message)
        return
    limit = size(empty.get("sizeLimit"))
    if empty.get("medium") != "Memory":
        at = (*where, "emptyDir", "medium") if "medium" in empty else (*where, "emptyDir")
        yield Problem(owner.resource, at, f"/dev/shm of a container with {container.gpus} GPUs is on the node's disk")
    elif limit is not None and 0 < limit < LEAST:  # 0 means no limit
        message = f"/dev/shm of a container with {container.gpus} GPUs is limited to {empty['sizeLimit']}"
        yield Problem(owner.resource, (*where, "emptyDir", "sizeLimit"), message)

"""How long a server takes until it answers, and how long its probes wait for that.

Two estimates: ``least`` is what no load undercuts, so a probe that waits less is wrong; ``likely`` is what a cold load
takes, so a probe that waits less is a risk.
"""

from collections.abc import Iterator
from typing import Any

from ..model import Container, Overlay, Pointer, mapping, whole
from . import kserve
from .engines import engine_of

START = 60
"""Seconds besides the weights, at least: importing the engine, NCCL, CUDA graphs, warm-up."""
DOWNLOAD = 1_000_000_000
"""Bytes a second that a checkpoint arrives with at best over the network."""
VOLUME = 4_300_000_000
"""Bytes a second from a mounted volume at best: DeepSeek-R1 on 8 H200 from safetensors.
Source: https://docs.vllm.ai/en/latest/models/extensions/instanttensor/"""
COLD = 400_000_000
"""Bytes a second of a cold load: the 689 GB of DeepSeek-R1 in the half hour that the recipes allow for it."""
UNKNOWN_SIZE = 40_000_000_000
"""Bytes of weights that a GPU carries where the model is unknown: half of the smallest GPU of these fleets (80 GB)."""
HALF_HOUR = 1800
FOREVER = 10**9
"""Seconds beyond which the exact number tells nothing."""


def patience(probe: object) -> int | None:
    """Seconds until a probe that never succeeds has its effect; None without a probe or with unreadable numbers."""
    fields = mapping(probe)
    if not fields:
        return None
    numbers = []
    for name, default in (("initialDelaySeconds", 0), ("periodSeconds", 10), ("failureThreshold", 3)):
        value: Any = fields.get(name)
        # The API server replaces 0 by the default, as it does for an absent field.
        numbers.append(default if value in (None, 0) else whole(value))
    delay, period, failures = numbers
    if delay is None or period is None or failures is None:
        return None
    return min(delay + period * failures, FOREVER)


def killer(container: Container) -> tuple[str, int] | None:
    """The probe that restarts a container which never comes up, and after how many seconds."""
    for name in ("startupProbe", "livenessProbe"):
        if mapping(container.body.get(name)):
            seconds = patience(container.body[name])
            return None if seconds is None else (name, seconds)
    return None


def pointer(container: Container, probe: str) -> Pointer:
    """Where a probe stands, or, if the runtime below a predictor has it, the predictor's container."""
    at = (*container.pointer, probe)
    return at if container.resource.at(at) is not None else container.pointer


def _bytes(overlay: Overlay, container: Container) -> int:
    size = whole(getattr(overlay.model, "disk_bytes", None))
    return size if size else UNKNOWN_SIZE * min(container.gpus, 1024)


def least(overlay: Overlay, container: Container) -> int:
    volumes = container.pod.volumes
    mounted = [volumes.get(str(mount.get("name")), ((), {}))[1] for _, mount in container.mounts]
    claimed = any("persistentVolumeClaim" in volume for volume in mounted)
    return START + _bytes(overlay, container) // (VOLUME if claimed else DOWNLOAD)


def likely(overlay: Overlay, container: Container) -> int:
    return 2 * START + _bytes(overlay, container) // COLD


def servers(overlay: Overlay) -> Iterator[tuple[Container, bool]]:
    """Containers that hold GPUs to serve, and whether enough is known to say what no load undercuts."""
    named = {id(kserve.runtime(overlay, pod)) for pod in overlay.pods}
    for pod in overlay.pods:
        if not pod.serves or id(pod.resource) in named:  # a runtime is judged as what its predictors make of it
            continue
        for container in kserve.main(overlay, pod):
            engine = engine_of(overlay, container)
            if container.gpus and (engine is None or engine.role == "serve"):
                yield container, engine is not None or overlay.model is not None or container.gpus > 1

"""What the scheduler adds up for a pod before it looks for a node."""

from collections.abc import Callable
from typing import NamedTuple

from ..catalogue.facts import Hardware
from ..model import Container, Overlay, Pod, Pointer, Resource, mapping
from ..server.semantics.names import NANO
from . import kserve
from .amounts import billionths, gib, size


class Amount(NamedTuple):
    """A resource that pods request: its name, how it is read and shown, and what a machine has of it to give."""

    name: str
    read: Callable[[object], int | None]
    show: Callable[[int], str]
    allocatable: Callable[[Hardware], int]
    sidecar: int
    """What the sidecar of Cloud Storage FUSE requests, if its annotation does not say."""


def _millicores(value: object) -> int | None:
    amount = None if value is None else billionths(value)
    return None if amount is None else amount * 1000 // NANO


CPU = Amount("cpu", _millicores, lambda n: f"{n / 1000:g} CPU", lambda hw: hw.allocatable.cpu_millicores, 250)
MEMORY = Amount("memory", size, gib, lambda hw: hw.allocatable.memory_gib * 2**30, 256 * 2**20)
DISK = Amount("ephemeral-storage", size, gib, lambda hw: hw.allocatable.ephemeral_storage_gib * 2**30, 5 * 2**30)
RESOURCES = (CPU, MEMORY, DISK)


class Demand(NamedTuple):
    """What a pod requests of one resource, and where the largest part of it was written."""

    amount: int
    resource: Resource
    pointer: Pointer


def demand(overlay: Overlay, pod: Pod, resource: Amount) -> Demand | None:
    """The pod's request as the scheduler counts it; None if no container names the resource.

    The sum of the containers and of the init containers that keep running, or one ordinary init container if that is
    more, and the pod's overhead. A limit counts where no request stands.
    Source: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
    """
    init = [container for container in pod.containers if container.init]
    found = [part for c in (*kserve.main(overlay, pod), *init) if (part := _part(c, resource)) is not None]
    if not found:
        return None
    steady = sum(part.amount for part in found if part.lasting) + _sidecar(pod, resource)
    steady += resource.read(mapping(pod.spec.get("overhead")).get(resource.name)) or 0
    largest = max(found, key=lambda part: part.amount)
    return Demand(max(steady, largest.amount), largest.resource, largest.pointer)


class _Part(NamedTuple):
    amount: int
    resource: Resource
    pointer: Pointer
    lasting: bool


def _part(container: Container, resource: Amount) -> _Part | None:
    lasting = not container.init or container.body.get("restartPolicy") == "Always"
    for key in ("requests", "limits"):
        amount = resource.read(mapping(mapping(container.body.get("resources")).get(key)).get(resource.name))
        if amount is not None:
            at = (*container.pointer, "resources", key, resource.name)
            return _Part(max(0, amount), *kserve.origin(container, at), lasting)
    return None


def _sidecar(pod: Pod, resource: Amount) -> int:
    """What Cloud Storage FUSE adds to a pod that asks for its sidecar.

    Source: https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-sidecar
    """
    if str(pod.annotations.get("gke-gcsfuse/volumes", "")).lower() != "true":
        return 0
    given = resource.read(pod.annotations.get(f"gke-gcsfuse/{resource.name}-request"))
    return resource.sidecar if given is None else max(0, given)

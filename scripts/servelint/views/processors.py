"""The processor that a pod runs on, and the images in it that are not built for it."""

from collections.abc import Iterator
from typing import NamedTuple

from ..catalogue.images import Built, built
from ..model import Container, Overlay, Pod
from . import kserve
from .placement import machines, partners, pins

LABEL = "kubernetes.io/arch"


class Misfit(NamedTuple):
    """A container whose image is not built for the processor of its node."""

    container: Container
    processor: str
    image: Built


def processor(overlay: Overlay, pod: Pod) -> str | None:
    """amd64 or arm64: by the label that the pod insists on, else by the machine of its GPUs; None if not known."""
    chosen = {value for pin in pins(overlay, pod) if pin.label == LABEL for value in pin.values}
    if chosen:
        return chosen.pop() if len(chosen) == 1 else None
    if not any(kserve.gpus(overlay, part) for part in partners(overlay, pod)):
        return None  # a client may run on any node of the cluster
    known = {hardware.cpu_architecture for hardware in machines(overlay, pod)}
    return known.pop() if len(known) == 1 else None


def misfits(overlay: Overlay) -> Iterator[Misfit]:
    """Every container, init containers included, whose image is known to lack its processor."""
    for pod in overlay.pods:
        wanted = processor(overlay, pod)
        for container in pod.containers if wanted else ():
            known = built(container.image) if container.image and "gib" not in container.image else None
            if known is not None and wanted not in known.architectures:
                yield Misfit(container, wanted or "", known)

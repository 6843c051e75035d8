"""An image has a CUDA that the driver of the nodes does not run.

GKE installs the driver on the node; an image brings its CUDA. One of the driver's own major number runs, be it newer
than the driver; one of the next ends in "CUDA driver version is insufficient for CUDA runtime version" as soon as the
server has its GPUs. It is a warning: the pool may have another driver than hardware.yaml says, and an image may bring
libraries for compatibility (/usr/local/cuda/compat), which count if LD_LIBRARY_PATH names them first.
"""

from ...catalogue.images import DRIVERS, kernels
from ...engines import kinds
from ...model import Container, Overlay, Problem, Problems
from ...views import kserve
from ...views.environment import variables
from ...views.placement import machines
from ..examples import server

SEVERITY = "warning"
HINT = "Take an image with an older CUDA, or pools with a newer driver; write that into hardware.yaml."
SOURCE = "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html"
COVERS = ("ARC-01",)
CONTEXT = {"hardware": "a3ultra"}

GOOD = server(image="registry.example.com/team/engine:1.0-cu130")
BAD = server(image="registry.example.com/team/engine:1.0-cu140")


def check(overlay: Overlay) -> Problems:
    for container in kserve.running(overlay):
        known = kernels(container.image) if container.image and container.gpus else None
        drivers = [machine.driver for machine in machines(overlay, container.pod)] if known else []
        if known is None or not drivers or _compatible(overlay, container):
            continue
        branches = [int(driver.partition(".")[0]) if driver else None for driver in drivers]
        if all(branch is not None and known.cuda[0] > _newest(branch) for branch in branches):
            cuda = f"{known.cuda[0]}.{known.cuda[1]}"
            message = f"image {container.image} has CUDA {cuda} ({known.why}), but R{branches[0]}, the driver of "
            message += f"{machines(overlay, container.pod)[0].name}, runs up to CUDA {_newest(branches[0] or 0)}.x"
            yield Problem(*kserve.origin(container, (*container.pointer, "image")), message)


def _newest(branch: int) -> int:
    """The newest major number of CUDA that a driver runs."""
    return max((major for major, least in DRIVERS.items() if least <= branch), default=0)


def _compatible(overlay: Overlay, container: Container) -> bool:
    """Whether the image's own libraries for compatibility are asked for."""
    known = {name: value for name, (value, _) in variables(overlay, container).items()}
    script = " ".join(text for text, _ in container.words)
    switches = (known.get(engine.compatibility, "") for engine in kinds().values() if engine.compatibility)
    switched = any(value.strip().lower() in ("1", "true") for value in switches)
    return switched or "/compat" in known.get("LD_LIBRARY_PATH", "") or "/cuda/compat" in script

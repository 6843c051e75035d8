"""An image has no code for the GPUs of the machine.

GPU code runs on the generation that it was made for. B200 and GB200 (compute capability 10.0) need CUDA 12.8: an image
with 12.4 loads, sees eight GPUs, and ends in "no kernel image is available for execution on the device", or in a line
that lists the capabilities of its PyTorch up to 9.0. Which CUDA an image has stands in its tag, or in the table of
public images of this validator. An error for an engine's image; another one may carry code that the driver translates,
or no GPU code at all, and is a warning.
"""

from ...catalogue.images import TOOLKITS, Kernels, kernels
from ...model import Container, Overlay, Pod, Problem, Problems
from ...views import kserve
from ...views.engines import engine_of
from ...views.placement import machines
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Take an image that is made with a CUDA that knows these GPUs: its tag says so, as -cu129 does.",
    "Look whether the image has code for these GPUs: `cuobjdump --list-elf` or `torch.cuda.get_arch_list()` tells.",
)
SOURCE = "https://docs.nvidia.com/cuda/blackwell-compatibility-guide"
COVERS = ("ARC-01",)
CONTEXT = {"hardware": "a4high"}

GOOD = server(image="lmsysorg/sglang:v0.5.14-cu129")
BAD = server(image="lmsysorg/sglang:v0.4.6.post4-cu124")


def check(overlay: Overlay) -> Problems:
    for container in kserve.running(overlay):
        known = kernels(container.image) if container.image and container.gpus else None
        missed = _missed(overlay, container.pod, known) if known is not None else None
        if known is None or missed is None:
            continue
        certain = known.certain and (known.listed or engine_of(overlay, container) is not None)
        message = f"image {container.image} has {_said(known)} ({known.why}): {missed}"
        at = kserve.origin(container, _image(container))
        yield Problem(*at, message, severity="error" if certain else "warning")


def _image(container: Container) -> tuple[str | int, ...]:
    return (*container.pointer, "image")


def _missed(overlay: Overlay, pod: Pod, known: Kernels) -> str | None:
    """What the code of an image lacks for every machine that the pod may mean."""
    every = machines(overlay, pod)
    if not every or not all(known.misses(machine.capability) for machine in every):
        return None
    machine = every[0]
    first = ".".join(map(str, TOOLKITS[machine.capability[0]])) if machine.capability[0] in TOOLKITS else ""
    gpu = f"no code for {machine.accelerator}, compute capability {machine.compute_capability}"
    return gpu if known.capabilities else f"{gpu}, which CUDA {first} is the first to make"


def _said(known: Kernels) -> str:
    if known.capabilities:
        return "code for compute capabilities " + ", ".join(f"{major}.{minor}" for major, minor in known.capabilities)
    return f"CUDA {known.cuda[0]}.{known.cuda[1]}"

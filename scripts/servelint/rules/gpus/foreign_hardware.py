"""A GPU pod is wired to another machine than the one its overlay is for.

An overlay copied from another machine still renders and still validates. The pod then waits for nodes that the cluster
does not have, or takes half a node and publishes its numbers under the wrong name. One finding a pod stands for all
that was copied with it; the rules on interfaces, images and tolerations then judge the pod as either machine.
"""

from itertools import islice

from ...model import Overlay, Pod, Problem, Problems, is_marker
from ...views.placement import ACCELERATOR, pins
from ..examples import server

SEVERITY = "error"
HINT = "Use the component of the overlay's own machine, hardware/<hw>, or move the overlay below the machine it is for."
SOURCE = (
    "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/inference/a4/single-host-serving/tensorrt-llm/README.md"
)
COVERS = ("PAR-02", "PAR-03")
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server(pod="nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}")
BAD = GOOD.replace("nvidia-h200-141gb", "nvidia-b200")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.gpu_pods:
        yield from islice(_problems(overlay, pod), 1)


def _problems(overlay: Overlay, pod: Pod) -> Problems:
    hardware = overlay.hardware_of(pod)
    if hardware is None:
        return
    family = {"cloud.google.com/machine-family": hardware.machine_type.split("-")[0]}
    facts = {**family, "beta.kubernetes.io/instance-type": hardware.machine_type, **hardware.labels}
    # The accelerator says most about what was copied, so it speaks for the other labels.
    for pin in sorted(pins(overlay, pod), key=lambda pin: pin.label != ACCELERATOR):
        expected = facts.get(pin.label)
        if expected and expected not in pin.values and not any(map(is_marker, pin.values)):
            values = " or ".join(pin.values)
            message = f"is pinned to {pin.label} {values}, but {hardware.name} has {expected}"
            yield Problem(pin.pod.resource, pin.pointer, message)
    if pod.gpus > hardware.gpus:
        container = max(pod.main, key=lambda container: container.gpus)
        message = f"asks for {pod.gpus} GPUs, but {hardware.name} has {hardware.gpus}"
        yield Problem(pod.resource, container.gpu_pointer, message)

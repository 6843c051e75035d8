"""A benchmark measures the server of another model or another machine.

The address was copied from a sibling. The server answers, the run ends well, and its numbers are filed under the name
of a model or a machine that was never measured; on another machine's cluster the name does not even resolve.
"""

from ...model import Overlay, Problem, Problems, once_a_place
from ...views.addresses import addresses
from ...views.engines import engine_of
from ..examples import client

SEVERITY = "error"
HINT = "Give the address of the server overlay of the same model and machine."
SOURCE = "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/"
COVERS = ("REF-01",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-bench", "kind": "leaf"}

GOOD = client("http://deepseek-r1-sglang-serve-a3ultra-server:8000")
BAD = client("http://llama-4-scout-sglang-serve-a3ultra-server:8000")


@once_a_place
def check(overlay: Overlay) -> Problems:
    if overlay.model is None or overlay.hardware is None:
        return
    for container in (c for pod in overlay.pods for c in pod.main):
        engine = engine_of(overlay, container)
        if engine is None or engine.role != "bench":
            continue
        for host, _, resource, pointer in addresses(overlay, container):
            model, machine = _named(host, overlay) or (overlay.model.name, overlay.hardware.name)
            if model != overlay.model.name:
                message = f"measures {host}, a server of {model}, but the overlay is of {overlay.model.name}"
                yield Problem(resource, pointer, message)
            elif machine != overlay.hardware.name:
                message = f"measures {host}, a server on {machine}, but the overlay is for {overlay.hardware.name}"
                yield Problem(resource, pointer, message)


def _named(host: str, overlay: Overlay) -> tuple[str, str] | None:
    """Model and machine that a Service of this fleet is of, by its name: <model>-<workload>-<machine>-<service>."""
    name = host.partition(".")[0]
    starts = (name[:i] for i in range(len(name) - 1, 0, -1) if name[i] == "-")
    model = next((one for one in starts if one in overlay.all_models), None)
    machine = max((one for one in overlay.all_hardware if f"-{one}-" in name), key=len, default=None)
    return (model, machine) if model and machine else None

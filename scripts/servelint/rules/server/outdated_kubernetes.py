"""A cluster's Kubernetes is older than a machine or a controller of what it runs needs.

The controller does not start there, or refuses what it does not know; the machine's node pool cannot be made. The
version is the one that the cluster states as `kubernetes` in its site.yaml, or that the run is told.
"""

from ...catalogue.controllers import controllers, order, used
from ...model import Overlay, Problem, Problems
from ...server import schema
from ...views.placement import machines
from ..examples import other, server

SEVERITY = "error"
HINT = "Upgrade the cluster and then site.yaml, or take out what needs a newer one."
SOURCE = "https://kserve.github.io/website/docs/admin-guide/kubernetes-deployment"

GOOD = server(kind="LeaderWorkerSet")
BAD = other("InferenceService", "predictor: {model: {modelFormat: {name: triton}}}")


def check(overlay: Overlay) -> Problems:
    said = overlay.said.get("kubernetes")
    if said and said.value not in schema.VERSIONS:
        text = f"kubernetes is {said.value}, and there are schemas of {', '.join(schema.VERSIONS)}"
        yield Problem(None, ("data", "kubernetes"), text, said.file, said.line)
        return
    if not overlay.kubernetes:
        return
    lowest = overlay.kubernetes[0]
    known = {machine.name: machine for pod in overlay.gpu_pods for machine in machines(overlay, pod)}
    for machine in known.values():
        # Of a leaf that runs on another machine than its own, `foreign-hardware` says what is wrong.
        if overlay.hardware is not None and machine.name != overlay.hardware.name:
            continue
        if order(machine.kubernetes_minimum) > order(lowest):
            yield _told(overlay, lowest, f"{machine.machine_type} needs {machine.kubernetes_minimum}")
    architectures = {machine.cpu_architecture for machine in known.values()} or {"amd64"}
    first = used(overlay.resources)
    for controller in controllers():
        needed = max((controller.below(name) for name in architectures), key=lambda v: order(v) if v else ())
        if controller in first and needed and order(needed) > order(lowest):
            resource = first[controller]
            text = f"{controller.title}, for {resource.title}, needs {needed}"
            problem = _told(overlay, lowest, text)
            yield problem if problem.file else Problem(resource, ("apiVersion",), problem.message)


def _told(overlay: Overlay, lowest: str, text: str) -> Problem:
    """In site.yaml if the cluster says its version there, else in the first pod that takes GPUs."""
    said = overlay.said.get("kubernetes")
    if said:
        return Problem(None, ("data", "kubernetes"), f"kubernetes is {said.value}, and {text}", said.file, said.line)
    pod = next(iter(overlay.gpu_pods), None)
    where = pod.pointer if pod else ()
    return Problem(pod.resource if pod else None, where, f"is judged for Kubernetes {lowest}, and {text}")

"""A Deployment is given up before its pods had the time to start that their probes grant.

`progressDeadlineSeconds` is 600 unless it is set. A model that loads for longer makes a healthy rollout
ProgressDeadlineExceeded: Argo CD reports Degraded, Flux fails the Kustomization and whatever depends on it.
"""

from ...model import Container, Overlay, Problem, Problems, mapping, whole
from ...views import loading
from ..examples import server

SEVERITY = "error"
HINT = "Set progressDeadlineSeconds to the startup budget plus the time for a node, the image and the queue."
SOURCE = "https://github.com/kserve/kserve/issues/5684"
COVERS = ("ROL-04",)

_LIVE = "startupProbe: {httpGet: {path: /health, port: 30000}, periodSeconds: 10, failureThreshold: 360}"
GOOD = server(kind="Deployment", spec="progressDeadlineSeconds: 7200", container=_LIVE)
BAD = server(kind="Deployment", container=_LIVE)


def _needed(overlay: Overlay, container: Container) -> tuple[int, str] | None:
    """Seconds until the container may become ready, and why that many."""
    startup = loading.patience(container.body.get("startupProbe"))
    if startup is not None:
        return startup, f"the startupProbe of container {container.name} allows {startup} s"
    # Without probes a pod is ready at once; a liveness probe that strikes before the load is done is another matter.
    watched = mapping(container.body.get("readinessProbe")) and container.gpus and overlay.model is not None
    killer, least = loading.killer(container), loading.least(overlay, container)
    if not watched or (killer and killer[1] < least):
        return None
    return least, f"container {container.name} loads its model for at least {least} s"


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        if pod.resource.kind != "Deployment":
            continue
        given = pod.resource.spec.get("progressDeadlineSeconds")
        deadline = 600 if given is None else whole(given)
        found = [need for container in pod.containers if (need := _needed(overlay, container))]
        seconds, why = max(found, default=(0, ""))
        if deadline is not None and deadline < seconds:
            at, default = (("spec",), " by default") if given is None else (("spec", "progressDeadlineSeconds"), "")
            yield Problem(pod.resource, at, f"progressDeadlineSeconds is {deadline}{default}, but {why}")

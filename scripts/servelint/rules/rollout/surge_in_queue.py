"""A queued server grows at run time: an update or an autoscaler adds GPU pods that Kueue has to admit one by one.

Kueue admits every pod of a Deployment by itself. A surge pod or a new replica waits at its gate while the pool is full,
and an update of pods that are still gated has been seen to get stuck for good.
"""

from ...model import Overlay, Problem, Problems, Resource, mapping, whole
from ...views import kserve, queues
from ...views.rollout import rolling
from ..examples import QUEUED, marked, server
from . import surge_on_full_pool

SEVERITY = "warning"
HINT = "Give a queued server `strategy: {type: Recreate}` and a fixed number of replicas."
SOURCE = "https://github.com/kubernetes-sigs/kueue/pull/3528"
COVERS = ("KUE-05",)

GOOD = marked(server(kind="Deployment", spec="replicas: 8\nstrategy: {type: Recreate}"), QUEUED)
BAD = GOOD.replace("Recreate", "RollingUpdate")

SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")


def check(overlay: Overlay) -> Problems:
    stuck = {id(problem.resource) for problem in surge_on_full_pool.check(overlay)}
    queued: list[Resource] = []
    for pod in overlay.pods:
        resource = pod.resource
        if resource in queued or not queues.label(pod) or not kserve.gpus(overlay, pod):
            continue
        queued.append(resource)
        update = rolling(overlay, pod) if id(resource) not in stuck else None  # an error already
        if update and update.surge > 0:
            message = f"an update of {update.replicas} replicas adds {update.surge} GPU pods that queue first"
            yield Problem(resource, update.pointer, message)
        least, most = whole(pod.spec.get("minReplicas", 1)), whole(pod.spec.get("maxReplicas"))
        if resource.kind == "InferenceService" and most is not None and least is not None and most > least:
            text = f"scales from {least} to {most} replicas, and each queues first"
            yield Problem(resource, (*pod.pointer, "maxReplicas"), text)
    for scaler in overlay.of(*SCALERS):
        low, high = _range(scaler)
        target = mapping(scaler.spec.get("scaleTargetRef"))
        meant = target.get("kind", "Deployment"), target.get("name")
        if low != high and any((resource.kind, resource.name) == meant for resource in queued):
            text = f"scales {meant[1]}, whose new GPU pods wait in a queue first"
            yield Problem(scaler, ("spec", "scaleTargetRef"), text)


def _range(scaler: Resource) -> tuple[object, object]:
    names = ("minReplicas", "maxReplicas") if scaler.kind == SCALERS[0] else ("minReplicaCount", "maxReplicaCount")
    usual = (1, None) if scaler.kind == SCALERS[0] else (0, 100)
    return scaler.spec.get(names[0], usual[0]), scaler.spec.get(names[1], usual[1])

"""A queued server grows at run time: an update or an autoscaler adds GPU pods that Kueue has to admit one by one.

Kueue admits every pod of a Deployment by itself. A surge pod or a new replica waits at its gate while the pool is full,
and an update of pods that are still gated has been seen to get stuck for good.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Pointer, Problem, Resource, mapping, whole
from ..views import kserve, queues
from ..views.rollout import rolling
from . import surge_on_full_pool

SEVERITY = "warning"
HINT = "Give a queued server `strategy: {type: Recreate}` and a fixed number of replicas."
SOURCE = "https://github.com/kubernetes-sigs/kueue/pull/3528"
COVERS = ("KUE-05",)

GOOD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: server, labels: {kueue.x-k8s.io/queue-name: gpus}}
spec:
  replicas: 8
  strategy: {type: Recreate}
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      containers:
      - name: engine
        image: lmsysorg/sglang:v0.4.6.post4-cu124
        resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace("{type: Recreate}", "{type: RollingUpdate}")

SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")


def check(overlay: Overlay) -> Iterator[Problem]:
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
            at: Pointer = (*pod.pointer, "maxReplicas")
            yield Problem(resource, at, f"scales from {least} to {most} replicas, and each queues first")
    for scaler in overlay.of(*SCALERS):
        low, high = _range(scaler)
        target = mapping(scaler.spec.get("scaleTargetRef"))
        if low != high and any(
            (r.kind, r.name) == (target.get("kind", "Deployment"), target.get("name")) for r in queued
        ):
            at = ("spec", "scaleTargetRef")
            yield Problem(scaler, at, f"scales {target.get('name')}, whose new GPU pods wait in a queue first")


def _range(scaler: Resource) -> tuple[object, object]:
    names = ("minReplicas", "maxReplicas") if scaler.kind == SCALERS[0] else ("minReplicaCount", "maxReplicaCount")
    usual = (1, None) if scaler.kind == SCALERS[0] else (0, 100)
    least, most = (scaler.spec.get(name, value) for name, value in zip(names, usual, strict=True))
    return least, most

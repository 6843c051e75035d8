"""A rolling update that needs free GPUs before it gives any back.

With `maxSurge` above 0 and `maxUnavailable` rounded down to 0 the new pod is created first and the old one kept until
the new one is ready. On a pool whose GPUs are all in use the new pod stays Pending, the old one stays, and nothing
moves until a person deletes something. The default, 25% of each, is exactly that for fewer than four replicas.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..model import Overlay, Pod, Pointer, Problem, mapping, whole
from ..views import kserve

SEVERITY = "error"
HINT = "Use `strategy: {type: Recreate}`, or `maxSurge: 0` with `maxUnavailable: 1`."
SOURCE = "https://github.com/defilantech/LLMKube/issues/192"
COVERS = ("ROL-01",)

GOOD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  replicas: 2
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      containers:
      - name: engine
        image: lmsysorg/sglang:v0.4.6.post4-cu124
        resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace("{maxSurge: 0, maxUnavailable: 1}", "{maxSurge: 1, maxUnavailable: 25%}")


def _scaled(value: Any, replicas: int, up: bool) -> int | None:
    """An absolute number or a percentage of the replicas; None if it is neither."""
    if isinstance(value, str) and value.endswith("%"):
        share = whole(value[:-1])
        return None if share is None else -(-share * replicas // 100) if up else share * replicas // 100
    return whole(value)


def _rollout(pod: Pod) -> tuple[Pointer, str, Any, Any, Any] | None:
    """Where the strategy stands, its key for the numbers, their defaults, and the replicas; None if no pod surges."""
    kind, spec = pod.resource.kind, pod.resource.spec
    if kind == "Deployment":
        return ("spec", "strategy"), "rollingUpdate", "25%", "25%", spec.get("replicas")
    if kind == "LeaderWorkerSet":
        return ("spec", "rolloutStrategy"), "rollingUpdateConfiguration", 0, 1, spec.get("replicas")
    mode = pod.resource.annotations.get("serving.kserve.io/deploymentMode")
    if kind == "InferenceService" and mode not in ("Serverless", "Knative", "ModelMesh"):
        return (*pod.pointer, "deploymentStrategy"), "rollingUpdate", "25%", "25%", pod.spec.get("minReplicas")
    return None  # StatefulSets and DaemonSets delete before they create


def check(overlay: Overlay) -> Iterator[Problem]:
    seen: set[tuple[int, Pointer]] = set()
    for pod in overlay.pods:
        rollout = _rollout(pod)
        if rollout is None or not kserve.gpus(overlay, pod):
            continue
        at, key, surge_default, unavailable_default, replicas_given = rollout
        replicas = 1 if replicas_given is None else whole(replicas_given)
        strategy = mapping(pod.resource.at(at))
        numbers = mapping(strategy.get(key))
        surge_given = numbers.get("maxSurge", surge_default)
        unavailable_given = numbers.get("maxUnavailable", unavailable_default)
        if not replicas or strategy.get("type") not in (None, "RollingUpdate") or (id(pod.resource), at) in seen:
            continue
        seen.add((id(pod.resource), at))
        surge, unavailable = _scaled(surge_given, replicas, True), _scaled(unavailable_given, replicas, False)
        if surge is None or unavailable is None or surge <= 0 or unavailable > 0:
            continue
        pointer = next((p for p in ((*at, key), at) if mapping(pod.resource.at(p))), at[:-1])
        yield Problem(
            pod.resource,
            pointer,
            f"creates a new GPU pod before an old one may stop: of {replicas} replicas maxSurge {surge_given}"
            f" allows {surge} more and maxUnavailable {unavailable_given} comes to 0",
        )

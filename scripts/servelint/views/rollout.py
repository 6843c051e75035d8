"""How an update replaces pods: how many new ones may stand beside the old, and how many old ones may be missing.

Sources: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment;
https://github.com/kserve/kserve/blob/master/pkg/controller/v1beta1/inferenceservice/reconcilers/deployment/deployment_reconciler.go
"""

from dataclasses import dataclass
from typing import Any

from ..model import Overlay, Pod, Pointer, mapping, whole
from . import kserve


@dataclass(frozen=True)
class Rolling:
    """A rolling update: pods it may add and pods it may take away at once, with what was written for each."""

    replicas: int
    surge: int
    unavailable: int
    surge_given: Any
    unavailable_given: Any
    pointer: Pointer


def rolling(overlay: Overlay, pod: Pod) -> Rolling | None:
    """The rolling update of a pod's workload; None if it is recreated, cannot surge, or has unreadable numbers."""
    resource, spec = pod.resource, pod.resource.spec
    key, count = "rollingUpdate", spec.get("replicas")
    usual: tuple[Any, Any] = ("25%", "25%")
    at: Pointer = ("spec", "strategy")
    if resource.kind == "LeaderWorkerSet":
        at, key, usual = ("spec", "rolloutStrategy"), "rollingUpdateConfiguration", (0, 1)
    elif resource.kind == "DaemonSet":
        at, usual, count = ("spec", "updateStrategy"), (0, 1), 1
    elif resource.kind == "InferenceService" and kserve.mode(resource) not in ("Knative", "ModelMesh"):
        component = pod.pointer[:2]  # a worker is updated as its component says
        # Without Knative nothing is scaled to zero.
        count = whole(mapping(resource.at(component)).get("minReplicas")) or 1
        at = (*component, "deploymentStrategy")
    elif resource.kind != "Deployment":
        return None  # StatefulSets delete before they create
    replicas = 1 if count is None else whole(count)
    strategy = mapping(resource.at(at))
    if not replicas or strategy.get("type") not in (None, "", "RollingUpdate"):
        return None
    numbers = mapping(strategy.get(key))
    given = (numbers.get("maxSurge", usual[0]), numbers.get("maxUnavailable", usual[1]))
    pointer = next((p for p in ((*at, key), at) if mapping(resource.at(p))), at[:-1])
    if resource.kind == "InferenceService" and kserve.workers(overlay, pod):
        # KServe keeps every old worker until a whole new set is ready, whatever the numbers say.
        given = ("100%", "0%")
    surge, unavailable = _scaled(given[0], replicas, up=True), _scaled(given[1], replicas, up=False)
    if surge is None or unavailable is None:
        return None
    return Rolling(replicas, surge, unavailable, *given, pointer)


def _scaled(value: Any, replicas: int, *, up: bool) -> int | None:
    """An absolute number or a percentage of the replicas; None if it is neither."""
    if isinstance(value, str) and value.endswith("%"):
        share = whole(value[:-1])
        return None if share is None else -(-share * replicas // 100) if up else share * replicas // 100
    return whole(value)

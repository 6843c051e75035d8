"""An autoscaler and Git both say how many replicas there are.

Each sync writes the number of Git back, servers that had just loaded their weights are ended, and the autoscaler starts
others: for ever, with nobody to see that it does. The number belongs to one of the two.
"""

from ...model import Overlay, Problem, Problems, mapping
from ..examples import other, server, together

SEVERITY = "warning"
HINT = "Take `replicas` out of Git, with a patch that says `replicas: null`."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/best_practices/#leaving-room-for-imperativeness"

_SCALER = other(
    "HorizontalPodAutoscaler",
    "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: server}, maxReplicas: 4",
    api="autoscaling/v2",
)
GOOD = together(server(kind="Deployment"), _SCALER)
BAD = together(server(kind="Deployment", spec="replicas: 2"), _SCALER)
CONTEXT = {"kind": "leaf"}

FIXED = {
    "HorizontalPodAutoscaler": ("minReplicas", "maxReplicas"),
    "ScaledObject": ("minReplicaCount", "maxReplicaCount"),
}


def check(overlay: Overlay) -> Problems:
    if overlay.kind == "manifest":
        return  # whether it is applied again and again is not known
    for scaler in overlay.of(*FIXED):
        least, most = (scaler.spec.get(name) for name in FIXED[scaler.kind])
        least = 1 if least is None and scaler.kind == "HorizontalPodAutoscaler" else least
        target = mapping(scaler.spec.get("scaleTargetRef"))
        kind, name = str(target.get("kind") or "Deployment"), str(target.get("name"))
        scaled = overlay.named(kind, name, scaler.namespace)
        if scaled is not None and scaled.spec.get("replicas") is not None and (least is None or least != most):
            text = f"says {scaled.spec['replicas']} replicas at each sync, and {scaler.title} says another number"
            yield Problem(scaled, ("spec", "replicas"), text)

"""A policy, a disruption budget or a monitor selects no pod.

It is accepted and does nothing: the drain is not held up, the traffic is not filtered, the metrics are not there on
the day when somebody needs them.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Pointer, Problem, Resource, mapping
from ..selection import hidden_pods, selected, selects

SEVERITY = "warning"
HINT = "Make the selector a part of the labels of what it is meant for, or leave the object out."
SOURCE = "https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed"
COVERS = ("REF-07",)

GOOD = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: server}
spec: {maxUnavailable: 0, selector: {matchLabels: {app: server}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  template:
    metadata: {labels: {app: server}}
    spec: {containers: [{name: engine, image: lmsysorg/sglang:v0.4.6.post4-cu124}]}
"""
BAD = GOOD.replace("matchLabels: {app: server}", "matchLabels: {app: serving}")

SELECTORS: dict[str, Pointer] = {
    "NetworkPolicy": ("spec", "podSelector"),
    "PodDisruptionBudget": ("spec", "selector"),
    "PodMonitoring": ("spec", "selector"),
    "PodMonitor": ("spec", "selector"),
    "ServiceMonitor": ("spec", "selector"),
}


def _elsewhere(resource: Resource) -> bool:
    """Whether a monitor looks into other namespaces than its own."""
    return bool(mapping(resource.spec.get("namespaceSelector")))


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.of(*SELECTORS):
        at = SELECTORS[resource.kind]
        selector = mapping(resource.at(at))
        if not selector or _elsewhere(resource) or hidden_pods(overlay):
            continue
        if resource.kind == "ServiceMonitor":
            found = any(selects(selector, service.labels) for service in overlay.of("Service"))
        else:
            found = bool(selected(overlay, resource, selector))
        if not found:
            yield Problem(resource, at, f"selects no {'Service' if resource.kind == 'ServiceMonitor' else 'pod'} of this set")

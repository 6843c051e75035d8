"""A policy, a disruption budget or a monitor selects no pod.

It is accepted and does nothing: the drain is not held up, the traffic is not filtered, the metrics are not there on
the day when somebody needs them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from ..model import Overlay, Pointer, Problem, Resource, mapping
from ..views.selection import hidden_pods, labels_of, selected, selects, terms

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


MONITORS = ("PodMonitoring", "PodMonitor", "ServiceMonitor")


def _waits(overlay: Overlay, resource: Resource, selector: dict[str, Any], labels: list[dict[str, Any]]) -> bool:
    """Whether a monitor may rightly find nothing: a cluster's platform brings it before the first server of its sort.

    A value that a label nearly has is a misspelling all the same.
    """
    if resource.kind not in MONITORS or overlay.kind != "cluster":
        return False
    wanted = [(key, value) for key, operator, values in terms(selector) if operator == "In" for value in values]
    return not any(
        difflib.get_close_matches(value, [str(have.get(key, "")) for have in labels], 1, 0.85) for key, value in wanted
    )


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.of(*SELECTORS):
        at = SELECTORS[resource.kind]
        selector = mapping(resource.at(at))
        # An empty selector means all of them, and a namespaceSelector looks beyond this set.
        if not selector or mapping(resource.spec.get("namespaceSelector")) or hidden_pods(overlay):
            continue
        wants = "Service" if resource.kind == "ServiceMonitor" else "pod"
        labels = [s.labels for s in overlay.of("Service")] if wants == "Service" else list(map(labels_of, overlay.pods))
        found = (
            any(selects(selector, s) for s in labels) if wants == "Service" else selected(overlay, resource, selector)
        )
        if not found and not _waits(overlay, resource, selector, labels):
            yield Problem(resource, at, f"selects no {wants} of this set")

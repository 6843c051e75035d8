"""A policy, a disruption budget or a monitor selects no pod.

It is accepted and does nothing: the drain is not held up, the traffic is not filtered, the metrics are not there on
the day when somebody needs them.
"""

import difflib
from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping
from ...views.selection import hidden_pods, labels_of, selected, selects, terms
from ..examples import other, together, workload

SEVERITY = "warning"
HINT = "Make the selector a part of the labels of what it is meant for, or leave the object out."
SOURCE = "https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed"
COVERS = ("REF-07",)

_PODS = workload("containers: [{name: engine, image: a}]", kind="Deployment")
_BUDGET = other("PodDisruptionBudget", "maxUnavailable: 0, selector: {matchLabels: {app: server}}", api="policy/v1")
GOOD = together(_BUDGET, _PODS)
BAD = GOOD.replace("matchLabels: {app: server}}}", "matchLabels: {app: serving}}}")

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
    known = {key: [str(have.get(key, "")) for have in labels] for key, _ in wanted}
    return not any(difflib.get_close_matches(value, known[key], 1, 0.85) for key, value in wanted)


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of(*SELECTORS):
        at = SELECTORS[resource.kind]
        selector = mapping(resource.at(at))
        # An empty selector means all of them, and a namespaceSelector looks beyond this set.
        if not selector or mapping(resource.spec.get("namespaceSelector")) or hidden_pods(overlay):
            continue
        if resource.kind == "ServiceMonitor":
            wants, labels = "Service", [service.labels for service in overlay.of("Service")]
            found = any(selects(selector, own) for own in labels)
        else:
            wants, labels = "pod", list(map(labels_of, overlay.pods))
            found = bool(selected(overlay, resource, selector))
        if not found and not _waits(overlay, resource, selector, labels):
            yield Problem(resource, at, f"selects no {wants} of this set")

"""A Service selects no pod.

It has an address and no endpoints: every request is refused while the server behind it is healthy and idle.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem, mapping
from ..views.selection import hidden_pods, labels_of, selects, service_pods

SEVERITY = "error"
HINT = "Make the selector a part of the pod template's labels."
SOURCE = "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/"
COVERS = ("REF-07",)

GOOD = """\
apiVersion: v1
kind: Service
metadata: {name: server}
spec:
  selector: {app: server}
  ports: [{port: 8000}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  template:
    metadata: {labels: {app: server}}
    spec: {containers: [{name: engine, image: lmsysorg/sglang:v0.4.6.post4-cu124}]}
"""
BAD = GOOD.replace("selector: {app: server}", "selector: {app: serving}")


def check(overlay: Overlay) -> Iterator[Problem]:
    for service in overlay.of("Service"):
        selector = mapping(service.spec.get("selector"))
        if service_pods(overlay, service) != [] or service.group or hidden_pods(overlay):
            continue
        templates = [labels_of(pod) for pod in overlay.pods]
        # Pods in another namespace are another mistake.
        if any(selects({"matchLabels": selector}, labels) for labels in templates):
            continue
        # The label that no template has, if there is one, is what to correct.
        wrong = [
            key
            for key, value in selector.items()
            if not any(selects({"matchLabels": {key: value}}, t) for t in templates)
        ]
        at = ("spec", "selector", str(wrong[0])) if wrong else ("spec", "selector")
        text = ", ".join(f"{key}={selector[key]}" for key in (wrong or selector))
        yield Problem(service, at, f"selects no pod: no template has {text}")

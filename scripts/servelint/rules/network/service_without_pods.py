"""A Service selects no pod.

It has an address and no endpoints: every request is refused while the server behind it is healthy and idle.
"""

from ...model import Overlay, Problem, Problems, mapping
from ...views.selection import anywhere, hidden_pods, service_pods
from ..examples import other, server, together

SEVERITY = "error"
HINT = "Make the selector a part of the pod template's labels."
SOURCE = "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/"
COVERS = ("REF-07",)

_SERVICE = other("Service", "selector: {app: server}, ports: [{port: 8000}]")
GOOD = together(_SERVICE, server(kind="Deployment"))
BAD = GOOD.replace("selector: {app: server}, ", "selector: {app: serving}, ")


def check(overlay: Overlay) -> Problems:
    for service in overlay.of("Service"):
        selector = mapping(service.spec.get("selector"))
        if service_pods(overlay, service) != [] or service.group or hidden_pods(overlay):
            continue
        # Pods in another namespace are another mistake.
        if anywhere(overlay, {"matchLabels": selector}):
            continue
        # The label that no template has, if there is one, is what to correct.
        wrong = [key for key, value in selector.items() if not anywhere(overlay, {"matchLabels": {key: value}})]
        at = ("spec", "selector", str(wrong[0])) if wrong else ("spec", "selector")
        text = ", ".join(f"{key}={selector[key]}" for key in (wrong or selector))
        yield Problem(service, at, f"selects no pod: no template has {text}")

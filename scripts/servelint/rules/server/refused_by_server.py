"""The API server would refuse the object, or the pods in it, although its shape is right.

Names, ports, quantities, selectors, volume sources: most of what the server checks stands in no schema. Argo CD and
Flux report it when they sync, and everything else of the overlay waits behind it. The message begins with the server's
own field path.

Of a pod inside a custom resource it is a warning. A definition knows the shape of a pod and not its meaning: the API
server takes the LeaderWorkerSet, JobSet or InferenceService, the sync is green, and its controller fails to create the
pods, again and again, in an event that nobody reads. What a controller will fill in, such as the image of a runtime, is
taken as given.
"""

from ...model import Overlay, Problem, Problems, is_marker
from ...server import conformance

SEVERITY = ("error", "warning")
HINT = (
    "Correct the field; the path is the one that `kubectl apply --dry-run=server` prints.",
    "Correct the field as if the pod stood alone; "
    "`kubectl describe` of the resource would show the controller's error.",
)
SOURCE = "https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go"
FORMERLY = (("uncreatable-pod", "warning"),)
RAW = True

GOOD = """\
apiVersion: v1
kind: Service
metadata: {name: server}
spec:
  selector: {app: server}
  ports: [{name: http, port: 8000}]
"""
BAD = GOOD.replace("8000", "80000")


def check(overlay: Overlay) -> Problems:
    for resource in overlay.resources:
        for severity, judge in (("error", conformance.complaints), ("warning", conformance.uncreatable)):
            for complaint in judge(resource, overlay.kubernetes):
                pointer = complaint.pointer
                # A marker is a cluster's value, or `leftover-site-marker`. Only a cluster's text is what a server gets:
                # elsewhere a field that is called a marker will be another.
                if not is_marker(resource.at(pointer)) and (overlay.final or not any(map(is_marker, pointer))):
                    message = f"{complaint.path}: {complaint.message}"
                    yield Problem(resource, resource.nearest(pointer), message, severity=severity)

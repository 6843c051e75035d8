"""The API server would refuse the object, although its shape is right.

Names, ports, quantities, selectors, volume sources: most of what the server checks stands in no schema. Argo CD and
Flux report it when they sync, and everything else of the overlay waits behind it. The message begins with the server's
own field path.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import conformance
from ..model import Overlay, Problem

SEVERITY = "error"
HINT = "Correct the field; the path is the one that `kubectl apply --dry-run=server` prints."
SOURCE = "https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go"
COVERS = ()
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


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.resources:
        for complaint in conformance.complaints(resource, overlay.kubernetes):
            # Only a cluster's text is what a server gets; elsewhere a marker stands where a value will.
            if overlay.final or "SITE_" not in f"{resource.at(complaint.pointer)}{complaint.message}":
                pointer = complaint.pointer
                while pointer and resource.at(pointer) is None:
                    pointer = pointer[:-1]
                yield Problem(resource, pointer, f"{complaint.path}: {complaint.message}")

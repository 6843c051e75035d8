"""The pods inside a custom resource are such as the API server refuses.

A definition knows the shape of a pod and not its meaning: the API server takes the LeaderWorkerSet, JobSet or
InferenceService, the sync is green, and its controller fails to create the pods, again and again, in an event that
nobody reads. What a controller will fill in, such as the image of a runtime, is taken as given.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import conformance
from ..model import Overlay, Problem

SEVERITY = "warning"
HINT = (
    "Correct the field as if the pod stood alone; `kubectl describe` of the resource would show the controller's error."
)
SOURCE = "https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go"
COVERS = ()
RAW = True

GOOD = """\
apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata: {name: server}
spec:
  leaderWorkerTemplate:
    size: 2
    workerTemplate:
      spec:
        containers:
        - name: engine
          image: lmsysorg/sglang:v0.4.6.post4-cu124
          ports: [{name: http, containerPort: 8000}]
"""
BAD = GOOD.replace("name: http", "name: openai-compatible-http")


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.resources:
        for complaint in conformance.uncreatable(resource, overlay.kubernetes):
            if overlay.final or "SITE_" not in f"{resource.at(complaint.pointer)}{complaint.message}":
                pointer = complaint.pointer
                while pointer and resource.at(pointer) is None:
                    pointer = pointer[:-1]
                yield Problem(resource, pointer, f"{complaint.path}: {complaint.message}")

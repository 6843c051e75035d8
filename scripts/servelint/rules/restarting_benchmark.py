"""A benchmark or an engine build runs in a kind that restarts what has finished.

A Deployment knows no success: the benchmark ends, kubelet starts it again, and it runs on eight GPUs until someone
notices, over its own results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views.engines import SIGNATURES, engines

SEVERITY = "error"
HINT = "Make it a Job with `restartPolicy: Never` and a small backoffLimit."
SOURCE = "https://github.com/kubernetes/kubernetes/issues/24725"
COVERS = ("ROL-08",)

GOOD = """\
apiVersion: batch/v1
kind: Job
metadata: {name: bench}
spec:
  backoffLimit: 0
  template:
    metadata: {labels: {app: bench}}
    spec:
      restartPolicy: Never
      containers:
      - name: engine
        image: nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3
        command: [/bin/bash, -c, "exec trtllm-bench --model m throughput --tp 8"]
        resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: bench}
spec:
  selector: {matchLabels: {app: bench}}
  strategy: {type: Recreate}
  template:
    metadata: {labels: {app: bench}}
    spec:
      containers:
      - name: engine
        image: nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3
        command: [/bin/bash, -c, "exec trtllm-bench --model m throughput --tp 8"]
        resources: {limits: {nvidia.com/gpu: "8"}}
"""

RESTARTS = (
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "LeaderWorkerSet",
    "InferenceService",
    "Rollout",
)
STAYS = r"\bsleep\s+inf(inity)?\b|\btail\s+-[fF]\b"
"""Commands that keep a finished container running, so that its results can be looked at."""


def check(overlay: Overlay) -> Iterator[Problem]:
    servers = [regex for _, role, regex in SIGNATURES if role == "serve"]
    for engine in engines(overlay):
        pod, resource = engine.container.pod, engine.container.resource
        bare = resource.kind == "Pod" and pod.spec.get("restartPolicy") in (None, "Always")
        if engine.role == "serve" or not (bare or resource.kind in RESTARTS):
            continue
        # A script that starts a server as well, or that waits at its end, does not finish.
        if any(re.search(regex, engine.script) for regex in (*servers, STAYS)):
            continue
        what = "benchmark" if engine.role == "bench" else "engine build"
        yield Problem(
            resource,
            (("spec", "restartPolicy") if "restartPolicy" in pod.spec else ("spec",)) if bare else ("kind",),
            f"{engine.name} {what} in container {engine.container.name} starts again each time it has finished,"
            f" because a {resource.kind} restarts its containers",
        )

"""A benchmark or an engine build runs in a kind that restarts what has finished.

A Deployment knows no success: the benchmark ends, kubelet starts it again, and it runs on eight GPUs until someone
notices, over its own results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views.engines import SIGNATURES, engine_of

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


PROGRAMS = re.compile(
    r"(?:^|[\s;&|(/]|-m\s)(lm[_-]eval|guidellm\s+benchmark|aiperf\s+profile|evalscope\s+(?:eval|perf)"
    r"|(?:all_reduce|all_gather|reduce_scatter|alltoall|sendrecv|broadcast)_perf)(?:\s|$)"
)
"""Benchmarks of any engine, and of the network."""


def check(overlay: Overlay) -> Iterator[Problem]:
    servers = [regex for _, role, regex in SIGNATURES if role == "serve"]
    for container in (container for pod in overlay.pods for container in pod.main):
        pod, resource, engine = container.pod, container.resource, engine_of(overlay, container)
        bare = resource.kind == "Pod" and pod.spec.get("restartPolicy") in (None, "Always")
        if (engine and engine.role == "serve") or not (bare or resource.kind in RESTARTS):
            continue
        script = engine.script if engine else " ".join(text for text, _ in container.words)
        program = PROGRAMS.search(script)
        # A script that starts a server as well, or that waits at its end, does not finish.
        if (engine is None and program is None) or any(re.search(regex, script) for regex in (*servers, STAYS)):
            continue
        what = "engine build" if engine and engine.role == "build" else "benchmark"
        name = engine.name if engine else program[1].split()[0] if program else ""
        yield Problem(
            resource,
            (("spec", "restartPolicy") if "restartPolicy" in pod.spec else ("spec",)) if bare else ("kind",),
            f"{name} {what} in container {container.name} starts again each time it has finished,"
            f" because a {resource.kind} restarts its containers",
        )

"""A probe restarts a GPU server before any load can be done.

Until a startup probe succeeds the liveness probe waits; without one it starts counting at once. If what is counted
runs out before the weights are loaded, kubelet kills the server and it loads again from the beginning, forever: the
node is paid for and never serves.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views import loading

SEVERITY = "error"
HINT = "Give the server a startupProbe whose periodSeconds x failureThreshold is twice a cold load, say 10 x 360."
SOURCE = "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"
COVERS = ("ROL-02",)

GOOD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      containers:
      - name: engine
        image: lmsysorg/sglang:v0.4.6.post4-cu124
        command: [python3, -m, sglang.launch_server, --model-path, deepseek-ai/DeepSeek-R1]
        resources: {limits: {nvidia.com/gpu: "8"}}
        startupProbe: {httpGet: {path: /health, port: 30000}, periodSeconds: 10, failureThreshold: 360}
        livenessProbe: {httpGet: {path: /health, port: 30000}, periodSeconds: 10, failureThreshold: 12}
"""
BAD = GOOD.replace("failureThreshold: 360", "failureThreshold: 30")


def check(overlay: Overlay) -> Iterator[Problem]:
    for container, known in loading.servers(overlay):
        killer, least = loading.killer(container), loading.least(overlay, container)
        if killer and known and killer[1] < least:
            probe, seconds = killer
            yield Problem(
                container.resource,
                loading.pointer(container, probe),
                f"{probe} restarts the server after {seconds} s, but no load of it is done in less than {least} s",
            )

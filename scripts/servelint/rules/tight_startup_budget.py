"""A GPU server's probes leave little time for a cold load.

A load that is fast today is slow on the day the cache is empty, the bucket throttles or the image is new, and then
the server restarts in the middle of it. A liveness probe alone can hardly do both: wait for a load and notice a hang.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views import loading

SEVERITY = "warning"
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
"""
BAD = GOOD.replace("failureThreshold: 360", "failureThreshold: 80")


def check(overlay: Overlay) -> Iterator[Problem]:
    for container, known in loading.servers(overlay):
        killer, likely = loading.killer(container), loading.likely(overlay, container)
        if killer is None or (known and killer[1] < loading.least(overlay, container)):  # no risk but certain
            continue
        probe, seconds = killer
        if probe == "livenessProbe":  # without a startup probe nothing short of the recipes' half hour is safe
            likely = max(likely, loading.HALF_HOUR)
        if seconds < likely:
            yield Problem(
                container.resource,
                loading.pointer(container, probe),
                f"{probe} restarts the server after {seconds} s, but a cold load can take {likely} s",
            )

"""A rolling update that needs free GPUs before it gives any back.

With `maxSurge` above 0 and `maxUnavailable` rounded down to 0 the new pod is created first and the old one kept until
the new one is ready. On a pool whose GPUs are all in use the new pod stays Pending, the old one stays, and nothing
moves until a person deletes something. The default, 25% of each, is exactly that for fewer than four replicas.
KServe surges by 100% whatever is written once a predictor has workers; only Recreate keeps head and workers together.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Pointer, Problem
from ..views import kserve
from ..views.rollout import rolling

SEVERITY = "error"
HINT = "Use `strategy: {type: Recreate}`, or `maxSurge: 0` with `maxUnavailable: 1`."
SOURCE = "https://github.com/defilantech/LLMKube/issues/192"
COVERS = ("ROL-01", "KS-06")

GOOD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  replicas: 2
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      containers:
      - name: engine
        image: lmsysorg/sglang:v0.4.6.post4-cu124
        resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace("{maxSurge: 0, maxUnavailable: 1}", "{maxSurge: 1, maxUnavailable: 25%}")


def check(overlay: Overlay) -> Iterator[Problem]:
    seen: set[tuple[int, Pointer]] = set()
    for pod in overlay.pods:
        update = rolling(overlay, pod) if kserve.gpus(overlay, pod) else None
        if update is None or (id(pod.resource), update.pointer) in seen:
            continue
        seen.add((id(pod.resource), update.pointer))
        if update.surge > 0 >= update.unavailable:
            yield Problem(
                pod.resource,
                update.pointer,
                f"creates a new GPU pod before an old one may stop: of {update.replicas} replicas"
                f" maxSurge {update.surge_given} allows {update.surge} more"
                f" and maxUnavailable {update.unavailable_given} comes to 0",
            )

"""A rolling update that needs free GPUs before it gives any back.

With `maxSurge` above 0 and `maxUnavailable` rounded down to 0 the new pod is created first and the old one kept until
the new one is ready. On a pool whose GPUs are all in use the new pod stays Pending, the old one stays, and nothing
moves until a person deletes something. The default, 25% of each, is exactly that for fewer than four replicas.
KServe surges by 100% whatever is written once a predictor has workers; only Recreate keeps head and workers together.
"""

from ...model import Overlay, Problem, Problems
from ...views import kserve
from ...views.rollout import rolling
from ..examples import server

SEVERITY = "error"
HINT = "Use `strategy: {type: Recreate}`, or `maxSurge: 0` with `maxUnavailable: 1`."
SOURCE = "https://github.com/defilantech/LLMKube/issues/192"
COVERS = ("ROL-01", "KS-06")

GOOD = server(kind="Deployment", spec="strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}")
BAD = server(kind="Deployment", spec="strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 25%}}")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        update = rolling(overlay, pod) if kserve.gpus(overlay, pod) else None
        if update and update.surge > 0 >= update.unavailable:
            more = f"of {update.replicas} replicas maxSurge {update.surge_given} allows {update.surge} more"
            text = f"{more} and maxUnavailable {update.unavailable_given} comes to 0"
            yield Problem(pod.resource, update.pointer, f"creates a new GPU pod before an old one may stop: {text}")

"""What undrainable-pods tells apart beyond its own examples."""

from servelint.rules.examples import other, server, together
from servelint.rules.rollout.undrainable_pods import _ONE, _budget

_TWO = server(kind="Deployment", spec="replicas: 2")
_SCALED = other(
    "HorizontalPodAutoscaler", "minReplicas: 2, maxReplicas: 4, scaleTargetRef: {kind: Deployment, name: server}",
    api="autoscaling/v2",
)  # fmt: skip

ALSO_GOOD = [
    together(_budget("minAvailable: 1"), _TWO), together(_budget("maxUnavailable: 50%"), _ONE),
    together(_budget("minAvailable: 50%"), _TWO), together(_budget("maxUnavailable: 0", label="app: t"), _ONE),
    together(_budget("minAvailable: 0"), _ONE), together(_budget("minAvailable: 1"), _ONE, _SCALED),
    together(_budget("minAvailable: 1", label="job-name: server"), server(kind="Job", spec="parallelism: 2")),
    together(_budget("maxUnavailable: 1"), _budget("maxUnavailable: 1", "other", "app: other"), _ONE),
]  # fmt: skip
ALSO_BAD = [
    together(_budget("maxUnavailable: 0"), _TWO), together(_budget("minAvailable: 1"), _ONE),
    together(_budget("minAvailable: 100%"), _TWO), together(_budget("minAvailable: 51%"), _TWO),
    together(_budget("minAvailable: 2"), server(kind="LeaderWorkerSet", metadata="labels: {app: server}")),
    together(_budget("maxUnavailable: 1", label="job-name: server"), server(kind="Job")),
    together(_budget("maxUnavailable: 0%"), _ONE),
]  # fmt: skip

"""What endless-over-quota tells apart beyond its own examples."""

from servelint.rules.examples import LOCAL_QUEUE, QUEUED, marked, other, server, together
from servelint.rules.queue.endless_over_quota import _QUEUE, _QUEUES, BAD, _server

_JOB = marked(server(kind="Job", name="c"), QUEUED)
_GROUP = marked(server(kind="LeaderWorkerSet", name="c", gpus=4), QUEUED)
_SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: c}
spec: {minReplicas: 1, maxReplicas: 4, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: b}}
"""
_COHORT = together(
    _QUEUE.replace("spec: {", "spec: {cohortName: all, "),
    _QUEUE.replace("gpus", "more", 1).replace("spec: {", "spec: {cohortName: all, "),
    LOCAL_QUEUE, LOCAL_QUEUE.replace("gpus", "more"), other("ResourceFlavor", "nodeLabels: {machine: h200}", name="h200"),
)  # fmt: skip
_MORE = _server("d", 3).replace("queue-name: gpus", "queue-name: more")

ALSO_GOOD = [
    together(_QUEUES, _server("a"), _server("b"), _JOB), together(BAD, _SCALER), together(_COHORT, _server("a", 3)),
    BAD.replace("nominalQuota: 16", "nominalQuota: SITE_GPUS"), together(_COHORT, _server("a", 1), _MORE),
    together(_QUEUES, _server("a"), _GROUP), together(_QUEUES, server(kind="Deployment", name="e", gpus=800)),
    together(_COHORT, *(made.replace('gpu: "8"', 'gpu: "8", cpu: 9') for made in (_server("a", 1), _MORE))),
]  # fmt: skip
ALSO_BAD = [
    together(_QUEUES, _server("a"), _server("b"), _GROUP),
    together(_QUEUES, _server("a"), _GROUP.replace("gpu: \"4", "gpu: \"8")),
    together(_COHORT, _server("a", 2), _MORE), together(_QUEUES, _server("a", 3)),
    together(BAD, _SCALER.replace("minReplicas: 1", "minReplicas: 2")),
]  # fmt: skip

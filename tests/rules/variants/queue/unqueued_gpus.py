"""What unqueued-gpus tells apart beyond its own examples."""

from servelint.rules.examples import LOCAL_QUEUE, marked, other, server, together
from servelint.rules.queue.unqueued_gpus import _LABELS, BAD

_POD = "{spec: {containers: [{name: a, resources: {limits: {nvidia.com/gpu: 8}}}]}}"
_CRON = other("CronJob", f"jobTemplate: {{spec: {{template: {_POD}}}}}", api="batch/v1")
_DEFAULT = LOCAL_QUEUE.replace("name: gpus", "name: default", 1)
_STRANGER = {"kind": "manifest"}

ALSO_GOOD = [
    server(kind="Job", gpus=0), together(_DEFAULT, server(kind="Job")),
    server(kind="Deployment").replace("labels: {app: server}", _LABELS), (server(kind="Job"), _STRANGER),
]  # fmt: skip
ALSO_BAD = [
    server(kind="Job"), (BAD, _STRANGER), server(kind="Job").replace("labels: {app: server}", _LABELS),
    marked(_CRON, _LABELS), together(_DEFAULT.replace("LocalQueue", "ClusterQueue"), server(kind="Job")),
]  # fmt: skip

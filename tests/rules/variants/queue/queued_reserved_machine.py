"""What queued-reserved-machine tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN, marked, server
from servelint.rules.queue.queued_reserved_machine import BAD

ALSO_GOOD = [
    BAD.replace("'true'", "'false'"), (BAD, UNKNOWN), (BAD, {"hardware": "a3ultra"}),
    BAD.replace("nvidia.com/gpu", "cpu"),
]  # fmt: skip
ALSO_BAD = [marked(server(kind="Job", gpus=4), "annotations: {provreq.kueue.x-k8s.io/maxRunDurationSeconds: '3600'}")]

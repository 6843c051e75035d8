"""What wrong-arm64-toleration tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN, server
from servelint.rules.gpus.wrong_arm64_toleration import GOOD

ALSO_GOOD = [
    server(gpus=4, pod="nodeSelector: {kubernetes.io/arch: arm64}"),  # GKE adds it
    (server(pod="tolerations: [{operator: Exists}]"), {"hardware": "a3ultra"}), (server(), UNKNOWN), (GOOD, UNKNOWN),
]  # fmt: skip
ALSO_BAD = [
    server(gpus=4), server(gpus=4, pod="nodeSelector: {kubernetes.io/arch: amd64}"),
    server(gpus=4, pod="nodeSelector: {cpu: arm64}"), (GOOD, {"hardware": "a3ultra"}),
]  # fmt: skip

"""What wrong-gib-image tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN
from servelint.rules.network.wrong_gib_image import BAD, GOOD

ALSO_GOOD = [
    GOOD.replace("us-docker.pkg.dev/gce-ai-infra", "registry.example.com/mirror"), (BAD, {"hardware": "a4x"}),
    (BAD, UNKNOWN),
    (BAD.replace("gpudirect-gib/nccl-plugin-gib-arm64", "gpudirect-tcpx/nccl-plugin-gpudirecttcpx"), UNKNOWN),
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("gpudirect-gib/", "gib/"),
    GOOD.replace("gpudirect-gib/nccl-plugin-gib", "gpudirect-tcpx/nccl-plugin-gpudirecttcpx"),
    (GOOD, {"hardware": "a4x"}),
]

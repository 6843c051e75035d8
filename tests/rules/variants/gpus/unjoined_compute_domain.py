"""What unjoined-compute-domain tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN, other, server, together
from servelint.rules.gpus.unjoined_compute_domain import GOOD

ALSO_GOOD = [
    (server(kind="LeaderWorkerSet", gpus=4), UNKNOWN), (server(kind="LeaderWorkerSet"), {"hardware": "a3ultra"}),
    server(gpus=4),
    # Its pods stand elsewhere.
    other("ComputeDomain", "numNodes: 2, channel: {resourceClaimTemplate: {name: server-channel}}"),
    together(GOOD, GOOD.split("---")[1].replace("server-channel", "SITE_CHANNEL")),
    together(GOOD, GOOD.split("---")[1].replace("server-channel", "''")),
    GOOD.replace("name: server-channel}}", "name: other}}"),  # whose template is it that the pod claims?
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("size: 2", "size: 19"), GOOD.replace("numNodes: 2", "numNodes: 19"),
    together(server(gpus=4), GOOD.split("---")[1]), (GOOD.replace(", claims: [{name: channel}]", ""), UNKNOWN),
]  # fmt: skip

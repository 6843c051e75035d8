"""What wrong-rdma-interfaces tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import UNKNOWN, interfaces, marked, other, server, together
from servelint.rules.network.wrong_rdma_interfaces import _A4X, BAD, GOOD

_NETWORKS = [other("Network", "type: Device", name=f"rdma-{i}", api="networking.gke.io/v1") for i in range(4)]
_CLAIM = "  resourceClaims: [{name: nics, resourceClaimTemplateName: rdma}]\n"


def cards(**networks: str) -> str:
    return server(gpus=4, metadata=interfaces(**networks))


FIRST = {"eth0": "default"}

ALSO_GOOD = [
    server(gpus=4, metadata=interfaces(**{"eth0": "default", "eth1": "gvnic-1"} | _A4X)),
    server(gpus=2, metadata=interfaces(eth0="default", eth2="rdma-0")),  # shares the host
    (BAD, UNKNOWN),
    BAD.replace("[{", "{"),  # `broken-interfaces-annotation` says it
    GOOD.replace("default-interface: eth0", "default-interface: SITE_INTERFACE"),
    GOOD.replace('"rdma-', '"SITE_').replace("SITE_1", "SITE_0"), together(GOOD, *_NETWORKS),
    together(GOOD.replace('"rdma-', '"SITE_'), *_NETWORKS),
    server(gpus=4, kind="LeaderWorkerSet", pod="hostNetwork: true"),
    server(gpus=4, kind="LeaderWorkerSet", pod=_CLAIM.strip()), server(gpus=2, kind="LeaderWorkerSet"), server(gpus=4),
    (server(gpus=4, kind="LeaderWorkerSet"), UNKNOWN),
    server(gpus=4, kind="LeaderWorkerSet", metadata=interfaces(**_A4X)),
    GOOD.replace("    networking.gke.io/default-interface: eth0\n", ""),
    marked(server(gpus=4, kind="Deployment", metadata=interfaces(**_A4X)), interfaces(eth0="default")),
]  # fmt: skip
ALSO_BAD = [
    GOOD + "  hostNetwork: true\n", GOOD + _CLAIM, GOOD.replace("default-interface: eth0", "default-interface: eth1"),
    GOOD.replace("default-interface: eth0", "default-interface: eth2"), together(GOOD, *_NETWORKS[1:]),
    server(gpus=4, kind="LeaderWorkerSet"), marked(server(gpus=4, kind="Deployment"), interfaces(**_A4X)),
    GOOD.replace("eth4", "eth9"), GOOD.replace("eth5", "net5"), GOOD.replace("eth5", "eth6"),
    GOOD.replace("rdma-3", "rdma-2"), GOOD.replace("rdma-3", "rdma-4"),
    cards(eth1="default", **{f"eth{i + 2}": f"rdma-{i}" for i in range(4)}), cards(**FIRST, eth1="rdma-0", eth2="rdma-1", eth3="rdma-2", eth4="rdma-3"),
    cards(**FIRST, ethx="gvnic-1", **{f"eth{i + 2}": f"rdma-{i}" for i in range(4)}), cards(**FIRST, eth1="rdma-4", **{f"eth{i + 2}": f"rdma-{i}" for i in range(4)}),
]  # fmt: skip

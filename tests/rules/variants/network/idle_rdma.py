"""What idle-rdma tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN, interfaces, marked, server
from servelint.rules.network.idle_rdma import BAD

_GIB = "volumeMounts: [{name: gib, mountPath: /usr/local/gib}]"

ALSO_GOOD = [
    server(gpus=4), server(gpus=2, container=_GIB), BAD + "  hostNetwork: true\n",
    BAD + "  resourceClaims: [{name: nics, resourceClaimTemplateName: rdma}]\n",
    server(gpus=4, container=_GIB, kind="LeaderWorkerSet"),  # `wrong-rdma-interfaces` says it
    marked(server(gpus=4, container=_GIB, kind="Deployment"), interfaces(eth0="default")),  # so is this
    (server(gpus=4, container=_GIB), UNKNOWN),
]  # fmt: skip
ALSO_BAD = [server(gpus=4, container=_GIB), (BAD, UNKNOWN), BAD.replace('gpu: "4"', 'gpu: "0"')]

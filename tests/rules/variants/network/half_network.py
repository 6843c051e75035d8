"""What half-network tells apart beyond its own examples."""

from servelint.rules.examples import other, server, together
from servelint.rules.network.half_network import _API, _PAIRS, _half, _net, _pair

_POD = server(
    metadata='annotations: {networking.gke.io/interfaces: \'[{"interfaceName": "eth2", "network": "rdma-0"}]\'}',
    pod="nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}",
)
_L3 = other("GKENetworkParamSet", "vpc: a, vpcSubnet: b, podIPv4Ranges: {rangeNames: [c]}", name="wide", api=_API)

ALSO_GOOD = [
    together(_pair("gvnic-1", "NetDevice", "gvnic"), *_PAIRS), together(_L3, _net("wide", kind="L3")),
    together(_pair("rdma-0", subnet="SITE_RDMA_VPC-sub-0"), _POD),
    other("Network", "type: L2", name="default", api=_API),
    (_net("rdma-0", "elsewhere"), {"kind": "cluster", "external": [["GKENetworkParamSet", "elsewhere"]]}),
]  # fmt: skip
ALSO_BAD = [
    together(*_PAIRS, _pair("rdma-3", "NetDevice")), together(*_PAIRS, _net("rdma-3", "rdma-4")),
    together(*_PAIRS, _half("rdma-3")), together(*_PAIRS, _net("again", "rdma-0")),
    other("Network", "type: Device", name="rdma-0", api=_API), together(_L3, _net("wide")),
    together(_half("wide"), _net("wide", kind="L3")), together(_pair("rdma-0", "NetDevice"), _POD),
    together(_pair("gvnic-1", "NetDevice", "a"), _pair("gvnic-2", "NetDevice", "a")),
    together(_pair("rdma-0", "NetDevice"), _POD, _POD.replace("eth2", "eth3").replace("name: server", "name: other")),
]  # fmt: skip

"""What half-network tells apart beyond its own examples."""

from servelint.rules.examples import other, server, together
from servelint.rules.network.half_network import _API, _PAIRS, _half, _net, _pair

_POD = server(
    metadata='annotations: {networking.gke.io/interfaces: \'[{"interfaceName": "eth2", "network": "rdma-0"}]\'}',
    pod="nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}",
)


def _spec(text: str, kind: str = "L3") -> str:
    return together(other("GKENetworkParamSet", text, name="one", api=_API), _net("one", kind=kind))


_WHOLE = "projects/p/regions/r/networkAttachments/a"
_L3 = other("GKENetworkParamSet", "vpc: a, vpcSubnet: b, podIPv4Ranges: {rangeNames: [c]}", name="wide", api=_API)

ALSO_GOOD = [
    _spec(f"networkAttachment: {_WHOLE}"), _spec("vpc: a, vpcSubnet: b, podIPv4Ranges: {rangeNames: [c, d]}"),
    _spec("vpc: a, vpcSubnet: b, deviceMode: NetDevice, podIPv4Ranges: {rangeNames: []}", "Device"),
    together(_pair("gvnic-1", "NetDevice", "gvnic"), *_PAIRS), together(_L3, _net("wide", kind="L3")),
    together(_pair("rdma-0", subnet="SITE_RDMA_VPC-sub-0"), _POD),
    other("Network", "type: L2", name="default", api=_API),
    (_net("rdma-0", "elsewhere"), {"kind": "cluster", "external": [["GKENetworkParamSet", "elsewhere"]]}),
]  # fmt: skip
ALSO_BAD = [
    _spec(f"networkAttachment: {_WHOLE}, vpc: a"), _spec(f"networkAttachment: {_WHOLE}", "Device"),
    _spec(f"networkAttachment: {_WHOLE}, deviceMode: RDMA"), _spec("vpc: a, podIPv4Ranges: {rangeNames: [c]}"),
    _spec("vpcSubnet: b, podIPv4Ranges: {rangeNames: [c]}"), _spec("vpc: a, vpcSubnet: b"),
    _spec("vpc: a, vpcSubnet: b, podIPv4Ranges: {rangeNames: []}"),
    _spec("vpc: a, vpcSubnet: b, deviceMode: RDMA, podIPv4Ranges: {rangeNames: [c]}", "Device"),
    together(_pair("gvnic-1", "NetDevice", "a", "x"), _pair("rdma-0", "RDMA", "b", "x")),
    together(*_PAIRS, _pair("rdma-3", "NetDevice")), together(*_PAIRS, _net("rdma-3", "rdma-4")),
    together(*_PAIRS, _half("rdma-3")), together(*_PAIRS, _net("again", "rdma-0")),
    other("Network", "type: Device", name="rdma-0", api=_API), together(_L3, _net("wide")),
    together(_half("wide"), _net("wide", kind="L3")), together(_pair("rdma-0", "NetDevice"), _POD),
    together(_pair("gvnic-1", "NetDevice", "a"), _pair("gvnic-2", "NetDevice", "a")),
    together(_pair("rdma-0", "NetDevice"), _POD, _POD.replace("eth2", "eth3").replace("name: server", "name: other")),
]  # fmt: skip

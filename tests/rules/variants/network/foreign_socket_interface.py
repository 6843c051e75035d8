"""What foreign-socket-interface tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import interfaces, server, workload
from servelint.rules.network.foreign_socket_interface import BAD


def _set(value: str, name: str = "NCCL_SOCKET_IFNAME", pod: str = "", metadata: str = "") -> str:
    return server(container=f'env: [{{name: {name}, value: "{value}"}}]', pod=pod, metadata=metadata)


_ETH = interfaces(eth0="default", eth2="rdma-0")

ALSO_GOOD = [
    _set("eth"), _set("ib0,eth0"), _set("=eth0"), _set("^ib0,docker"), _set("eth0:7000"), _set("lo"), _set(""),
    _set("ib0", pod="hostNetwork: true"), _set("eth2", metadata=_ETH),
    _set("eth0,eth2", "GLOO_SOCKET_IFNAME", metadata=_ETH), BAD.replace('gpu: "8"', 'gpu: "0"'),
    _set("eth7", metadata="annotations: {networking.gke.io/interfaces: SITE_INTERFACES}"),
    _set("eth7", metadata="annotations: {networking.gke.io/interfaces: '[broken'}"),
    _set("net1", metadata="annotations: {k8s.v1.cni.cncf.io/networks: rdma}"),
    _set("ib0", pod="resourceClaims: [{name: nics, resourceClaimTemplateName: rdma}]"), _set("$(NIC)"),
    _set("mlx5_0:1", "UCX_NET_DEVICES"), _set("all", "UCX_NET_DEVICES"), _set("ib0", "OTHER"),
    _set("ib0,eth0", "UCX_NET_DEVICES"),
]  # fmt: skip
ALSO_BAD = [
    _set("ens"), _set("=eth"), _set("^eth"), _set("eth0,ib0", "GLOO_SOCKET_IFNAME"), _set("eth", "GLOO_SOCKET_IFNAME"),
    _set("bond0", "TP_SOCKET_IFNAME"), _set("ib0", "UCX_NET_DEVICES"), _set("eth3", metadata=_ETH),
    _set("ib0", "SGLANG_LOCAL_IP_NIC"), _set("ens8", "NVSHMEM_BOOTSTRAP_UID_SOCK_IFNAME"),
    workload(
        "containers:\n- name: engine\n  image: a\n  resources: {limits: {nvidia.com/gpu: 8}}\n"
        "  command: [bash, -c, 'export NCCL_SOCKET_IFNAME=ib0; python3 -m sglang.launch_server --model-path m']"
    ),
]  # fmt: skip

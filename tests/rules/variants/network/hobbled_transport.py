"""What hobbled-transport tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import UNKNOWN, server
from servelint.rules.network.hobbled_transport import BAD


def _set(
    name: str, value: str = "1", arguments: str = "--tp-size 8", kind: str = "Pod", gpus: int = 8, pod: str = ""
) -> str:
    return server(arguments, kind=kind, gpus=gpus, pod=pod, container=f'env: [{{name: {name}, value: "{value}"}}]')


_A4X = {"hardware": "a4x"}
_CHANNEL = "resourceClaims: [{name: channel, resourceClaimTemplateName: domain}]"


def _hosts(name: str, value: str = "1", gpus: int = 8, pod: str = "") -> str:
    return _set(name, value, f"--tp-size {2 * gpus} --nnodes 2", "LeaderWorkerSet", gpus, pod)


ALSO_GOOD = [
    _set("NCCL_IB_DISABLE"), _set("NCCL_NET", "Socket"), _set("NCCL_P2P_DISABLE", arguments="", gpus=1),
    (BAD, UNKNOWN), _set("NCCL_P2P_LEVEL", "NVL"), _set("NCCL_SHM_DISABLE", "0"), _hosts("NCCL_IB_DISABLE", "0"),
    _hosts("NCCL_NET", "gIB"), (_hosts("NCCL_MNNVL_ENABLE", "0", 4), _A4X),
    (_hosts("NCCL_MNNVL_ENABLE", "1", 4, _CHANNEL), _A4X),
    _hosts("NCCL_NET_PLUGIN", "gib"), _set("UCX_TLS", "tcp"), _hosts("UCX_TLS", "cuda,rc,tcp"), _hosts("MC_FORCE_TCP"),
    _set("NCCL_P2P_DISABLE", "$(OFF)"), _hosts("NCCL_IB_DISABLE", "$(OFF)"),
    _set("UCX_TLS", "^tcp", "--disaggregation-mode decode"), _set("UCX_TLS", "", "--disaggregation-mode decode"),
    _set("NCCL_P2P_LEVEL", "0", arguments="", gpus=1), _set("NCCL_SHM_DISABLE", arguments="", gpus=1),
    _set("NCCL_NET_PLUGIN", "none"), _set("NCCL_NET_GDR_LEVEL", "LOC"), _hosts("NCCL_NET_GDR_DISABLE", "0"), _hosts("NCCL_NET_GDR_LEVEL", "PHB"),
    (_hosts("NCCL_IB_DISABLE", "0", 4, _CHANNEL), _A4X), (_hosts("NVSHMEM_DISABLE_MNNVL", "0", 4, _CHANNEL), _A4X), (_hosts("NVSHMEM_DISABLE_MNNVL", "1", 4), _A4X),
    _set("MC_FORCE_TCP", "0", "--disaggregation-mode prefill"), _set("UCX_TLS", "tcp,rc", "--disaggregation-mode decode"),
]  # fmt: skip
ALSO_BAD = [
    _set("NCCL_P2P_LEVEL", "LOC"), _set("NCCL_SHM_DISABLE"), _hosts("NCCL_IB_DISABLE"), _hosts("NCCL_NET", "Socket"),
    _hosts("NCCL_NET_PLUGIN", "none"), (_hosts("NCCL_MNNVL_ENABLE", "0", 4, _CHANNEL), _A4X),
    _hosts("NCCL_P2P_DISABLE"),
    (_hosts("NCCL_CUMEM_ENABLE", "0", 4, _CHANNEL), _A4X), (_hosts("NCCL_IB_DISABLE", "1", 4, _CHANNEL), _A4X),
    _hosts("NCCL_NET_GDR_LEVEL", "LOC"), _set("UCX_TLS", "tcp,self", "--disaggregation-mode decode"),
    _set("MC_FORCE_TCP", "1", "--disaggregation-mode prefill"), _hosts("NVSHMEM_DISABLE_P2P"),
    (_hosts("NVSHMEM_DISABLE_MNNVL", "1", 4, _CHANNEL), _A4X),
    _set("NCCL_P2P_DISABLE", arguments="--tp-size 2", gpus=2), _set("NCCL_P2P_LEVEL", "0"), _set("NCCL_P2P_LEVEL", "loc"), _set("NVSHMEM_DISABLE_P2P"),
    _hosts("NCCL_NET_GDR_LEVEL", "0"), _hosts("NCCL_NET_GDR_DISABLE"), _hosts("NCCL_NET_PLUGIN", "NONE"), _set("NCCL_P2P_LEVEL", "LOC", "--tp-size 2", gpus=2),
    _set("NCCL_SHM_DISABLE", "1", "--tp-size 2", gpus=2), _set("MC_FORCE_TCP", "TRUE", "--disaggregation-mode prefill"),
]  # fmt: skip

"""A variable switches off what GPUs talk over, in an engine that spans several of them.

Such a variable is left over from a debugging session or was copied from a machine without RDMA or NVLink. Nothing
fails: NCCL goes over the next slower thing, host memory instead of NVLink or TCP instead of RDMA, and a server of eight
GPUs is as fast as one of two. Judged is what the machine has: without NVLink, and without RDMA between hosts, the same
variables are right. One that only slows down what is seldom used is a warning.
"""

from typing import NamedTuple

from ...catalogue.facts import Hardware
from ...engines.layout import Layout
from ...model import Overlay, Pod, Problem, Problems, once_a_place, whole
from ...views import kserve
from ...views.devices import claims, hosts
from ...views.engines import engine_of
from ...views.parallel import parallels
from ...views.placement import machines
from ...views.startup import seen
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Take the variable out: NCCL finds the fastest way by itself.",
    "Take the variable out, or say why it is there.",
)
SOURCE = "https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html"
COVERS = ("NET-01", "NET-05")
CONTEXT = {"hardware": "a3ultra"}

GOOD = server("--tp-size 8", container='env: [{name: NCCL_P2P_DISABLE, value: "0"}]')
BAD = GOOD.replace('value: "0"', 'value: "1"')

SLOW = frozenset({"tcp", "self", "sm", "shm", "sysv", "posix", "cma", "mm"})
"""Transports of UCX without RDMA and without GPU memory."""


class _Span(NamedTuple):
    """Over what an engine spreads: GPUs of one pod and pods, on which machine; whether NVLink joins its hosts, and
    whether it hands KV caches to other servers."""

    gpus: int
    pods: int
    machine: Hardware
    joined: bool
    halved: bool


@once_a_place
def check(overlay: Overlay) -> Problems:
    for container in kserve.running(overlay):
        span = _span(overlay, container.pod) if container.gpus else None
        engine = engine_of(overlay, container)
        if span is None or engine is None:
            continue
        halved = any(engine.get(name) for name in ("disaggregation-mode", "kv-transfer-config", "server-role"))
        sizes = [run.layout for run in parallels(overlay, engine)]
        span = span._replace(gpus=_busy(sizes, container.gpus), halved=halved)
        for name, (value, resource, pointer) in seen(overlay, container).items():
            said = _said(name, value.strip(), span)
            if said:
                severity, cost = said
                yield Problem(resource, pointer, f"{name} is {value}: {cost}", severity=severity)


def _busy(sizes: list[Layout], gpus: int) -> int:
    """GPUs of a pod that talk to each other: those of a replica, which may be fewer than the pod has."""
    most = max((layout.world // (1 if layout.attention_dp else max(1, layout.dp)) for layout in sizes), default=gpus)
    return min(gpus, most)


def _span(overlay: Overlay, pod: Pod) -> _Span | None:
    known = machines(overlay, pod)
    if len(known) != 1:
        return None
    pods, channel = hosts(overlay, pod), any(claim.channel for claim in claims(overlay, pod))
    joined = channel and pods <= known[0].domain_hosts
    return _Span(kserve.gpus(overlay, pod), pods, known[0], joined, False)


def _on(value: str) -> bool:
    return (whole(value) or 0) != 0


def _off(value: str) -> bool:
    return whole(value) == 0


def _said(name: str, value: str, span: _Span) -> tuple[str, str] | None:
    """How bad a variable is for what an engine spans, and what it costs."""
    machine, several = span.machine, span.gpus > 1
    rdma, nvlink = span.machine.transport != "none", machine.nvlink_domain_gpus > 1
    what = f"{span.gpus} GPUs of a {machine.machine_type}"
    better = f"{len(machine.rdma_interfaces)} RDMA NICs" if machine.rdma_interfaces else "a faster transport"
    no_rdma = f"the {span.pods} hosts talk over TCP, though a {machine.machine_type} has {better}"
    far = "warning" if span.joined else "error"
    if name == "NCCL_P2P_DISABLE" or name == "NVSHMEM_DISABLE_P2P":
        if _on(value) and nvlink and (several or span.joined):
            return "error", f"{what} talk over host memory instead of NVLink"
    elif name == "NCCL_P2P_LEVEL":
        if (value.upper() == "LOC" or _off(value)) and nvlink and (several or span.joined):
            return "error", f"{what} talk over host memory instead of NVLink"
    elif name == "NCCL_SHM_DISABLE":
        if _on(value) and several:
            return "warning", f"what {what} do not send each other directly goes over the network"
    elif name == "NCCL_IB_DISABLE":
        if _on(value) and span.pods > 1 and machine.transport == "gib":
            return far, no_rdma
    elif name == "NCCL_NET":
        if value.lower() == "socket" and span.pods > 1 and rdma:
            return far, no_rdma
    elif name == "NCCL_NET_PLUGIN":
        if value.lower() == "none" and span.pods > 1 and rdma:
            return far, no_rdma
    elif name in ("NCCL_NET_GDR_LEVEL", "NCCL_NET_GDR_DISABLE"):
        off = _on(value) if name.endswith("DISABLE") else value.upper() == "LOC" or _off(value)
        if off and span.pods > 1 and machine.transport == "gib":
            return "warning", "RDMA goes through host memory instead of straight into the GPUs"
    elif name in ("NCCL_MNNVL_ENABLE", "NCCL_CUMEM_ENABLE"):
        if _off(value) and span.joined and span.pods > 1:
            return "error", f"NVLink ends at each host, though a ComputeDomain joins {span.pods} of them"
    elif name == "NVSHMEM_DISABLE_MNNVL":
        if _on(value) and span.joined and span.pods > 1:
            return "warning", f"NVLink ends at each host, though a ComputeDomain joins {span.pods} of them"
    elif span.halved and machine.transport == "gib":
        carried = {part.strip() for part in value.split(",")}
        if name == "UCX_TLS" and value and carried <= SLOW:
            return "warning", "KV caches go over TCP and host memory to the other half"
        if name == "MC_FORCE_TCP" and value.lower() in ("1", "true"):
            return "warning", "KV caches go over TCP to the other half"
    return None

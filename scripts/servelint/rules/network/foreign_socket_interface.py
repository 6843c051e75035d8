"""Collectives are told to talk over an interface that the pod does not have.

A pod has lo and eth0, and beside them the interfaces that its annotation networking.gke.io/interfaces lists; names of
a host, such as ib0 or ens8, do not exist inside it. NCCL then finds no socket for its bootstrap and ends every rank,
Gloo throws when the first group is made: after the nodes were got and the images pulled, on all hosts at once. Nothing
is said of pods on the host's network, with network claims or with networks that other plug-ins add.
"""

import re

from ...model import Overlay, Pod, Problem, Problems, once_a_place
from ...views import kserve
from ...views.devices import claims, hosts
from ...views.environment import UNKNOWN
from ...views.interfaces import annotated, entries, listed
from ...views.startup import seen
from ..examples import server

SEVERITY = "error"
HINT = "Name an interface that the pod has: eth0 is the pod network, or leave the choice to the library."
SOURCE = "https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-socket-ifname"
COVERS = ("NET-01",)

GOOD = server(container='env: [{name: NCCL_SOCKET_IFNAME, value: "eth0"}]')
BAD = GOOD.replace("eth0", "ib0")

PREFIXES = ("NCCL_SOCKET_IFNAME", "NCCL_OOB_NET_IFNAME", "NVSHMEM_BOOTSTRAP_UID_SOCK_IFNAME")
"""Lists of beginnings of names; `=` in front asks for whole names, `^` for all others."""
EVERY = ("GLOO_SOCKET_IFNAME",)
"""Lists of whole names, each of which must be there."""
ONE = ("TP_SOCKET_IFNAME", "SGLANG_LOCAL_IP_NIC")
DEVICES = ("UCX_NET_DEVICES",)
"""Lists of RDMA devices and interfaces, one of which must be there."""
NETWORKED = re.compile(r"(eth|ens|enp|eno|ib|bond|net|wlan|en)[\d.a-z]*")
"""What names an interface and no RDMA device, which no manifest shows."""
OTHERS = re.compile(r"cni\.cncf\.io|k8s\.ovn|cilium|multus|networks?$")
"""Annotations by which other plug-ins put interfaces into a pod."""


@once_a_place
def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        if pod.resource.kind in kserve.RUNTIMES or not kserve.gpus(overlay, pod):
            continue  # a runtime gets the interfaces of the predictors that name it
        there = _interfaces(overlay, pod)
        for container in kserve.main(overlay, pod) if there else ():
            values = seen(overlay, container)
            for name in (name for name in (*PREFIXES, *EVERY, *ONE, *DEVICES) if name in values):
                value, resource, pointer = values[name]
                is_known = UNKNOWN not in value and "$" not in value
                missing = _missing(name, value, there, hosts(overlay, pod)) if is_known else None
                if missing:
                    shown = ", ".join(sorted(there))
                    yield Problem(resource, pointer, f"{name} is {value}, but {missing}: the pod has {shown}")


def _interfaces(overlay: Overlay, pod: Pod) -> set[str]:
    """The interfaces of a pod; none where something else may bring more."""
    notes = [*pod.annotations, *(pod.resource.annotations if pod.resource.group == "serving.kserve.io" else ())]
    lists = annotated(pod)
    if pod.spec.get("hostNetwork") or any(claim.network for claim in claims(overlay, pod)):
        return set()
    if any(OTHERS.search(str(note)) for note in notes) or (listed(pod) and not lists):
        return set()
    found = {"lo", "eth0"}
    for _, _, text in lists:
        pairs, mistake = entries(text)
        if mistake:
            return set()
        found |= {name for name, _ in pairs}
    return found


def _missing(name: str, value: str, there: set[str], pods: int) -> str | None:
    """What of a variable's interfaces is not there, in words."""
    names = [part.strip().partition(":")[0] for part in value.lstrip("^=").split(",") if part.strip()]
    if not names:
        return None
    if name in PREFIXES:
        whole_names = value.startswith(("=", "^="))

        def meets(one: str) -> bool:
            return any(one == wanted if whole_names else one.startswith(wanted) for wanted in names)

        if value.startswith("^"):
            return None if any(not meets(one) for one in there - {"lo"}) else "that leaves none"
        return None if any(map(meets, there - ({"lo"} if pods > 1 else set()))) else "no interface has such a name"
    lacking = [one for one in names if one not in there]
    if name in EVERY or name in ONE:
        return f"there is no {lacking[0]}" if lacking else None
    if name in DEVICES and lacking == names and all(NETWORKED.fullmatch(one) for one in names) and ":" not in value:
        return "none of these is there"
    return None

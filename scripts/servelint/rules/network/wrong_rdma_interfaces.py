"""The pod's network interfaces are not those of the machine.

A host has one RDMA NIC for each GPU, and NCCL finds them by their place. With a NIC missing the pod waits or NCCL falls
back to TCP, ten times slower and without a word; with one too many it waits for a network that the node does not have.
The networks' names are the cluster's own: number, order and uniqueness are judged, names that end in rdma-<n>, and
Network objects where they are rendered. A list counts on the pod template only, not on the host's network, and never
together with a claim for the same cards.
"""

from ...catalogue.facts import Hardware
from ...model import Overlay, Pod, Pointer, Problem, Problems, is_marker
from ...views.devices import Claim, claims, hosts
from ...views.interfaces import annotated, default, entries, listed, misplaced, number
from ...views.placement import machines
from ..examples import interfaces, server

SEVERITY = "error"
HINT = "List eth0 first, then every RDMA interface of the machine in order, as hardware/<hw>/hardware.yaml has them."
SOURCE = (
    "https://github.com/GoogleCloudPlatform/container-engine-accelerators/blob/master/gpudirect-rdma/nccl-test-a4.yaml"
)
COVERS = ("NET-01", "NET-03")
CONTEXT = {"hardware": "a4x", "model": "deepseek-r1-nvfp4", "workload": "trtllm-bench", "kind": "leaf"}

_A4X = {"eth0": "default", **{f"eth{i + 2}": f"rdma-{i}" for i in range(4)}}
GOOD = server(gpus=4, metadata=interfaces(**_A4X))
BAD = GOOD.replace(', {"interfaceName": "eth5", "network": "rdma-3"}', "")


def check(overlay: Overlay) -> Problems:
    networks = frozenset(network.name for network in overlay.of("Network") if network.group == "networking.gke.io")
    for pod in overlay.gpu_pods:
        known = machines(overlay, pod)
        elsewhere = next(misplaced(pod), None)
        if elsewhere and not listed(pod):
            where = f"{pod.resource.kind}, not on its pod template"
            yield Problem(pod.resource, elsewhere, f"stands on the {where}, so the pods get none of these interfaces")
        elif not elsewhere:
            yield from _missing(overlay, pod, known)
        claim = next((claim for claim in claims(overlay, pod) if claim.network), None)
        for resource, pointer, text in annotated(pod):
            pairs, mistake = entries(text)
            if mistake or not pairs:
                continue  # unreadable: `broken-interfaces-annotation`
            wrong = [_wrong(pairs, hardware, pod.gpus) for hardware in known]
            around = _around(pod, pairs, networks, claim)
            if around:
                yield Problem(resource, around[0] or pointer, around[1])
            elif wrong and all(wrong):
                yield Problem(resource, pointer, str(wrong[0]))


def _around(
    pod: Pod, pairs: list[tuple[str, str]], networks: frozenset[str], claim: Claim | None
) -> tuple[Pointer | None, str] | None:
    """What makes a list useless whatever it holds: a place, if it is not the list's own, and the reason."""
    names = [name for name, _ in pairs]
    if pod.spec.get("hostNetwork") is True:
        at = (*pod.pointer, "hostNetwork")
        return at, f"hostNetwork leaves the pod without the interfaces {', '.join(names)} that it lists"
    if claim:
        text = f"claims network cards by {claim.target} and lists interfaces too: a node pool has one of the two"
        return claim.pointer, text
    chosen = default(pod)
    if chosen and chosen[1] not in names and not is_marker(chosen[1]):
        return chosen[0], f"the default interface is {chosen[1]}, which the list does not have: {', '.join(names)}"
    if chosen and chosen[1] != names[0] and number(dict(pairs).get(chosen[1], ""), "rdma-") is not None:
        return chosen[0], f"the default interface is {chosen[1]}, which is an RDMA network and reaches no Service"
    unknown = [network for _, network in pairs if network not in networks | {"default"} and not is_marker(network)]
    if networks and unknown:
        have = ", ".join(sorted(networks))
        return None, f"network {unknown[0]} is not one of the Network objects of this set, which are {have}"
    return None


def _missing(overlay: Overlay, pod: Pod, known: list[Hardware]) -> Problems:
    """A group that spans hosts and has no RDMA at all."""
    if listed(pod) or pod.spec.get("hostNetwork") is True or any(claim.network for claim in claims(overlay, pod)):
        return
    count = hosts(overlay, pod)
    # A pod with a part of a host's GPUs cannot have its RDMA networks: GKE gives them to one pod, whole.
    if count > 1 and known and all(hardware.rdma_interfaces and pod.gpus >= hardware.gpus for hardware in known):
        at = pod.meta_pointer if pod.metadata and pod.resource.at(pod.meta_pointer) is not None else pod.pointer
        text = f"{count} pods work together on {known[0].name}, but they have neither RDMA interfaces nor a claim"
        yield Problem(pod.resource, at, f"{text} for them")


def _wrong(pairs: list[tuple[str, str]], hardware: Hardware, gpus: int) -> str | None:
    """What does not fit the machine, or None. ``pairs`` are interface and network."""
    if hardware.transport == "none":
        return None  # NCCL goes over whatever the pod has
    names, networks = [name for name, _ in pairs], [network for _, network in pairs]
    places = [number(name, "eth") for name in names]
    main = hardware.interfaces[0].interface
    if names[0] != main:
        return f"the first interface is {names[0]}, not {main}"
    if None in places or places != sorted(places, key=lambda place: place or 0):
        return f"the interfaces {', '.join(names)} are not in ascending order"
    twice = next((n for n in networks if networks.count(n) > 1 and not is_marker(n)), None)
    if twice:
        return f"network {twice} is given to {networks.count(twice)} interfaces"
    if gpus < hardware.gpus:
        return None  # a pod that shares the host takes what it likes
    # An interface that pods may also leave out (gvnic-1 on eth1), unless an RDMA network has taken its place.
    spare = {item.interface for item in hardware.interfaces if item.optional}
    expected = [item.interface for item in hardware.required_interfaces]
    found = [name for name, network in pairs if name not in spare or number(network, "rdma-") is not None]
    if len(found) != len(expected):
        if not hardware.rdma_interfaces:
            return f"{len(found)} interfaces are listed, but {hardware.name} has {len(expected)}"
        listed = len(found) - (len(expected) - len(hardware.rdma_interfaces))
        return f"{listed} RDMA interfaces are listed, but {hardware.name} has {len(hardware.rdma_interfaces)}"
    if found != expected:
        return f"the interfaces are {', '.join(found)}, but {hardware.name} has {', '.join(expected)}"
    order = [number(network, "rdma-") for name, network in pairs if name in found]
    rdma = [place for place in order if place is not None]
    if rdma and rdma != list(range(len(hardware.rdma_interfaces))):
        shown = ", ".join(n for n in networks if number(n, "rdma-") is not None)
        return f"the RDMA networks are {shown}, not rdma-0 to rdma-{len(hardware.rdma_interfaces) - 1} in order"
    return None

"""A network of the nodes is described in two halves that do not fit each other.

A Network names its parameters; the parameters name a VPC, a subnet of their own, and what the device is. If they are
missing, if two of them take one subnet, or if an RDMA network is described as an ordinary one, no pod gets that
interface: it waits for a device that no node offers, or NCCL runs over a card that cannot reach the GPUs.
"""

from collections import Counter

from ...model import Overlay, Problem, Problems, Resource, is_marker, mapping
from ...views import interfaces
from ...views.references import exists_elsewhere
from ..examples import other, together

SEVERITY = ("error", "warning")
HINT = (
    "Give each Network a GKENetworkParamSet of its own, with a subnet that no other takes and the mode of its device.",
    "Let a Network name these parameters, or leave them out.",
)
SOURCE = "https://github.com/kubernetes/cloud-provider-gcp/tree/master/pkg/controller/gkenetworkparamset"
COVERS = ("NET-01",)

_API = "networking.gke.io/v1"


def _half(name: str, kind: str = "RDMA", vpc: str = "rdma", subnet: str = "") -> str:
    spec = f"vpc: {vpc}, vpcSubnet: {subnet or name}, deviceMode: {kind}"
    return other("GKENetworkParamSet", spec, name=name, api=_API)


def _net(name: str, of: str = "", kind: str = "Device") -> str:
    spec = f"type: {kind}, parametersRef: {{group: networking.gke.io, kind: GKENetworkParamSet, name: {of or name}}}"
    return other("Network", spec, name=name, api=_API)


def _pair(name: str, kind: str = "RDMA", vpc: str = "rdma", subnet: str = "") -> str:
    return together(_half(name, kind, vpc, subnet), _net(name))


_PAIRS = [_pair(f"rdma-{i}") for i in range(3)]
GOOD = together(*_PAIRS)
BAD = together(*_PAIRS, _pair("rdma-3", subnet="rdma-2"))


def check(overlay: Overlay) -> Problems:
    networks = [n for n in overlay.of("Network") if n.group == "networking.gke.io"]
    halves = {half.name: half for half in overlay.of("GKENetworkParamSet")}
    users: dict[str, Resource] = {}
    invalid = {problem.resource: problem for half in halves.values() for problem in _alone(half)}
    yield from invalid.values()
    for network in networks:
        if network.spec.get("type") not in ("Device", "L3") or network.name == "default":
            continue
        reference = mapping(network.spec.get("parametersRef"))
        name, at = str(reference.get("name") or ""), ("spec", "parametersRef", "name")
        half = halves.get(name)
        if not name:
            yield Problem(
                network, ("spec",), f"network {network.name} names no parameters, without which it has no VPC"
            )
        elif name in users:
            text = f"takes parameters {name}, which are those of Network {users[name].name}: each needs its own"
            yield Problem(network, at, text)
        elif half is not None:
            yield from _mode(network, half) if half not in invalid else ()
        elif not is_marker(name) and not exists_elsewhere(overlay, "GKENetworkParamSet", name):
            yield Problem(network, at, f"names GKENetworkParamSet {name}, which this set does not have")
        users.setdefault(name, network)
    # Beside a Network that names none, parameters without one are a consequence.
    for half in halves.values() if networks and "" not in users else ():
        if half.name not in users:
            text = f"no Network names parameters {half.name}, so no pod can have that network"
            yield Problem(half, ("metadata", "name"), text, severity="warning")
    yield from _shared(list(halves.values()))
    yield from _devices(overlay, {n.name: half for n in networks if (half := _half_of(n, halves))})


def _half_of(network: Resource, halves: dict[str, Resource]) -> Resource | None:
    return halves.get(str(mapping(network.spec.get("parametersRef")).get("name") or ""))


def _ranges(half: Resource) -> bool:
    return bool(mapping(half.spec.get("podIPv4Ranges")).get("rangeNames"))


def _alone(half: Resource) -> Problems:
    """Parameters that GKE's controller finds invalid by themselves (validateFieldCombinations)."""
    spec, who = half.spec, f"parameters {half.name}"
    beside = [key for key in ("vpc", "vpcSubnet", "deviceMode", "podIPv4Ranges") if spec.get(key)]
    if spec.get("networkAttachment"):
        if beside:
            text = f"{who} have a networkAttachment, beside which {beside[0]} has no place"
            yield Problem(half, ("spec", beside[0]), text)
    elif missing := [key for key in ("vpc", "vpcSubnet") if not spec.get(key)]:
        yield Problem(half, ("spec",), f"{who} have no {missing[0]}, and no networkAttachment that says both")
    elif spec.get("deviceMode") and _ranges(half):
        text = f"{who} are those of a device, deviceMode {spec['deviceMode']}, which takes no ranges of pods"
        yield Problem(half, ("spec", "podIPv4Ranges"), text)
    elif not spec.get("deviceMode") and not _ranges(half):
        yield Problem(half, ("spec",), f"{who} have neither a deviceMode nor podIPv4Ranges with rangeNames")


def _mode(network: Resource, half: Resource) -> Problems:
    """A device without a mode, or a routed network with one (crossValidateNetworkAndGnp)."""
    kind, mode = network.spec.get("type"), half.spec.get("deviceMode")
    attached = half.spec.get("networkAttachment")
    if kind == "Device" and attached:
        text = f"is a Device, but parameters {half.name} have a networkAttachment, which only an L3 network takes"
        yield Problem(network, ("spec", "type"), text)
    elif kind == "Device" and not mode and _ranges(half):
        text = f"is a Device, but parameters {half.name} have no deviceMode"
        yield Problem(network, ("spec", "type"), text)
    elif kind == "L3" and mode and not _ranges(half):
        text = f"is L3, but parameters {half.name} are those of a device: deviceMode {mode}"
        yield Problem(network, ("spec", "type"), text)


def _shared(halves: list[Resource]) -> Problems:
    """Two parameter sets on one subnet, two ordinary devices in one VPC, and an odd device among those of a VPC."""
    taken: dict[str, Resource] = {}
    alone: dict[str, Resource] = {}
    by_vpc: dict[str, list[Resource]] = {}
    for half in halves:
        vpc, subnet, mode = (str(half.spec.get(key) or "") for key in ("vpc", "vpcSubnet", "deviceMode"))
        if not mode or not vpc:
            continue
        by_vpc.setdefault(vpc, []).append(half)
        # A subnet's name is one of its region, whatever VPC stands beside it.
        before = taken.setdefault(subnet, half) if subnet else half
        if before is not half:
            text = f"takes subnet {subnet}, which {before.name} takes already: GKE rejects the second"
            # A cluster writes the name of the VPC into each; which subnet it is stands in the object itself.
            yield Problem(half, ("spec",), text)
        elif mode == "NetDevice" and alone.setdefault(vpc, half) is not half:
            text = f"takes VPC {vpc}, which {alone[vpc].name} takes already: a NetDevice needs one of its own"
            yield Problem(half, ("spec", "vpc"), text)
    for vpc, members in by_vpc.items():
        modes = Counter(str(half.spec["deviceMode"]) for half in members)
        usual = modes.most_common(1)[0][0]
        for half in members if len(modes) > 1 else ():
            if half.spec["deviceMode"] != usual:
                text = f"deviceMode is {half.spec['deviceMode']}, but the other networks of VPC {vpc} are {usual}"
                yield Problem(half, ("spec", "deviceMode"), text)


def _devices(overlay: Overlay, halves: dict[str, Resource]) -> Problems:
    """Networks whose device is another than that of the interface for which pods take them, by the machine's facts."""
    told = set()
    for pod in overlay.pods:
        hardware = overlay.hardware_of(pod)
        rdma = {one.interface: one.rdma for one in hardware.interfaces} if hardware else {}
        for _, _, text in interfaces.annotated(pod) if rdma else ():
            for interface, network in interfaces.entries(text)[0]:
                half = halves.get(network)
                mode = half.spec.get("deviceMode") if half else None
                if half is None or mode is None or interface not in rdma or half.name in told:
                    continue
                alike = [h for h in halves.values() if h.spec.get("vpc") == half.spec.get("vpc")]
                odd = len({str(h.spec.get("deviceMode")) for h in alike}) > 1  # said of the VPC already
                if rdma[interface] != (mode == "RDMA") and not odd:
                    told.add(half.name)
                    wanted = "RDMA" if rdma[interface] else "no RDMA device"
                    text = f"deviceMode is {mode}, but {interface} of the pods that take network {network} is {wanted}"
                    yield Problem(half, ("spec", "deviceMode"), text)

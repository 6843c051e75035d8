"""Services, and addresses as Kubernetes reads them.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/validation#ValidateServiceCreate
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from .field import (
    Complaint,
    Key,
    Pointer,
    checked,
    choice,
    complaint,
    elsewhere,
    given,
    integer,
    mapping,
    number,
    objects,
    one_of,
    quoted,
    since,
    text,
    texts,
    within,
)
from .names import label, labels, port_name, port_number, qualified, subdomain

TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
PROTOCOLS = ("TCP", "UDP", "SCTP")
FAMILIES = ("IPv4", "IPv6")
FAMILY_POLICIES = ("SingleStack", "PreferDualStack", "RequireDualStack")
TRAFFIC = ("Cluster", "Local")
NODE_PORTS = (30000, 32767)
"""The API server's default for --service-node-port-range, which GKE keeps."""
LONGEST_AFFINITY = 86400
SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"
TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# --- addresses ------------------------------------------------------------------------------------


def _without_zeros(value: str) -> str:
    """An IPv4 address without leading zeros in its numbers, which Go's older parsers skip."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", value) if re.fullmatch(r"[0-9.]+", value) else value


def address(value: str) -> Address | None:
    """The address that a text stands for, or None. An IPv4 address in IPv6 clothes is an IPv4 address."""
    try:
        found = ipaddress.ip_address(_without_zeros(value)) if "%" not in value else None
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _strict(value: str, version: str) -> str | None:
    """What 1.36 and later refuse in an address that older versions take (StrictIPCIDRValidation)."""
    if not since(version, "1.36"):
        return None
    if _without_zeros(value) != value:
        return f"{quoted(value)} must not have numbers with leading zeros"
    mapped = getattr(ipaddress.ip_address(value), "ipv4_mapped", None)
    return f"{quoted(value)} must not be an IPv4 address written as IPv6" if mapped else None


def bad_address(value: str, version: str) -> str | None:
    """What is wrong with an IP address."""
    return f"{quoted(value)} is not an IP address" if address(value) is None else _strict(value, version)


def network(value: str) -> Network | None:
    """The network that a text such as 10.0.0.0/8 stands for, or None."""
    host, slash, length = value.partition("/")
    found = address(host)
    if found is None or not slash or not re.fullmatch(r"[0-9]{1,9}", length):
        return None
    bits = int(length) - (96 if ":" in host and found.version == 4 else 0)
    try:
        return ipaddress.ip_network(f"{found}/{bits}", strict=False)
    except ValueError:
        return None


def bad_network(value: str, version: str) -> str | None:
    """What is wrong with a network in CIDR notation."""
    found = network(value)
    if found is None:
        return f"{quoted(value)} is not a network in CIDR notation, such as 10.0.0.0/8"
    host, _, length = value.partition("/")
    wrong = _strict(host, version)
    if wrong or not since(version, "1.36"):
        return wrong
    if length != str(int(length)):
        return f"{quoted(value)} must not have a length with leading zeros"
    if address(host) != found.network_address:
        return f"{quoted(value)} has bits beyond its length: it should be {found}"
    return None


def _special(value: str) -> str | None:
    """Why an address cannot be one that the outside reaches a service by."""
    found = address(value)
    for kind in ("unspecified", "loopback", "link_local"):
        if getattr(found, f"is_{kind}"):
            return f"{quoted(value)} is {kind.replace('_', '-')}"
    local = ipaddress.ip_network("224.0.0.0/24" if found and found.version == 4 else "ff02::/16")
    return f"{quoted(value)} is link-local multicast" if found in local else None


# --- ports ----------------------------------------------------------------------------------------


def port(value: object, at: Pointer) -> Iterator[Complaint]:
    """A port by number or by name."""
    wrong = port_name(value) if isinstance(value, str) else port_number(integer(value) or 0)
    if wrong:
        yield complaint(at, wrong)


def _port(item: dict[str, Any], at: Pointer, needs_name: bool) -> Iterator[Complaint]:
    yield from checked(item, "name", label, at)
    if needs_name and not text(item.get("name")):
        yield complaint((*at, "name"), "is required where a service has several ports")
    yield from port(number(item, "port"), (*at, "port"))
    yield from choice(item, "protocol", PROTOCOLS, at)
    if item.get("targetPort") not in (None, "", 0):
        yield from port(item["targetPort"], (*at, "targetPort"))
    if given(item, "appProtocol") and (wrong := qualified(text(item["appProtocol"]))):
        yield complaint((*at, "appProtocol"), wrong)


def _node_port(item: dict[str, Any], at: Pointer, kind: str) -> Iterator[Complaint]:
    if number(item, "nodePort") and kind == "ClusterIP":
        yield complaint((*at, "nodePort"), "is not for services of type ClusterIP")
    elif number(item, "nodePort") and kind in ("NodePort", "LoadBalancer"):
        yield from within(item, "nodePort", *NODE_PORTS, at)


def _ports(spec: dict[str, Any], kind: str, headless: bool) -> Iterator[Complaint]:
    ports = objects(spec.get("ports"))
    if not ports and not headless and kind != "ExternalName":
        yield complaint(("spec", "ports"), "at least one port is required")
    names: set[str] = set()
    numbers: set[tuple[str, str, int]] = set()
    owners: dict[int, int] = {}
    for i, item in ports:
        at = ("spec", "ports", i)
        yield from _port(item, at, needs_name=len(ports) > 1)
        yield from _node_port(item, at, kind)
        name, protocol = text(item.get("name")), text(item.get("protocol")) or "TCP"
        if name and name in names:
            yield complaint((*at, "name"), f"another port is called {quoted(name)}")
        names.add(name)
        for field_name, where in (("port", at), ("nodePort", (*at, "nodePort"))):
            key = (field_name, protocol, number(item, field_name))
            if key in numbers and (key[2] or field_name == "port"):
                yield complaint(where, f"another port has {field_name} {key[2]} and protocol {protocol}")
            numbers.add(key)
        node_port = number(item, "nodePort")
        if node_port and owners.setdefault(node_port, number(item, "port")) != number(item, "port"):
            yield complaint((*at, "nodePort"), f"port {owners[node_port]} has node port {node_port} already")


# --- the rest of a service ------------------------------------------------------------------------


def _cluster_ips(spec: dict[str, Any]) -> list[str]:
    """What the server makes of clusterIP and clusterIPs."""
    many, one = [item for _, item in texts(spec.get("clusterIPs"))], text(spec.get("clusterIP"))
    return many or ([one] if one else [])


def _external_name(spec: dict[str, Any]) -> Iterator[Complaint]:
    for name, value in (("clusterIPs", _cluster_ips(spec)), ("ipFamilies", texts(spec.get("ipFamilies")))):
        if value:
            yield complaint(("spec", name), "is not for services of type ExternalName")
    if given(spec, "ipFamilyPolicy"):
        yield complaint(("spec", "ipFamilyPolicy"), "is not for services of type ExternalName")
    name = text(spec.get("externalName")).removesuffix(".")
    wrong = subdomain(name) if name else "is required for services of type ExternalName"
    if wrong:
        yield complaint(("spec", "externalName"), wrong)


def _families(spec: dict[str, Any]) -> Iterator[Complaint]:
    families = [item for _, item in texts(spec.get("ipFamilies"))]
    at = ("spec", "ipFamilies")
    for i, family in enumerate(families):
        if family not in FAMILIES:
            yield complaint((*at, i), f"must be {one_of(FAMILIES)}, got {quoted(family)}")
        if family in families[:i]:
            yield complaint((*at, i), f"{quoted(family)} stands here twice")
    yield from choice(spec, "ipFamilyPolicy", FAMILY_POLICIES, ("spec",), empty=False)


def _family_policy(spec: dict[str, Any]) -> Iterator[Complaint]:
    """What the policy allows; the server asks only if addresses and families are right by themselves."""
    families = texts(spec.get("ipFamilies"))
    free = text(spec.get("clusterIP")) == "None" and not mapping(spec.get("selector"))
    single = spec.get("ipFamilyPolicy") == "SingleStack" or (not given(spec, "ipFamilyPolicy") and not free)
    if single and (len(families) == 2 or len(_cluster_ips(spec)) == 2):
        yield complaint(("spec", "ipFamilyPolicy"), "must be PreferDualStack or RequireDualStack for two IP families")


def _addresses(spec: dict[str, Any], version: str) -> Iterator[Complaint]:
    """clusterIP and clusterIPs; whether they are in the cluster's range only the cluster knows."""
    at, ips = ("spec", "clusterIPs"), _cluster_ips(spec)
    one = text(spec.get("clusterIP"))
    if one and ips[0] != one:
        yield complaint(at, "must start with clusterIP")
    if ips and not one:
        yield complaint(at, "must be empty where clusterIP is")
    plural = bool(texts(spec.get("clusterIPs")))
    broken = False
    for i, item in enumerate(ips):
        if i == 0 and item == "None":
            if len(ips) > 1:
                broken = True
                yield complaint(at, "None must be the only value")
            continue
        wrong = bad_address(item, version)
        if wrong:
            broken = True
            pointer = (*at, i) if plural else ("spec", "clusterIP")
            yield elsewhere(pointer, (*at, i), wrong)
    if len(ips) > 2:
        yield complaint(at, f"at most two are allowed, got {len(ips)}")
    if broken:
        return
    found = [address(item) for item in ips if item != "None"]
    if len(ips) > 1 and sorted(item.version for item in found if item) != [4, 6]:
        yield complaint(at, "must have one address of each IP family")
    for i, family in texts(spec.get("ipFamilies")):
        ip = found[i] if i < len(found) else None
        if family in FAMILIES and ip and ip.version != int(family[-1]):
            yield complaint((*at, i), f"must be an {family} address, as ipFamilies says, got {ip}")


def _affinity(spec: dict[str, Any]) -> Iterator[Complaint]:
    yield from choice(spec, "sessionAffinity", ("None", "ClientIP"), ("spec",))
    if spec.get("sessionAffinity") == "ClientIP":
        client = mapping(mapping(spec.get("sessionAffinityConfig")).get("clientIP"))
        at = ("spec", "sessionAffinityConfig", "clientIP")
        yield from within(client, "timeoutSeconds", 1, LONGEST_AFFINITY, at)


def _source_ranges(body: dict[str, Any], spec: dict[str, Any], kind: str, version: str) -> Iterator[Complaint]:
    ranges = texts(spec.get("loadBalancerSourceRanges"))
    note = mapping(mapping(body.get("metadata")).get("annotations")).get(SOURCE_RANGES)
    if not ranges and not isinstance(note, str):
        return
    here: Pointer = ("spec", "loadBalancerSourceRanges")
    path: Pointer = ("spec", "LoadBalancerSourceRanges")  # the server's own spelling
    if not ranges:
        path = here = ("metadata", "annotations", Key(SOURCE_RANGES))
        ranges = [(-1, item) for item in text(note).split(",")] if text(note).strip() else []
    if kind != "LoadBalancer":
        yield elsewhere(here, path, "is only for services of type LoadBalancer")
    for i, item in ranges:
        wrong = bad_network(item.strip(), version)
        if wrong:
            yield elsewhere((*here, i), (*path, i), wrong) if i >= 0 else complaint(here, wrong)


def _load_balancer(spec: dict[str, Any], kind: str) -> Iterator[Complaint]:
    for name in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
        if given(spec, name) and kind != "LoadBalancer":
            yield complaint(("spec", name), "is only for services of type LoadBalancer")
    if given(spec, "loadBalancerClass") and kind == "LoadBalancer":
        wrong = qualified(text(spec["loadBalancerClass"]))
        if wrong:
            yield complaint(("spec", "loadBalancerClass"), wrong)


def _traffic(spec: dict[str, Any], kind: str, version: str) -> Iterator[Complaint]:
    outside = kind in ("LoadBalancer", "NodePort") or (kind == "ClusterIP" and bool(texts(spec.get("externalIPs"))))
    policy = text(spec.get("externalTrafficPolicy"))
    if policy and not outside:
        yield complaint(("spec", "externalTrafficPolicy"), "is only for services that can be reached from outside")
    else:
        yield from choice(spec, "externalTrafficPolicy", TRAFFIC, ("spec",))
    yield from choice(spec, "internalTrafficPolicy", TRAFFIC, ("spec",), empty=False)
    health = number(spec, "healthCheckNodePort")
    if health and not (kind == "LoadBalancer" and policy == "Local"):
        yield complaint(
            ("spec", "healthCheckNodePort"), "is only for type LoadBalancer with externalTrafficPolicy Local"
        )
    elif health:
        yield from within(spec, "healthCheckNodePort", *NODE_PORTS, ("spec",))
    near = ("PreferClose", "PreferSameZone", "PreferSameNode") if since(version, "1.34") else ("PreferClose",)
    yield from choice(spec, "trafficDistribution", near, ("spec",), empty=False)


def service(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """Service."""
    spec = mapping(body.get("spec"))
    kind = text(spec.get("type")) or "ClusterIP"
    headless = _cluster_ips(spec) == ["None"]
    yield from choice(spec, "type", TYPES, ("spec",))
    yield from _ports(spec, kind, headless)
    yield from labels(spec.get("selector"), ("spec", "selector"))
    if kind == "ExternalName":
        yield from _external_name(spec)
    else:
        wrong = [*_families(spec), *_addresses(spec, version)]
        yield from wrong or _family_policy(spec)
    if headless and kind in ("LoadBalancer", "NodePort"):
        pointer = ("spec", "clusterIPs", 0) if texts(spec.get("clusterIPs")) else ("spec", "clusterIP")
        yield elsewhere(pointer, ("spec", "clusterIPs", 0), f"must not be None for services of type {kind}")
    yield from _affinity(spec)
    for i, item in texts(spec.get("externalIPs")):
        problem = bad_address(item, version) or _special(item)
        if problem:
            yield complaint(("spec", "externalIPs", i), problem)
    yield from _source_ranges(body, spec, kind, version)
    yield from _load_balancer(spec, kind)
    yield from _traffic(spec, kind, version)
    notes = mapping(mapping(body.get("metadata")).get("annotations"))
    if {TOPOLOGY_HINTS, TOPOLOGY_MODE} <= notes.keys() and notes[TOPOLOGY_HINTS] != notes[TOPOLOGY_MODE]:
        yield complaint(("metadata", "annotations", Key(TOPOLOGY_MODE)), f"must be the same as {TOPOLOGY_HINTS}")

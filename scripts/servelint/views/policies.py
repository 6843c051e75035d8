"""What NetworkPolicies let through: which of them isolate a pod, and which of their rules admit a peer on a port.

A pod that no policy selects for a direction is open in it; of several policies any may admit.
Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

import ipaddress
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from ..model import Overlay, Pod, Pointer, Resource, mapping, mappings, whole
from .selection import declared_ports, labels_of, selects, terms, together

NAME = "kubernetes.io/metadata.name"
"""The label that every namespace has, with its name."""
INSIDE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "240.0.0.0/4")
"""Where the pods and Services of a cluster have their addresses, on GKE."""


class Rule(NamedTuple):
    """One rule of a policy in one direction: its peers and ports, None where it says nothing of them."""

    policy: Resource
    pointer: Pointer
    peers: list[tuple[int, dict[str, Any]]] | None
    ports: list[tuple[int, dict[str, Any]]] | None


@lru_cache(maxsize=64)
def _policies(overlay: Overlay) -> tuple[Resource, ...]:
    return tuple(one for one in overlay.of("NetworkPolicy") if one.group == "networking.k8s.io")


def isolating(overlay: Overlay, pod: Pod, direction: str) -> list[Resource]:
    """The policies that close a pod in a direction, Ingress or Egress; none for a pod on its host's network."""
    if pod.spec.get("hostNetwork") is True:
        return []
    return [
        policy
        for policy in _policies(overlay)
        if direction in _directions(policy)
        and together(policy.namespace, pod.resource.namespace)
        and selects(mapping(policy.spec.get("podSelector")), labels_of(pod))
    ]


def _directions(policy: Resource) -> list[Any]:
    """The directions of a policy: Ingress where it says none, and Egress if it has rules for that."""
    given = policy.spec.get("policyTypes")
    if isinstance(given, list) and given:
        return given
    return ["Ingress", *(["Egress"] if policy.spec.get("egress") else [])]


def rules(policy: Resource, direction: str) -> Iterator[Rule]:
    """The rules of a policy in a direction, in their order. An empty list of peers or ports means all of them."""
    key, side = direction.lower(), "from" if direction == "Ingress" else "to"
    listed = policy.spec.get(key)
    for i, rule in enumerate(listed if isinstance(listed, list) else ()):
        body = mapping(rule)
        yield Rule(policy, ("spec", key, i), mappings(body.get(side)) or None, mappings(body.get("ports")) or None)


def opens(overlay: Overlay, rule: Rule, number: int, protocol: str = "TCP", target: Pod | None = None) -> bool:
    """Whether a rule is of a port. target: the pod that listens there, by whose names of ports a name is read."""
    if rule.ports is None:
        return True
    for _, item in rule.ports:
        if str(item.get("protocol") or "TCP") != protocol:
            continue
        port = item.get("port")
        first, last = whole(port), whole(item.get("endPort"))
        if port is None or (first is not None and first <= number <= (last or first)):
            return True
        if isinstance(port, str) and first is None:
            named = [p.number for p in declared_ports(overlay, target) if p.name == port] if target else [number]
            if number in named:
                return True
    return False


def is_peer(overlay: Overlay, rule: Rule, pod: Pod) -> bool:
    """Whether a rule is of a pod of this set; where only an address tells, whether it may be."""
    if rule.peers is None:
        return True
    return any(_of_pod(overlay, rule.policy, peer, pod) for _, peer in rule.peers)


def _of_pod(overlay: Overlay, policy: Resource, peer: dict[str, Any], pod: Pod) -> bool:
    if "ipBlock" in peer:
        return covers(peer, *INSIDE)
    if "namespaceSelector" in peer:
        if not selects_namespace(overlay, mapping(peer["namespaceSelector"]), pod.resource.namespace):
            return False
    elif not together(policy.namespace, pod.resource.namespace):
        return False
    return selects(mapping(peer.get("podSelector")), labels_of(pod))


def selects_namespace(overlay: Overlay, selector: dict[str, Any], name: str) -> bool:
    """Whether a selector is of a namespace. Of one that is not rendered it may be, but for the label with its name."""
    if not name:
        return True
    rendered = next((one for one in overlay.of("Namespace") if one.name == name), None)
    if rendered is not None:
        return selects(selector, {NAME: name, **rendered.labels})
    known = [term for term in terms(selector) if term[0] == NAME]
    return all(_holds(operator, values, name) for _, operator, values in known)


def _holds(operator: str, values: list[str], name: str) -> bool:
    if operator in ("In", "NotIn"):
        return (name in values) is (operator == "In")
    return operator != "DoesNotExist"


def covers(peer: dict[str, Any], *networks: str) -> bool:
    """Whether a peer that is a block of addresses has one of some networks in it; what is no block has none."""
    block = mapping(peer.get("ipBlock"))
    mine = _network(block.get("cidr"))
    if mine is None:
        return False
    excluded = [net for item in _texts(block.get("except")) if (net := _network(item)) is not None]
    for text in networks:
        net = ipaddress.ip_network(text)
        out = any(one.version == net.version and _within(net, one) for one in excluded)
        if mine.version == net.version and mine.overlaps(net) and not out:
            return True
    return False


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _within(inner: _Network, outer: _Network) -> bool:
    return outer.network_address <= inner.network_address and inner.broadcast_address <= outer.broadcast_address  # type: ignore[operator]


def _network(text: object) -> _Network | None:
    try:
        return ipaddress.ip_network(text, strict=False) if isinstance(text, str) else None
    except ValueError:
        return None


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def is_outside(rule: Rule) -> bool:
    """Whether a rule is of addresses outside the cluster, as those of the Hub and of Cloud Storage are."""
    return rule.peers is None or any(_public(peer) for _, peer in rule.peers)


def _public(peer: dict[str, Any]) -> bool:
    mine = _network(mapping(peer.get("ipBlock")).get("cidr"))
    return mine is not None and not any(
        mine.version == 4 and _within(mine, ipaddress.ip_network(inside)) for inside in (*INSIDE, "169.254.0.0/16")
    )

"""What NetworkPolicies let through."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import overlay, pod, thing
from servelint.model import Resource
from servelint.views import policies

NET = "networking.k8s.io/v1"


def policy(namespace: str = "a", api: str = NET, **spec: Any) -> dict[str, Any]:
    return thing("NetworkPolicy", "n", spec, apiVersion=api, namespace=namespace)


def server(namespace: str = "a", **spec: Any) -> dict[str, Any]:
    """A pod that listens on two ports, one of which has a name."""
    made = pod(spec=spec, ports=[{"name": "http", "containerPort": 8000}, {"containerPort": 9000}])
    made["metadata"] |= {"namespace": namespace, "labels": {"app": "server"}}
    return made


def rule(key: str = "ingress", **body: Any) -> policies.Rule:
    (made,) = policies.rules(Resource(policy(**{key: [body]})), key.capitalize())
    return made


@pytest.mark.parametrize(
    ("made", "closed", "spec"),
    [
        (policy(), ["Ingress"], {}), (policy(egress=[]), ["Ingress"], {}), (policy(egress=[{}]), ["Ingress", "Egress"], {}),
        (policy(policyTypes=["Egress"]), ["Egress"], {}), (policy(policyTypes=[], egress=[{}]), ["Ingress", "Egress"], {}),
        (policy("b"), [], {}), (policy(api="example.com/v1"), [], {}), (policy(), [], {"hostNetwork": True}),
        (policy(podSelector={"matchLabels": {"app": "server"}}), ["Ingress"], {}), (policy(podSelector={"matchLabels": {"app": "other"}}), [], {}),
    ],
)  # fmt: skip
def test_what_closes_a_pod(made: dict[str, Any], closed: list[str], spec: dict[str, Any]) -> None:
    one = overlay(made, server(**spec))
    assert [d for d in ("Ingress", "Egress") if policies.isolating(one, one.pods[0], d)] == closed


def test_an_empty_list_means_all() -> None:
    made = Resource(
        policy(
            ingress=[{}, {"from": [], "ports": []}, {"from": [{"podSelector": {}}]}],
            egress=[{"to": [{"podSelector": {}}]}],
        )
    )
    found = list(policies.rules(made, "Ingress"))
    assert [(one.peers is None, one.ports is None) for one in found] == [(True, True), (True, True), (False, True)]
    assert [one.pointer for one in found] == [("spec", "ingress", i) for i in range(3)]
    assert [one.peers for one in policies.rules(made, "Egress")] == [[(0, {"podSelector": {}})]]


@pytest.mark.parametrize(
    ("port", "opens"),
    [
        ({"port": 8000}, True), ({"port": 8001}, False), ({}, True), ({"protocol": "TCP"}, True), ({"protocol": "UDP"}, False),
        ({"port": 8000, "protocol": "UDP"}, False), ({"port": 7000, "endPort": 8000}, True), ({"port": 8000, "endPort": 9000}, True),
        ({"port": 7000, "endPort": 7999}, False), ({"port": 8001, "endPort": 9000}, False), ({"port": "http"}, True), ({"port": "grpc"}, False),
    ],
)  # fmt: skip
def test_ports(port: dict[str, Any], opens: bool) -> None:
    one = overlay(server())
    assert policies.opens(one, rule(ports=[port]), 8000, target=one.pods[0]) is opens
    assert policies.opens(one, rule(ports=[{"port": 1}, port]), 8000, target=one.pods[0]) is opens
    assert policies.opens(one, rule(), 8000)


def test_a_name_of_a_port_may_be_any_where_nobody_knows_the_pod() -> None:
    one = overlay(server())
    named = rule(ports=[{"port": "grpc"}])
    assert policies.opens(one, named, 8000) and not policies.opens(one, named, 8000, "UDP")


MINE = {"podSelector": {"matchLabels": {"app": "server"}}}
BY_NAME = {"namespaceSelector": {"matchLabels": {policies.NAME: "b"}}}


@pytest.mark.parametrize(
    ("peers", "namespace", "found"),
    [
        ([MINE], "a", True), ([MINE], "b", False), ([{"podSelector": {"matchLabels": {"app": "other"}}}], "a", False),
        ([BY_NAME], "b", True), ([BY_NAME], "a", False), ([{"namespaceSelector": {}}], "b", True), ([{**BY_NAME, **MINE}], "b", True),
        ([{**BY_NAME, "podSelector": {"matchLabels": {"app": "other"}}}], "b", False), ([BY_NAME, MINE], "a", True),
        ([{"ipBlock": {"cidr": "10.0.0.0/8"}}], "b", True), ([{"ipBlock": {"cidr": "8.8.8.0/24"}}], "a", False),
    ],
)  # fmt: skip
def test_peers(peers: list[dict[str, Any]], namespace: str, found: bool) -> None:
    one = overlay(server(namespace))
    assert policies.is_peer(one, rule(**{"from": peers}), one.pods[0]) is found
    assert policies.is_peer(one, rule(), one.pods[0])


@pytest.mark.parametrize(
    ("term", "unknown", "rendered"),
    [
        ({"key": policies.NAME, "operator": "In", "values": ["b"]}, True, True), ({"key": policies.NAME, "operator": "In", "values": ["c"]}, False, False),
        ({"key": policies.NAME, "operator": "NotIn", "values": ["b"]}, False, False), ({"key": policies.NAME, "operator": "NotIn", "values": ["c"]}, True, True),
        ({"key": policies.NAME, "operator": "Exists"}, True, True), ({"key": policies.NAME, "operator": "DoesNotExist"}, False, False),
        ({"key": "team", "operator": "In", "values": ["x"]}, True, True), ({"key": "team", "operator": "In", "values": ["y"]}, True, False),
    ],
)  # fmt: skip
def test_a_namespace_that_is_not_rendered_may_have_any_label(
    term: dict[str, Any], unknown: bool, rendered: bool
) -> None:
    selector = {"matchExpressions": [term]}
    assert policies.selects_namespace(overlay(), selector, "b") is unknown
    assert policies.selects_namespace(overlay(thing("Namespace", "b", labels={"team": "x"})), selector, "b") is rendered
    assert policies.selects_namespace(overlay(), selector, "")


@pytest.mark.parametrize(
    ("block", "covers", "outside"),
    [
        ({"cidr": "0.0.0.0/0"}, True, True), ({"cidr": "10.1.0.0/16"}, True, False), ({"cidr": "10.1.2.3/16"}, True, False),
        ({"cidr": "8.8.8.8/32"}, False, True), ({"cidr": "169.254.169.254/32"}, False, False), ({"cidr": "::/0"}, False, True),
        ({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}, False, True), ({"cidr": "0.0.0.0/0", "except": ["10.1.0.0/16"]}, True, True),
        ({"cidr": "0.0.0.0/0", "except": ["::/0", "x", 3]}, True, True), ({"cidr": "x"}, False, False), ({}, False, False),
    ],
)  # fmt: skip
def test_blocks_of_addresses(block: dict[str, Any], covers: bool, outside: bool) -> None:
    assert policies.covers({"ipBlock": block}, "10.0.0.0/8") is covers
    assert policies.is_outside(rule("egress", to=[{"ipBlock": block}])) is outside


def test_who_is_outside() -> None:
    assert policies.is_outside(rule("egress")) and not policies.is_outside(rule("egress", to=[{"podSelector": {}}]))
    assert not policies.covers({"podSelector": {}}, "10.0.0.0/8")
    assert policies.covers({"ipBlock": {"cidr": "172.16.0.0/16"}}, "10.0.0.0/8", "172.16.0.0/12")

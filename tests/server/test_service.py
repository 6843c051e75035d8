"""Services: ports and addresses beside each other, and what only some types may have."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server.semantics import service

RANGES = service.SOURCE_RANGES


def found(spec: dict[str, Any], version: str = "1.36", **annotations: str) -> list[str]:
    """The fields of a Service with one port that the server names."""
    body = {"metadata": {"annotations": annotations}, "spec": {"ports": [{"port": 80}], **spec}}
    return [complaint.path.removeprefix("spec.") for complaint in service.service(body, version)]


@pytest.mark.parametrize(("text", "good", "was_good"), [
    ("10.0.0.1", True, True), ("010.0.0.1", False, True), ("10.0.0.0", True, True), ("fd00::1", True, True),
    ("::ffff:10.0.0.1", False, True), ("fd00::1%eth0", False, False), ("10.0.0", False, False), ("", False, False),
    ("fd00::00", True, True),
])  # fmt: skip
def test_addresses(text: str, good: bool, was_good: bool) -> None:
    assert (service.bad_address(text, "1.36") is None) is good
    assert (service.bad_address(text, "1.35") is None) is was_good


@pytest.mark.parametrize(("text", "good", "was_good"), [
    ("10.0.0.0/8", True, True), ("10.0.0.0/08", False, True), ("10.0.0.1/8", False, True), ("10.0.0.1/32", True, True),
    ("010.0.0.0/8", False, True), ("fd00::/8", True, True), ("fd00::1/8", False, True), ("::ffff:10.0.0.0/104", False, True),
    ("::ffff:10.0.0.0/95", False, False), ("10.0.0.0/33", False, False), ("10.0.0.0", False, False), ("x/8", False, False),
])  # fmt: skip
def test_networks(text: str, good: bool, was_good: bool) -> None:
    assert (service.bad_network(text, "1.36") is None) is good
    assert (service.bad_network(text, "1.35") is None) is was_good


def test_an_address_in_other_clothes() -> None:
    assert str(service.address("::ffff:10.0.0.1")) == "10.0.0.1"
    assert str(service.network("::ffff:10.0.0.0/104")) == "10.0.0.0/8"
    assert str(service.network("10.1.2.3/8")) == "10.0.0.0/8"


HTTP, GRPC = {"name": "http", "port": 80}, {"name": "grpc", "port": 81}


@pytest.mark.parametrize(("ports", "fields"), [
    ([{"port": 1}], []),
    ([{"port": 65535}], []),
    ([{"port": 65536}], ["[0].port"]),
    ([{}], ["[0].port"]),
    ([{"port": 80, "name": "a.b"}], ["[0].name"]),
    ([HTTP, {"port": 81}], ["[1].name"]),
    ([{"port": 80}, {"port": 81}], ["[0].name", "[1].name"]),
    ([HTTP, {**GRPC, "port": 80}], ["[1]"]),
    ([HTTP, {**GRPC, "port": 80, "protocol": "TCP"}], ["[1]"]),
    ([HTTP, {**GRPC, "port": 80, "protocol": "SCTP"}], []),
    ([{"port": 80, "targetPort": ""}], []),
    ([{"port": 80, "targetPort": 65536}], ["[0].targetPort"]),
    ([{"port": 80, "appProtocol": ""}], ["[0].appProtocol"]),
    ([{"port": 80, "protocol": ""}], []),
])  # fmt: skip
def test_ports(ports: list[dict[str, Any]], fields: list[str]) -> None:
    assert found({"ports": ports}) == [f"ports{name}" for name in fields]


@pytest.mark.parametrize(("kind", "numbers", "fields"), [
    ("ClusterIP", [(80, 30000)], ["[0].nodePort"]),
    ("ClusterIP", [(80, 0)], []),
    ("NodePort", [(80, 30000), (81, 32767)], []),
    ("NodePort", [(80, 29999)], ["[0].nodePort"]),
    ("LoadBalancer", [(80, 32768)], ["[0].nodePort"]),
    ("LoadBalancer", [(80, 0), (81, 0)], []),
    ("ExternalName", [(80, 5)], []),
    ("NodePort", [(80, 30000), (81, 30000)], ["[1].nodePort", "[1].nodePort"]),
])  # fmt: skip
def test_ports_of_the_node(kind: str, numbers: list[tuple[int, int]], fields: list[str]) -> None:
    ports = [{"name": f"p{i}", "port": own, "nodePort": node} for i, (own, node) in enumerate(numbers)]
    assert found({"type": kind, "externalName": "a.b", "ports": ports}) == [f"ports{name}" for name in fields]


@pytest.mark.parametrize(("spec", "fields"), [
    ({"ports": []}, ["ports"]),
    ({"ports": [], "clusterIP": "None"}, []),
    ({"ports": [], "clusterIPs": ["None"], "clusterIP": "None"}, []),
    ({"ports": [], "type": "ExternalName", "externalName": "a.b"}, []),
    ({"type": "ExternalName", "externalName": "."}, ["externalName"]),
    ({"type": "ExternalName", "externalName": "a.b", "clusterIP": "10.0.0.1"}, ["clusterIPs"]),
    ({"type": "ExternalName", "externalName": "a.b", "ipFamilies": ["IPv4"]}, ["ipFamilies"]),
    ({"clusterIP": ""}, []),
    ({"clusterIP": "10.0.0.1"}, []),
    ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"]}, []),
    ({"clusterIPs": ["10.0.0.1"]}, ["clusterIPs"]),
    ({"clusterIP": "None", "clusterIPs": ["None", "10.0.0.1"]}, ["clusterIPs"]),
    ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "None"]}, ["clusterIPs[1]"]),
    ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "fd00::1"], "ipFamilyPolicy": "PreferDualStack"}, []),
    ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "fd00::1"], "ipFamilyPolicy": "SingleStack"},
     ["ipFamilyPolicy"]),
    ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "10.0.0.2"], "ipFamilyPolicy": "RequireDualStack"},
     ["clusterIPs"]),
    ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "fd00::1", "fd00::2"], "ipFamilyPolicy": "PreferDualStack"},
     ["clusterIPs", "clusterIPs"]),
    ({"clusterIP": "10.0.0.1", "ipFamilies": ["IPv4"]}, []),
    ({"clusterIP": "10.0.0.1", "ipFamilies": ["IPv6"]}, ["clusterIPs[0]"]),
    ({"clusterIP": "10.0.0.1", "ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "PreferDualStack"}, []),
    ({"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "RequireDualStack"}, []),
    ({"ipFamilies": ["IPv4", "IPv6"]}, ["ipFamilyPolicy"]),
    ({"ipFamilies": ["IPv4", "IPv6"], "clusterIP": "None"}, []),
    ({"ipFamilies": ["IPv4", "IPv6"], "clusterIP": "None", "selector": {"a": "b"}}, ["ipFamilyPolicy"]),
    ({"ipFamilies": ["IPv4", "IPv4"]}, ["ipFamilies[1]"]),
    ({"ipFamilyPolicy": ""}, ["ipFamilyPolicy"]),
    ({"clusterIP": "None", "type": "NodePort"}, ["clusterIPs[0]"]),
    ({"clusterIP": "None", "type": "ClusterIP"}, []),
])  # fmt: skip
def test_addresses_of_a_service(spec: dict[str, Any], fields: list[str]) -> None:
    assert found(spec) == fields


CLIENT = "sessionAffinityConfig.clientIP.timeoutSeconds"


@pytest.mark.parametrize(("spec", "fields"), [
    *[({"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": seconds}}}, wrong)
      for seconds, wrong in ((1, []), (0, [CLIENT]), (86400, []), (86401, [CLIENT]))],
    ({"sessionAffinity": ""}, []),
    ({"externalIPs": ["192.0.2.1", "fd00::1"]}, []),
    *[({"externalIPs": ["192.0.2.1", wrong]}, ["externalIPs[1]"])
      for wrong in ("0.0.0.0", "::", "127.0.0.1", "::1", "169.254.1.1", "fe80::1", "224.0.0.1", "ff02::1", "x")],
    ({"externalIPs": ["224.0.1.1", "ff05::1"]}, []),
    ({"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/8", "x"]}, ["LoadBalancerSourceRanges[1]"]),
    ({"type": "NodePort", "loadBalancerSourceRanges": ["10.0.0.0/8"]}, ["LoadBalancerSourceRanges"]),
    ({"type": "LoadBalancer", "allocateLoadBalancerNodePorts": True, "loadBalancerClass": "a"}, []),
    ({"type": "NodePort", "allocateLoadBalancerNodePorts": True}, ["allocateLoadBalancerNodePorts"]),
    ({"type": "NodePort", "loadBalancerClass": "a b"}, ["loadBalancerClass"]),
    ({"type": "NodePort", "externalTrafficPolicy": "Local"}, []),
    ({"type": "NodePort", "externalTrafficPolicy": "Node"}, ["externalTrafficPolicy"]),
    ({"type": "ClusterIP", "externalTrafficPolicy": "Cluster"}, ["externalTrafficPolicy"]),
    ({"type": "ExternalName", "externalName": "a.b", "externalIPs": ["192.0.2.1"], "externalTrafficPolicy": "Local"},
     ["externalTrafficPolicy"]),
    ({"internalTrafficPolicy": ""}, ["internalTrafficPolicy"]),
    ({"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 32767}, []),
    ({"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 32768}, ["healthCheckNodePort"]),
    ({"type": "LoadBalancer", "externalTrafficPolicy": "Cluster", "healthCheckNodePort": 30000}, ["healthCheckNodePort"]),
    ({"type": "NodePort", "externalTrafficPolicy": "Local", "healthCheckNodePort": 30000}, ["healthCheckNodePort"]),
    ({"trafficDistribution": "PreferClose"}, []),
    ({"trafficDistribution": ""}, ["trafficDistribution"]),
    ({"selector": {"a b": "c"}}, ["selector"]),
])  # fmt: skip
def test_what_is_only_for_some(spec: dict[str, Any], fields: list[str]) -> None:
    assert found(spec) == fields


@pytest.mark.parametrize(("kind", "note", "good"), [
    ("LoadBalancer", "10.0.0.0/8,192.0.2.0/24", True), ("LoadBalancer", "10.0.0.0/8 , x", False),
    ("LoadBalancer", "", True), ("LoadBalancer", " ", True), ("ClusterIP", "10.0.0.0/8", False), ("ClusterIP", "", False),
])  # fmt: skip
def test_ranges_in_an_annotation(kind: str, note: str, good: bool) -> None:
    assert found({"type": kind}, **{RANGES: note}) == ([] if good else [f"metadata.annotations[{RANGES}]"])
    if kind == "LoadBalancer":  # the field counts
        assert found({"type": kind, "loadBalancerSourceRanges": ["10.0.0.0/8"]}, **{RANGES: note}) == []


@pytest.mark.parametrize(("hints", "mode", "good"), [("Auto", "Auto", True), ("Auto", "auto", False), ("", None, True)])
def test_two_names_of_one_annotation(hints: str, mode: str | None, good: bool) -> None:
    notes = {service.TOPOLOGY_HINTS: hints} | ({} if mode is None else {service.TOPOLOGY_MODE: mode})
    assert found({}, **notes) == ([] if good else [f"metadata.annotations[{service.TOPOLOGY_MODE}]"])

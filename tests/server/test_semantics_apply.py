"""What an apply refuses and a create takes: keys that stand twice, or nowhere, in lists that are merged by key."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server import schema
from servelint.server.semantics import apply


def pod(container: dict[str, Any], **spec: Any) -> dict[str, Any]:
    containers = [{"name": "main", "image": "x", **container}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": containers, **spec}}


def account(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x"}, **fields}


TCP, UDP = {"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (pod({"ports": [TCP, UDP]}), []),
        (pod({"ports": [TCP, {**TCP, "protocol": "TCP"}]}), ["spec.containers[0].ports[1]"]),
        (pod({"env": [{"name": "A"}, {"name": "B"}, {"name": "A"}]}), ["spec.containers[0].env[2]"]),
        (pod({}, imagePullSecrets=[None]), ["spec.imagePullSecrets[0]"]),
        (pod({}, tolerations=[{}, {}]), []),
        (account(secrets=[{"name": "a"}, {"name": "a"}]), ["secrets[1]"]),
        (account(secrets=[{}]), ["secrets[0]"]),
        (account(metadata={"name": "x", "finalizers": ["a/b", "a/b"]}), ["metadata.finalizers[1]"]),
        (account(metadata={"name": "x", "managedFields": [{}]}), ["metadata.managedFields"]),
    ],
)
def test_lists_that_are_merged_by_key(body: dict[str, Any], where: list[str]) -> None:
    assert [complaint.path for complaint in apply.complaints(body, schema.NEWEST)] == where


def test_defaults_count_before_anything_is_looked_at() -> None:
    """Of a list whose key has a default, of a field that is required and has one, and of alternatives."""
    gateway: dict[str, Any] = {
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "x"},
        "spec": {"gatewayClassName": "x", "listeners": [{"name": "a", "port": 80, "protocol": "HTTP"}]},
    }  # fmt: skip
    for address, good in (({"value": "10.0.0.1"}, True), ({"value": "name"}, False), ({}, True)):
        gateway["spec"]["addresses"] = [address]
        assert (schema.violations(gateway) == []) == good, address
    workers: dict[str, Any] = {
        "apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "metadata": {"name": "x"},
        "spec": {"rolloutStrategy": {}, "leaderWorkerTemplate": {"workerTemplate": {"spec": {"containers": []}}}},
    }  # fmt: skip
    assert schema.violations(workers) == []
    containers = [{"name": "main", "ports": [TCP, {**TCP, "protocol": "TCP"}]}]
    workers["spec"]["leaderWorkerTemplate"]["workerTemplate"]["spec"]["containers"] = containers
    assert [v.pointer[-2:] for v in schema.violations(workers)] == [("ports", 1)]
    containers[0]["ports"] = [TCP, {"containerPort": 2**63}]
    assert [v.pointer[-1] for v in schema.violations(workers)] == ["containerPort"]

"""What the webhook of LeaderWorkerSet refuses, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server.semantics.groups import MOST_REPLICAS, SUBGROUPED, leader_worker_set

ROLLING = "spec.rolloutStrategy.rollingUpdateConfiguration."
PART = "spec.leaderWorkerTemplate.subGroupPolicy.subGroupSize"
SIZE = "spec.leaderWorkerTemplate.size"


def found(size: object = 4, replicas: object = 2, metadata: dict[str, Any] | None = None, **fields: Any) -> list[str]:
    """The fields that are named of a set whose rollout (rolling) and subgroups (parts) are given."""
    template: dict[str, Any] = {"size": size}
    spec: dict[str, Any] = {"replicas": replicas, "leaderWorkerTemplate": template}
    if "rolling" in fields:
        spec["rolloutStrategy"] = {"rollingUpdateConfiguration": fields["rolling"]}
    if "parts" in fields:
        template["subGroupPolicy"] = fields["parts"]
    return [one.path for one in leader_worker_set({"metadata": metadata or {}, "spec": spec}, "1.36")]


@pytest.mark.parametrize(
    ("size", "replicas", "fields"),
    [
        (1, 0, []), (None, None, []), (0, 1, [SIZE]), (-1, 1, [SIZE]), (1, -1, ["spec.replicas"]),
        (1, MOST_REPLICAS, []), (1, MOST_REPLICAS + 1, ["spec.replicas"]), (2147, MOST_REPLICAS, []),
        (2148, MOST_REPLICAS, ["spec.replicas"]),
    ],
)  # fmt: skip
def test_how_many_pods(size: object, replicas: object, fields: list[str]) -> None:
    assert found(size, replicas) == fields


@pytest.mark.parametrize(
    ("rolling", "replicas", "field"),
    [
        ({}, 2, None), ({"maxUnavailable": 1, "maxSurge": 0}, 2, None), ({"maxUnavailable": 0, "maxSurge": 1}, 2, None),
        ({"maxUnavailable": 0, "maxSurge": 0}, 2, "maxUnavailable"), ({"maxUnavailable": 0}, 2, "maxUnavailable"),
        ({"maxUnavailable": 0, "maxSurge": 0}, 0, None), ({"maxUnavailable": "25%"}, 2, "maxUnavailable"),
        ({"maxUnavailable": "50%"}, 2, None), ({"maxUnavailable": 0, "maxSurge": "1%"}, 2, None),
        ({"maxUnavailable": "101%"}, 2, "maxUnavailable"), ({"maxSurge": "101%"}, 2, "maxSurge"),
        ({"maxUnavailable": -1}, 2, "maxUnavailable"), ({"maxUnavailable": "few"}, 2, "maxUnavailable"),
        ({"partition": -1}, 2, "partition"), ({"partition": 1}, 2, None),
    ],
)  # fmt: skip
def test_how_it_is_rolled_out(rolling: dict[str, Any], replicas: int, field: str | None) -> None:
    assert found(replicas=replicas, rolling=rolling) == ([] if field is None else [ROLLING + field])


@pytest.mark.parametrize(
    ("size", "parts", "good"),
    [
        (4, {"subGroupSize": 2}, True), (5, {"subGroupSize": 2}, True), (4, {"subGroupSize": 4}, True),
        (4, {"subGroupSize": 3}, True), (6, {"subGroupSize": 4}, False), (4, {"subGroupSize": 8}, False),
        (4, {"subGroupSize": 0}, False), (4, {}, True),
        (4, {"subGroupSize": 2, "subGroupPolicyType": "LeaderExcluded"}, False),
        (5, {"subGroupSize": 2, "subGroupPolicyType": "LeaderExcluded"}, True),
        (4, {"subGroupSize": 2, "subGroupPolicyType": "LeaderWorker"}, True),
    ],
)  # fmt: skip
def test_subgroups(size: int, parts: dict[str, Any], good: bool) -> None:
    assert found(size, parts=parts) == ([] if good else [PART])


def test_a_topology_of_subgroups_needs_them() -> None:
    metadata = {"annotations": {SUBGROUPED: "rack"}}
    assert found(metadata=metadata) == [f"metadata.annotations[{SUBGROUPED}]"]
    assert found(metadata=metadata, parts={"subGroupSize": 2}) == []

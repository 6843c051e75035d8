"""What Kueue's webhooks refuse of its objects, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server.semantics import queues

GPU = "nvidia.com/gpu"


def group(*flavors: dict[str, Any], covered: tuple[str, ...] = (GPU,)) -> dict[str, Any]:
    return {"coveredResources": list(covered), "flavors": list(flavors)}


def flavor(name: str = "h200", **quota: Any) -> dict[str, Any]:
    return {"name": name, "resources": [{"name": GPU, "nominalQuota": 8, **quota}]}


def of_queue(*groups: dict[str, Any], **spec: Any) -> list[str]:
    """Where a ClusterQueue is refused, below its groups."""
    body = {"spec": {"resourceGroups": list(groups), **spec}}
    return [wrong.path.removeprefix("spec.resourceGroups") for wrong in queues.cluster_queue(body, "1.37")]


def of_cohort(*groups: dict[str, Any], **spec: Any) -> list[str]:
    body = {"spec": {"resourceGroups": list(groups), **spec}}
    return [wrong.path.removeprefix("spec.resourceGroups") for wrong in queues.cohort(body, "1.37")]


@pytest.mark.parametrize("field", ["nominalQuota", "borrowingLimit", "lendingLimit"])
@pytest.mark.parametrize(
    ("amount", "good"), [(0, True), ("0", True), (8, True), ("500m", True), (-1, False), ("-1m", False), (None, True), ("x", True)]
)  # fmt: skip
def test_no_amount_is_negative(field: str, amount: object, good: bool) -> None:
    """What is no quantity is for the schema to say."""
    at = [] if good else [f"[0].flavors[0].resources[0].{field}"]
    assert of_queue(group(flavor(**{field: amount})), cohortName="all") == at
    assert of_cohort(group(flavor(**{field: amount})), parentName="all") == at


@pytest.mark.parametrize("field", ["borrowingLimit", "lendingLimit"])
def test_limits_need_others_to_share_with(field: str) -> None:
    limited, at = group(flavor(**{field: 4})), [f"[0].flavors[0].resources[0].{field}"]
    assert of_queue(limited) == at and of_cohort(limited) == at
    assert of_queue(limited, cohortName="") == at and of_cohort(limited, parentName="") == at
    assert of_queue(limited, cohortName="all") == of_queue(limited, cohort="all") == []
    assert of_cohort(limited, parentName="all") == of_cohort(limited, parent="all") == []
    assert of_queue(limited, parentName="all") == at and of_cohort(limited, cohortName="all") == at
    assert of_queue(group(flavor(**{field: None}))) == []


@pytest.mark.parametrize(
    ("lent", "good"), [(8, True), (9, False), ("8000m", True), ("8001m", False), (0, True), (None, True)]
)
def test_a_queue_lends_what_it_has(lent: object, good: bool) -> None:
    """A cohort may say that its members lend more than it has itself."""
    lending = group(flavor(lendingLimit=lent))
    assert of_queue(lending, cohortName="all") == ([] if good else ["[0].flavors[0].resources[0].lendingLimit"])
    assert of_cohort(lending, parentName="all") == []


def test_a_flavor_lists_resources_in_the_order_in_which_they_are_covered() -> None:
    quotas = [{"name": name, "nominalQuota": 1} for name in ("cpu", GPU)]
    ordered, turned = ({"name": "a", "resources": listed} for listed in (quotas, quotas[::-1]))
    assert of_queue(group(ordered, covered=("cpu", GPU))) == []
    at = "[0].flavors[0].resources"
    assert of_queue(group(turned, covered=("cpu", GPU))) == [f"{at}[0].name", f"{at}[1].name"]
    assert of_queue(group(turned, covered=("cpu",))) == [f"{at}[0].name"]  # how many there are is the schema's


def test_names_stand_once() -> None:
    twice = "[1].coveredResources[0]"
    assert of_queue(group(flavor("a")), group(flavor("b"))) == [twice]
    cpu = {"name": "a", "resources": [{"name": "cpu", "nominalQuota": 1}]}
    assert of_queue(group(flavor("a")), group(cpu, covered=("cpu",))) == ["[1].flavors[0].name"]
    assert of_queue(group(flavor("b")), group(cpu, covered=("cpu",))) == []
    assert of_queue(group(flavor("a"), flavor("a"))) == ["[0].flavors[1].name"]
    odd = {"name": "b", "resources": [{"name": "a b", "nominalQuota": 1}]}
    assert of_queue(group(odd, covered=("a b",))) == ["[0].coveredResources[0]"]


@pytest.mark.parametrize(("flavors", "resources", "paths"), [
    (256, 2, []), (257, 1, [""]), (256, 3, ["[0]"]), (1, 256, []), (1, 257, [""]), (171, 3, ["[0]"]), (170, 3, []),
])  # fmt: skip
def test_how_many_flavors_and_resources(flavors: int, resources: int, paths: list[str]) -> None:
    covered = tuple(f"example.com/{i}" for i in range(resources))
    quotas = [{"name": name, "nominalQuota": 1} for name in covered]
    made = [{"name": f"f{i}", "resources": quotas} for i in range(flavors)]
    assert of_queue(group(*made, covered=covered)) == paths


def test_groups_count_together() -> None:
    halves = [[{"name": f"f{half}-{i}", "resources": []} for i in range(129)] for half in (0, 1)]
    assert of_queue(group(*halves[0], covered=("cpu",)), group(*halves[1], covered=("memory",))) == [""]


@pytest.mark.parametrize(
    ("weight", "good"), [(0, True), (1, True), ("0.5", True), ("2n", True), ("1n", False), (-1, False), ("-1n", False), (None, True)]
)  # fmt: skip
def test_weights(weight: object, good: bool) -> None:
    at = [] if good else ["spec.fairSharing.weight"]
    assert of_queue(fairSharing={"weight": weight}) == of_cohort(fairSharing={"weight": weight}) == at


def test_the_namespaces_of_a_queue_are_a_selector() -> None:
    odd = {"matchExpressions": [{"key": "a", "operator": "In", "values": []}]}
    assert of_queue(namespaceSelector={"matchLabels": {"a": "b"}}) == of_queue(namespaceSelector={}) == []
    (path,) = of_queue(namespaceSelector=odd)
    assert path.startswith("spec.namespaceSelector.matchExpressions[0]")


@pytest.mark.parametrize(
    ("spec", "paths"),
    [
        ({}, []), ({"nodeLabels": {"a": "b"}}, []), ({"nodeLabels": {"a": "b c"}}, ["nodeLabels"]),
        ({"nodeTaints": [{"key": "a", "value": "b", "effect": "NoSchedule"}]}, []),
        ({"nodeTaints": [{"key": "a b", "effect": "NoSchedule"}]}, ["nodeTaints[0].key"]),
        ({"nodeTaints": [{"effect": "NoSchedule"}]}, ["nodeTaints[0].key"]),
        ({"nodeTaints": [{"key": "a", "value": "b c", "effect": "NoSchedule"}]}, ["nodeTaints[0].value"]),
        ({"nodeTaints": [{"key": "a", "effect": "NoSchedule"}] * 2}, ["nodeTaints[1]"]),
        ({"nodeTaints": [{"key": "a", "effect": effect} for effect in ("NoSchedule", "NoExecute")]}, []),
        ({"nodeTaints": [{"key": key, "effect": "NoSchedule"} for key in "ab"]}, []),
        ({"tolerations": [{"operator": "Exists"}, {"key": "a"}]}, []), ({"tolerations": [{"key": "a"}, {"key": "a b"}]}, ["tolerations[1].key"]),
    ],
)  # fmt: skip
def test_flavors(spec: dict[str, Any], paths: list[str]) -> None:
    found = [wrong.path.removeprefix("spec.") for wrong in queues.flavor({"spec": spec}, "1.37")]
    assert len(found) == len(paths) and all(one.startswith(path) for one, path in zip(found, paths, strict=True))

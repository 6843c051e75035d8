"""Amounts, and what the scheduler adds up for a pod."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import main, overlay, pod, thing
from servelint.views import amounts, interfaces
from servelint.views.demand import CPU, DISK, MEMORY, demand

KEY, DEFAULT = interfaces.KEY, interfaces.DEFAULT


@pytest.mark.parametrize(
    ("written", "bytes_", "shown"),
    [
        ("1Gi", 2**30, "1 GiB"), ("1536Mi", 3 * 2**29, "1.5 GiB"), (1024, 1024, "0 GiB"), ("1500m", 1, "0 GiB"), ("-1", -1, "-0 GiB"), ("100Gi", 100 * 2**30, "100 GiB"),
    ],
)  # fmt: skip
def test_sizes(written: Any, bytes_: int, shown: str) -> None:
    assert (amounts.size(written), amounts.gib(bytes_)) == (bytes_, shown)


@pytest.mark.parametrize(
    ("written", "amount"),
    [(None, 0), (1, 10**9), ("500m", 5 * 10**8), ("1n", 1), ("x", None), ([], None), ("9E30", amounts.LARGEST)],
)
def test_billionths(written: Any, amount: int | None) -> None:
    assert amounts.billionths(written) == amount


def test_what_is_no_size() -> None:
    assert amounts.size(None) is None and amounts.size("x") is None and amounts.billionths("-9E30") == -amounts.LARGEST


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1h", 3600.0), ("1h30m", 5400.0), ("90s", 90.0), ("1.5s", 1.5), ("250ms", 0.25), ("2us", 2e-6), ("2µs", 2e-6), ("5ns", 5e-9), (" 1s ", 1.0),
        ("1", None), ("1d", None), ("1h x", None), ("", None), (60, None), (None, None), ("s", None), ("9999999h", 1e9), ("-1s", None),
    ],
)  # fmt: skip
def test_durations(written: Any, seconds: float | None) -> None:
    assert amounts.seconds(written) == (None if seconds is None else pytest.approx(seconds))


def asks(cpu: Any, **fields: Any) -> dict[str, Any]:
    return main(resources={"requests": {"cpu": cpu}}, **fields)


def limits(cpu: Any) -> dict[str, Any]:
    return main(resources={"limits": {"cpu": cpu}})


def of(*containers: dict[str, Any], annotations: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return thing("Pod", spec={"containers": list(containers), **spec}, annotations=annotations or {})


FUSE = {"gke-gcsfuse/volumes": "true"}


@pytest.mark.parametrize(
    ("body", "millicores"),
    [
        (of(main()), None),
        (of(asks(1)), 1000),
        (of(asks("1500m"), asks("1")), 2500),
        (of(asks("much")), None),
        (of(asks(None)), None),
        (of(asks(-1)), 0),
        (of(limits(2)), 2000),
        (of(main(resources={"requests": {"cpu": 1}, "limits": {"cpu": 2}})), 1000),
        (of(asks(1), initContainers=[asks(3)]), 3000),
        (of(asks(2), initContainers=[asks(1)]), 2000),
        (of(asks(2), initContainers=[asks(1, restartPolicy="Always")]), 3000),
        (of(asks(2, restartPolicy="OnFailure")), 2000),
        (of(main(), initContainers=[asks(1)]), 1000),
        (of(asks(1), overhead={"cpu": "250m"}), 1250),
        (of(main(), overhead={"cpu": "250m"}), None),
        (of(asks(1), annotations=FUSE), 1250),
        (of(asks(1), annotations={**FUSE, "gke-gcsfuse/cpu-request": "2"}), 3000),
        (of(asks(1), annotations={**FUSE, "gke-gcsfuse/cpu-request": "0"}), 1000),
        (of(asks(1), annotations={**FUSE, "gke-gcsfuse/cpu-request": "-1"}), 1000),
        (of(asks(1), annotations={"gke-gcsfuse/volumes": True}), 1250),
        (of(asks(1), annotations={"gke-gcsfuse/volumes": "false"}), 1000),
        (of(main(), annotations=FUSE), None),
    ],
)
def test_what_the_scheduler_counts(body: dict[str, Any], millicores: int | None) -> None:
    given = overlay(body)
    found = demand(given, given.pods[0], CPU)
    assert (found and found.amount) == millicores


def test_the_largest_request_is_shown() -> None:
    for body, pointer in (
        (of(asks(1), asks(2), initContainers=[asks(1)]), ("spec", "containers", 1, "resources", "requests", "cpu")),
        (of(asks(1), initContainers=[asks(2)]), ("spec", "initContainers", 0, "resources", "requests", "cpu")),
        (of(limits(1)), ("spec", "containers", 0, "resources", "limits", "cpu")),
    ):
        given = overlay(body)
        found = demand(given, given.pods[0], CPU)
        assert found is not None and (found.resource, found.pointer) == (given.resources[0], pointer)
    service = thing("InferenceService", spec={"predictor": {"model": {"runtime": "r"}}})
    given = overlay(service, thing("ServingRuntime", "r", {"containers": [asks(1)]}))
    found = demand(given, given.pods[0], CPU)
    assert found is not None and found.resource.kind == "ServingRuntime"


def test_other_resources() -> None:
    given = overlay(of(main(resources={"requests": {"memory": "1Gi", "ephemeral-storage": "2Gi"}}), annotations=FUSE))
    assert [found.amount for amount in (MEMORY, DISK) if (found := demand(given, given.pods[0], amount))] == [
        2**30 + 256 * 2**20, 7 * 2**30,
    ]  # fmt: skip
    assert (CPU.show(1500), MEMORY.show(2**31), DISK.show(2**30)) == ("1.5 CPU", "2 GiB", "1 GiB")


# --- the annotation with a pod's networks


def noted(place: str, name: str = KEY, text: Any = "[]", kind: str = "Deployment") -> dict[str, Any]:
    """An annotation on the pod or on the object around it."""
    note = {"annotations": {name: text}}
    if kind == "InferenceService":
        inner = note if place == "pod" else {}
        return thing(kind, spec={"predictor": {"model": {}, **inner}}, **({} if inner else note))
    around = note if place == "around" else {}
    return thing(
        kind,
        spec={"template": {"metadata": note if place == "pod" else {}, "spec": {"containers": [main()]}}},
        **around,
    )


@pytest.mark.parametrize(
    ("body", "listed", "misplaced"),
    [
        (noted("pod"), True, []), (noted("around"), False, [("metadata", "annotations", KEY)]), (noted("pod", "x"), False, []), (noted("around", "x"), False, []),
        (noted("pod", kind="InferenceService"), True, []), (noted("around", kind="InferenceService"), True, []), (noted("around", "x", kind="InferenceService"), False, []),
    ],
)  # fmt: skip
def test_where_interfaces_are_listed(body: dict[str, Any], listed: bool, misplaced: list[tuple[str, ...]]) -> None:
    one = overlay(body).pods[0]
    found = interfaces.annotated(one)
    assert interfaces.listed(one) is bool(found) is listed
    assert list(interfaces.misplaced(one)) == misplaced
    assert all(resource.at(pointer) == text for resource, pointer, text in found)


def test_lists_of_objects_in_between_are_misplaced_too() -> None:
    spec = {
        "jobTemplate": {
            "metadata": {"annotations": {KEY: "[]"}},
            "spec": {"template": {"spec": {"containers": [main()]}}},
        }
    }
    one = overlay(thing("CronJob", spec=spec)).pods[0]
    assert list(interfaces.misplaced(one)) == [("spec", "jobTemplate", "metadata", "annotations", KEY)]
    lone = overlay(thing("Pod", spec={"containers": [main()]}, annotations={KEY: "[]"})).pods[0]
    assert list(interfaces.misplaced(lone)) == [] and interfaces.listed(lone)


@pytest.mark.parametrize(
    ("text", "found"), [("[]", True), ("SITE_NETWORKS", False), (" SITE_X", False), (7, False), ("x SITE_X", True)]
)
def test_lists_that_a_cluster_fills_in(text: Any, found: bool) -> None:
    assert bool(interfaces.annotated(overlay(noted("pod", text=text)).pods[0])) is found


@pytest.mark.parametrize(
    ("body", "default"),
    [
        (noted("pod", DEFAULT, "eth0"), "eth0"), (noted("around", DEFAULT, "eth0"), None), (noted("pod", DEFAULT, 7), None), (noted("pod"), None),
        (noted("around", DEFAULT, "eth0", kind="InferenceService"), "eth0"), (noted("pod", DEFAULT, "eth1", kind="InferenceService"), "eth1"),
    ],
)  # fmt: skip
def test_the_default_interface(body: dict[str, Any], default: str | None) -> None:
    one = overlay(body).pods[0]
    found = interfaces.default(one)
    assert (found and found[1]) == default and (found is None or one.resource.at(found[0]) == default)


@pytest.mark.parametrize(
    ("text", "pairs", "fault"),
    [
        ("[]", [], None), ('[{"interfaceName": "eth0", "network": "default"}, {"interfaceName": "eth1", "network": "default"}]', [("eth0", "default"), ("eth1", "default")], None),
        ("[", [], "is no JSON"), ("[" * 100_000, [], "is no JSON"), ("{}", [], "must be a JSON list, not dict"), ("[7]", [], "entry 0 must have"),
        ('[{"interfaceName": "eth0"}]', [], "entry 0"), ('[{"network": "n"}]', [], "entry 0"), ('[{"interfaceName": 1, "network": "n"}]', [], "entry 0"),
        ('[{"interfaceName": "", "network": "n"}]', [], "entry 0"), ('[{"interfaceName": "e", "network": ""}]', [], "entry 0"), ('[{"interfaceName": "e", "network": 1}]', [], "entry 0"),
        ('[{"interfaceName": "e", "network": "a"}, {"interfaceName": "e", "network": "b"}]', [], "listed twice"),
    ],
)  # fmt: skip
def test_entries_of_a_list(text: str, pairs: list[tuple[str, str]], fault: str | None) -> None:
    found, said = interfaces.entries(text)
    assert found == pairs and (said is None if fault is None else said is not None and fault in said)


@pytest.mark.parametrize(
    ("text", "number"),
    [("able-rdma-3", 3), ("able-rdma-12", 12), ("able-rdma-", None), ("able-3", None), ("rdma-1-rdma-2", 2), ("rdma-²", None), ("rdma-٣", None), ("rdma-3x", None), ("rdma--3", None)],
)  # fmt: skip
def test_the_number_of_a_network(text: str, number: int | None) -> None:
    assert interfaces.number(text, "rdma-") == number


def test_a_pod_without_annotations() -> None:
    one = overlay(pod()).pods[0]
    assert (interfaces.listed(one), interfaces.default(one), interfaces.annotated(one)) == (False, None, [])

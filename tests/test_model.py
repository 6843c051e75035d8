"""What the steps hand to each other, at its edges."""

from __future__ import annotations

import datetime
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from servelint.model import (
    Exception_,
    Finding,
    Ledger,
    Overlay,
    Problem,
    Resource,
    Target,
    is_marker,
    once_a_place,
    pods_of,
    prefix,
    texts,
    walk,
    whole,
)

FINDING = Finding(
    overlay="overlays/a/b/c", file="f", line=1, rule="some-smell", api_version="v1", resource_kind="Pod", namespace="",
    name="x", pointer="", message="", severity="error", hint="", covers=(),
)  # fmt: skip
EXCEPTION = Exception_("some-smell", "overlays/a/b/*", "because", datetime.date(2026, 1, 1), 1)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (8, 8), ("8", 8), (" 8 ", 8), ("-8", -8), (True, None), (8.0, None), ("8.0", None), ("", None), (None, None),
        (2**63 - 1, 2**63 - 1), (2**63, None), (-(2**63), -(2**63)), (-(2**63) - 1, None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_whole(value: object, number: int | None) -> None:
    assert whole(value) == number and type(whole(value)) is type(number)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("overlays/a4x/qwen/serve", "qwen-serve-a4x-"), ("overlays/clusters/prod/sync", None), ("overlays/a4x/qwen", None),
        ("base/a4x/qwen/serve", None), ("overlays/a4x/qwen/serve/more", None),
    ],
)  # fmt: skip
def test_prefix(path: str, expected: str | None) -> None:
    assert prefix(path) == expected


def test_what_blocks() -> None:
    assert FINDING.blocks
    assert not replace(FINDING, severity="warning").blocks
    assert not replace(FINDING, waived="because").blocks


def test_what_an_exception_covers() -> None:
    assert EXCEPTION.covers(FINDING) and EXCEPTION.is_wildcard
    assert not EXCEPTION.covers(replace(FINDING, rule="other-smell"))
    assert not EXCEPTION.covers(replace(FINDING, overlay="overlays/a/other/c"))
    assert not replace(EXCEPTION, where="overlays/a/b/c").is_wildcard


@pytest.mark.parametrize(
    ("where", "expires", "boundless"),
    [
        ("overlays/h/m/*", 2, True),  # ten of ten leaves
        ("overlays/h/m/[1-9]", 2, True),  # nine of ten
        ("overlays/h/m/[2-9]", 2, False),  # eight
        ("overlays/h/m/[1-9]", 1, True),  # holds today still
        ("overlays/h/m/*", 0, False),  # over
        ("overlays/*/*/serve", 2, False),
        ("overlays/*", 2, True),  # reaches what is added tomorrow
        ("a.*", 2, True),  # manifests of tomorrow are not known
        ("overlays/h/m/1", 2, False),
    ],
)
def test_an_exception_without_bounds(where: str, expires: int, boundless: bool) -> None:
    today = datetime.date(2026, 1, 2)
    exception = replace(EXCEPTION, where=where, expires=today + datetime.timedelta(days=expires - 1))
    leaves = tuple(Target(f"overlays/h/m/{i}", "leaf", "h", "m", str(i)) for i in range(10))
    fleet = (*leaves, Target("overlays/clusters/prod", "cluster"), Target("a.yaml", "manifest"))
    assert Ledger((exception,), frozenset(), today, True, fleet).boundless == ({exception} if boundless else set())


def resource(kind: str, api_version: str = "v1", **fields: Any) -> Resource:
    return Resource(
        {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "labels": {"a": "b"}}, **fields}
    )


CONTAINERS = {"containers": [{"name": "main"}]}


@pytest.mark.parametrize(
    ("given", "pointer", "meta_pointer", "count"),
    [
        (resource("Pod", spec=CONTAINERS), ("spec",), ("metadata",), 1),
        (
            resource("Deployment", "apps/v1", spec={"replicas": 3, "template": {"spec": CONTAINERS}}),
            ("spec", "template", "spec"), ("spec", "template", "metadata"), 3,
        ),
        (
            resource("InferenceService", "serving.kserve.io/v1beta1", spec={"predictor": {"model": {}}}),
            ("spec", "predictor"), ("spec", "predictor"), 1,
        ),
    ],
)  # fmt: skip
def test_pods_are_found_by_shape(given: Resource, pointer: Any, meta_pointer: Any, count: int) -> None:
    (pod,) = pods_of(given)
    assert (pod.pointer, pod.meta_pointer, pod.count) == (pointer, meta_pointer, count)
    assert pod.labels == ({"a": "b"} if given.kind == "Pod" else {})


@pytest.mark.parametrize("given", [
    resource("ConfigMap", spec=CONTAINERS), resource("Pod", spec={"containers": [{}]}), resource("Other", spec={"model": {}}),
])  # fmt: skip
def test_what_only_looks_like_a_pod(given: Resource) -> None:
    assert list(pods_of(given)) == []


def test_containers_in_their_order() -> None:
    spec = {"initContainers": [{"name": "first"}], "containers": [{"name": "main"}, "text"], "model": {"name": "model"}}
    (pod,) = pods_of(resource("InferenceService", "serving.kserve.io/v1beta1", spec={"predictor": spec}))
    assert [(c.name, c.init, c.pointer[2:]) for c in pod.containers] == [
        ("model", False, ("model",)),
        ("main", False, ("containers", 0)),
        ("first", True, ("initContainers", 0)),
    ]
    (other,) = pods_of(resource("Pod", spec=spec))
    assert [c.name for c in other.main] == ["main"]


@pytest.mark.parametrize(
    ("resources", "gpus", "pointer"),
    [
        (
            {"limits": {"nvidia.com/gpu": 8}, "requests": {"nvidia.com/gpu": 4}},
            8,
            ("resources", "limits", "nvidia.com/gpu"),
        ),
        ({"limits": {"cpu": 1}, "requests": {"nvidia.com/gpu": "4"}}, 4, ("resources", "requests", "nvidia.com/gpu")),
        ({"limits": {"cpu": 1}}, 0, ("resources",)),
        ({}, 0, ()),
    ],
)
def test_gpus_of_a_container(resources: dict[str, Any], gpus: int, pointer: Any) -> None:
    (pod,) = pods_of(resource("Pod", spec={"containers": [{"name": "main", "resources": resources}]}))
    assert pod.gpus == gpus
    assert pod.main[0].gpu_pointer == ("spec", "containers", 0, *pointer)
    assert bool(Overlay("o", "leaf", (pod.resource,)).gpu_pods) == bool(gpus)


def test_environment_and_words() -> None:
    body = {
        "name": "main", "command": ["a", 1], "args": ["b"], "volumeMounts": [None, {"name": "v"}],
        "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {}}, {"name": "A", "value": "2"}],
    }  # fmt: skip
    (pod,) = pods_of(resource("Pod", spec={"containers": [body]}))
    at = ("spec", "containers", 0)
    assert pod.main[0].env == {"A": ("2", (*at, "env", 2, "value"))}
    assert pod.main[0].words == [("a", (*at, "command", 0)), ("b", (*at, "args", 0))]
    assert pod.main[0].mounts == [((*at, "volumeMounts", 1), {"name": "v"})]


def test_what_an_overlay_finds_by_name_and_kind() -> None:
    first, second, third = resource("A"), resource("B"), resource("A", metadata={"name": "y", "namespace": "n"})
    overlay = Overlay(
        "overlays/a/b/c", "leaf", (first, second, third), external=frozenset({("Secret", "s")}), siblings=("z-",)
    )
    assert overlay.named("A", "x") is first and overlay.named("A", "y", "n") is third
    assert overlay.named("A", "y") is third and overlay.named("A", "y", "m") is None and overlay.named("B", "y") is None
    assert list(overlay.of("B", "A")) == [first, second, third] and list(overlay.of("A")) == [first, third]
    assert overlay.may_name("Secret", "s") and overlay.may_name("Service", "z-x")
    assert not overlay.may_name("Secret", "t") and not overlay.may_name("Service", "s")


@pytest.mark.parametrize(
    ("path", "kind", "final"),
    [
        ("overlays/a/b/c", "leaf", False), ("overlays/clusters/p", "cluster", True), ("overlays/clusters/p/sync", "sync", True),
        ("a.yaml", "manifest", True),
    ],
)  # fmt: skip
def test_what_a_cluster_gets_as_it_is(path: str, kind: str, final: bool) -> None:
    assert Overlay(path, kind, ()).final is final


def test_what_a_resource_holds_at_a_pointer() -> None:
    given = resource("Pod", spec={"containers": [{"name": "main"}]})
    assert given.at(("spec", "containers", 0, "name")) == "main" and given.at(()) is given.body
    for pointer in (("spec", "none"), ("spec", "containers", 1), ("spec", 0), ("kind", "x")):
        assert given.at(pointer) is None


def test_what_a_pod_says_of_itself() -> None:
    spec = {**CONTAINERS, "volumes": [None, {"name": "v"}, {"emptyDir": {}}]}
    template = {"metadata": {"annotations": {"a": "b"}, "labels": {"c": "d"}}, "spec": spec}
    (pod,) = pods_of(resource("Deployment", "apps/v1", spec={"template": template}))
    assert (pod.annotations, pod.labels, pod.serves) == ({"a": "b"}, {"c": "d"}, True)
    assert pod.volumes == {
        "v": (("spec", "template", "spec", "volumes", 1), {"name": "v"}),
        "": (("spec", "template", "spec", "volumes", 2), {"emptyDir": {}}),
    }
    for kind in ("Job", "CronJob", "JobSet", "MPIJob", "Workflow"):
        (pod,) = pods_of(resource(kind, spec={"template": template}))
        assert not pod.serves


def test_the_machine_of_a_pod() -> None:
    known: Any = {name: SimpleNamespace(accelerator=f"nvidia-{name}") for name in ("a", "b")}
    wanted = {"nodeSelector": {"cloud.google.com/gke-accelerator": "nvidia-b"}}
    (pod,) = pods_of(resource("Pod", spec={**CONTAINERS, **wanted}))
    (free,) = pods_of(resource("Pod", spec=CONTAINERS))
    cluster = Overlay("overlays/clusters/p", "cluster", (), all_hardware=known)
    assert cluster.hardware_of(pod) is known["b"] and cluster.hardware_of(free) is None
    assert Overlay("overlays/a/b/c", "leaf", (), known["a"], all_hardware=known).hardware_of(pod) is known["a"]


def test_one_thing_is_said_of_a_place() -> None:
    first, second = resource("A"), resource("A")
    said = [(first, "x", "1"), (first, "x", "2"), (first, "y", "3"), (second, "x", "4"), (first, "y", "5")]
    check = once_a_place(lambda overlay: (Problem(of, (at,), message) for of, at, message in said))
    assert [problem.message for problem in check(Overlay("o", "leaf", ()))] == ["1", "3", "4"]


def test_exceptions_of_one_severity_are_counted_by_themselves() -> None:
    today = datetime.date(2026, 1, 1)
    fleet = tuple(Target(f"overlays/h/m/{i}", "leaf", "h", "m", str(i)) for i in range(10))
    low, high = replace(EXCEPTION, where="overlays/h/m/[0-4]"), replace(EXCEPTION, where="overlays/h/m/[5-9]")
    for one, other, found in (
        ("error", "error", True), ("error", None, True), ("error", "warning", False), (None, None, True),
    ):  # fmt: skip
        cut = (replace(low, severity=one), replace(high, severity=other))
        assert Ledger(cut, frozenset(), today, True, fleet).boundless == (set(cut) if found else set())
    apart = (low, replace(high, rule="other-smell"))
    assert Ledger(apart, frozenset(), today, True, fleet).boundless == set()
    files = (*fleet, Target("a.yaml", "manifest"), Target("b.yaml", "manifest"))
    few = replace(EXCEPTION, where="a.y*")
    assert Ledger((few,), frozenset(), today, True, files).boundless == {few}


# --- values of any shape ----------------------------------------------------------------------------------------------

BODY = {"a": ["x", {"b": "y", 3: None}], "skip": {"c": "z"}, "empty": ""}


def test_walk_goes_everywhere_outermost_first() -> None:
    assert list(walk(BODY)) == [
        (BODY, ()),
        (BODY["a"], ("a",)),
        ("x", ("a", 0)),
        ({"b": "y", 3: None}, ("a", 1)),
        ("y", ("a", 1, "b")),
        (None, ("a", 1, 3)),
        ({"c": "z"}, ("skip",)),
        ("z", ("skip", "c")),
        ("", ("empty",)),
    ]


def test_walk_looks_below_no_key_that_is_skipped_and_begins_where_it_is_told() -> None:
    assert [at for _, at in walk(BODY, ("data", "f"), ("skip", "a"))] == [("data", "f"), ("data", "f", "empty")]


def test_texts_are_values_and_never_keys() -> None:
    assert list(texts(BODY)) == [("x", ("a", 0)), ("y", ("a", 1, "b")), ("z", ("skip", "c")), ("", ("empty",))]
    assert list(texts("alone", ("at",))) == [("alone", ("at",))] and list(texts(3)) == []


@pytest.mark.parametrize("value", ["SITE_BUCKET", "gs://SITE_BUCKET/logs", "projects/SITE_PROJECT_2", "a-SITE_X"])
def test_a_marker_may_be_a_part(value: str) -> None:
    assert is_marker(value)


@pytest.mark.parametrize("value", ["", "bucket", "SITE_", "site_bucket", "WEBSITE_URL", ["SITE_BUCKET"], 3, None])
def test_no_marker(value: object) -> None:
    assert not is_marker(value)

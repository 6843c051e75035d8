"""What KServe makes of a predictor and its runtime: one container, and who wrote what of it."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import main, overlay, pod, thing
from servelint.views import kserve


def service(model: dict[str, Any] | None = None, **predictor: Any) -> dict[str, Any]:
    return thing("InferenceService", "s", {"predictor": {"model": {"runtime": "r", **(model or {})}, **predictor}})


def runtime(*containers: dict[str, Any], name: str = "r", kind: str = "ServingRuntime", **spec: Any) -> dict[str, Any]:
    return thing(kind, name, {"containers": list(containers) or [main()], **spec})


@pytest.mark.parametrize(
    ("bodies", "found"),
    [
        ((service(), runtime()), "ServingRuntime"),
        ((service(), runtime(kind="ClusterServingRuntime")), "ClusterServingRuntime"),
        ((service(), runtime(kind="ClusterServingRuntime"), runtime()), "ServingRuntime"),
        ((service(), runtime(name="other")), None),
        ((service(), thing("PodTemplate", "r")), None),
        ((service({"runtime": None}), runtime(name=""), runtime(name="None")), None),
        ((pod(spec={"model": {"runtime": "r"}}), runtime()), None),
    ],
)
def test_the_runtime_of_a_predictor(bodies: tuple[dict[str, Any], ...], found: str | None) -> None:
    given = overlay(*bodies)
    below = kserve.runtime(given, given.pods[0])
    assert (below and below.kind) == found


@pytest.mark.parametrize(
    ("above", "below", "merged"),
    [
        ({"image": "a"}, {"image": "b", "command": ["x"]}, {"image": "a", "command": ["x"]}),
        ({"args": ["a"]}, {"args": ["b", "c"]}, {"args": ["b", "c", "a"]}),
        ({"args": ["a"]}, {}, {"args": ["a"]}),
        ({}, {"args": ["b"]}, {"args": ["b"]}),
        ({"args": "a"}, {"args": ["b"]}, {"args": "a"}),
        ({"env": [{"name": "A", "value": 1}]}, {"env": [{"name": "B"}, {"name": "A", "value": 2}]},
         {"env": [{"name": "A", "value": 1}, {"name": "B"}]}),
        ({"ports": [{"containerPort": 1}]}, {"ports": [{"containerPort": 1, "name": "x"}, {"containerPort": 2}]},
         {"ports": [{"containerPort": 1}, {"containerPort": 2}]}),
        ({"volumeMounts": [{"mountPath": "/a"}]}, {"volumeMounts": [{"mountPath": "/b"}]},
         {"volumeMounts": [{"mountPath": "/a"}, {"mountPath": "/b"}]}),
        ({"command": ["a"]}, {"command": ["b", "c"]}, {"command": ["a"]}),
        ({"resources": {"limits": {"cpu": 1}}}, {"resources": {"limits": {"cpu": 2, "gpu": 8}, "requests": {"cpu": 3}}},
         {"resources": {"limits": {"cpu": 1, "gpu": 8}, "requests": {"cpu": 3}}}),
        ({"resources": {"claims": [1]}}, {"resources": {"limits": {}}}, {"resources": {"claims": [1]}}),
        ({"resources": {}}, {"resources": {"requests": {}}}, {}),
    ],
)  # fmt: skip
def test_a_predictor_lies_over_its_runtime(
    above: dict[str, Any], below: dict[str, Any], merged: dict[str, Any]
) -> None:
    given = overlay(
        service(above),
        thing("ServingRuntime", "r", {"containers": [{"name": "kserve-container", "image": "i", **below}]}),
    )
    (container,) = kserve.main(given, given.pods[0])
    body = {
        key: value for key, value in container.body.items() if key in (*above, *below, "resources") and key != "runtime"
    }
    assert body == merged
    assert container.pointer == ("spec", "predictor", "model") and not container.init


def test_which_container_of_a_runtime() -> None:
    side, server = main(name="side", image="side:v1"), main(name="kserve-container", image="server:v1")
    for containers, image in (((side, server), "server:v1"), ((side,), "side:v1"), ((server, side), "server:v1")):
        given = overlay(service(), runtime(*containers))
        assert [one.image for one in kserve.main(given, given.pods[0])] == [image]
    helper = main(name="helper", image="helper:v1")
    given = overlay(service(containers=[helper]), runtime(server))
    assert [one.image for one in kserve.main(given, given.pods[0])] == ["server:v1", "helper:v1"]
    for bodies in ((service(),), (pod(),)):
        given = overlay(*bodies)
        assert kserve.main(given, given.pods[0]) == given.pods[0].main


ABOVE = {"args": ["a"], "env": [{"name": "A"}, {"name": "C"}], "image": "own", "resources": {"limits": {"cpu": 1}}}
BELOW = {
    "args": ["b", "c"], "env": [{"name": "A"}, {"name": "B"}, {"name": "D"}], "command": ["x"], "name": "kserve-container",
    "resources": {"limits": {"cpu": 2, "gpu": 8}}, "image": "theirs",
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "kind", "there"),
    [
        (("args", 0), "ServingRuntime", ("args", 0)), (("args", 1), "ServingRuntime", ("args", 1)), (("args", 2), "InferenceService", ("args", 0)),
        (("env", 0, "name"), "InferenceService", ("env", 0, "name")), (("env", 1, "name"), "InferenceService", ("env", 1, "name")),
        (("env", 2, "name"), "ServingRuntime", ("env", 1, "name")), (("env", 3), "ServingRuntime", ("env", 2)),
        (("image",), "InferenceService", ("image",)), (("command", 0), "ServingRuntime", ("command", 0)), (("command",), "ServingRuntime", ("command",)),
        (("resources", "limits", "cpu"), "InferenceService", ("resources", "limits", "cpu")),
        (("resources", "limits", "gpu"), "ServingRuntime", ("resources", "limits", "gpu")),
        (("nowhere",), "InferenceService", ("nowhere",)), ((), "InferenceService", ()), (("args",), "InferenceService", ("args",)),
    ],
)  # fmt: skip
def test_who_wrote_what(place: tuple[str | int, ...], kind: str, there: tuple[str | int, ...]) -> None:
    given = overlay(service(ABOVE), thing("ServingRuntime", "r", {"containers": [BELOW]}))
    (container,) = kserve.main(given, given.pods[0])
    start = {"InferenceService": container.pointer, "ServingRuntime": ("spec", "containers", 0)}
    resource, pointer = kserve.origin(container, (*container.pointer, *place))
    assert (resource.kind, pointer) == (kind, (*start[kind], *there))


def test_what_stands_elsewhere_is_the_predictors() -> None:
    given = overlay(service(ABOVE), thing("ServingRuntime", "r", {"containers": [BELOW]}))
    (container,) = kserve.main(given, given.pods[0])
    assert kserve.origin(container, ("metadata", "name", "x", "command")) == (
        given.resources[0],
        ("metadata", "name", "x", "command"),
    )
    plain = overlay(pod())
    assert kserve.origin(plain.pods[0].main[0], ("spec", "x")) == (plain.resources[0], ("spec", "x"))


def test_gpus_and_runtimes_in_use() -> None:
    given = overlay(service(), runtime(main(8)), runtime(main(4), name="q"), pod(gpus=2))
    assert [kserve.gpus(given, one) for one in given.pods] == [8, 8, 4, 2]
    assert [kserve.is_runtime_in_use(given, one) for one in given.pods] == [False, True, False, False]


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ("RawDeployment", "Standard"), ("Standard", "Standard"), ("Serverless", "Knative"), ("Knative", "Knative"),
        ("ModelMesh", "ModelMesh"), ("standard", ""), (None, ""),
    ],
)  # fmt: skip
def test_modes(written: str | None, mode: str) -> None:
    annotations = {"serving.kserve.io/deploymentMode": written}
    assert kserve.mode(overlay(thing("InferenceService", annotations=annotations)).resources[0]) == mode


@pytest.mark.parametrize(
    ("bodies", "spans"),
    [
        ((service(),), False), ((service(workerSpec={}),), True), ((service(workerSpec=None),), False), ((service(), runtime()), False),
        ((service(), runtime(workerSpec={})), True),
    ],
)  # fmt: skip
def test_predictors_that_span_hosts(bodies: tuple[dict[str, Any], ...], spans: bool) -> None:
    given = overlay(*bodies)
    assert kserve.workers(given, given.pods[0]) is spans

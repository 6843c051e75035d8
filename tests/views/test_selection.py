"""Which pods a selector selects, which of them serve, and which ports they answer on."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import config, main, overlay, pod, template, thing
from servelint.views import selection
from servelint.views.engines import engine_of

LWS = "leaderworkerset.sigs.k8s.io/"


def labelled(**labels: Any) -> dict[str, Any]:
    return {"metadata": {"labels": labels}, **template()}


def lws(**more: Any) -> dict[str, Any]:
    return thing("LeaderWorkerSet", "n", {"leaderWorkerTemplate": {"workerTemplate": template(), **more}})


@pytest.mark.parametrize(
    ("body", "labels"),
    [
        (thing("Pod", labels={"a": 1}, spec={"containers": [main()]}), {"a": 1}),
        (thing("Deployment", "n", {"template": labelled(a="b")}), {"a": "b", "pod-template-hash": selection.ANY}),
        (thing("Job", "n", {"template": labelled()}), {"job-name": "n", "batch.kubernetes.io/job-name": "n"}),
        (thing("StatefulSet", "n", {"template": labelled()}),
         {"statefulset.kubernetes.io/pod-name": selection.ANY, "apps.kubernetes.io/pod-index": selection.ANY}),
        (thing("DaemonSet", "n", {"template": labelled(a="b")}), {"a": "b"}),
        (lws(), {f"{LWS}name": "n", f"{LWS}worker-index": selection.ANY, f"{LWS}group-index": selection.ANY}),
        (thing("InferenceService", "n", {"predictor": {"model": {}, "labels": {"b": "c"}}}, labels={"a": "b"}),
         {"a": "b", "b": "c", "serving.kserve.io/inferenceservice": "n", "component": "predictor", "app": "isvc.n-predictor"}),
        (thing("Job", "n", {"template": labelled(**{"job-name": "own"})}), {"job-name": "own", "batch.kubernetes.io/job-name": "n"}),
    ],
)  # fmt: skip
def test_labels_at_run_time(body: dict[str, Any], labels: dict[str, Any]) -> None:
    assert selection.labels_of(overlay(body).pods[0]) == labels


def test_labels_of_leaders_and_of_sets_of_jobs() -> None:
    pods = overlay(lws(leaderTemplate=template())).pods
    indices = {"leaderTemplate" in one.pointer: selection.labels_of(one)[f"{LWS}worker-index"] for one in pods}
    assert indices == {True: "0", False: "1"}
    (one,) = overlay(thing("JobSet", "n", {"replicatedJobs": [{"template": {"spec": {"template": labelled()}}}]})).pods
    labels = selection.labels_of(one)
    assert labels.pop("jobset.sigs.k8s.io/jobset-name") == "n" and len(labels) == 7
    assert set(labels.values()) == {selection.ANY}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ({}, True),
        ({"matchLabels": {"a": "1"}}, True), ({"matchLabels": {"a": 1}}, True), ({"matchLabels": {"a": "2"}}, False),
        ({"matchLabels": {"c": "1"}}, False), ({"matchLabels": {"any": "thing"}}, True),
        ({"matchLabels": {"a": "1", "b": "3"}}, False),
        ("In a 1 2", True), ("In a 2 3", False), ("In c 1", False), ("In any x", True), ("In a", False),
        ("NotIn a 2", True), ("NotIn a 1 2", False), ("NotIn c 1", True), ("NotIn c None", True), ("NotIn any x", True),
        ("Exists a", True), ("Exists c", False), ("Exists any", True),
        ("DoesNotExist a", False), ("DoesNotExist c", True), ("DoesNotExist any", False), ("Other a 2", True),
    ],
)  # fmt: skip
def test_selectors(selector: Any, matches: bool) -> None:
    if isinstance(selector, str):
        operator, key, *values = selector.split()
        selector = {"matchExpressions": [{"key": key, "operator": operator, **({"values": values} if values else {})}]}
    assert selection.selects(selector, {"a": 1, "b": "2", "any": selection.ANY}) is matches


APP = {"matchLabels": {"app": "x"}}


def app(name: str, namespace: str = "", kind: str = "Deployment", **labels: Any) -> dict[str, Any]:
    return thing(kind, name, {"template": labelled(**{"app": "x", **labels})}, namespace=namespace)


@pytest.mark.parametrize(
    ("selector", "near", "all_"),
    [
        (APP, ["a", "c"], ["a", "b", "c"]),
        ({}, ["a", "c", "d"], ["a", "b", "c", "d"]),
        ({"matchLabels": {"app": "x", "part": "1"}}, ["a"], ["a"]),
        ({"matchLabels": {"app": "y"}}, ["d"], ["d"]),
        ({"matchLabels": {"app": "z"}}, [], []),
        ({"matchLabels": {"app": "x", "pod-template-hash": "123"}}, ["a", "c"], ["a", "b", "c"]),
        (
            {"matchExpressions": [{"key": "app", "operator": "In", "values": ["x", "y"]}]},
            ["a", "c", "d"],
            ["a", "b", "c", "d"],
        ),
        ({"matchExpressions": [{"key": "part", "operator": "Exists"}]}, ["a"], ["a"]),
        ({"matchExpressions": [{"key": "part", "operator": "NotIn", "values": ["1"]}]}, ["c", "d"], ["b", "c", "d"]),
    ],
)
def test_pods_of_a_selector(selector: dict[str, Any], near: list[str], all_: list[str]) -> None:
    runtime = thing("PodTemplate", "r", {"template": labelled(app="x")}, namespace="n")
    service = thing("Service", namespace="n")
    given = overlay(service, app("a", "n", part=1), app("b", "m"), app("c"), app("d", "n", app="y"), runtime)
    names = [one.resource.name for one in selection.selected(given, given.resources[0], selector)]
    everywhere = [one.resource.name for one in selection.anywhere(given, selector) if one.resource.kind == "Deployment"]
    assert (names, everywhere) == (near, all_)


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ({"selector": {"app": "x"}}, ["a"]), ({"selector": {"app": "y"}}, []), ({"selector": {}}, None), ({}, None),
        ({"selector": {"app": "x"}, "type": "ExternalName"}, None), ({"selector": {"app": "x"}, "type": "ClusterIP"}, ["a"]),
    ],
)  # fmt: skip
def test_pods_behind_a_service(spec: dict[str, Any], names: list[str] | None) -> None:
    given = overlay(thing("Service", spec=spec), app("a"))
    found = selection.service_pods(given, given.resources[0])
    assert (found and [one.resource.name for one in found]) == (names and names) and (found is None) == (names is None)


@pytest.mark.parametrize(
    ("one", "other", "are"), [("a", "a", True), ("a", "b", False), ("", "a", True), ("a", "", True), ("", "", True)]
)
def test_namespaces_that_may_be_one(one: str, other: str, are: bool) -> None:
    assert selection.together(one, other) is are


def custom(spec: dict[str, Any], kind: str = "LlamaStack", version: str = "example.com/v1") -> dict[str, Any]:
    return thing(kind, spec=spec, apiVersion=version)


@pytest.mark.parametrize(
    ("body", "makes", "hides"),
    [
        (custom({"replicas": 1}), True, True),
        (custom({"server": [{"image": "x"}]}), True, True),
        (custom({"size": 1}), False, False),
        (custom({"replicas": 1}, version="apps/v1"), False, False),
        (custom({"replicas": 1}, version="batch/v1"), False, False),
        (custom({"replicas": 1}, version="v1"), False, False),
        (custom({"containers": [main()]}, "ServingRuntime", "serving.kserve.io/v1alpha1"), False, False),
        (lws(), True, False),
        (thing("LeaderWorkerSet", spec={}), True, True),
        (thing("JobSet", spec={}), True, True),
        (thing("InferenceService", spec={"predictor": {"model": {}}}), True, False),
        (custom({"containers": [main()]}), True, True),
    ],
)
def test_custom_objects_that_pods_are_made_from(body: dict[str, Any], makes: bool, hides: bool) -> None:
    given = overlay(body)
    assert (selection.makes_pods(given.resources[0]), selection.hidden_pods(given)) == (makes, hides)


def test_declared_ports() -> None:
    ports = [{"name": "http", "containerPort": 80}, {"containerPort": "x"}, {"containerPort": "81"}, "x"]
    spec = {"initContainers": [main(name="side", ports=[{"containerPort": 82}])]}
    given = overlay(pod(ports=ports, spec=spec))
    found = selection.declared_ports(given, given.pods[0])
    assert [(port.name, port.number, port.container.name) for port in found] == [
        ("http", 80, "main"),
        ("", 81, "main"),
        ("", 82, "side"),
    ]
    assert [str(given.resources[0].at(port.pointer)) for port in found] == ["80", "81", "82"]


SGLANG = "python3 -m sglang.launch_server --model-path m"
MOUNTED = {
    "volumeMounts": [{"name": "c", "mountPath": "/c"}],
    "spec": {"volumes": [{"name": "c", "configMap": {"name": "c"}}]},
}


@pytest.mark.parametrize(
    ("line", "ports"),
    [
        (SGLANG, {30000}),
        (f"{SGLANG} --port 80", {80}),
        (f"{SGLANG} --port=80", {80}),
        (f"{SGLANG} --port 80 --port 81", {81}),
        (f"{SGLANG} --port $PORT", {8080}),
        (f"{SGLANG} --port '\"$PORT\"'", {8080}),
        (f"{SGLANG} --port $NONE", None),
        (f"{SGLANG} --port high", None),
        (f"proxy --port 80 & {SGLANG}", {30000}),
        (f'{SGLANG} "${{ARGS[@]}}"', None),
        (f'{SGLANG} --port 80 "${{ARGS[@]}}"', {80}),
        ("vllm serve m", {8000}),
        ("tritonserver --model-repository=/m", {8000, 8001, 8002}),
        ("tritonserver --model-repository=/m --grpc-port=9", {8000, 9, 8002}),
    ],
)
def test_ports_that_a_server_listens_on(line: str, ports: set[int] | None) -> None:
    given = overlay(pod(command=["bash", "-c", line], env=[{"name": "PORT", "value": "8080"}]))
    engine = selection.engine_in(given, given.pods[0], given.pods[0].main[0])
    assert engine is not None and selection.listening(given, engine) == ports


@pytest.mark.parametrize(
    ("name", "text", "ports"),
    [
        ("run.sh", "start --port 80", {80}), ("run.sh", "start --port=81", {81}), ("run.sh", "start --port 80; x --port=81", {81}),
        ("run.sh", "start port 80 --ports 81", {30000}), ("run.py", "start --port 80", {30000}), ("run.txt", "start --port 80", {30000}),
    ],
)  # fmt: skip
def test_ports_in_mounted_scripts(name: str, text: str, ports: set[int]) -> None:
    given = overlay(pod(command=SGLANG.split(), **MOUNTED), config(**{name: text}))
    engine = engine_of(given, given.pods[0].main[0])
    assert engine is not None and selection.listening(given, engine) == ports


@pytest.mark.parametrize(
    ("line", "serves"), [(SGLANG, True), ("python3 -m sglang.bench_serving", False), ("sleep 1", False)]
)
def test_the_server_in_a_container(line: str, serves: bool) -> None:
    given = overlay(pod(command=["bash", "-c", line]))
    assert (selection.engine_in(given, given.pods[0], given.pods[0].main[0]) is not None) is serves

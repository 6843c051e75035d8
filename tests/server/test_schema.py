"""The schema step: what it accepts, and the one sentence it says about each mistake."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import pytest

from servelint.server import schema
from servelint.server.schema import NEWEST, VERSIONS, UnknownKind, Violation, violations


def deployment() -> dict[str, Any]:
    container = {
        "name": "server",
        "image": "example/sglang:v1",
        "env": [{"name": "NCCL_DEBUG", "value": "INFO"}],
        "ports": [{"containerPort": 8000, "name": "http"}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}},
        "resources": {"limits": {"nvidia.com/gpu": 8, "memory": "80Gi", "cpu": 0.5}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "server", "labels": {"app": "server"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "server"}},
            "template": {"metadata": {"labels": {"app": "server"}}, "spec": {"containers": [container]}},
        },
    }


CONTAINER = ("spec", "template", "spec", "containers", 0)


def container(body: dict[str, Any]) -> dict[str, Any]:
    return body["spec"]["template"]["spec"]["containers"][0]


def queue(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "kueue.x-k8s.io/v1beta1",
        "kind": "ClusterQueue",
        "metadata": {"name": "q"},
        "spec": spec,
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_a_good_deployment_passes_every_version(version: str) -> None:
    assert violations(deployment(), version) == []


def test_versions_are_ordered_and_end_with_the_newest() -> None:
    assert VERSIONS == ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")
    assert NEWEST == "1.37"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_kind_compiles(version: str) -> None:
    served = [pair for pair in sorted(schema.kinds()) if schema.known(*pair, version)]
    assert len(served) > 70
    for api_version, kind in served:
        assert violations({"apiVersion": api_version, "kind": kind, "metadata": 1}, version)


@pytest.mark.parametrize(
    ("at", "value", "pointer", "message"),
    [
        (("env", 0, "value"), 1, ("env", 0, "value"), "expected string, got integer 1; quote it"),
        (("env", 0, "value"), True, ("env", 0, "value"), "expected string, got boolean true; quote it"),
        (("env", 0, "value"), 1.5, ("env", 0, "value"), "expected string, got number 1.5; quote it"),
        (("image",), None, None, None),
        (("name",), None, ("name",), "expected string, got null"),
        (("imagePulPolicy",), "Always", ("imagePulPolicy",),
         'unknown field "imagePulPolicy" (did you mean "imagePullPolicy"?)'),
        (("zzz",), 1, ("zzz",), 'unknown field "zzz"'),
        (("ports", 0, "containerPort"), "8000", ("ports", 0, "containerPort"),
         'expected integer, got string "8000"; remove the quotes'),
        (("ports", 0, "containerPort"), 2**40, ("ports", 0, "containerPort"),
         "must be at most 2147483647, got integer 1099511627776"),
        (("tty",), "yes", ("tty",), 'expected boolean, got string "yes"; write true or false without quotes'),
        (("readinessProbe", "httpGet", "port"), [1], ("readinessProbe", "httpGet", "port"),
         "expected integer or string, got an array"),
        (("resources", "limits", "memory"), "80GB", ("resources", "limits", "memory"),
         '"80GB" is not a quantity such as 500m or 80Gi'),
        (("resources", "limits", "memory"), {"a": 1}, ("resources", "limits", "memory"),
         "expected string or number, got an object"),
        (("args",), "--tp 8", ("args",), 'expected array, got string "--tp 8"'),
    ],
)  # fmt: skip
def test_one_mistake_one_violation(at: Any, value: Any, pointer: Any, message: str | None) -> None:
    body = deployment()
    node: Any = container(body)
    for step in at[:-1]:
        node = node[step]
    node[at[-1]] = value
    found = [(violation.pointer, violation.message) for violation in violations(body)]
    assert found == ([] if message is None else [(CONTAINER + pointer, message)])


def test_a_missing_field_is_named_at_its_parent() -> None:
    body = deployment()
    del container(body)["name"]
    assert violations(body) == [Violation(CONTAINER, 'missing required field "name"', "required", "name")]


def test_a_misspelt_required_field_is_one_mistake() -> None:
    body = deployment()
    container(body)["nmae"] = container(body).pop("name")
    assert [(v.pointer, v.keyword) for v in violations(body)] == [((*CONTAINER, "nmae"), "additionalProperties")]


def test_a_misspelling_is_known_by_the_field_it_means_and_not_by_the_sentence() -> None:
    body = deployment()
    container(body)['na"me'] = container(body).pop("name")  # a quote of its own would end the name in a message
    (found,) = violations(body)
    assert (found.pointer, found.field) == ((*CONTAINER, 'na"me'), "name")


def test_an_enum_lists_what_is_allowed() -> None:
    found = violations(queue(queueingStrategy="FIFO"))
    assert found == [
        Violation(
            ("spec", "queueingStrategy"),
            'expected one of "StrictFIFO", "BestEffortFIFO", got string "FIFO"',
            "enum",
        )
    ]


def test_violations_come_in_the_order_of_their_pointers() -> None:
    body = deployment()
    pod = body["spec"]["template"]["spec"]
    pod["containers"] = [{"name": f"c{place}", "tty": place} for place in range(12)]
    body["zzz"] = 1
    pointers = [violation.pointer for violation in violations(body)]
    assert pointers == [(*CONTAINER[:-1], place, "tty") for place in range(12)] + [("zzz",)]
    assert violations(body) == violations(copy.deepcopy(body))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), ".nan is not a number that Kubernetes can hold"),
        (float("-inf"), "-.inf is not a number that Kubernetes can hold"),
        pytest.param(10**5000, "integer of more than 70 digits does not fit 64 bits", id="long"),
        (2**64, "integer 18446744073709551616 does not fit 64 bits"),
        (datetime.date(2026, 1, 2), "date 2026-01-02 has no place in a manifest; quote it"),
        (b"x", "bytes b'x' has no place in a manifest; quote it"),
    ],
)
def test_what_json_cannot_hold_is_a_violation(value: Any, message: str) -> None:
    body = deployment()
    body["metadata"]["annotations"] = {"a": value}
    assert violations(body) == [Violation(("metadata", "annotations", "a"), message, "yaml")]


@pytest.mark.parametrize(
    ("key", "part", "said"),
    [(1, 1, "integer 1"), (True, "true", "boolean true"), (None, "null", "null"), (1.5, "1.5", "number 1.5")],
)
def test_a_key_that_is_no_string_is_a_violation(key: Any, part: Any, said: str) -> None:
    body = deployment()
    body["metadata"]["labels"][key] = "x"
    body["spec"]["replicas"] = "1"
    assert violations(body) == [
        Violation(("metadata", "labels", part), f"expected a string as key, got {said}; quote it", "yaml"),
        Violation(("spec", "replicas"), 'expected integer, got string "1"; remove the quotes', "type"),
    ]


def test_an_aliased_node_is_fine_and_a_node_inside_itself_is_not() -> None:
    body = deployment()
    shared = {"app": "server"}
    body["metadata"]["labels"] = body["spec"]["template"]["metadata"]["labels"] = shared
    assert violations(body) == []
    body["metadata"]["annotations"] = loop = {}
    loop["again"] = loop
    assert [(v.pointer, v.message) for v in violations(body)] == [
        (("metadata", "annotations", "again"), "the value contains itself")
    ]


def test_endless_nesting_ends() -> None:
    body = deployment()
    node = body["spec"]
    for _ in range(5000):
        node["deeper"] = node = {}
    found = violations(body)
    assert found
    assert all(len(violation.message) < 200 for violation in found)


@pytest.mark.parametrize("body", [None, 1, "text", [], {}, {"kind": "Pod"}, {"apiVersion": ["v1"], "kind": 2}, {1: 2}])
def test_what_is_no_object_is_a_violation(body: Any) -> None:
    assert violations(body)


def test_a_kind_without_a_schema_raises_and_helps() -> None:
    with pytest.raises(UnknownKind, match=r"did you mean apps/v1 Deployment\?"):
        violations({"apiVersion": "apps/v1", "kind": "Deploymnt"})
    with pytest.raises(UnknownKind, match=r"only in 1\.34, 1\.35, 1\.36, 1\.37"):
        violations({"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim"}, "1.33")
    with pytest.raises(LookupError, match=r"choose one of 1\.31"):
        violations(deployment(), "1.20")


def test_scope_and_known() -> None:
    assert schema.scope("v1", "Namespace") == "Cluster"
    assert schema.scope("apps/v1", "Deployment") == "Namespaced"
    assert schema.scope("kueue.x-k8s.io/v1beta2", "ClusterQueue") == "Cluster"
    assert schema.scope("kueue.x-k8s.io/v1beta2", "LocalQueue") == "Namespaced"
    assert schema.scope("example.com/v1", "Nothing") is None
    assert schema.known("resource.k8s.io/v1", "ResourceClaim", "1.34")
    assert not schema.known("resource.k8s.io/v1", "ResourceClaim", "1.33")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (queue(cohort="all"), None),
        (queue(cohortName="all"), ("spec", "cohortName")),
        ({**queue(cohortName="all"), "apiVersion": "kueue.x-k8s.io/v1beta2"}, None),
        (queue(resourceGroups=[{"coveredResources": ["nvidia.com/gpu"], "flavors": [
            {"name": "b200", "resources": [{"name": "nvidia.com/gpu", "nominalQuota": 8}]}]}]), None),
        (queue(resourceGroups=[{"coveredResources": ["nvidia.com/gpu"], "flavors": [
            {"name": "b200", "resources": [{"name": "nvidia.com/gpu", "nominalQuota": 1.5}]}]}]),
         ("spec", "resourceGroups", 0, "flavors", 0, "resources", 0, "nominalQuota")),
        (queue(resourceGroups=[{"coveredResources": [], "flavors": [
            {"name": "b200", "resources": [{"name": "nvidia.com/gpu", "nominalQuota": 1}]}]}]),
         ("spec", "resourceGroups", 0, "coveredResources")),
        (queue(cohort="All_Teams"), ("spec", "cohort")),
        (queue(cohort="x" * 254), ("spec", "cohort")),
    ],
)  # fmt: skip
def test_queues_of_both_versions(body: dict[str, Any], pointer: Any) -> None:
    assert [violation.pointer for violation in violations(body)] == ([pointer] if pointer else [])


def test_a_predictor_is_a_pod_and_a_model_is_a_container() -> None:
    model = {
        "modelFormat": {"name": "triton"},
        "storageUri": "gs://bucket/model",
        "env": [{"name": "A", "value": "b"}],
    }
    body = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "llm"},
        "spec": {"predictor": {"nodeSelector": {"a": "b"}, "minReplicas": 1, "model": model}},
    }
    for version in VERSIONS:
        assert violations(body, version) == []
    model["storageUrl"] = "gs://x"
    model["resources"] = {"limits": {"nvidia.com/gpu": "eight"}}
    body["spec"]["predictor"] |= {"nodeSelecter": {}, "scaleMetric": "gpu"}
    assert [violation.pointer for violation in violations(body)] == [
        ("spec", "predictor", "model", "resources", "limits", "nvidia.com/gpu"),
        ("spec", "predictor", "model", "storageUrl"), ("spec", "predictor", "nodeSelecter"),
        ("spec", "predictor", "scaleMetric"),
    ]  # fmt: skip


def test_a_list_with_a_key_twice_is_refused_where_the_server_refuses_it() -> None:
    quota = {"name": "nvidia.com/gpu", "nominalQuota": 8}
    flavors = [{"name": name, "resources": [quota]} for name in ("a", "b", "a")]
    body = queue(resourceGroups=[{"coveredResources": ["nvidia.com/gpu"], "flavors": flavors}])
    at = ("spec", "resourceGroups", 0, "flavors", 2)
    assert [(v.pointer, v.message) for v in violations(body)] == [(at, "has the same name as an earlier item")]
    twice = deployment()
    container(twice)["env"] *= 2  # the server takes this one; server-side apply does not, which a rule says
    assert violations(twice) == []


def application(**spec: Any) -> dict[str, Any]:
    destination = {"server": "cluster", "namespace": "serving"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "fleet"},
        "spec": {"project": "default", "destination": destination, **spec},
    }


def flux(**spec: Any) -> dict[str, Any]:
    source = {"kind": "GitRepository", "name": "fleet"}
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "fleet"},
        "spec": {"interval": "10m", "prune": True, "sourceRef": source, **spec},
    }


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (application(syncPolicy={"automated": {"prune": True}}), None),
        (application(syncPolicy={"automatic": {}}), ("spec", "syncPolicy", "automatic")),
        (flux(path="./overlays", timeout="1h30m"), None),
        (flux(interval="10"), ("spec", "interval")),
        (flux(targetNamespace=""), ("spec", "targetNamespace")),
        (flux(deletionPolicy="Keep"), ("spec", "deletionPolicy")),
    ],
)
def test_what_syncs_the_fleet_is_held_to_its_own_definitions(body: dict[str, Any], pointer: Any) -> None:
    assert [violation.pointer for violation in violations(body)] == ([pointer] if pointer else [])


@pytest.mark.parametrize(
    ("api_version", "kind", "version"),
    [
        ("apps/v1", "Deployment", NEWEST),
        ("v1", "Pod", NEWEST),
        ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", None),
        ("apps/v1beta1", "Deployment", None),
        ("v1", "Nothing", None),
    ],
)
def test_the_newest_version_with_a_kind_of_its_own(api_version: str, kind: str, version: str | None) -> None:
    assert schema.core_version(api_version, kind) == version

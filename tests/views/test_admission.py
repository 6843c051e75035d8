"""Pods as admission sees them: how many there are, and what their containers ask for once defaults are filled in."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import main, overlay, pod, template, thing
from servelint.model import Overlay
from servelint.server.semantics.names import NANO
from servelint.views import admission

GIB = 2**30


def workload(kind: str, **spec: Any) -> dict[str, Any]:
    return thing(kind, "x", {"template": template(), **spec})


def group(**spec: Any) -> dict[str, Any]:
    return thing("LeaderWorkerSet", "x", {"leaderWorkerTemplate": {"size": 3, "workerTemplate": template()}, **spec})


def service(**predictor: Any) -> dict[str, Any]:
    return thing("InferenceService", "x", {"predictor": {"model": {}, **predictor}})


@pytest.mark.parametrize(
    ("body", "pods"),
    [
        (pod(), 1), (workload("Deployment"), 1), (workload("Deployment", replicas=3), 3), (workload("Deployment", replicas=0), 0),
        (workload("Deployment", replicas=-2), 0), (workload("ReplicaSet", replicas=2), 2), (workload("Job", parallelism=4), 4),
        (group(), 3), (group(replicas=2), 6), (group(replicas=0), 0), (group(replicas=-1), 0), (group(replicas="x"), 0),
        (service(), 1), (service(minReplicas=2), 2), (service(minReplicas=0), 0), (service(minReplicas=-1), 0), (service(minReplicas="x"), 0),
    ],
)  # fmt: skip
def test_pods_side_by_side(body: dict[str, Any], pods: int) -> None:
    assert admission.replicas(overlay(body).pods[0]) == pods


def limits(*items: dict[str, Any], **meta: Any) -> dict[str, Any]:
    return thing("LimitRange", "bounds", {"limits": list(items)}, **meta)


def asked(*bodies: dict[str, Any]) -> list[tuple[str, dict[str, float], dict[str, float]]]:
    """Of each container its name, requests and limits in whole units."""
    given = overlay(*bodies)
    return [
        (
            one.container,
            *({name: amount / NANO for name, amount in side.items()} for side in (one.requests, one.limits)),
        )
        for one in admission.resources(given, given.pods[0])
    ]


def holding(**resources: Any) -> dict[str, Any]:
    return pod(resources=resources)


CONTAINER = {"type": "Container"}


@pytest.mark.parametrize(
    ("bodies", "requests", "most"),
    [
        ([holding()], {}, {}),
        ([holding(limits={"cpu": 2})], {"cpu": 2}, {"cpu": 2}),
        ([holding(limits={"cpu": 2}, requests={"cpu": 1})], {"cpu": 1}, {"cpu": 2}),
        ([holding(requests={"cpu": "500m"})], {"cpu": 0.5}, {}),
        ([holding(requests={"cpu": "many"})], {}, {}),
        ([holding(), limits({**CONTAINER, "default": {"cpu": 4}})], {"cpu": 4}, {"cpu": 4}),
        ([holding(), limits({**CONTAINER, "max": {"cpu": 8}})], {"cpu": 8}, {"cpu": 8}),
        ([holding(), limits({**CONTAINER, "min": {"cpu": 1}})], {"cpu": 1}, {}),
        ([holding(), limits({**CONTAINER, "max": {"cpu": 8}, "default": {"cpu": 4}})], {"cpu": 4}, {"cpu": 4}),
        ([holding(), limits({**CONTAINER, "min": {"cpu": 1}, "default": {"cpu": 4}})], {"cpu": 4}, {"cpu": 4}),
        ([holding(), limits({**CONTAINER, "default": {"cpu": 4}, "defaultRequest": {"cpu": 2}})], {"cpu": 2}, {"cpu": 4}),
        ([holding(limits={"cpu": 9}), limits({**CONTAINER, "default": {"cpu": 4}, "defaultRequest": {"cpu": 2}})], {"cpu": 9}, {"cpu": 9}),
        ([holding(), limits({"type": "Pod", "default": {"cpu": 4}})], {}, {}),
        ([holding(), limits({**CONTAINER, "default": {"cpu": 4}}), limits({**CONTAINER, "default": {"cpu": 5}})], {"cpu": 4}, {"cpu": 4}),
        ([holding(), limits({**CONTAINER, "default": {"cpu": 4}}, namespace="b")], {"cpu": 4}, {"cpu": 4}),
    ],
)  # fmt: skip
def test_what_a_container_asks_for(
    bodies: list[dict[str, Any]], requests: dict[str, float], most: dict[str, float]
) -> None:
    assert asked(*bodies) == [("main", requests, most)]


def test_bounds_of_another_namespace() -> None:
    body = {**holding(), "metadata": {"name": "p", "namespace": "a"}}
    assert asked(body, limits({**CONTAINER, "default": {"cpu": 4}}, namespace="b")) == [("main", {}, {})]


@pytest.mark.parametrize(
    ("annotations", "requests", "most"),
    [
        ({}, (0.25, 0.25, 5), (0.25, 0.25, 5)),
        ({"cpu-limit": "2"}, (2, 0.25, 5), (2, 0.25, 5)),
        ({"cpu-request": "1"}, (1, 0.25, 5), (0.25, 0.25, 5)),
        ({"cpu-limit": "2", "cpu-request": "1"}, (1, 0.25, 5), (2, 0.25, 5)),
        ({"memory-limit": "0"}, (0.25, 0.25, 5), (0.25, None, 5)),
        ({"memory-limit": "1Gi"}, (0.25, 1, 5), (0.25, 1, 5)),
        ({"ephemeral-storage-limit": "0", "ephemeral-storage-request": "9Gi"}, (0.25, 0.25, 9), (0.25, 0.25, None)),
    ],
)
def test_what_the_sidecar_of_a_bucket_asks_for(
    annotations: dict[str, str], requests: tuple[float | None, ...], most: tuple[float | None, ...]
) -> None:
    """In processors, GiB of memory and GiB of disk."""
    body = pod()
    body["metadata"]["annotations"] = {
        "gke-gcsfuse/volumes": "true", **{f"gke-gcsfuse/{key}": value for key, value in annotations.items()}
    }  # fmt: skip
    (_, found) = admission.resources(overlay(body), overlay(body).pods[0])
    units = {"cpu": NANO, "memory": NANO * GIB, "ephemeral-storage": NANO * GIB}
    for side, wanted in ((found.requests, requests), (found.limits, most)):
        assert tuple(side[name] / unit if name in side else None for name, unit in units.items()) == wanted
    assert found.lasting and found.pointer == ("metadata", "annotations", "gke-gcsfuse/volumes")


def test_no_bucket_no_sidecar() -> None:
    body = pod()
    body["metadata"]["annotations"] = {"gke-gcsfuse/volumes": "false"}
    assert len(admission.resources(overlay(body), overlay(body).pods[0])) == 1


@pytest.mark.parametrize(
    ("first", "policy", "total"),
    [(0, None, 5), (4, None, 5), (9, None, 9), (4, "Always", 9), (9, "OnFailure", 9)],
)
def test_init_containers_run_before_and_sidecars_beside(first: int, policy: str | None, total: int) -> None:
    init = {"name": "first", "image": "a", "resources": {"requests": {"cpu": first}}}
    body = thing("Pod", "p", {
        "containers": [main(resources={"requests": {"cpu": 2}}), {**main(resources={"requests": {"cpu": 3}}), "name": "b"}],
        "initContainers": [{**init, **({"restartPolicy": policy} if policy else {})}],
    })  # fmt: skip
    given = overlay(body)
    parts = admission.resources(given, given.pods[0])
    assert admission.total(parts, "requests") == {"cpu": total * NANO}
    assert admission.total(parts, "limits") == {}
    assert [one.pointer[-1] for one in parts] == ["resources"] * 3


def refused(given: Overlay, *which: int) -> list[admission.Refused]:
    return [admission.Refused(given.pods[i], "a", ()) for i in which]


def test_how_many_are_turned_away() -> None:
    given = overlay(*(pod(f"p{i}") for i in range(4)))
    assert admission.others(refused(given)) == "" == admission.others(refused(given, 0))
    assert admission.others(refused(given, 0, 0)) == "" and admission.others(refused(given, 0, 1)) == " and 1 other"
    assert admission.others(refused(given, 0, 1, 2)) == " and 2 others"
    pods = list(given.pods)
    assert not admission.widespread(refused(given, 0, 0), pods) and admission.widespread(refused(given, 0, 1), pods)


def test_what_is_said_of_a_pod_that_is_turned_away() -> None:
    (one,) = overlay(pod()).pods
    assert admission.refused(one, []) is None
    told = admission.refused(one, [(text, ("at", i)) for i, text in enumerate("aabcde")])
    assert told is not None and (told.why, told.pointer) == ("a, b, c and 2 more", ("at", 0))
    told = admission.refused(one, [(text, ("at", i)) for i, text in enumerate("abc")])
    assert told is not None and told.why == "a, b, c"
    assert admission.owner(one) == "Pod p"


@pytest.mark.parametrize(
    ("name", "amount", "text"),
    [
        ("memory", 64 * GIB, "64 GiB"), ("limits.memory", GIB, "1 GiB"), ("requests.ephemeral-storage", GIB, "1 GiB"), ("storage", GIB, "1 GiB"),
        ("hugepages-2Mi", GIB, "1 GiB"), ("cpu", 96, "96"), ("requests.nvidia.com/gpu", 8, "8"),
    ],
)  # fmt: skip
def test_amounts_for_people(name: str, amount: int, text: str) -> None:
    assert admission.shown(name, amount * NANO) == text
    assert admission.shown("cpu", NANO // 2) == "0.5"


@pytest.mark.parametrize(("namespace", "found"), [("kube-system", True), ("kube-node-lease", True), ("serving", False)])
def test_namespaces_of_the_cluster_itself(namespace: str, found: bool) -> None:
    assert admission.exempt(overlay(thing("Pod", namespace=namespace)).resources[0]) is found

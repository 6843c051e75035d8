"""What Kueue makes of a workload: its queue, what it asks for and how often, and which flavors could give it."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import config, main, overlay, pod, template, thing
from servelint.views import queues

NAME = queues.LABEL
GIB = 2**30


def named(queue: Any) -> dict[str, Any]:
    return {"metadata": {"labels": {NAME: queue}}}


@pytest.mark.parametrize(
    ("body", "queue"),
    [
        (pod(), None),
        (thing("Pod", labels={NAME: "q"}, spec={"containers": [main()]}), "q"),
        (thing("Pod", labels={NAME: ""}, spec={"containers": [main()]}), None),
        (thing("Pod", labels={NAME: 7}, spec={"containers": [main()]}), None),
        (thing("Job", labels={NAME: "q"}, spec={"template": template()}), "q"),
        (thing("Job", spec={"template": {**template(), **named("q")}}), None),
        (thing("Deployment", spec={"template": {**template(), **named("q")}}), "q"),
        (thing("StatefulSet", spec={"template": {**template(), **named("q")}}), "q"),
        (thing("Deployment", labels={NAME: "own"}, spec={"template": {**template(), **named("q")}}), "own"),
        (thing("InferenceService", spec={"predictor": {"model": {}, "labels": {NAME: "q"}}}), "q"),
        (thing("CronJob", spec={"jobTemplate": {**named("q"), "spec": {"template": template()}}}), "q"),
        (thing("CronJob", labels={NAME: "q"}, spec={"jobTemplate": {"spec": {"template": template()}}}), None),
    ],
)
def test_the_queue_of_a_workload(body: dict[str, Any], queue: str | None) -> None:
    (one,) = overlay(body).pods
    found = queues.label(one)
    assert (found and found[0]) == queue
    assert found is None or one.resource.at(found[1]) == queue


@pytest.mark.parametrize(
    ("mine", "local", "target", "found"),
    [
        ("", {"clusterQueue": "all"}, "q", True), ("a", {"clusterQueue": "all"}, "q", True), ("b", {"clusterQueue": "all"}, "q", False),
        ("a", {"clusterQueue": "all"}, "other", False), ("a", {"clusterQueue": "none"}, "q", False), ("a", {}, "q", False),
    ],
)  # fmt: skip
def test_the_cluster_queue_behind_it(mine: str, local: dict[str, Any], target: str, found: bool) -> None:
    worker = thing("Pod", namespace=mine, labels={NAME: target}, spec={"containers": [main()]})
    given = overlay(
        worker, thing("LocalQueue", "q", local, namespace="a"), thing("ClusterQueue", "all"), thing("ClusterQueue", "")
    )
    queue = queues.cluster_queue(given, given.pods[0])
    assert (queue and queue.name) == ("all" if found else "" if target == "q" and not local else None)


def asks(**amounts: Any) -> dict[str, Any]:
    return main(resources={"requests": amounts})


CPU = 10**9
"""A CPU, in billionths."""
SIDECAR = {"annotations": {"gke-gcsfuse/volumes": "true"}}


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        (pod(), {}),
        (pod(resources={"requests": {"cpu": 1}}), {"cpu": CPU}),
        (pod(resources={"requests": {"cpu": "1n"}}), {"cpu": 1}),
        (pod(resources={"limits": {"cpu": "500m", "gpu": 8}}), {"cpu": CPU // 2, "gpu": 8 * CPU}),
        (pod(resources={"limits": {"cpu": 4}, "requests": {"cpu": 1}}), {"cpu": CPU}),
        (pod(resources={"limits": {"cpu": "much"}, "requests": {"cpu": 0}}), {}),
        (thing("Pod", spec={"containers": [asks(cpu=1), asks(cpu=2, memory=1)]}), {"cpu": 3 * CPU, "memory": CPU}),
        (thing("Pod", spec={"containers": [asks(cpu=1)], "initContainers": [asks(cpu=3)]}), {"cpu": 3 * CPU}),
        (thing("Pod", spec={"containers": [asks(cpu=1)], "initContainers": [asks(cpu=1)]}), {"cpu": CPU}),
        (thing("Pod", spec={"containers": [asks(cpu=2)], "initContainers": [asks(cpu=1, gpu=1)]}), {"cpu": 2 * CPU, "gpu": CPU}),
        (thing("Pod", spec={"containers": [asks(cpu=2)], "initContainers": [{**asks(cpu=1), "restartPolicy": "Always"}]}),
         {"cpu": 3 * CPU}),
        # KServe asks for one CPU and 2 GiB where nothing is said.
        (thing("InferenceService", spec={"predictor": {"model": {}}}), {"cpu": CPU, "memory": 2 * GIB * CPU}),
        (thing("InferenceService", spec={"predictor": {"model": {"resources": {"requests": {"cpu": 3}}}}}), {"cpu": 3 * CPU}),
        # the sidecar of gcsfuse
        (thing("Pod", spec={"containers": [main()]}, **SIDECAR),
         {"cpu": CPU // 4, "memory": 256 * 2**20 * CPU, "ephemeral-storage": 5 * GIB * CPU}),
        (thing("Pod", spec={"containers": [main()]}, annotations={"gke-gcsfuse/volumes": True, "gke-gcsfuse/cpu-request": "1",
               "gke-gcsfuse/memory-request": "0", "gke-gcsfuse/ephemeral-storage-request": "x"}), {"cpu": CPU}),
        (thing("Pod", spec={"containers": [main()]}, annotations={"gke-gcsfuse/volumes": "false"}), {}),
        (thing("Deployment", spec={"template": {"metadata": SIDECAR, **template()}}),
         {"cpu": CPU // 4, "memory": 256 * 2**20 * CPU, "ephemeral-storage": 5 * GIB * CPU}),
        (thing("Job", spec={"template": {"metadata": SIDECAR, **template()}}), {}),
    ],
)  # fmt: skip
def test_what_a_pod_asks_for(body: dict[str, Any], asked: dict[str, int]) -> None:
    given = overlay(body)
    found = queues.requests(given, given.pods[0])
    assert {name: one.amount for name, one in found.items()} == asked
    assert all(given.pods[0].resource.at(one.pointer) is not None for one in found.values())


def test_the_largest_part_is_shown() -> None:
    for first, second, index in ((1, 2, 1), (2, 1, 0), (1, 1, 0)):
        given = overlay(thing("Pod", spec={"containers": [asks(cpu=first), asks(cpu=second)]}))
        pointer = queues.requests(given, given.pods[0])["cpu"].pointer
        assert pointer == ("spec", "containers", index, "resources", "requests", "cpu")


def test_what_a_runtime_asks_for_stands_at_the_predictor() -> None:
    service = thing("InferenceService", spec={"predictor": {"model": {"runtime": "r"}}})
    given = overlay(service, thing("ServingRuntime", "r", {"containers": [asks(cpu=3)]}))
    asked = queues.requests(given, given.pods[0])["cpu"]
    assert (asked.amount, asked.pointer) == (3 * CPU, ("spec", "predictor", "model"))


def group(**template_: Any) -> dict[str, Any]:
    return thing(
        "LeaderWorkerSet", spec={"replicas": 3, "leaderWorkerTemplate": {"workerTemplate": template(), **template_}}
    )


@pytest.mark.parametrize(
    ("body", "copies"),
    [
        (pod(), [1]),
        (thing("Deployment", spec={"replicas": 3, "template": template()}), [1]),
        (thing("ReplicaSet", spec={"replicas": 3, "template": template()}), [1]),
        (thing("InferenceService", spec={"predictor": {"model": {}, "replicas": 3}}), [1]),
        (thing("StatefulSet", spec={"replicas": 3, "template": template()}), [3]),
        (thing("StatefulSet", spec={"replicas": -3, "template": template()}), [0]),
        (group(), [1]),
        (group(size=4), [4]),
        (group(size=4, leaderTemplate=template()), [3, 1]),
        (thing("Job", spec={"template": template()}), [1]),
        (thing("Job", spec={"template": template(), "parallelism": 4}), [4]),
        (thing("Job", spec={"template": template(), "completions": 4}), [1]),
        (thing("Job", spec={"template": template(), "parallelism": 4, "completions": 2}), [2]),
        (thing("Job", spec={"template": template(), "parallelism": 2, "completions": 4}), [2]),
        (thing("Job", spec={"template": template(), "parallelism": 0}), [0]),
        (thing("Job", spec={"template": template(), "parallelism": -1}), [0]),
        (thing("JobSet", spec={"replicatedJobs": [{"replicas": 2, "template": {"spec": {"parallelism": 3, "template": template()}}}]}), [6]),
    ],
)  # fmt: skip
def test_pods_that_are_admitted_together(body: dict[str, Any], copies: list[int]) -> None:
    assert [queues.copies(one) for one in overlay(body).pods] == copies


def queue(called: str, quota: Any, cohort: str | None = None, flavor: str = "f", **entry: Any) -> dict[str, Any]:
    item = {"name": flavor, "resources": [{"name": "cpu", "nominalQuota": quota, **entry}]}
    spec: dict[str, Any] = {"resourceGroups": [{"coveredResources": ["cpu"], "flavors": [item]}]}
    return thing("ClusterQueue", called, {**spec, **({"cohortName": cohort} if cohort else {})})


def cohort(quota: Any = None, **spec: Any) -> dict[str, Any]:
    lent = {} if quota is None else queue("x", quota)["spec"]
    return thing("Cohort", "c", {**lent, **spec})


@pytest.mark.parametrize(
    ("bodies", "most"),
    [
        ((queue("a", 4),), 4),
        ((queue("a", "x"),), None),
        ((queue("a", 4, borrowingLimit=2),), 4),
        # in a cohort
        ((queue("a", 4, "c"),), None),
        ((queue("a", 4, "c", borrowingLimit=2),), 6),
        ((queue("a", 4, "c", borrowingLimit=0),), 4),
        ((queue("a", "x", "c", borrowingLimit=2),), None),
        ((queue("a", 4, "c"), queue("b", 3, "c")), 7),
        ((queue("a", 4, "c"), queue("b", 3, "d")), None),
        ((queue("a", 4, "c"), queue("b", 3)), None),
        ((queue("a", 4, "c"), queue("b", "x", "c")), None),
        ((queue("a", 4, "c"), queue("b", 3, "c", flavor="g")), 4),
        ((queue("a", 4, "c"), queue("b", 3, "c", name="memory")), 4),
        ((queue("a", 4, "c", borrowingLimit=1), queue("b", 3, "c")), 5),
        ((queue("a", 4, "c", borrowingLimit=9), queue("b", 3, "c")), 7),
        ((queue("a", 4, "c"), queue("b", 3, "c"), cohort()), 7),
        ((queue("a", 4, "c"), queue("b", 3, "c"), cohort(5)), 12),
        ((queue("a", 4, "c"), queue("b", 3, "c"), cohort(5, parentName="p")), None),
        ((queue("a", 4, "c"), queue("b", 3, "c"), cohort(5, parent="p")), None),
        ((queue("a", 4, "c"), thing("ClusterQueue", "b", {**queue("b", 3)["spec"], "cohort": "c"})), 7),
        ((thing("ClusterQueue", "a", {**queue("a", 4)["spec"], "cohort": "c"}), queue("b", 3, "c")), 7),
    ],
)
def test_the_most_that_a_workload_can_get(bodies: tuple[dict[str, Any], ...], most: int | None) -> None:
    given = overlay(*bodies)
    ((covered, (flavor,)),) = queues.groups(given, given.resources[0])
    assert (covered, flavor.name, flavor.body) == ({"cpu"}, "f", None)
    assert flavor.quotas == {"cpu": None if most is None else most * CPU}


def test_groups_and_flavors_in_their_order() -> None:
    spec = {
        "resourceGroups": [{"coveredResources": ["cpu", 7], "flavors": [{"name": "f"}, {}]}, {"coveredResources": "x"}]
    }
    given = overlay(thing("ClusterQueue", spec=spec), thing("ResourceFlavor", "f"))
    first, second = queues.groups(given, given.resources[0])
    assert first[0] == {"cpu", "7"} and [flavor.name for flavor in first[1]] == ["f", ""]
    assert [flavor.body and flavor.body.name for flavor in first[1]] == ["f", None]
    assert second == (frozenset(), [])


TAINT = {"key": "t", "value": "v", "effect": "NoSchedule"}
GPU = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
BEARS = {"tolerations": [{"operator": "Exists", "key": "t"}]}


@pytest.mark.parametrize(
    ("body", "flavor", "why"),
    [
        (pod(), None, None),
        (pod(), {}, None),
        (pod(spec={"nodeSelector": {"a": "b"}}), {"nodeLabels": {"a": "b"}}, None),
        (pod(spec={"nodeSelector": {"a": "1"}}), {"nodeLabels": {"a": 1}}, None),
        (pod(spec={"nodeSelector": {"a": "b"}}), {"nodeLabels": {"c": "d"}}, None),
        (pod(spec={"nodeSelector": {"a": "b"}}), {"nodeLabels": {"a": "c"}}, "its nodes have a c, and the pod wants b"),
        (pod(spec={"nodeSelector": {"a": "SITE_A"}}), {"nodeLabels": {"a": "c"}}, None),
        (pod(spec={"nodeSelector": {"a": "b"}}), {"nodeLabels": {"a": "SITE_A"}}, None),
        (pod(), {"nodeTaints": [TAINT]}, "taint t=v"),
        (pod(), {"nodeTaints": [{"key": "t", "effect": "NoExecute"}]}, "taint t="),
        (pod(), {"nodeTaints": [{**TAINT, "effect": "PreferNoSchedule"}]}, None),
        (pod(spec=BEARS), {"nodeTaints": [TAINT]}, None),
        (pod(spec=BEARS), {"nodeTaints": [TAINT, {**TAINT, "key": "u"}]}, "taint u=v"),
        (pod(), {"nodeTaints": [TAINT], **BEARS}, None),
        (pod(gpus=8), {"nodeTaints": [GPU]}, None),
        (pod(), {"nodeTaints": [GPU]}, "taint nvidia.com/gpu=present"),
        (pod(gpus=8), {"nodeTaints": [GPU, TAINT]}, "taint t=v"),
    ],
)  # fmt: skip
def test_why_a_pod_cannot_run_on_a_flavor(body: dict[str, Any], flavor: dict[str, Any] | None, why: str | None) -> None:
    given = overlay(body, thing("ResourceFlavor", "f", flavor))
    shown = given.resources[1] if flavor is not None else None
    said = queues.unsuitable(given, given.pods[0], queues.Flavor("f", shown, {}))
    assert said is None if why is None else said is not None and said.endswith(why)


def test_the_tolerations_of_a_runtime_count() -> None:
    service = thing("InferenceService", spec={"predictor": {"model": {"runtime": "r"}}})
    flavor = thing("ResourceFlavor", "f", {"nodeTaints": [TAINT]})
    given = overlay(service, flavor, thing("ServingRuntime", "r", {"containers": [main()], **BEARS}))
    assert queues.unsuitable(given, given.pods[0], queues.Flavor("f", given.resources[1], {})) is None


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("resources: {excludeResourcePrefixes: [a, 7, b]}", ("a", "b")), ("resources: {excludeResourcePrefixes: a}", ()),
        ("resources: [excludeResourcePrefixes]", ()), ("x: {excludeResourcePrefixes: [a]}", ()), ("excludeResourcePrefixes: [a", ()),
        ("x: 1\n---\nresources: {excludeResourcePrefixes: [a]}", ("a",)), (7, ()), ("resources: {}", ()),
    ],
)  # fmt: skip
def test_prefixes_that_kueue_leaves_out(text: Any, prefixes: tuple[str, ...]) -> None:
    assert queues.excluded(overlay(config(bad="excludeResourcePrefixes: [", text=text))) == prefixes


def scaler(kind: str, of: str, name: str = "x", **spec: Any) -> dict[str, Any]:
    return thing(kind, "scaler", spec={"scaleTargetRef": {"kind": of, "name": name} if of else {"name": name}, **spec})


def serving(kind: str = "Deployment", **spec: Any) -> dict[str, Any]:
    return thing(kind, "x", spec={"template": template(), **spec})


LWS = thing(
    "LeaderWorkerSet", "x", spec={"replicas": 2, "leaderWorkerTemplate": {"size": 3, "workerTemplate": template()}}
)


@pytest.mark.parametrize(
    ("bodies", "pods"),
    [
        ((serving(),), 1),
        ((serving(replicas=3),), 3),
        ((serving(replicas=0),), 0),
        ((serving(replicas=-1),), 0),
        ((serving("StatefulSet", replicas=2),), 2),
        ((serving("Job"),), 0),
        ((LWS,), 6),
        ((serving(replicas=3), scaler("HorizontalPodAutoscaler", "Deployment")), 1),
        ((serving(replicas=3), scaler("HorizontalPodAutoscaler", "Deployment", minReplicas=2)), 2),
        ((serving(replicas=3), scaler("HorizontalPodAutoscaler", "Deployment", minReplicas=-2)), 0),
        ((serving(replicas=3), scaler("HorizontalPodAutoscaler", "Deployment", "other")), 3),
        ((serving(replicas=3), scaler("HorizontalPodAutoscaler", "StatefulSet")), 3),
        ((serving(replicas=3), scaler("HorizontalPodAutoscaler", "")), 3),
        ((serving(replicas=3), scaler("ScaledObject", "")), 0),
        ((serving(replicas=3), scaler("ScaledObject", "Deployment", minReplicaCount=2)), 2),
        ((thing("InferenceService", "x", spec={"predictor": {"model": {}}}),), 1),
        ((thing("InferenceService", "x", spec={"predictor": {"model": {}, "minReplicas": 4}}),), 4),
        ((thing("InferenceService", "x", spec={"predictor": {"model": {}, "minReplicas": 0}}),), 0),
        ((thing("InferenceService", "x", spec={"predictor": {"model": {}, "minReplicas": -1}}),), 0),
        ((thing("ClusterServingRuntime", "x", spec={"containers": [main()]}),), 0),
    ],
)
def test_pods_that_never_end(bodies: tuple[dict[str, Any], ...], pods: int) -> None:
    given = overlay(*bodies)
    (one,) = given.pods
    assert queues.endless(given, one) == pods

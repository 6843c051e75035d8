"""How many pods an update adds and takes away at once, and where that was written."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import main, overlay, pod, template, thing
from servelint.views.rollout import rolling


def deployment(strategy: Any = None, **spec: Any) -> dict[str, Any]:
    return thing(
        "Deployment", spec={"template": template(), **spec, **({} if strategy is None else {"strategy": strategy})}
    )


def numbers(surge: Any, unavailable: Any, **more: Any) -> dict[str, Any]:
    return {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}, **more}


def service(mode: str = "Standard", **predictor: Any) -> dict[str, Any]:
    annotations = {"serving.kserve.io/deploymentMode": mode}
    return thing(
        "InferenceService", spec={"predictor": {"model": {"runtime": "r"}, **predictor}}, annotations=annotations
    )


def daemon(**spec: Any) -> dict[str, Any]:
    return thing("DaemonSet", spec={"template": template(), **spec})


def lws(**spec: Any) -> dict[str, Any]:
    return thing("LeaderWorkerSet", spec={"leaderWorkerTemplate": {"workerTemplate": template()}, **spec})


WORKER = thing("ServingRuntime", "r", {"containers": [main()], "workerSpec": {}})


@pytest.mark.parametrize(
    ("bodies", "said"),
    [
        # replicas, surge, unavailable: a part of the replicas is rounded up for new pods and down for old ones
        ((deployment(),), (1, 1, 0)), ((deployment(replicas=4),), (4, 1, 1)), ((deployment(replicas=5),), (5, 2, 1)), ((deployment(replicas="5"),), (5, 2, 1)),
        ((deployment(replicas=0),), None), ((deployment(replicas="x"),), None),
        ((deployment(numbers(0, 1)),), (1, 0, 1)), ((deployment(numbers("50%", "50%"), replicas=3),), (3, 2, 1)),
        ((deployment(numbers("100%", "0%"), replicas=3),), (3, 3, 0)), ((deployment(numbers("x%", 1)),), None), ((deployment(numbers(1, "x")),), None),
        ((deployment(numbers(2, 1, type="RollingUpdate")),), (1, 2, 1)), ((deployment(numbers(2, 1, type="")),), (1, 2, 1)),
        ((deployment(numbers(2, 1, type="Recreate")),), None), ((deployment({"rollingUpdate": {"maxSurge": 3}}),), (1, 3, 0)),
        ((pod(),), None), ((thing("StatefulSet", spec={"template": template()}),), None),
        ((thing("ReplicaSet", spec={"template": template(), "strategy": numbers(1, 1)}),), None),
        ((daemon(replicas=4),), (1, 0, 1)), ((daemon(updateStrategy=numbers(1, 0)),), (1, 1, 0)), ((daemon(updateStrategy={"type": "OnDelete"}),), None),
        ((lws(replicas=2),), (2, 0, 1)), ((lws(rolloutStrategy={"rollingUpdateConfiguration": {"maxSurge": 2}}),), (1, 2, 1)),
        ((lws(rolloutStrategy={"rollingUpdate": {"maxSurge": 2}}),), (1, 0, 1)),
        ((service(),), (1, 1, 0)), ((service(""),), (1, 1, 0)), ((service("Serverless"),), None), ((service("ModelMesh"),), None),
        ((service(minReplicas=8),), (8, 2, 2)), ((service(minReplicas=0),), (1, 1, 0)), ((service(deploymentStrategy=numbers(3, 0)),), (1, 3, 0)),
        ((service(deploymentStrategy=numbers(0, 1), workerSpec={}),), (1, 1, 0)), ((service(minReplicas=2), WORKER), (2, 2, 0)),
    ],
)  # fmt: skip
def test_pods_that_come_and_go_together(bodies: tuple[dict[str, Any], ...], said: tuple[int, int, int] | None) -> None:
    given = overlay(*bodies)
    found = rolling(given, given.pods[0])
    assert (found and (found.replicas, found.surge, found.unavailable)) == said


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (deployment(), ("spec",)), (deployment({"type": "RollingUpdate"}), ("spec", "strategy")), (deployment(numbers(1, 1)), ("spec", "strategy", "rollingUpdate")),
        (deployment({"rollingUpdate": {}}), ("spec", "strategy")), (service(), ("spec", "predictor")), (lws(), ("spec",)),
    ],
)  # fmt: skip
def test_where_it_is_written(body: dict[str, Any], pointer: tuple[str, ...]) -> None:
    given = overlay(body)
    found = rolling(given, given.pods[0])
    assert found is not None and found.pointer == pointer


def test_what_was_written_is_kept() -> None:
    given = overlay(deployment(numbers("50%", 1), replicas=2))
    found = rolling(given, given.pods[0])
    assert found is not None and (found.surge_given, found.unavailable_given) == ("50%", 1)

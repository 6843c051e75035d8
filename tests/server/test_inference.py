"""What the webhook of KServe refuses of an InferenceService, field by field: None where it takes the object."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from servelint.server.semantics.inference import CLASS, CONTAINER, MODE, inference_service

MODEL = {"modelFormat": {"name": "triton"}}
AT = f"metadata.annotations[{CLASS}]"
WORKERS: dict[str, Any] = {
    "annotations": {CLASS: "none"}, "predictor.model.storageUri": "pvc://model",
    "predictor.workerSpec": {"pipelineParallelSize": 2},
}  # fmt: skip
HPA = {"annotations": {MODE: "Standard", CLASS: "hpa"}}
KEDA = {"annotations": {MODE: "RawDeployment", CLASS: "keda"}}
KNATIVE = {"annotations": {MODE: "Knative"}}
BY_HPA = {"annotations": {MODE: "Knative", "autoscaling.knative.dev/class": "hpa.autoscaling.knative.dev"}}


def found(changes: dict[str, Any]) -> list[str]:
    """The fields that are named after changes to a good object: name, annotations, and by their way what its spec has."""
    spec: dict[str, Any] = {"predictor": {"model": copy.deepcopy(MODEL)}}
    metadata: dict[str, Any] = {"name": "llama"}
    for way, value in copy.deepcopy(changes).items():
        at = metadata if way in ("name", "annotations") else spec
        *steps, last = way.split(".")
        for step in steps:
            at = at.setdefault(step, {})
        at[last] = value
    return [one.path for one in inference_service({"metadata": metadata, "spec": spec}, "1.36")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None), ({"name": "8b"}, "metadata.name"), ({"name": "llama.8b"}, "metadata.name"), ({"name": "a"}, None),
        ({"annotations": {CLASS: "external"}}, None), ({"annotations": {CLASS: "kpa"}}, AT),
        ({"annotations": {CLASS: ""}}, AT),
        ({"predictor.model": None}, "spec.predictor"), ({"predictor.triton": {}}, "spec.predictor.triton"),
        ({"predictor.containers": [{"name": CONTAINER}]}, "spec.predictor.containers"),
        ({"predictor.containers": [{"name": "sidecar"}]}, None),
        ({"predictor": {"containers": [{"name": "sidecar"}]}}, None),
        ({"predictor": {"containers": [{"name": CONTAINER}]}}, None),
        ({"predictor": {"triton": {}, "sklearn": {}}}, "spec.predictor.triton"),
        ({"predictor.model.name": "engine"}, "spec.predictor.model.name"),
        (
            {"predictor.model.storageUri": "gs://a", "predictor.storageUris": [{"uri": "gs://b"}]},
            "spec.predictor.storageUris",
        ),
        ({"predictor.storageUris": [{"uri": "gs://b"}]}, None),
    ],
)  # fmt: skip
def test_what_serves(changes: dict[str, Any], field: str | None) -> None:
    assert found(changes) == ([] if field is None else [field])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"predictor.minReplicas": 2, "predictor.maxReplicas": 2}, None), ({"predictor.minReplicas": 3}, None),
        ({"predictor.minReplicas": 3, "predictor.maxReplicas": 2}, "spec.predictor.minReplicas"),
        ({"predictor.minReplicas": 3, "predictor.maxReplicas": 0}, None),
        ({"predictor.minReplicas": -1}, "spec.predictor.minReplicas"),
        ({"predictor.maxReplicas": -1}, "spec.predictor.maxReplicas"),
        ({"predictor.containerConcurrency": -1}, "spec.predictor.containerConcurrency"),
        ({"predictor.containerConcurrency": 0}, None),
        ({"transformer.minReplicas": -1}, "spec.transformer.minReplicas"),
        ({"explainer.maxReplicas": -1}, "spec.explainer.maxReplicas"),
        ({"predictor.logger": {"mode": "all"}}, None),
        ({"predictor.logger": {"mode": "some"}}, "spec.predictor.logger.mode"),
        (HPA | {"predictor.scaleMetric": "cpu", "predictor.scaleTarget": 100}, None),
        (HPA | {"predictor.scaleTarget": 101}, "spec.predictor.scaleTarget"),
        (HPA | {"predictor.scaleTarget": 0}, "spec.predictor.scaleTarget"), (HPA | {"predictor.scaleTarget": 1}, None),
        (HPA | {"predictor.scaleMetric": "memory"}, None),
        (HPA | {"predictor.scaleMetric": "rps"}, "spec.predictor.scaleMetric"),
        (KEDA | {"predictor.scaleMetric": "cpu"}, "spec.predictor.scaleMetric"),
        (KEDA | {"predictor.scaleTarget": 500}, None), (KNATIVE | {"predictor.scaleMetric": "rps"}, None),
        (BY_HPA | {"predictor.scaleMetric": "cpu", "predictor.scaleTarget": 60}, None),
        (BY_HPA | {"predictor.scaleMetric": "rps"}, "spec.predictor.scaleMetric"),
        (KNATIVE | {"predictor.deploymentStrategy": {}}, "spec.predictor.deploymentStrategy"),
        (KNATIVE | {"predictor.scaleMetric": "cpu"}, "spec.predictor.scaleMetric"),
        ({"predictor.scaleMetric": "cpu", "predictor.deploymentStrategy": {}}, None),
    ],
)  # fmt: skip
def test_how_many_replicas(changes: dict[str, Any], field: str | None) -> None:
    assert found(changes) == ([] if field is None else [field])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None), ({"annotations": {}}, AT),
        ({"predictor.model.storageUri": "gs://a"}, "spec.predictor.model.storageUri"),
        ({"predictor.model.storageUri": "oci://a"}, None),
        ({"predictor.model.storageUri": ""}, "spec.predictor.model.storageUri"),
        ({"predictor.workerSpec": {"pipelineParallelSize": 0}}, "spec.predictor.workerSpec.pipelineParallelSize"),
        ({"predictor.workerSpec": {"tensorParallelSize": "x"}}, None),
        ({"predictor.workerSpec": {"tensorParallelSize": 0}}, "spec.predictor.workerSpec.tensorParallelSize"),
        ({"predictor.workerSpec": {"containers": [{}, {}]}}, "spec.predictor.workerSpec.containers[1]"),
        ({"predictor.workerSpec": {"containers": [{}]}}, None),
        (
            {"predictor.model.env": [{"name": "A"}, {"name": "TENSOR_PARALLEL_SIZE"}]},
            "spec.predictor.model.env[1].name",
        ),
    ],
)  # fmt: skip
def test_an_engine_over_several_nodes(changes: dict[str, Any], field: str | None) -> None:
    assert found(WORKERS | changes) == ([] if field is None else [field])


def test_workers_without_a_model_are_judged_by_themselves() -> None:
    worker = {"predictor": {"containers": [{"name": CONTAINER}], "workerSpec": {"tensorParallelSize": 0}}}
    assert found(worker) == ["spec.predictor.workerSpec.tensorParallelSize"]

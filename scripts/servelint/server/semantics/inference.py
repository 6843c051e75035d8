"""What the webhook of KServe refuses of an InferenceService, beyond its schema.

Sources: pkg/apis/serving/v1beta1/inference_service_validation.go, component.go and predictor.go of
https://github.com/kserve/kserve, read at v0.16.0 and v0.20.0.
"""

import re
from collections.abc import Iterator
from typing import Any

from .field import Complaint, Key, Pointer, choice, complaint, given, mapping, number, objects, quoted, text

FRAMEWORKS = (
    "model", "sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "pmml", "lightgbm",
    "paddle",
)  # fmt: skip
"""Fields of a predictor of which one says what serves."""
CONTAINER = "kserve-container"
CLASS, MODE = "serving.kserve.io/autoscalerClass", "serving.kserve.io/deploymentMode"
CLASSES = ("hpa", "external", "keda", "none")
STANDARD = ("Standard", "RawDeployment")
"""Names of the mode that makes a Deployment; the second is the older one."""
KNATIVE = ("Knative", "Serverless")
NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
KNATIVE_CLASS, KNATIVE_HPA = "autoscaling.knative.dev/class", "hpa.autoscaling.knative.dev"
PARALLEL = ("PIPELINE_PARALLEL_SIZE", "TENSOR_PARALLEL_SIZE")


def inference_service(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """InferenceService."""
    meta, spec = mapping(body.get("metadata")), mapping(body.get("spec"))
    annotations, name = mapping(meta.get("annotations")), text(meta.get("name"))
    if name and not NAME.fullmatch(name):
        yield complaint(("metadata", "name"), f"{quoted(name)} must begin with a letter and have no dots")
    scaler = text(annotations.get(CLASS))
    if CLASS in annotations and scaler not in CLASSES:
        yield complaint(
            ("metadata", "annotations", Key(CLASS)), f"must be one of {', '.join(CLASSES)}, got {quoted(scaler)}"
        )
    predictor, at = mapping(spec.get("predictor")), ("spec", "predictor")
    yield from _predictor(predictor, at)
    if given(predictor, "workerSpec"):
        yield from _workers(predictor, at, scaler)
    for part in ("predictor", "transformer", "explainer"):
        component = mapping(spec.get(part))
        yield from _replicas(component, ("spec", part))
        mode, knative = text(annotations.get(MODE)), text(annotations.get(KNATIVE_CLASS))
        yield from _scaling(component, ("spec", part), mode, scaler, knative)


def _predictor(predictor: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    ways = [name for name in FRAMEWORKS if given(predictor, name)]
    own = [i for i, one in objects(predictor.get("containers")) if text(one.get("name")) == CONTAINER]
    if len(ways) + bool(own) > 1:
        more = ways[1] if len(ways) > 1 else "containers"
        yield complaint((*at, more), f"is a second way to serve beside {ways[0]}, and there is one")
    if not ways and not objects(predictor.get("containers")):
        yield complaint(at, f"needs one of {', '.join(FRAMEWORKS)} or containers")
    for way in ways:
        framework = mapping(predictor[way])
        if text(framework.get("name")):
            yield complaint((*at, way, "name"), f"is set by KServe, to {CONTAINER}")
        if given(framework, "storageUri") and given(predictor, "storageUris"):
            yield complaint((*at, "storageUris"), f"has no place beside storageUri of {way}")


def _workers(predictor: dict[str, Any], at: Pointer, scaler: str) -> Iterator[Complaint]:
    """An engine over several nodes."""
    workers = mapping(predictor["workerSpec"])
    if len(objects(workers.get("containers"))) > 1:
        yield complaint((*at, "workerSpec", "containers", 1), "is a second container, and workers have one")
    for name in ("pipelineParallelSize", "tensorParallelSize"):
        if given(workers, name) and number(workers, name, 1) < 1:
            yield complaint((*at, "workerSpec", name), f"must be at least 1, got {workers[name]}")
    model = mapping(predictor.get("model"))
    if not given(predictor, "model"):
        return
    for i, env in objects(model.get("env")):
        if text(env.get("name")) in PARALLEL:
            yield complaint((*at, "model", "env", i, "name"), "is said by workerSpec where there are workers")
    uri = text(model.get("storageUri"))
    if not uri:
        yield complaint((*at, "model", "storageUri"), "is required beside a workerSpec")
    elif uri.partition("://")[0] not in ("pvc", "oci"):
        yield complaint((*at, "model", "storageUri"), f"must be pvc:// or oci:// beside workers, got {quoted(uri)}")
    if scaler != "none":
        yield complaint(("metadata", "annotations", Key(CLASS)), "must be none beside a workerSpec")


def _replicas(component: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    least, most = number(component, "minReplicas", 1), number(component, "maxReplicas")
    for name in ("minReplicas", "maxReplicas", "containerConcurrency"):
        if number(component, name) < 0:
            yield complaint((*at, name), f"must not be negative, got {component[name]}")
    if least > most > 0:
        yield complaint((*at, "minReplicas" if given(component, "minReplicas") else "maxReplicas"),
                        f"minReplicas is {least}, more than maxReplicas, which is {most}")  # fmt: skip
    if given(component, "logger"):
        yield from choice(mapping(component["logger"]), "mode", ("all", "request", "response"), (*at, "logger"))


def _scaling(component: dict[str, Any], at: Pointer, mode: str, scaler: str, knative: str) -> Iterator[Complaint]:
    """knative: the class of scaler that Knative is told to use."""
    metric = text(component.get("scaleMetric"))
    target = number(component, "scaleTarget", 50)
    if (mode in STANDARD and scaler == "hpa") or (mode not in STANDARD and knative == KNATIVE_HPA):
        if metric and metric not in ("cpu", "memory"):
            yield complaint((*at, "scaleMetric"), f"must be cpu or memory for class hpa, got {quoted(metric)}")
        elif target > 100 or target < 1:
            yield complaint((*at, "scaleTarget"), f"must be between 1 and 100, got {target}")
    elif mode in STANDARD and scaler == "keda" and metric:
        yield complaint((*at, "scaleMetric"), "has no place with autoscalerClass keda, which reads autoScaling")
    elif mode in KNATIVE:
        if given(component, "deploymentStrategy"):
            yield complaint((*at, "deploymentStrategy"), "has no place in this mode, which makes no Deployment")
        if metric and metric not in ("concurrency", "rps"):
            yield complaint((*at, "scaleMetric"), f"must be concurrency or rps in this mode, got {quoted(metric)}")

"""Where a pod may run: the labels that it insists on, the machines that it means, and what tolerates what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from servelint.catalogue.load import load_hardware
from servelint.model import Overlay
from servelint.steps import pipeline
from servelint.views import placement, processors
from support import ROOT

HARDWARE = load_hardware(ROOT)
ACCELERATOR = placement.ACCELERATOR
MAIN = {"name": "main", "image": "example/x:v1", "resources": {"limits": {"nvidia.com/gpu": 8}}}


def overlay(*documents: dict[str, Any], hardware: str = "") -> Overlay:
    text = "---\n".join(json.dumps(document) + "\n" for document in documents)
    return Overlay("overlays/x", "leaf", pipeline.parse(text), hardware=HARDWARE.get(hardware), all_hardware=HARDWARE)


def thing(kind: str, name: str, spec: dict[str, Any], group: str = "") -> dict[str, Any]:
    return {"apiVersion": f"{group}v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def pod(**fields: Any) -> dict[str, Any]:
    return thing("Pod", "p", {"containers": [MAIN], **fields})


def affinity(*terms: Any) -> dict[str, Any]:
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}}


def among(label: str, *values: str, operator: str = "In") -> dict[str, Any]:
    return {"key": label, "operator": operator, "values": list(values)}


@pytest.mark.parametrize(
    ("fields", "pins"),
    [
        ({}, {}),
        ({"nodeSelector": {"a": "b", "c": 1}}, {"a": ("b",), "c": ("1",)}),
        ({"affinity": affinity({"matchExpressions": [among("a", "b", "c")]})}, {"a": ("b", "c")}),
        ({"affinity": affinity({"matchExpressions": [among("a", "b", operator="NotIn"), among("c")]})}, {}),
        # Within a term all hold together, terms are alternatives.
        ({"affinity": affinity({"matchExpressions": [among("a", "b", "c"), among("a", "c", "d")]})}, {"a": ("c",)}),
        (
            {
                "affinity": affinity(
                    {"matchExpressions": [among("a", "b"), among("x", "y")]}, {"matchExpressions": [among("a", "c")]}
                )
            },
            {"a": ("b", "c")},
        ),
        ({"affinity": affinity({"matchExpressions": [among("a", "b")]}, {})}, {}),
        ({"affinity": affinity({"matchFields": [among("metadata.name", "n")]})}, {"kubernetes.io/hostname": ("n",)}),
        ({"affinity": affinity({"matchExpressions": [among("metadata.name", "n")]})}, {"metadata.name": ("n",)}),
        ({"affinity": affinity({"matchFields": [among("other", "n")]})}, {"other": ("n",)}),
    ],
)
def test_labels_that_a_pod_insists_on(fields: dict[str, Any], pins: dict[str, tuple[str, ...]]) -> None:
    given = overlay(pod(**fields))
    found = placement.pins(given, given.pods[0])
    assert {pin.label: pin.values for pin in found} == pins
    assert all(pin.pod.resource.at(pin.pointer) is not None for pin in found)


MODEL = {"model": {"runtime": "r", "modelFormat": {"name": "x"}}}
SERVICE = thing("InferenceService", "s", {"predictor": {**MODEL, "nodeSelector": {"a": "b"}}}, "serving.kserve.io/")
OTHER = thing("InferenceService", "o", {"predictor": {"model": {"runtime": "q"}}}, "serving.kserve.io/")
RUNTIME = thing("ServingRuntime", "r", {"containers": [MAIN], "nodeSelector": {"c": "d"}}, "serving.kserve.io/")


def test_a_predictor_and_its_runtime_are_one_pod() -> None:
    given = overlay(SERVICE, OTHER, RUNTIME, pod(nodeSelector={"e": "f"}))
    names = {p.resource.name: [part.resource.name for part in placement.partners(given, p)] for p in given.pods}
    assert names == {"s": ["s", "r"], "o": ["o"], "r": ["r", "s"], "p": ["p"]}
    labels = {p.resource.name: [pin.label for pin in placement.pins(given, p)] for p in given.pods}
    assert labels == {"s": ["a", "c"], "o": [], "r": ["c", "a"], "p": ["e"]}


def test_machines_are_the_overlays_and_the_one_that_is_pinned() -> None:
    pinned = pod(nodeSelector={ACCELERATOR: HARDWARE["a4x"].accelerator})
    for own, body, names in (
        ("", pod(), []),
        ("a3ultra", pod(), ["a3ultra"]),
        ("", pinned, ["a4x"]),
        ("a3ultra", pinned, ["a3ultra", "a4x"]),
        ("a4x", pinned, ["a4x"]),
    ):
        given = overlay(body, hardware=own)
        assert [hardware.name for hardware in placement.machines(given, given.pods[0])] == names


TAINT = {"key": "a", "value": "b", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "taint", "matches"),
    [
        ({"key": "a", "value": "b", "effect": "NoSchedule"}, TAINT, True),
        ({"key": "a", "operator": "Equal", "value": "b"}, TAINT, True),
        ({"key": "a", "value": "b", "effect": ""}, TAINT, True),
        ({"key": "a", "value": "b", "effect": "NoExecute"}, TAINT, False),
        ({"key": "a", "value": "c"}, TAINT, False),
        ({"key": "c", "value": "b"}, TAINT, False),
        ({"key": "a"}, TAINT, False),
        ({"key": "a"}, {"key": "a", "effect": "NoSchedule"}, True),
        ({"key": "a", "value": ""}, {"key": "a"}, True),
        ({"operator": "Exists"}, TAINT, True),
        ({"operator": "Exists", "key": ""}, TAINT, True),
        ({"operator": "Exists", "key": "a"}, TAINT, True),
        ({"operator": "Exists", "key": "c"}, TAINT, False),
        ({"operator": "Exists", "effect": "NoExecute"}, TAINT, False),
    ],
)
def test_tolerations(toleration: dict[str, Any], taint: dict[str, Any], matches: bool) -> None:
    assert placement.tolerates(toleration, taint) is matches


@pytest.mark.parametrize(
    ("fields", "hardware", "processor"),
    [
        ({}, "a4x", "arm64"),
        ({}, "a3ultra", "amd64"),
        ({}, "", None),
        ({"containers": [{"name": "client"}]}, "a4x", None),
        ({"nodeSelector": {"kubernetes.io/arch": "amd64"}}, "a4x", "amd64"),
        ({"nodeSelector": {"other": "amd64"}}, "a4x", "arm64"),
        ({"affinity": affinity({"matchExpressions": [among("kubernetes.io/arch", "amd64", "arm64")]})}, "a4x", None),
        ({"nodeSelector": {ACCELERATOR: HARDWARE["a4x"].accelerator}}, "a3ultra", None),
    ],
)
def test_the_processor_of_a_pod(fields: dict[str, Any], hardware: str, processor: str | None) -> None:
    given = overlay(pod(**fields), hardware=hardware)
    assert processors.processor(given, given.pods[0]) == processor


ARM, INTEL = "example/x-arm64:v1", "example/x-amd64:v1"


@pytest.mark.parametrize(
    ("body", "hardware", "misfits"),
    [
        (pod(), "a4x", []),
        (thing("Pod", "p", {"containers": [{**MAIN, "image": INTEL}]}), "a4x", ["main arm64"]),
        (thing("Pod", "p", {"containers": [{**MAIN, "image": ARM}]}), "a4x", []),
        (thing("Pod", "p", {"containers": [{**MAIN, "image": ARM}]}), "a3ultra", ["main amd64"]),
        (thing("Pod", "p", {"containers": [{**MAIN, "image": ARM}]}), "", []),
        (thing("Pod", "p", {"containers": [{**MAIN, "image": ""}]}), "a4x", []),
        (
            thing("Pod", "p", {"containers": [MAIN], "initContainers": [{"name": "init", "image": INTEL}]}),
            "a4x",
            ["init arm64"],
        ),
        (thing("Pod", "p", {"containers": [MAIN, {"name": "gib", "image": "example/nccl-gib-amd64:v1"}]}), "a4x", []),
    ],
)
def test_images_that_are_not_built_for_a_node(body: dict[str, Any], hardware: str, misfits: list[str]) -> None:
    given = overlay(body, hardware=hardware)
    assert [f"{misfit.container.name} {misfit.processor}" for misfit in processors.misfits(given)] == misfits


def test_a_runtime_without_its_name_is_nobodys() -> None:
    nameless = thing("ServingRuntime", "", {"containers": [MAIN]}, "serving.kserve.io/")
    unnamed = thing("InferenceService", "s", {"predictor": {"model": {}}}, "serving.kserve.io/")
    given = overlay(unnamed, nameless)
    assert [part.resource.kind for part in placement.partners(given, given.pods[0])] == [
        "InferenceService",
        "ServingRuntime",
    ]

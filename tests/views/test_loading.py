"""How long probes wait, and how long a server takes to load."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from manifests import main, overlay, pod, template, thing
from servelint.views import loading

LOST = "unreadable"


@pytest.mark.parametrize(
    ("probe", "seconds"),
    [
        (None, None), ({}, None), ("x", None),
        ({"httpGet": {}}, 30),
        ({"initialDelaySeconds": 5, "periodSeconds": 2, "failureThreshold": 4}, 13),
        ({"periodSeconds": 0, "failureThreshold": 0}, 30), ({"periodSeconds": None}, 30), ({"failureThreshold": 1}, 10),
        ({"initialDelaySeconds": LOST}, None), ({"periodSeconds": LOST}, None), ({"failureThreshold": LOST}, None),
        ({"failureThreshold": "5"}, 50), ({"periodSeconds": 10**9}, loading.FOREVER), ({"periodSeconds": 10**9, "failureThreshold": 1}, 10**9),
    ],
)  # fmt: skip
def test_patience(probe: Any, seconds: int | None) -> None:
    assert loading.patience(probe) == seconds


@pytest.mark.parametrize(
    ("probes", "killer"),
    [
        ({}, None), ({"readinessProbe": {"periodSeconds": 1}}, None), ({"livenessProbe": {"periodSeconds": 1}}, ("livenessProbe", 3)),
        ({"livenessProbe": {"periodSeconds": 1}, "startupProbe": {"periodSeconds": 2}}, ("startupProbe", 6)),
        ({"livenessProbe": {"periodSeconds": 1}, "startupProbe": {"periodSeconds": LOST}}, None),
        ({"livenessProbe": {"periodSeconds": 1}, "startupProbe": {}}, ("livenessProbe", 3)),
    ],
)  # fmt: skip
def test_the_probe_that_restarts_a_container(probes: dict[str, Any], killer: tuple[str, int] | None) -> None:
    container = overlay(pod(**probes)).pods[0].main[0]
    assert loading.killer(container) == killer


def test_where_a_probe_stands() -> None:
    container = overlay(pod(livenessProbe={"periodSeconds": 1})).pods[0].main[0]
    assert loading.pointer(container, "livenessProbe") == ("spec", "containers", 0, "livenessProbe")
    assert loading.pointer(container, "startupProbe") == ("spec", "containers", 0)


CLAIM = {
    "volumeMounts": [{"name": "v"}, {"name": "none"}],
    "spec": {"volumes": [{"name": "v", "persistentVolumeClaim": {}}]},
}
UNUSED = {"spec": {"volumes": [{"name": "v", "persistentVolumeClaim": {}}]}}


@pytest.mark.parametrize(
    ("gpus", "size", "more", "least", "likely"),
    [
        (0, None, {}, 60, 120), (1, None, {}, 100, 220), (8, None, {}, 380, 920), (8, 10**12, {}, 1060, 2620), (8, 0, {}, 380, 920),
        (1, None, CLAIM, 69, 220), (1, 43 * 10**9, CLAIM, 70, 227), (1, None, UNUSED, 100, 220),
        (5000, None, {}, 60 + 1024 * 40, 120 + 1024 * 100),
    ],
)  # fmt: skip
def test_seconds_of_a_load(gpus: int, size: int | None, more: dict[str, Any], least: int, likely: int) -> None:
    model = None if size is None else SimpleNamespace(disk_bytes=size)
    given = overlay(pod(gpus=gpus, **more), model=model)
    container = given.pods[0].main[0]
    assert (loading.least(given, container), loading.likely(given, container)) == (least, likely)


VLLM = {"command": ["vllm", "serve", "m"]}
RUNTIME = thing("ServingRuntime", "r", {"containers": [main(8, name="kserve-container")]})
SERVICE = thing("InferenceService", "s", {"predictor": {"model": {"runtime": "r"}}})


@pytest.mark.parametrize(
    ("bodies", "model", "found"),
    [
        ((pod(),), False, []),
        ((pod(gpus=1),), False, [("p", False)]),
        ((pod(gpus=2),), False, [("p", True)]),
        ((pod(gpus=1),), True, [("p", True)]),
        ((pod(gpus=1, **VLLM),), False, [("p", True)]),
        ((pod(**VLLM),), False, []),
        ((pod(gpus=1, command=["vllm", "bench", "serve"]),), True, []),
        ((thing("Job", "j", {"template": template(8)}),), True, []),
        ((SERVICE, RUNTIME), False, [("s", True)]),
        ((RUNTIME,), False, [("r", True)]),
        ((RUNTIME, pod(gpus=2)), False, [("r", True), ("p", True)]),
    ],
)
def test_containers_that_hold_gpus_to_serve(
    bodies: tuple[dict[str, Any], ...], model: bool, found: list[tuple[str, bool]]
) -> None:
    given = overlay(*bodies, model=SimpleNamespace(disk_bytes=1) if model else None)
    assert [(container.resource.name, known) for container, known in loading.servers(given)] == found

"""Patches against Kustomize itself: what merging makes of an object is what Kustomize makes of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from servelint import lines, merging, render

POD: dict[str, Any] = {
    "nodeSelector": {"zone": "a", "kind": "gpu"},
    "tolerations": [{"key": "gpu", "operator": "Exists"}, {"key": "arm", "operator": "Exists"}],
    "containers": [
        {
            "name": "engine",
            "image": "a:1",
            "args": ["--tp=8", "--host=::"],
            "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "ports": [{"containerPort": 8000, "name": "http"}],
            "resources": {"limits": {"nvidia.com/gpu": "8"}},
            "volumeMounts": [{"name": "v", "mountPath": "/v"}, {"name": "w", "mountPath": "/w"}],
        },
        {"name": "side", "image": "b:1"},
    ],
    "volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "emptyDir": {"medium": "Memory"}}],
}
PATCHES: list[Any] = [
    {"containers": [{"name": "engine", "image": "c:2"}]},
    {"containers": [{"name": "engine", "args": ["--x"], "env": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}]}]},
    {"containers": [{"name": "side", "$patch": "delete"}]},
    {"containers": [{"name": "engine", "env": [{"name": "A", "$patch": "delete"}], "resources": None}]},
    {"containers": [{"$patch": "replace"}, {"name": "new", "image": "d:1"}]},
    {"tolerations": [{"key": "tpu", "operator": "Exists"}]},
    {"nodeSelector": {"zone": None, "disk": "ssd"}},
    {"nodeSelector": {"$patch": "replace", "disk": "ssd"}},
    {"volumes": [{"name": "w", "emptyDir": {"sizeLimit": "1Gi"}}, {"name": "x", "emptyDir": {}}]},
    {"containers": [{"name": "engine", "volumeMounts": [{"mountPath": "/w", "name": "x"}]}]},
    [{"op": "replace", "path": "/containers/0/env/1/value", "value": "9"}, {"op": "remove", "path": "/tolerations/0"}],
    [{"op": "add", "path": "/containers/0/args/-", "value": "--y"}, {"op": "add", "path": "/containers/0/args/0", "value": "x"}],
    [{"op": "add", "path": "/nodeSelector/a~1b", "value": "c"}, {"op": "remove", "path": "/volumes"}],
]  # fmt: skip
KINDS = {
    ("apps/v1", "Deployment"): ("spec", "template", "spec"),
    ("batch/v1", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
    ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"): ("spec", "leaderWorkerTemplate", "workerTemplate", "spec"),
    ("example.com/v1", "Widget"): ("spec", "pods"),
}


def _at(path: tuple[str, ...], value: Any) -> Any:
    for step in reversed(path):
        value = {step: value}
    return value


def _patch(path: tuple[str, ...], patch: Any) -> Any:
    if isinstance(patch, dict):
        return _at(path, patch)
    return [{**operation, "path": f"/{'/'.join(path)}{operation['path']}"} for operation in patch]


@pytest.mark.parametrize(("api_version", "kind"), KINDS, ids=str)
def test_is_what_kustomize_makes(api_version: str, kind: str, tmp_path: Path) -> None:
    path = KINDS[api_version, kind]
    bodies, patches = {}, []
    for i, patch in enumerate(PATCHES):
        head = {"apiVersion": api_version, "kind": kind, "metadata": {"name": f"o{i}"}}
        bodies[f"o{i}"] = {**head, **_at(path, copy.deepcopy(POD))}
        change = _patch(path, patch)
        text = json.dumps({**head, **change} if isinstance(change, dict) else change)
        patches.append({"target": {"kind": kind, "name": f"o{i}"}, "patch": text})
    (tmp_path / "all.yaml").write_text("\n---\n".join(map(json.dumps, bodies.values())))
    (tmp_path / "kustomization.yaml").write_text(json.dumps({"resources": ["all.yaml"], "patches": patches}))
    built = render.run_kustomize(str(tmp_path))
    assert built.text is not None, built.error
    made = {body["metadata"]["name"]: body for _, body in lines.load(built.text)}
    for i, patch in enumerate(PATCHES):
        before = copy.deepcopy(bodies[f"o{i}"])
        after = merging.patched(bodies[f"o{i}"], _patch(path, patch), api_version, kind)
        assert bodies[f"o{i}"] == before, "the object itself is left alone"
        assert _sorted(after) == _sorted(made[f"o{i}"]), patch


def _sorted(value: Any) -> Any:
    """Without the order of named items, which Kustomize chooses by itself."""
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in value.items()}
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return sorted(map(_sorted, value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


@pytest.mark.parametrize("patch", [None, 3, "text", [], {}, [None, 3], [{"op": "add"}], [{"op": 1, "path": [2]}],
                                   [{"op": "add", "path": "/spec/999999999999999999999/x", "value": 1}],
                                   {"spec": {"containers": [None, 3, {"name": []}]}}, {"$patch": "delete"}])  # fmt: skip
def test_takes_any_shape(patch: Any) -> None:
    body = {"spec": {"containers": [{"name": "a"}, None, 3, {"name": {}}]}}
    assert isinstance(merging.patched(body, patch, "v1", "Pod"), dict)
    merging.stable(body, merging.steps_of("/spec/containers/0/image"))


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("spec.containers.[name=a].image", ("spec", "containers", "[a]", "image")),
        ("metadata.labels.[kueue.x-k8s.io/queue-name]", ("metadata", "labels", "kueue.x-k8s.io/queue-name")),
        (r"metadata.annotations.a\.b/c", ("metadata", "annotations", "a.b/c")),
        ("spec.rules.*.host", ("spec", "rules", "*", "host")),
        ("spec.list.0", ("spec", "list", "0")),
        (None, ("None",)),
    ],
)
def test_steps_of_a_field_path(path: Any, steps: tuple[str, ...]) -> None:
    assert merging.field_steps(path) == steps

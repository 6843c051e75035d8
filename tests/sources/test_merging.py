"""Patches against Kustomize itself: what merging makes of an object is what Kustomize makes of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from servelint import lines
from servelint.sources import merging
from servelint.steps import render

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


# --- each step of it, without Kustomize -------------------------------------------------------------------------------

CONTAINERS = ("spec", "template", "spec", "containers")


@pytest.mark.parametrize(
    ("api_version", "kind", "path", "key"),
    [
        ("apps/v1", "Deployment", CONTAINERS, "name"),
        ("apps/v1", "Deployment", (*CONTAINERS, "env"), "name"),
        ("apps/v1", "Deployment", (*CONTAINERS, "ports"), "containerPort"),
        ("apps/v1", "Deployment", (*CONTAINERS, "volumeMounts"), "mountPath"),
        ("apps/v1", "Deployment", (*CONTAINERS, "args"), None),
        ("apps/v1", "Deployment", (*CONTAINERS[:-1], "tolerations"), None),
        ("apps/v1", "Deployment", (*CONTAINERS, "nothing"), None),
        ("apps/v1", "Deployment", (), None),
        ("v1", "Service", ("spec", "ports"), "port"),
        ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", ("spec",), None),
    ],
)
def test_fields_by_which_lists_are_merged(api_version: str, kind: str, path: tuple[str, ...], key: str | None) -> None:
    assert merging.merge_key(api_version, kind, path) == key


def _pod(**spec: Any) -> dict[str, Any]:
    return {"spec": spec}


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ({"a": 1}, {"apiVersion": "x", "kind": "y", "metadata": {"name": "z", "namespace": "n"}}, {"a": 1, "metadata": {}}),
        ({"metadata": {"name": "a"}}, {"metadata": {"name": "b", "labels": {"c": "d"}}}, {"metadata": {"name": "a", "labels": {"c": "d"}}}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}, "metadata": {}}),
        ({"a": {"b": 1}}, {"a": {"$patch": "delete"}}, {"metadata": {}}),
        ({"a": {"b": 1}}, {"a": {"$patch": "replace", "c": 2}}, {"a": {"c": 2}, "metadata": {}}),
        ({"a": {"b": 1}}, {"a": {"$patch": "merge", "c": 2}}, {"a": {"b": 1, "c": 2}, "metadata": {}}),
        ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}, "metadata": {}}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2, "metadata": {}}),
    ],
)  # fmt: skip
def test_merging_of_mappings(before: dict[str, Any], patch: dict[str, Any], after: dict[str, Any]) -> None:
    assert merging.patched(before, patch, "v1", "Pod") == after


A, B = {"name": "a", "image": "1"}, {"name": "b", "image": "1"}


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ([A, B], [{"name": "b", "image": "2"}], [A, {"name": "b", "image": "2"}]),
        ([A], [B], [A, B]),
        ([A, B, A], [{"name": "a", "$patch": "delete"}], [B]),
        ([A], [{"name": "c", "$patch": "delete"}], [A]),
        ([A, A], [{"name": "a", "image": "2"}], [{"name": "a", "image": "2"}, A]),
        ([{"image": "1"}], [{"image": "2"}], [{"image": "1"}, {"image": "2"}]),
        ([A], [{"$patch": "replace"}, B], [B]),
        ([A], [{"$patch": "replace", "name": "a"}, B], [{"name": "a"}, B]),
        (None, [{"name": "a", "$patch": "delete"}, {**B, "tty": None}], [B]),
        ([A], [{**B, "tty": None, "args": [{"$patch": "x"}]}], [A, {**B, "args": [{}]}]),
    ],
)  # fmt: skip
def test_merging_of_lists(before: Any, patch: list[Any], after: list[Any]) -> None:
    made = merging.patched(_pod(containers=before), _pod(containers=patch), "v1", "Pod")
    assert made["spec"] == {"containers": after}


def test_a_list_without_a_key_is_replaced_with_all_that_it_holds() -> None:
    made = merging.patched(
        _pod(tolerations=[{"key": "a"}]), _pod(tolerations=[{"$patch": "x", "b": None}]), "v1", "Pod"
    )
    assert made["spec"] == {"tolerations": [{"$patch": "x", "b": None}]}


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ([{"$patch": "replace"}], True), ([1, {"a": 1}, {"$patch": "replace"}], True), ([{"$patch": "delete"}], False),
        ([{"$patch": "replace", "a": 1}], False), ([], False),
    ],
)  # fmt: skip
def test_lists_that_stand_in_for_others(items: list[Any], says: bool) -> None:
    assert merging.replaces(items) is says


@pytest.mark.parametrize(
    ("op", "path", "after"),
    [
        ("add", "/m/a", {"m": {"a": "new", "b": 2}, "l": [1, 2, 3]}),
        ("add", "/m/c", {"m": {"a": 1, "b": 2, "c": "new"}, "l": [1, 2, 3]}),
        ("replace", "/m/a", {"m": {"a": "new", "b": 2}, "l": [1, 2, 3]}),
        ("remove", "/m/a", {"m": {"b": 2}, "l": [1, 2, 3]}),
        ("remove", "/m", {"l": [1, 2, 3]}),
        ("test", "/m/a", None),
        ("add", "/none/a", None),
        ("add", "/m/a/b", None),
        ("add", "/l/0", {"m": {"a": 1, "b": 2}, "l": ["new", 1, 2, 3]}),
        ("add", "/l/3", {"m": {"a": 1, "b": 2}, "l": [1, 2, 3, "new"]}),
        ("add", "/l/-", {"m": {"a": 1, "b": 2}, "l": [1, 2, 3, "new"]}),
        ("add", "/l/4", None),
        ("replace", "/l/2", {"m": {"a": 1, "b": 2}, "l": [1, 2, "new"]}),
        ("replace", "/l/3", None),
        ("replace", "/l/-", None),
        ("remove", "/l/1", {"m": {"a": 1, "b": 2}, "l": [1, 3]}),
        ("remove", "/l/3", None),
        ("test", "/l/1", None),
        ("add", "/l/x", None),
        ("remove", "/l/-1", None),
        ("add", "/l/5/a", None),
        ("remove", "", None),
        ("add", "/l/000000000", None),
        ("add", "/l/00000001", {"m": {"a": 1, "b": 2}, "l": [1, "new", 2, 3]}),
    ],
)
def test_operations(op: str, path: str, after: dict[str, Any] | None) -> None:
    before = {"m": {"a": 1, "b": 2}, "l": [1, 2, 3]}
    patch = [{"op": op, "path": path, "value": "new"}]
    assert merging.patched(before, patch, "v1", "Pod") == (before if after is None else after)


def test_an_operation_inside_a_list_and_one_on_the_whole() -> None:
    body = {"l": [{"a": 1}, {"b": 2}, {"c": 3}]}
    made = merging.patched(body, [{"op": "add", "path": "/l/1/b", "value": 4}], "v1", "Pod")
    assert made == {"l": [{"a": 1}, {"b": 4}, {"c": 3}]}
    for op, whole in (("add", {"x": 1}), ("replace", {"x": 1}), ("remove", body)):
        assert merging.patched(body, [{"op": op, "path": "", "value": {"x": 1}}], "v1", "Pod") == whole
    assert merging.patched(body, [{"op": "add", "path": ""}], "v1", "Pod") == body


BODY = {"l": [{"name": "a", "v": 1}, {"v": 2}, 3], "m": {"a/b": {"c~": 5}}}


@pytest.mark.parametrize(
    ("path", "value", "stable"),
    [
        ("/l/0/v", 1, ("l", "[a]", "v")),
        ("/l/1/v", 2, ("l", "1", "v")),
        ("/l/2", 3, ("l", "2")),
        ("/l/3", None, ("l", "3")),
        ("/l/-", None, ("l", "-")),
        ("/l/x/y", None, ("l", "x", "y")),
        ("/l/000000000/v", None, ("l", "000000000", "v")),
        ("/l/00000000/v", 1, ("l", "[a]", "v")),
        ("/m/a~1b/c~0", 5, ("m", "a/b", "c~")),
        ("/m/x/y", None, ("m", "x", "y")),
        ("", BODY, ()),
        (None, BODY, ()),
    ],
)
def test_pointers(path: str | None, value: Any, stable: tuple[str, ...]) -> None:
    steps = merging.steps_of(path)
    assert merging.valued(BODY, steps) == value
    assert merging.stable(BODY, steps) == stable


@pytest.mark.parametrize(
    ("path", "steps"),
    [("a.[b]", ("a", "b")), ("a.[=b]", ("a", "[]")), ("a.b=c", ("a", "b=c")), ("[name=x]", ("[x]",)), ("", ())],
)
def test_odd_field_paths(path: str, steps: tuple[str, ...]) -> None:
    assert merging.field_steps(path) == steps

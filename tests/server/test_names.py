"""Quantities, metadata, selectors and what is made of them, at their edges; for the grammars see the pods' tests."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server.semantics import config, names, scheduling, storage
from servelint.server.semantics.field import Complaint

N = names.NANO


def paths(found: Any) -> list[str]:
    return [complaint.path for complaint in found if isinstance(complaint, Complaint)]


@pytest.mark.parametrize(("text", "value"), [
    ("1n", 1), ("1u", 10**3), ("1m", 10**6), ("1k", 10**3 * N), ("1M", 10**6 * N), ("1G", 10**9 * N), ("1T", 10**12 * N),
    ("1P", 10**15 * N), ("1E", 10**18 * N), ("1Ki", 2**10 * N), ("1Mi", 2**20 * N), ("1Gi", 2**30 * N), ("1Ti", 2**40 * N),
    ("1Pi", 2**50 * N), ("1Ei", 2**60 * N), ("7Ei", 7 * 2**60 * N), ("-8Ei", -(2**63 - 1) * N), ("1.5n", 2), ("-1.5n", -2),
    ("1e-9", 1), ("1e-10", 1), ("1E+3", 1000 * N), ("1e00003", 1000 * N), ("." + "0" * 398 + "1", 1), ("0" * 400, 0),
    ("0" * 401, None), ("+", None), (".", None),
])  # fmt: skip
def test_quantities(text: str, value: int | None) -> None:
    assert names.quantity(text) == value


@pytest.mark.parametrize(("nanos", "whole"), [
    (0, True), (N, True), (N // 2, False), (1, False), (-N, True), (N - 1, True), (N + 10**6, False), (10**3 * N, True),
    (2**63 * 10**6 - 10**6, False), (2**63 * 10**6, False), (10**40, True), (int("1" * 19) * N * N, False),
])  # fmt: skip
def test_whole_quantities(nanos: int, whole: bool) -> None:
    assert names.is_whole(nanos) is whole


@pytest.mark.parametrize(("value", "found"), [
    (0, (0, False)), (-1, (-1, False)), (2.0, (2, False)), (2.5, None), ("0%", (0, True)), ("1" * 11 + "%", (11111111111, True)),
    ("1" * 12 + "%", None), ("1 %", None),
])  # fmt: skip
def test_counts_and_percentages(value: Any, found: Any) -> None:
    assert names.int_or_percent(value) == found


OWNER = {"apiVersion": "apps/v1", "kind": "A", "name": "b", "uid": "c"}


@pytest.mark.parametrize(("meta", "fields"), [
    ({"name": "a", "ownerReferences": [OWNER, {**OWNER, "controller": True}]}, []),
    ({"name": "a", "ownerReferences": [{**OWNER, "controller": True}] * 2}, ["ownerReferences"]),
    ({"name": "a", "ownerReferences": [{**OWNER, "apiVersion": "apps/"}]}, ["ownerReferences.apiVersion"]),
    ({"name": "a", "ownerReferences": [{**OWNER, "apiVersion": ""}]}, ["ownerReferences.apiVersion"]),
    ({"name": "a", "ownerReferences": [{"apiVersion": "v1"}]},
     [f"ownerReferences.{name}" for name in ("kind", "name", "uid")]),
    ({"name": "a", "ownerReferences": [{**OWNER, "apiVersion": "apps/v1", "kind": "Event"}]}, []),
    ({"name": "a", "finalizers": ["kubernetes", "a.b/c", "a b"]}, ["finalizers", "finalizers[2]"]),
    ({"name": "a", "finalizers": ["orphan"]}, []),
    ({"name": "a", "annotations": {"a": "x" * (2**18 - 1)}}, []),
    ({"name": "a", "annotations": {"a": "x" * 2**18}}, ["annotations"]),
    ({"name": "a", "annotations": {"a": "é" * 2**17}}, ["annotations"]),
    ({"name": "a", "labels": {"a b": "c d"}}, ["labels", "labels"]),
    ({"generateName": "a" * 58}, []),
    ({"generateName": "a" * 253}, []),
    ({"generateName": "a" * 254}, ["generateName"]),
    ({"generateName": "a-"}, []),
    ({}, ["name"]),
    ({"name": "a", "namespace": "A"}, ["namespace"]),
    ({"name": "a", "deletionTimestamp": "2026-01-31T12:00:00"}, ["deletionTimestamp"]),
])  # fmt: skip
def test_metadata(meta: dict[str, Any], fields: list[str]) -> None:
    assert paths(names.object_meta(meta, (), namespaced=True)) == fields


@pytest.mark.parametrize(("time", "good"), [
    ("2026-01-31T23:59:59Z", True), ("2026-02-29T00:00:00Z", False), ("2024-02-29T00:00:00Z", True),
    ("2026-04-31T00:00:00Z", False), ("2026-01-00T00:00:00Z", False), ("2026-01-01T24:00:00Z", False),
    ("2026-01-01T00:00:60Z", False), ("0000-02-29T00:00:00Z", True), ("2026-01-01T00:00:00+24:60", True),
    ("2026-01-01T00:00:00+25:00", False), ("2026-01-01T00:00:00,5Z", True), ("2026-13-01T00:00:00Z", False),
])  # fmt: skip
def test_times(time: str, good: bool) -> None:
    assert (names.timestamp(time) is None) is good


@pytest.mark.parametrize(("expression", "any_values", "fields"), [
    ({"key": "a", "operator": "In", "values": ["b"]}, False, []),
    ({"key": "a", "operator": "NotIn"}, False, ["values"]),
    ({"key": "a", "operator": "DoesNotExist", "values": ["b"]}, False, ["values"]),
    ({"key": "a b", "operator": "Exists"}, False, ["key"]),
    ({"key": "a", "operator": "exists", "values": ["b"]}, False, ["operator"]),
    ({"key": "a", "operator": "In", "values": ["b", "c d"]}, False, ["values[1]"]),
    ({"key": "a", "operator": "In", "values": ["b", "c d"]}, True, []),
])  # fmt: skip
def test_selectors(expression: dict[str, Any], any_values: bool, fields: list[str]) -> None:
    found = names.label_selector({"matchExpressions": [expression]}, (), any_values=any_values)
    assert paths(found) == [f"matchExpressions[0].{name}" for name in fields]


# --- scheduling -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("toleration", "fields"), [
    ({"operator": "Exists"}, []),
    ({}, ["operator"]),
    ({"key": "a b", "operator": "Exists"}, ["key"]),
    ({"key": "a", "operator": "Equal", "value": "b"}, []),
    ({"key": "a", "operator": "Equal", "value": "b c"}, ["operator"]),
    ({"key": "a", "operator": "Exists", "value": "b"}, ["operator"]),
    ({"key": "a", "operator": "Lt", "value": "b c"}, ["operator"]),
    ({"key": "a", "tolerationSeconds": 1, "effect": "NoExecute"}, []),
    ({"key": "a", "tolerationSeconds": 0, "effect": "NoSchedule"}, ["effect"]),
    ({"key": "a", "effect": "PreferNoSchedule"}, []),
])  # fmt: skip
def test_tolerations(toleration: dict[str, Any], fields: list[str]) -> None:
    assert paths(scheduling.tolerations([{"operator": "Exists"}, toleration], ())) == [f"[1].{name}" for name in fields]


@pytest.mark.parametrize(("expression", "strict", "fields"), [
    *[({"key": "a", "operator": operator, "values": ["1"] * count}, True, [] if good else ["values"])
      for operator, counts in (("In", (1, 2)), ("NotIn", (1, 2)), ("Exists", (0,)), ("DoesNotExist", (0,)), ("Gt", (1,)),
                               ("Lt", (1,)))
      for count in range(3) for good in [count in counts]],
    ({"key": "a", "operator": "Is", "values": ["1"]}, True, ["operator"]),
    ({"key": "a b", "operator": "Exists"}, True, ["key"]),
    ({"key": "a", "operator": "In", "values": ["b", "c d"]}, True, ["values[1]"]),
    ({"key": "a", "operator": "In", "values": ["b", "c d"]}, False, []),
])  # fmt: skip
def test_node_expressions(expression: dict[str, Any], strict: bool, fields: list[str]) -> None:
    found = scheduling.node_selector_term({"matchExpressions": [expression]}, (), strict=strict)
    assert paths(found) == [f"matchExpressions[0].{name}" for name in fields]


@pytest.mark.parametrize(("expression", "fields"), [
    ({"key": "metadata.name", "operator": "NotIn", "values": ["a"]}, []),
    ({"key": "metadata.name", "operator": "Exists"}, ["operator"]),
    ({"key": "metadata.name", "operator": "In", "values": []}, ["values"]),
    ({"key": "metadata.name", "operator": "In", "values": ["a", "b"]}, ["values"]),
    ({"key": "metadata.name", "operator": "In", "values": ["A"]}, ["values[0]"]),
    ({"key": "metadata.uid", "operator": "In", "values": ["A"]}, ["key"]),
])  # fmt: skip
def test_node_fields(expression: dict[str, Any], fields: list[str]) -> None:
    found = scheduling.node_selector_term({"matchFields": [expression]}, (), strict=True)
    assert paths(found) == [f"matchFields[0].{name}" for name in fields]


SPREAD = {
    "maxSkew": 1,
    "topologyKey": "zone",
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"a": "b"}},
}


@pytest.mark.parametrize(("fields", "version", "wrong"), [
    ({}, "1.36", []),
    ({"maxSkew": None}, "1.36", ["maxSkew"]),
    ({"minDomains": 1}, "1.36", []),
    ({"minDomains": 0}, "1.36", ["minDomains"]),
    ({"minDomains": 1, "whenUnsatisfiable": "ScheduleAnyway"}, "1.36", ["minDomains"]),
    ({"nodeAffinityPolicy": ""}, "1.36", ["nodeAffinityPolicy"]),
    ({"matchLabelKeys": ["c"]}, "1.33", []),
    ({"matchLabelKeys": ["c", "a"]}, "1.33", ["matchLabelKeys[1]"]),
    ({"matchLabelKeys": ["c d"]}, "1.33", ["matchLabelKeys[0]"]),
    ({"matchLabelKeys": ["c"], "labelSelector": None}, "1.33", ["matchLabelKeys"]),
    ({"matchLabelKeys": ["c"], "labelSelector": None}, "1.36", ["matchLabelKeys"]),
    ({"matchLabelKeys": ["c d"]}, "1.36", ["matchLabelKeys[0]"]),
])  # fmt: skip
def test_spreading(fields: dict[str, Any], version: str, wrong: list[str]) -> None:
    assert paths(scheduling.topology_spread([SPREAD | fields], (), version)) == [f"[0].{name}" for name in wrong]


# --- storage and config ---------------------------------------------------------------------------


@pytest.mark.parametrize(("spec", "fields"), [
    ({"nfs": {"server": "a", "path": "/"}}, []),
    ({}, [""]),
    ({"nfs": {"server": "a", "path": "/"}, "cephfs": {}}, [".cephFS"]),
    ({"nfs": {"server": "a", "path": "/"}, "flexVolume": {}}, []),
    ({"local": {"path": "/a"}}, [".nodeAffinity"]),
    ({"nfs": {"server": "a", "path": "/"}, "nodeAffinity": {}}, [".nodeAffinity.required"]),
    ({"cinder": {"volumeID": "a", "secretRef": {"name": "b"}}}, [".cinder.secretRef.namespace"]),
    ({"glusterfs": {"endpoints": "a", "path": "b", "endpointsNamespace": ""}}, [".glusterfs.endpointsNamespace"]),
    ({"glusterfs": {"endpoints": "a", "path": "b", "endpointsNamespace": "c"}}, []),
    ({"storageos": {"volumeName": "a", "volumeNamespace": "B"}}, [".storageos.volumeNamespace"]),
    ({"csi": {"driver": "a", "volumeHandle": "b", "nodeExpandSecretRef": {"name": "c", "namespace": "D"}}},
     [".csi.nodeExpandSecretRef.namespace"]),
    ({"hostPath": {"path": "/a/.."}, "persistentVolumeReclaimPolicy": "Recycle"},
     [".hostPath.path", ".persistentVolumeReclaimPolicy"]),
    ({"hostPath": {"path": "/a"}, "persistentVolumeReclaimPolicy": "Recycle"}, []),
    ({"hostPath": {"path": "/"}, "persistentVolumeReclaimPolicy": "Retain"}, []),
    ({"nfs": {"server": "a", "path": "/"}, "capacity": {"storage": "1n"}}, []),
    ({"nfs": {"server": "a", "path": "/"}, "volumeMode": ""}, [".volumeMode"]),
])  # fmt: skip
def test_volumes(spec: dict[str, Any], fields: list[str]) -> None:
    body = {"spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": 1}, **spec}}
    assert paths(storage.volume(body, "1.36")) == [f"spec{name}" for name in fields]


def test_sizes_of_a_storage_class() -> None:
    for parameters, good in (
        ({str(i): "" for i in range(512)}, True),
        ({str(i): "" for i in range(513)}, False),
        ({"a": "x" * (2**18 - 1)}, True),
        ({"a": "x" * 2**18}, False),
    ):
        found = storage.storage_class({"provisioner": "a", "parameters": parameters}, "1.36")
        assert paths(found) == ([] if good else ["parameters"])


@pytest.mark.parametrize(("text", "value"), [
    ("", b""), ("YQ==", b"a"), ("YWI=", b"ab"), ("YWJj", b"abc"), ("YW\nJj\r\n", b"abc"), ("YQ=", None), ("YQ", None),
    ("Y Q==", None), ("YQ==YQ==", None), (None, b""),
])  # fmt: skip
def test_base64(text: Any, value: bytes | None) -> None:
    assert config.decoded(text) == value


@pytest.mark.parametrize(("labels", "good"), [
    ({"enforce": "privileged", "audit": "baseline", "warn": "restricted"}, True), ({"audit": "none"}, False), ({"warn": ""}, False),
    ({"enforce-version": "latest"}, True), ({"audit-version": "v1.0"}, True), ({"warn-version": "v1.36"}, True),
    ({"warn-version": "v1.036"}, False), ({"warn-version": "1.36"}, False), ({"warn-version": ""}, False),
])  # fmt: skip
def test_pod_security(labels: dict[str, str], good: bool) -> None:
    written = {f"{config.POD_SECURITY}{name}": value for name, value in labels.items()}
    found = paths(config.namespace({"metadata": {"labels": written}}, "1.36"))
    assert found == ([] if good else [f"metadata.labels[{key}]" for key in written])

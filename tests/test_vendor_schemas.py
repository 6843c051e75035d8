"""The store of schemas: how definitions are reduced, and that the committed files are what they claim."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from servelint import reduction, vendoring
from servelint.reduction import (
    BadDefinition,
    expand,
    extend,
    hoist,
    reduce_core,
    reduce_crd,
    structural,
)

STORE = vendoring.STORE


def crd(**properties: Any) -> dict[str, Any]:
    root = {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": root}},
                {"name": "v1alpha1", "served": False, "storage": False, "schema": {"openAPIV3Schema": root}},
            ],
        },
    }


def accepts(node: dict[str, Any], value: Any) -> bool:
    defs = {"meta.v1.ObjectMeta": {"type": "object"}, **node.get("$defs", {})}
    return jsonschema_rs.is_valid({**node, "$defs": defs}, value)


def store_copy(folder: Path) -> Path:
    return Path(shutil.copytree(STORE, folder / "store"))


# --- the committed files --------------------------------------------------------------------------


def test_provenance_names_every_file_with_its_digest() -> None:
    ledger = json.loads((STORE / "PROVENANCE.json").read_bytes())
    present = {path.relative_to(STORE).as_posix() for path in STORE.rglob("*.json")} - {"PROVENANCE.json"}
    assert set(ledger["sha256"]) == present
    for name, digest in ledger["sha256"].items():
        assert hashlib.sha256((STORE / name).read_bytes()).hexdigest() == digest, name
    for source in ledger["transcribed"]:
        assert hashlib.sha256((STORE / source["file"]).read_bytes()).hexdigest() == source["sha256"], source[
            "file"
        ]
    assert ledger["core"]["sha256"] == vendoring.WHEEL_SHA256


def test_transcriptions_give_the_committed_files() -> None:
    kinds, _ = vendoring.transcribed(STORE)
    files, index = vendoring.kind_files(kinds, "transcribed")
    assert len(files) == len(kinds) == len(index)
    committed = json.loads((STORE / "index.json").read_bytes())
    for name, data in files.items():
        assert (STORE / name).read_bytes() == data, name
    assert {key: committed[key] for key in index} == index


def test_the_store_holds_no_address_and_no_machine_path() -> None:
    for path in sorted(STORE.rglob("*")):
        if path.is_file():
            text = path.read_text()
            for word in ("http://", "https://", "pypi", "/root", "/tmp", "/home", "/work"):
                assert word not in text.replace("^(http|https|ssh)://", ""), f"{word} in {path.name}"
    assert sum(path.stat().st_size for path in STORE.rglob("*.json")) < 2_000_000


# --- a structural schema made strict --------------------------------------------------------------


def test_a_declared_object_is_closed_and_an_open_one_is_not() -> None:
    closed = structural({"type": "object", "properties": {"a": {"type": "string"}}})
    assert accepts(closed, {"a": "x"})
    assert not accepts(closed, {"b": "x"})
    assert not accepts(structural({"type": "object"}), {"b": "x"})
    assert accepts(structural({"type": "object", "x-kubernetes-preserve-unknown-fields": True}), {"b": 1})
    assert accepts(structural({"type": "object", "additionalProperties": True}), {"b": 1})
    numbers = structural({"type": "object", "additionalProperties": {"type": "integer"}})
    assert accepts(numbers, {"b": 1})
    assert not accepts(numbers, {"b": "1"})


def test_a_field_called_description_survives_and_prose_does_not() -> None:
    node = structural({
        "type": "object", "description": "prose", "example": 1,
        "properties": {"description": {"type": "string", "description": "prose"}},
    })  # fmt: skip
    assert node == {
        "type": "object",
        "properties": {"description": {"type": "string"}},
        "additionalProperties": False,
    }


def test_int_or_string() -> None:
    node = structural({
        "anyOf": [{"type": "integer"}, {"type": "string"}], "pattern": "^[0-9]+%$",
        "x-kubernetes-int-or-string": True,
    })  # fmt: skip
    assert "anyOf" not in node
    assert [accepts(node, value) for value in (3, "30%", "x", 1.5, None)] == [True, True, False, False, False]


def test_null_only_where_nullable_or_defaulted() -> None:
    assert not accepts(structural({"type": "string"}), None)
    assert accepts(structural({"type": "string", "nullable": True}), None)
    assert accepts(structural({"type": "string", "default": "a", "enum": ["a", "b"]}), None)
    assert not accepts(structural({"type": "string", "default": "a", "enum": ["a", "b"]}), "c")


def test_integer_formats_become_bounds() -> None:
    assert structural({"type": "integer", "format": "int32", "minimum": 1}) == {
        "type": "integer", "minimum": 1, "maximum": 2**31 - 1,
    }  # fmt: skip
    wide = structural({"type": "integer", "format": "int64", "minimum": 0, "exclusiveMinimum": True})
    assert [accepts(wide, value) for value in (0, 1, 2**63 - 1, 2**63)] == [False, True, True, False]


def test_annotations_for_later_rules_are_kept() -> None:
    marks = {
        "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
        "x-kubernetes-validations": [{"rule": "self.size() < 3", "message": "too many"}],
    }  # fmt: skip
    assert structural({"type": "array", "items": {"type": "string"}, **marks}).items() >= marks.items()


def test_an_embedded_resource_is_an_object_of_its_own() -> None:
    node = structural({
        "type": "object", "x-kubernetes-embedded-resource": True,
        "x-kubernetes-preserve-unknown-fields": True,
    })  # fmt: skip
    assert accepts(node, {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": {}})
    assert not accepts(node, {"kind": "Pod"})


def test_junctors_do_not_close_objects() -> None:
    node = structural({
        "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "oneOf": [{"required": ["a"]}, {"properties": {"b": {"enum": ["x"]}}, "required": ["b"]}],
    })  # fmt: skip
    assert [accepts(node, value) for value in ({"a": "1"}, {"b": "x"}, {"b": "y"}, {})] == [
        True,
        True,
        False,
        False,
    ]


def test_a_pattern_of_another_dialect_is_dropped() -> None:
    assert "pattern" not in structural({"type": "string", "pattern": r"^\pZ[[:alpha:]](?<n"})
    assert "pattern" in structural({"type": "string", "pattern": "^a+$"})


def test_hoisting_changes_the_size_and_nothing_else() -> None:
    pod = {"type": "object", "properties": {f"field{place}": {"type": "string"} for place in range(20)}}
    node = structural({"type": "object", "properties": {name: pod for name in "abcdef"}})
    small = hoist(node)
    assert len(small["$defs"]) == 1
    assert len(reduction.compact(small)) < len(reduction.compact(node)) / 3
    for value in ({"a": {"field1": "x"}}, {"a": {"field1": 1}}, {"f": {"field20": "x"}}, {"g": {}}):
        assert accepts(small, value) == accepts(node, value)


# --- whole definitions ----------------------------------------------------------------------------


def test_only_served_versions_and_the_head_of_every_object() -> None:
    (widget,) = reduce_crd(crd(size={"type": "integer"}))
    assert (widget.api_version, widget.kind, widget.scope) == ("example.com/v1", "Widget", "Namespaced")
    good = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": {"size": 1}}
    assert accepts(widget.schema, good)
    assert not accepts(widget.schema, {**good, "apiVersion": "example.com/v2"})
    assert not accepts(widget.schema, {**good, "spce": {}})
    assert not accepts(widget.schema, {"apiVersion": "example.com/v1", "kind": "Widget"})


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("group",), "../../etc", "group '../../etc' is not a valid name"),
        (("names", "kind"), "a/b", "kind 'a/b' is not a valid name"),
        (("versions", 0, "name"), "v1/../x", "version 'v1/../x' is not a valid name"),
        (("scope",), "Everywhere", "neither Namespaced nor Cluster"),
        (("versions",), None, "a field has the wrong type"),
        (("versions", 0), {"name": "v1"}, "field 'served' is missing"),
        (("versions", 0, "schema", "openAPIV3Schema"), "text", "a schema is not a mapping"),
        (("versions", 0, "schema", "openAPIV3Schema"), {"type": "object", "properties": 3}, "wrong type"),
        (("versions", 0, "schema", "openAPIV3Schema"), {"minLength": "many"}, "widgets.example.com: "),
    ],
)
def test_a_bad_definition_is_named(path: Any, value: Any, said: str) -> None:
    document = crd()
    node: Any = document["spec"]
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    with pytest.raises(BadDefinition) as caught:
        reduce_crd(document)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_core_definitions_lose_prose_and_what_nothing_reaches() -> None:
    identity = [{"group": "apps", "version": "v1", "kind": "Box"}]
    defs, kinds = reduce_core({
        "io.k8s.api.apps.v1.Box": {
            "type": "object", "description": "prose", "additionalProperties": False,
            "x-kubernetes-group-version-kind": identity,
            "properties": {"size": {"$ref": "/x#/$defs/io.k8s.apimachinery.pkg.api.resource.Quantity"}},
        },
        "io.k8s.apimachinery.pkg.api.resource.Quantity": {"oneOf": []},
        "io.k8s.api.apps.v1.Orphan": {"type": "object"},
    })  # fmt: skip
    assert kinds == {("apps/v1", "Box"): "apps.v1.Box"}
    assert set(defs) == {"apps.v1.Box", "api.resource.Quantity"}
    assert "description" not in defs["apps.v1.Box"]


@pytest.mark.parametrize("text", ["80Gi", "500m", "1", "0.5", ".5", "5.", "1e3", "1E3", "2E", "-1", "+1k"])
def test_quantities(text: str) -> None:
    assert accepts({"pattern": reduction.QUANTITY}, text)


@pytest.mark.parametrize("text", ["80GB", "80 Gi", "", "Gi", "1e", "1K", "1gi", "0x10", "1_000", "1e1.5"])
def test_not_quantities(text: str) -> None:
    assert not accepts({"pattern": reduction.QUANTITY}, text)


# --- the short notation ---------------------------------------------------------------------------


def test_the_short_notation() -> None:
    node = expand(
        {"name!": "string", "mode": "one of: A B", "sizes": [{"*": "int32"}], "port": "int-or-string"}, {}
    )
    assert accepts(node, {"name": "x", "mode": "A", "sizes": [{"a": 1}], "port": "http"})
    for wrong in (
        {},
        {"name": "x", "mode": "C"},
        {"name": "x", "sizes": [{"a": "1"}]},
        {"name": "x", "extra": 1},
    ):
        assert not accepts(node, wrong)


def test_extending_a_core_definition_waits_for_the_version() -> None:
    node = expand({"<": "core.v1.Container", "name!": "string", "extra": "boolean"}, {})
    lent = {"core.v1.Container": {"properties": {"name": {"type": "integer"}, "image": {"type": "string"}}}}
    whole = extend(node, lent)
    assert accepts(whole, {"name": "x", "image": "y", "extra": True})
    assert not accepts(whole, {"name": "x", "imag": "y"})
    assert not accepts(whole, {"image": "y"})


@pytest.mark.parametrize("value", ["strng", "core.Container", 3, ["string", "string"], [], None])
def test_a_slip_in_a_transcription_is_found(value: Any) -> None:
    with pytest.raises(BadDefinition):
        expand({"a": value}, {})


# --- the entry point ------------------------------------------------------------------------------


def run(store: Path, text: str | bytes, *arguments: str) -> int:
    data = text.encode() if isinstance(text, str) else text
    return vendoring.run(["--stdin", "--store", str(store), *arguments], io.BytesIO(data))


def test_definitions_of_a_cluster_join_the_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = store_copy(tmp_path)
    listed = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [crd(size={"type": "integer"})]})
    assert run(store, listed, "--check") == 1
    assert run(store, listed) == 0
    assert run(store, listed, "--check") == 0
    assert "wrote crds/example.com/Widget_v1.json" in capsys.readouterr().out
    index = json.loads((store / "index.json").read_bytes())
    assert index["example.com/v1 Widget"] == {
        "file": "crds/example.com/Widget_v1.json", "origin": "cluster", "scope": "Namespaced",
    }  # fmt: skip
    ledger = json.loads((store / "PROVENANCE.json").read_bytes())
    for name, digest in ledger["sha256"].items():
        assert hashlib.sha256((store / name).read_bytes()).hexdigest() == digest
    assert run(store, "---\n" + yaml.safe_dump(crd(size={"type": "string"}))) == 0
    spec = json.loads((store / "crds/example.com/Widget_v1.json").read_bytes())["properties"]["spec"]
    assert spec["properties"] == {"size": {"type": "string"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no CustomResourceDefinition"),
        ("a: [", "not YAML at line"),
        (b"\xff\xfe\x00", "not YAML"),
        ("just text", "something other than a CustomResourceDefinition: str"),
        ("kind: Pod", "something other than a CustomResourceDefinition: Pod"),
        ("kind: List\nitems: []", "holds no CustomResourceDefinition"),
        ("kind: CustomResourceDefinition", "a CustomResourceDefinition: field 'metadata' is missing"),
        ("&a [*a]", "something other"),
        ("[" * 3000, "not YAML"),
        ("!!python/object:os.system {}", "not YAML"),
        (
            yaml.safe_dump(crd()).replace("example.com", "apps").replace("Widget", "Deployment"),
            "Kubernetes itself",
        ),
        (yaml.safe_dump(crd()) + "---\nkind: Pod\n", "something other"),
    ],
)
def test_bad_input_is_one_message_and_no_change(
    text: str | bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = store_copy(tmp_path)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    assert run(store, text) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert said in captured.err
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before


def test_a_wheel_that_is_not_the_pinned_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"not it")
    assert vendoring.run(["--wheel", str(wheel), "--store", str(tmp_path)], io.BytesIO()) == 2
    assert vendoring.run(["--wheel", str(tmp_path / "none.whl"), "--store", str(tmp_path)], io.BytesIO()) == 2
    errors = capsys.readouterr().err.splitlines()
    assert "is not the pinned kubernetes-validate" in errors[0]
    assert "cannot read the wheel" in errors[1]


def test_a_changed_file_is_found_and_repaired(tmp_path: Path) -> None:
    store = store_copy(tmp_path)
    good = {
        path.relative_to(store).as_posix(): path.read_bytes() for path in store.rglob("*.json")
    }  # fmt: skip
    (store / "index.json").write_text("{}")
    (store / "crds/left-over.json").write_text("{}")
    assert vendoring.stale(store, good) == ["crds/left-over.json", "index.json"]
    assert vendoring.write(store, good) == ["crds/left-over.json", "index.json"]
    assert vendoring.stale(store, good) == []

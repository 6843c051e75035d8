"""The store of schemas: how definitions are reduced, and that the committed files are what they claim."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from servelint.commands import vendor_schemas
from servelint.server import reduction
from servelint.server.reduction import (
    BadDefinition,
    expand,
    hoist,
    read_classes,
    reduce_classes,
    reduce_core,
    reduce_crd,
    structural,
)
from servelint.vendoring import schemas as vendoring

STORE = vendoring.STORE
# Patterns and rules of a definition may speak of addresses, and of the paths that its own fields hold.
PATTERN = re.compile(r'"(pattern|rule|message|default)":"(\\.|[^"\\])*"')


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
        content = (STORE / source["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == source["sha256"], source["file"]
        assert source["how"].startswith(("transcribed by hand from ", "rewritten by a program from "))
        assert source["why"]
    assert [wheel["sha256"] for wheel in ledger["wheels"]] == [
        vendoring.CORE.sha256,
        vendoring.KSERVE.sha256,
    ]
    assert {module["path"]: module["h1"] for module in ledger["modules"]} == {
        module.path: module.h1 for module in vendoring.MODULES
    }


def test_transcriptions_give_the_committed_files() -> None:
    kinds = vendoring.transcribed_kinds(vendoring.transcriptions(STORE)[0])
    files, index = vendoring.kind_files(kinds, "transcribed")
    assert len(files) == len(kinds) == len(index)
    committed = json.loads((STORE / "index.json").read_bytes())
    for name, data in files.items():
        assert (STORE / name).read_bytes() == data, name
    assert {key: entry for key, entry in committed.items() if entry["origin"] == "transcribed"} == index


def test_only_what_no_registry_serves_is_transcribed() -> None:
    index = json.loads((STORE / "index.json").read_bytes())
    groups = {key.partition("/")[0] for key, entry in index.items() if entry["origin"] == "transcribed"}
    assert groups == {
        "cloud.google.com", "inference.networking.k8s.io", "jobset.x-k8s.io", "kueue.x-k8s.io",
        "leaderworkerset.x-k8s.io", "monitoring.googleapis.com", "resource.nvidia.com", "serving.kserve.io",
    }  # fmt: skip


def test_the_store_holds_no_address_and_no_machine_path() -> None:
    for path in sorted(STORE.rglob("*")):
        if path.is_file():
            text = path.read_text()
            for word in ("http://", "https://", "pypi", "/root", "/tmp", "/home", "/work"):
                assert word not in PATTERN.sub("", text), f"{word} in {path.name}"
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


def test_limits_that_the_server_enforces_are_kept() -> None:
    limits = {"minLength": 1, "maxLength": 63, "pattern": "^[a-z]+$", "enum": ["a", "b"]}
    assert structural({"type": "string", **limits}).items() >= limits.items()
    unique = structural({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"})
    assert [accepts(unique, value) for value in (["a", "b"], ["a", "a"])] == [True, False]


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
    node = structural({"type": "object", "properties": dict.fromkeys("abcdef", pod)})
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


def test_a_status_that_the_server_ignores_is_not_kept() -> None:
    document = crd()
    version = document["spec"]["versions"][0]
    root = {**version["schema"]["openAPIV3Schema"]}
    root["properties"] = {**root["properties"], "status": {"type": "object", "properties": {"a": {}}}}
    version["schema"] = {"openAPIV3Schema": root}
    (whole,) = reduce_crd(document)
    assert "a" in whole.schema["properties"]["status"]["properties"]
    version["subresources"] = {"status": {}}
    (light,) = reduce_crd(document)
    assert "properties" not in light.schema["properties"]["status"]


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
    node = expand({"name!": "string", "mode": "one of: A B", "sizes": [{"*": "int32"}], "port": "int-or-string"}, {})
    assert accepts(node, {"name": "x", "mode": "A", "sizes": [{"a": 1}], "port": "http"})
    for wrong in (
        {},
        {"name": "x", "mode": "C"},
        {"name": "x", "sizes": [{"a": "1"}]},
        {"name": "x", "extra": 1},
    ):
        assert not accepts(node, wrong)


def test_limits_of_the_short_notation() -> None:
    node = expand({"=": ["Name"], "maxItems": 2, "x-kubernetes-list-type": "set"}, {"Name"})
    node["$defs"] = {"Name": expand({"=": "string", "pattern": "^[a-z]+$", "maxLength": 3}, ())}
    assert [accepts(node, value) for value in (["a"], ["a", "a"], ["a", "b", "c"], ["A"], ["abcd"])] == [
        True, False, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    ["strng", "core.Container", 3, ["string", "string"], [], None, {"=": "string"}, {"=": "string", "maxLenght": 3}],
)
def test_a_slip_in_a_transcription_is_found(value: Any) -> None:
    with pytest.raises(BadDefinition):
        expand({"a": value}, {})


# --- classes of a generated client ----------------------------------------------------------------

CLIENT = """
raise SystemExit("a module of a client is read, never run")
class V1Widget(object):
    openapi_types = {"metadata": "V1ObjectMeta", "spec": "V1WidgetSpec", "status": "object"}
    attribute_map = {"metadata": "metadata", "spec": "spec", "status": "status"}
    @spec.setter
    def spec(self, spec):
        self._spec = spec
class V1WidgetSpec(object):
    openapi_types = {"max_size": "int", "mode": "str", "probes": "list[V1Probe]", "other": "V1Lacking",
                     "sizes": "dict(str, ResourceQuantity)", "rollout": "K8sIoApiAppsV1DeploymentStrategy"}
    attribute_map = {"max_size": "maxSize", "mode": "mode", "probes": "probes", "other": "other",
                     "sizes": "sizes", "rollout": "rollout"}
    @max_size.setter
    def max_size(self, max_size):
        if self.check and max_size is None:
            raise ValueError("Invalid value for `max_size`, must not be `None`")
class Helper(object):
    pass
"""
ADDITIONS: dict[str, Any] = {
    "group": "example.com",
    "kinds": {"Widget": {"version": "v1", "scope": "Namespaced"}},
    "types": {"V1Lacking": {"a": "string"}},
    "fields": {"V1WidgetSpec": {"mode!": "one of: A B"}},
}
POD_TYPES = {"core.v1.Probe", "apps.v1.DeploymentStrategy", "meta.v1.ObjectMeta"}


def test_classes_of_a_client_become_a_kind() -> None:
    (widget,) = reduce_classes(read_classes(CLIENT), ADDITIONS, POD_TYPES)
    assert (widget.api_version, widget.kind, widget.scope) == ("example.com/v1", "Widget", "Namespaced")
    spec = widget.schema["$defs"]["V1WidgetSpec"]
    assert spec["required"] == ["maxSize", "mode"]
    assert spec["additionalProperties"] is False
    assert spec["properties"]["mode"] == {"type": "string", "enum": ["A", "B"]}
    assert spec["properties"]["probes"] == {"type": "array", "items": {"$ref": "#/$defs/core.v1.Probe"}}
    assert spec["properties"]["rollout"] == {"$ref": "#/$defs/apps.v1.DeploymentStrategy"}
    assert spec["properties"]["sizes"]["additionalProperties"]["pattern"] == reduction.CRD_QUANTITY
    assert set(widget.schema["$defs"]) == {"V1WidgetSpec", "V1Lacking"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fields": {"V1WidgetSpec": {"mod": "string"}}}, "V1WidgetSpec has no field mod"),
        ({"types": {}}, "core.v1.Lacking, which nothing defines"),
    ],
)
def test_what_the_classes_do_not_bear_out_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadDefinition, match=said):
        reduce_classes(read_classes(CLIENT), {**ADDITIONS, **change}, POD_TYPES)


# --- sources --------------------------------------------------------------------------------------


def archive_of(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / "module.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("example.com/widgets@v1.0.0/crds/widgets.yaml", yaml.safe_dump(document))
        archive.writestr("example.com/widgets@v1.0.0/LICENSE", "")
    return path


def widgets(path: Path, *versions: str) -> vendoring.Module:
    with zipfile.ZipFile(path) as archive:
        h1 = vendoring.module_sum(archive)
    files = {"widgets.yaml": versions}
    return vendoring.Module("example.com/widgets", "v1.0.0", h1, "Apache-2.0", "crds", files)


def test_a_module_gives_the_wanted_versions_only(tmp_path: Path) -> None:
    document = crd(size={"type": "integer"})
    document["spec"]["versions"][1]["served"] = True
    path = archive_of(tmp_path, document)
    (widget,) = vendoring.module_kinds(widgets(path, "v1"), path)
    assert widget.api_version == "example.com/v1"
    with pytest.raises(vendoring.Unusable, match="does not serve v2"):
        vendoring.module_kinds(widgets(path, "v2"), path)


def test_a_module_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    pinned = widgets(archive_of(tmp_path, crd()), "v1")
    path = archive_of(tmp_path, crd(size={"type": "integer"}))
    with pytest.raises(vendoring.Unusable, match=r"example.com/widgets v1.0.0 is not the pinned one"):
        vendoring.module_kinds(pinned, path)


def test_the_sum_of_an_archive_is_the_one_that_go_computes(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b", "2")
        archive.writestr("a", "1")
    lines = "".join(f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in (("a", b"1"), ("b", b"2")))
    with zipfile.ZipFile(path) as archive:
        found = vendoring.module_sum(archive)
    assert found == "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


GO = {
    "no Go": (None, "Go is not installed"),
    "no network": ('echo \'{"Path": "x", "Error": "dial tcp: no route"}\'; exit 1', "dial tcp: no route"),
    "no answer": ("echo 'go: broken' >&2; exit 1", "go: broken"),
    "nonsense": ("echo hello", "something strange: hello"),
}


@pytest.mark.parametrize(("script", "said"), GO.values(), ids=GO)
def test_a_machine_that_cannot_fetch_modules_is_told_so(
    script: str | None, said: str, tmp_path: Path, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    if script is not None:
        (tmp_path / "go").write_text(f"#!/bin/sh\n{script}\n")
        os.chmod(tmp_path / "go", 0o755)
    monkeypatch.setenv("PATH", str(tmp_path) if script is None else f"{tmp_path}:{os.environ['PATH']}")
    assert vendor_schemas.run(["--store", str(tmp_path)], io.BytesIO()) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert said in captured.err


def test_a_wheel_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(vendoring.Unusable, match="there is no wheel of kserve"):
        vendoring.open_wheel(tmp_path, vendoring.KSERVE)
    (tmp_path / f"kserve-{vendoring.KSERVE.version}-py3-none-any.whl").write_bytes(b"not it")
    with pytest.raises(vendoring.Unusable, match="is not the pinned kserve"):
        vendoring.open_wheel(tmp_path, vendoring.KSERVE)


# --- the entry point ------------------------------------------------------------------------------


def run(store: Path, text: str | bytes, *arguments: str) -> int:
    data = text.encode() if isinstance(text, str) else text
    return vendor_schemas.run(["--stdin", "--store", str(store), *arguments], io.BytesIO(data))


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

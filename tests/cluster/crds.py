"""The CustomResourceDefinitions of the fleet's custom kinds, from two kinds of source.

Those of a project that publishes a Go module are the project's own, read from the module whose checksum
``servelint.vendoring`` pins. A project that no registry serves has them generated here, from the schemas
that the validator itself uses: then the server proves nothing about how truly we wrote the project's fields
down, but it still enforces the structure with its own code, resolves what the project takes from Kubernetes
by its own definitions, and evaluates the CEL rules. What a project's admission webhook refuses is refused
by nobody here.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from servelint.server import reduction, schema
from servelint.vendoring import schemas as vendoring

Schema = dict[str, Any]
Resolve = Mapping[str, Schema]

KEPT = ("type", "format", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minProperties",
        "maxProperties", "multipleOf", "required", "minimum", "maximum", "default", "nullable")  # fmt: skip
LISTS = ("x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type")
OWN = (*LISTS, "x-kubernetes-validations", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource",
       "x-kubernetes-int-or-string")  # fmt: skip
ANY: Schema = {"x-kubernetes-preserve-unknown-fields": True}
INTEGERS = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
}
QUANTITY = "api.resource.Quantity"


def kinds(definition: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a definition makes the server serve, as (apiVersion, kind)."""
    spec = definition["spec"]
    return [(f"{spec['group']}/{v['name']}", spec["names"]["kind"]) for v in spec["versions"] if v["served"]]


def published(folder: Path) -> list[Schema]:
    """The definitions of the pinned Go modules. Raises vendoring.Unusable."""
    archives = vendoring.fetch_modules(folder, vendoring.MODULES)
    found = []
    for module in vendoring.MODULES:
        with zipfile.ZipFile(archives[module.path]) as archive:
            assert vendoring.module_sum(archive) == module.h1, f"{module.path} is not the pinned one"
            for file in module.files:
                text = archive.read(f"{module.path}@{module.version}/{module.folder}/{file}")
                found += [d for d in yaml.load_all(text, Loader=vendoring.LOADER) if d]
    return _installable(found)


def given(folder: Path) -> list[Schema]:
    """The definitions in the YAML files of a folder, of whoever has a project's checkout to compare with."""
    texts = [path.read_bytes() for path in sorted(folder.glob("*.yaml"))]
    return _installable([d for text in texts for d in yaml.load_all(text, Loader=vendoring.LOADER) if d])


def _installable(definitions: list[Schema]) -> list[Schema]:
    for definition in definitions:
        definition.pop("status", None)
        definition["spec"].pop("conversion", None)  # a webhook that nobody runs here
    return definitions


def generated(openapi: Resolve, others: Collection[tuple[str, str]] = ()) -> list[Schema]:
    """Definitions for every custom kind that no module publishes.

    openapi: the server's own, by short name. others: (group, kind) that come from elsewhere.
    """
    index = json.loads((schema.STORE / "index.json").read_bytes())
    by_name: dict[tuple[str, str, str], list[tuple[str, Schema]]] = {}
    for key, entry in sorted(index.items()):
        if "file" in entry and entry["origin"] != "module":
            api_version, kind = key.split(" ")
            group, version = api_version.split("/")
            root = json.loads((schema.STORE / entry["file"]).read_bytes())
            by_name.setdefault((group, kind, entry["scope"]), []).append((version, root))
    return [_definition(*name, versions, openapi) for name, versions in by_name.items() if name[:2] not in others]


def definitions_of(document: Mapping[str, Any]) -> dict[str, Schema]:
    """The schemas of one of the server's OpenAPI documents by the short names that our store uses.

    Without enums and empty objects as defaults: the server tells them of its own types, but no project's generator
    puts them into a definition.
    """
    schemas = document["components"]["schemas"]
    return {".".join(name.split(".")[-3:]): _plain(body) for name, body in schemas.items()}


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    told = [("enum", list), ("default", dict)]
    return {k: _plain(v) for k, v in node.items() if not any(k == name and isinstance(v, kind) for name, kind in told)}


def _definition(group: str, kind: str, scope: str, versions: list[tuple[str, Schema]], openapi: Resolve) -> Schema:
    plural = f"{kind.lower()[:-1]}ies" if kind.endswith("y") else f"{kind.lower()}{'es' if kind.endswith('s') else 's'}"
    served = []
    for version, root in versions:
        body = structural(root, {**openapi, **root.get("$defs", {})})
        text = {"type": "string"}
        body["properties"] |= {"apiVersion": text, "kind": text, "metadata": {"type": "object"}}
        body["required"] = sorted(set(body["required"]) - {"apiVersion", "kind", "metadata"})
        served.append({"name": version, "served": True, "storage": version == versions[-1][0],
                       "schema": {"openAPIV3Schema": body}, "subresources": {"status": {}}})  # fmt: skip
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        # Groups of Kubernetes itself are for approved definitions; this is how one says that one is not.
        "metadata": {"name": f"{plural}.{group}", "annotations": {"api-approved.kubernetes.io": "unapproved"}},
        "spec": {
            "group": group, "scope": scope, "versions": served,
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
        },
    }  # fmt: skip


def structural(node: Schema, definitions: Resolve) -> Schema:
    """A schema of our store, or of the server's OpenAPI, as the structural schema that a definition must have.

    References are inlined. A closed object is simply one that states its fields: the server takes no others.
    """
    node = _resolved(node, definitions)
    if "oneOf" in node and "type" not in node and "properties" not in node:  # how OpenAPI says int-or-string
        return {"x-kubernetes-int-or-string": True}
    out = {key: node[key] for key in (*KEPT, *OWN) if key in node}
    types = out.get("type")
    if isinstance(types, list):
        # With a default null is none either, and an enum then lists a null that is no value.
        if "null" in types and "default" not in out:
            out["nullable"] = True
        if "enum" in out and "default" in out:
            out["enum"] = [value for value in out["enum"] if value is not None]
        rest = [name for name in types if name != "null"]
        if set(rest) == {"integer", "string"}:
            del out["type"]
            out["x-kubernetes-int-or-string"] = True
        else:
            out["type"] = rest[0]
    if out.get("format") == "int-or-string":
        return {**{k: v for k, v in out.items() if k not in ("type", "format")}, "x-kubernetes-int-or-string": True}
    if out.get("type") == "integer":
        bounds = {key: out[key] for key in ("minimum", "maximum") if key in out}
        name = next((n for n, widest in INTEGERS.items() if widest["maximum"] == bounds.get("maximum")), None)
        if name:  # a bound that is the format's own is none, and the server could not read the widest as a number
            out = {key: value for key, value in out.items() if bounds.get(key) is None or value != INTEGERS[name][key]}
            out["format"] = name
    for bound in ("Minimum", "Maximum"):
        if f"exclusive{bound}" in node:
            out |= {bound.lower(): node[f"exclusive{bound}"], f"exclusive{bound}": True}
    for key in ("allOf", "anyOf", "oneOf"):
        if key in node:
            out[key] = [_narrowing(branch) for branch in node[key]]
    if "not" in node:
        out["not"] = _narrowing(node["not"])
    if "items" in node:
        out["items"] = _field(structural(node["items"], definitions), True)
    extra = node.get("additionalProperties")
    if isinstance(extra, dict):
        out["additionalProperties"] = _field(structural(extra, definitions), True)
    if "properties" in node:
        required = node.get("required", [])
        out["properties"] = {
            name: _field(structural(child, definitions), name in required) for name, child in node["properties"].items()
        }
    elif out.get("type") == "object" and not isinstance(extra, dict) and extra is not False:
        out |= ANY
    return out if "type" in out or "x-kubernetes-int-or-string" in out else {**out, **ANY}


def _resolved(node: Schema, definitions: Resolve) -> Schema:
    """The schema that a reference means; what stands beside the reference stays beside it."""
    while True:
        branches = node.get("allOf", ())
        reference = node.get("$ref") or (branches[0].get("$ref") if len(branches) == 1 else None)
        if reference is None:
            return node
        name = reference.rpartition("/")[2]
        if name.startswith("lax."):  # what requires nothing
            beside = {key: value for key, value in node.items() if key not in ("$ref", "allOf")}
            node = {**_resolved({"$ref": name.removeprefix("lax.")}, definitions), **beside, "required": []}
            continue
        name = name if name in definitions else ".".join(name.split(".")[-3:])
        if name == QUANTITY:
            return {"type": ["integer", "string"], "pattern": reduction.CRD_QUANTITY}
        beside = {key: value for key, value in node.items() if key not in ("$ref", "allOf")}
        node = {**definitions[name], **beside}


def _field(node: Schema, required: bool) -> Schema:
    """OpenAPI gives Go's zero value as default even to required fields and items, where nothing may be filled in."""
    if "default" in node and required:
        return {key: value for key, value in node.items() if key != "default"}
    return node


def _narrowing(node: Schema) -> Schema:
    """A branch of allOf and the like, which may bound values and may not say what they are."""
    out = {k: v for k, v in node.items() if k not in ("type", "additionalProperties", "default", "nullable")}
    for key in ("allOf", "anyOf", "oneOf"):
        if key in out:
            out[key] = [_narrowing(branch) for branch in out[key]]
    for key in ("not", "items"):
        if key in out:
            out[key] = _narrowing(out[key])
    if "properties" in out:
        out["properties"] = {name: _narrowing(child) for name, child in out["properties"].items()}
    return out

"""Turns upstream API descriptions into strict JSON Schema, structure only.

Four inputs, one output. The core definitions of Kubernetes, a CustomResourceDefinition, the classes of a
generated Python client, and the short notation of ``schemas/transcribed`` all become JSON Schema that says
which fields exist, of what type and within what limits, and nothing in prose: prose is nine tenths of the
size and no help to a validator. Everything here is a pure function of its input, so that the store can be
regenerated and compared byte for byte.
"""

import ast
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

import jsonschema_rs

Schema = dict[str, Any]

METADATA_REF = {"$ref": "#/$defs/meta.v1.ObjectMeta"}

# Grammar of a resource quantity: signed decimal, then a binary or decimal suffix or an exponent.
# Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
QUANTITY = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$"
# As definitions of custom kinds state it, which is a little laxer.
CRD_QUANTITY = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
# Standard base64 with padding; the server's decoder skips line breaks, so they are allowed anywhere.
# Source: https://pkg.go.dev/encoding/base64#Encoding.Decode
BASE64 = r"^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$"
# Bounds of the integer formats. Source: https://spec.openapis.org/registry/format/
BOUNDS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

# API groups a serving fleet declares objects of. Admission, API registration and flow control belong to
# whoever runs the control plane, so an object of theirs in an overlay is a surprise worth an error.
GROUPS = frozenset({
    "", "apps", "autoscaling", "batch", "coordination.k8s.io", "networking.k8s.io", "node.k8s.io", "policy",
    "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
})  # fmt: skip
# Kinds that only requests and answers use, never manifests.
NOT_MANIFESTS = frozenset({"APIGroup", "APIVersions", "Binding", "ComponentStatus", "Eviction", "Scale", "Status"})
# Cluster-scoped kinds among those groups; the definitions do not say it, the paths of the API do.
# Source: `kubectl api-resources --namespaced=false` and https://kubernetes.io/docs/reference/kubernetes-api/
CLUSTER_SCOPED = frozenset({
    "CSIDriver", "CSINode", "ClusterRole", "ClusterRoleBinding", "DeviceClass", "DeviceTaintRule",
    "IPAddress", "IngressClass", "Namespace", "Node", "PersistentVolume", "PriorityClass",
    "ResourcePoolStatusRequest", "ResourceSlice", "RuntimeClass", "ServiceCIDR", "StorageClass",
    "VolumeAttachment", "VolumeAttributesClass",
})  # fmt: skip

# JSON Schema keywords whose value is one schema, a list of schemas, or a mapping of names to schemas.
ONE, MANY, NAMED = ("items", "additionalProperties", "not"), ("allOf", "anyOf", "oneOf"), ("properties",)
PROSE = frozenset({"description", "title", "example", "examples", "externalDocs", "$schema", "$id"})
LIST_KEYS = "x-kubernetes-list-map-keys"
APPLY_KEYS = "x-apply-list-map-keys"
"""The same of a built-in kind, which is held to it by a server-side apply alone."""
# Keywords copied from a CRD as they are. Any other keyword that OpenAPI knows is handled by name below.
VALUE_KEYWORDS = (
    "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
    "multipleOf", "uniqueItems", "required", "default", "format", "minimum", "maximum",
)  # fmt: skip


class Kind(NamedTuple):
    """One served kind: its name, where it lives, and the schema of an object of it."""

    api_version: str
    kind: str
    scope: str
    schema: Schema


class BadDefinition(ValueError):
    """A CustomResourceDefinition that cannot be reduced; the message names it and says what is wrong."""


def compact(value: Any) -> str:
    """One canonical text for equal values: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _map_children(node: Schema, change: Callable[[Any], Any]) -> Schema:
    """A copy of node with every direct subschema replaced by change(subschema)."""
    out = dict(node)
    for key in ONE:
        if isinstance(out.get(key), dict):
            out[key] = change(out[key])
    for key in MANY:
        if isinstance(out.get(key), list):
            out[key] = [change(child) for child in out[key]]
    for key in NAMED:
        if isinstance(out.get(key), dict):
            out[key] = {name: change(child) for name, child in out[key].items()}
    return out


def _children(node: Schema) -> Iterator[Schema]:
    found: list[Schema] = []

    def collect(child: Schema) -> Schema:
        found.append(child)
        return child

    _map_children(node, collect)
    return iter(found)


def _bounded(node: Schema) -> Schema:
    """Integer formats carry a range that plain JSON Schema ignores; state it as minimum and maximum."""
    if node.get("format") not in BOUNDS:
        return node
    low, high = BOUNDS[node["format"]]
    out = {key: value for key, value in node.items() if key != "format"}
    if "exclusiveMinimum" not in out:
        out["minimum"] = max(low, out.get("minimum", low))
    if "exclusiveMaximum" not in out:
        out["maximum"] = min(high, out.get("maximum", high))
    return out


# --- core -----------------------------------------------------------------------------------------


def _short(name: str) -> str:
    for prefix in ("io.k8s.apimachinery.pkg.apis.", "io.k8s.apimachinery.pkg.", "io.k8s.api."):
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name.removeprefix("io.k8s.")


def _core_node(node: Schema) -> Schema:
    if "$ref" in node:
        return {"$ref": "#/$defs/" + _short(node["$ref"].rpartition("/")[2])}
    # Creating takes core lists with a key twice; applying does not, and custom resources are always held to it.
    out = {APPLY_KEYS if key == LIST_KEYS else key: value for key, value in node.items() if key not in PROSE}
    out = _map_children(out, _core_node)
    if out.get("format") == "byte":
        out["pattern"] = BASE64
        del out["format"]
    return _bounded(out)


def references(schema: Any) -> set[str]:
    """Names of the definitions that a schema refers to directly."""
    return set(re.findall(r'"\$ref":"#/\$defs/([^"]+)"', compact(schema)))


def reachable(
    definitions: Mapping[str, Any], roots: set[str], below: Callable[[str], set[str]] | None = None
) -> dict[str, Any]:
    """The definitions that roots need, and no others. below: what one refers to, from who knows it already."""
    found: dict[str, Any] = {}
    todo = sorted(roots)
    while todo:
        name = todo.pop()
        if name in definitions and name not in found:
            found[name] = definitions[name]
            todo.extend((below(name) if below else references(definitions[name])) - found.keys())
    return found


def reduce_core(definitions: Mapping[str, Schema]) -> tuple[dict[str, Schema], dict[tuple[str, str], str]]:
    """Core definitions reduced, and the definition that each (apiVersion, kind) of GROUPS starts from."""
    defs = {_short(name): _core_node(node) for name, node in definitions.items()}
    if "api.resource.Quantity" in defs:
        defs["api.resource.Quantity"] = {"type": ["string", "number", "null"], "pattern": QUANTITY}
    if "util.intstr.IntOrString" in defs:
        defs["util.intstr.IntOrString"] = {"type": ["integer", "string", "null"]}
    kinds: dict[tuple[str, str], str] = {}
    for name, node in sorted(defs.items()):
        identities = node.get("x-kubernetes-group-version-kind", [])
        if len(identities) != 1:  # DeleteOptions and WatchEvent claim every group: they are not objects
            continue
        group, version, kind = (identities[0][key] for key in ("group", "version", "kind"))
        if group in GROUPS and not kind.endswith("List") and kind not in NOT_MANIFESTS:
            kinds[(f"{group}/{version}" if group else version, kind)] = name
    for name in kinds.values():  # the server ignores a status in a manifest, so its shape is dead weight
        if "status" in defs[name].get("properties", {}):
            defs[name]["properties"]["status"] = {"type": ["object", "null"]}
    for node in defs.values():
        node.pop("x-kubernetes-group-version-kind", None)
    return reachable(defs, set(kinds.values())), kinds


# Fields of core types that have a default in a CustomResourceDefinition.
# Source: +default in https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/api/core/v1/types.go
DEFAULTS: dict[str, dict[str, str]] = {
    "core.v1.ContainerPort": {"protocol": "TCP"},
    "core.v1.GRPCAction": {"service": ""},
    **{f"core.v1.{name}": {"name": ""} for name in (
        "ConfigMapEnvSource", "ConfigMapKeySelector", "ConfigMapProjection", "ConfigMapVolumeSource",
        "LocalObjectReference", "SecretEnvSource", "SecretKeySelector", "SecretProjection",
    )},
}  # fmt: skip
# Fields that a built-in type calls required and that no code of the server asks for: absent is zero to it.
NOT_DEMANDED: dict[str, frozenset[str]] = {
    "batch.v1.PodFailurePolicy": frozenset({"rules"}),
    "core.v1.ClusterTrustBundleProjection": frozenset({"path"}),
    "core.v1.HTTPHeader": frozenset({"value"}),
    "core.v1.ISCSIVolumeSource": frozenset({"lun"}),
    "core.v1.LimitRangeSpec": frozenset({"limits"}),
    "core.v1.PreferredSchedulingTerm": frozenset({"preference"}),
    "core.v1.SleepAction": frozenset({"seconds"}),
    "core.v1.Sysctl": frozenset({"value"}),
    "core.v1.TypedLocalObjectReference": frozenset({"kind", "name"}),
    "resource.v1.ResourceClaimTemplate": frozenset({"spec"}),
    "resource.v1.ResourceClaimTemplateSpec": frozenset({"spec"}),
}


def demanded(name: str, node: Schema) -> Schema:
    """A core definition as the server holds a built-in kind to it."""
    lax = NOT_DEMANDED.get(name)
    if not lax:
        return node
    required = [field for field in node.get("required", ()) if field not in lax]
    fields = node.get("properties", {})
    fields = {k: _nullable(v, k in lax) for k, v in fields.items()}
    return {**node, "required": required, "properties": fields}


def embedded_type(name: str, node: Schema) -> Schema:
    """A core definition as a CustomResourceDefinition states it: null is no value, and a quantity no fraction."""
    if name == "api.resource.Quantity":
        return {"type": ["integer", "string"], "pattern": CRD_QUANTITY}
    out = _map_children(node, lambda child: embedded_type("", child))
    if APPLY_KEYS in out:
        out[LIST_KEYS] = out.pop(APPLY_KEYS)
    for field, default in DEFAULTS.get(name, {}).items():
        if field in out.get("properties", {}):
            out["properties"][field] = {**out["properties"][field], "default": default}
    if isinstance(out.get("type"), list) and "null" in out["type"]:
        rest = [kind for kind in out["type"] if kind != "null"]
        out["type"] = rest[0] if len(rest) == 1 else rest
    return out


def core_scope(kind: str) -> str:
    """Scope of a core kind."""
    return "Cluster" if kind in CLUSTER_SCOPED else "Namespaced"


# --- CustomResourceDefinitions --------------------------------------------------------------------


def _usable_pattern(pattern: str) -> bool:
    """CRD patterns are RE2. The few that Python or Rust read otherwise are dropped rather than misjudged."""
    try:
        re.compile(pattern)
        jsonschema_rs.validator_for({"pattern": pattern})
    except (re.error, ValueError):
        return False
    return True


def _values(node: Schema) -> Schema:
    """The constraints of a node that say nothing of its fields: bounds, enums, list and CEL annotations."""
    out = {key: node[key] for key in VALUE_KEYWORDS if key in node}
    out.update((key, value) for key, value in node.items() if key.startswith("x-kubernetes-"))
    if "pattern" in out and not _usable_pattern(out["pattern"]):
        del out["pattern"]
    if out.get("x-kubernetes-list-type") == "set":
        out["uniqueItems"] = True
    for bound in ("Minimum", "Maximum"):
        if node.get(f"exclusive{bound}") is True and bound.lower() in out:  # OpenAPI 3.0 has a flag, not a number
            out[f"exclusive{bound}"] = out.pop(bound.lower())
    return out


def _junctor(node: Schema) -> Schema:
    """A branch of allOf, anyOf, oneOf or not: it only narrows values and never closes an object."""
    out = _values(node)
    if "type" in node:
        out["type"] = node["type"]
    for key in ONE + MANY + NAMED:
        if key in node:
            out[key] = node[key]
    return _bounded(_map_children(out, _junctor))


def structural(node: Schema) -> Schema:
    """A structural schema made strict: what the API server would prune, this rejects."""
    if not isinstance(node, dict):
        raise BadDefinition("a schema is not a mapping")
    out = _values(node)
    preserve = out.get("x-kubernetes-preserve-unknown-fields") is True
    for key in (*MANY, "not"):
        if key in node:
            out[key] = node[key]
    out = _map_children(out, _junctor)
    if "type" in node:
        out["type"] = node["type"]
    if out.get("x-kubernetes-int-or-string") is True:
        out["type"] = ["integer", "string"]
        out.pop("anyOf", None)  # it repeats the two types
    if "items" in node:
        out["items"] = structural(node["items"])
    if "properties" in node:
        out["properties"] = {name: structural(child) for name, child in node["properties"].items()}
    if out.get("x-kubernetes-embedded-resource") is True:
        text = {"type": "string"}
        out["properties"] = {
            "apiVersion": text,
            "kind": text,
            **out.get("properties", {}),
            "metadata": METADATA_REF,
        }
        out["required"] = sorted({"apiVersion", "kind", *out.get("required", [])})
    extra = node.get("additionalProperties")
    if isinstance(extra, dict):
        out["additionalProperties"] = structural(extra)
    elif out.get("type") == "object" and extra is not True and not preserve:
        out["additionalProperties"] = False
    # The server replaces a null by the default where there is one; elsewhere a server-side apply of it is refused.
    out = _nullable(out, node.get("nullable") is True or "default" in node)
    required = [name for name in out.get("required", ()) if "default" not in out.get("properties", {}).get(name, {})]
    if required != out.get("required", []):
        del out["required"]
        out |= {"required": required} if required else {}
    return _bounded(out)


def _nullable(node: Schema, wanted: bool) -> Schema:
    """A schema that takes null too, if wanted."""
    if not wanted or "type" not in node:
        return node
    types = node["type"] if isinstance(node["type"], list) else [node["type"]]
    enum = {"enum": [*node["enum"], None]} if "enum" in node and None not in node["enum"] else {}
    return {**node, "type": [*types, "null"], **enum}


def as_object(api_version: str, kind: str, schema: Schema) -> Schema:
    """A kind's schema with the three fields that every object has."""
    head = {
        "apiVersion": {"enum": [api_version], "type": "string"},
        "kind": {"enum": [kind], "type": "string"},
    }
    out = {**schema, "type": "object"}
    out["properties"] = {**schema.get("properties", {}), **head, "metadata": METADATA_REF}
    out["required"] = sorted({"apiVersion", "kind", "metadata", *schema.get("required", [])})
    return out


NAME = {
    "group": re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?\Z"),
    "version": re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?\Z"),
    "kind": re.compile(r"[A-Z][A-Za-z0-9]*\Z"),
}


def _named(what: str, value: Any) -> str:
    """A name that is safe in a file name; anything else stops here."""
    if not isinstance(value, str) or not NAME[what].match(value):
        raise BadDefinition(f"{what} {value!r} is not a valid name")
    return value


def reduce_crd(document: Any) -> list[Kind]:
    """Every served version of one CustomResourceDefinition, oldest first as the document lists them."""
    name = "a CustomResourceDefinition"
    try:
        name = f"CustomResourceDefinition {document['metadata']['name']}"
        spec = document["spec"]
        group, kind = _named("group", spec["group"]), _named("kind", spec["names"]["kind"])
        if spec["scope"] not in ("Namespaced", "Cluster"):
            raise BadDefinition(f"scope {spec['scope']!r} is neither Namespaced nor Cluster")
        kinds = []
        for entry in spec["versions"]:
            if entry["served"] is not True:
                continue
            api_version = f"{group}/{_named('version', entry['name'])}"
            root = entry["schema"]["openAPIV3Schema"]
            if "status" in (entry.get("subresources") or {}) and "status" in root.get("properties", {}):
                # The server ignores the status in a manifest, so its shape is dead weight.
                ignored = {"type": "object", "nullable": True, "x-kubernetes-preserve-unknown-fields": True}
                root = {**root, "properties": {**root["properties"], "status": ignored}}
            schema = as_object(api_version, kind, structural(root))
            schema = json.loads(compact(hoist(schema)))
            jsonschema_rs.validator_for({**schema, "$defs": {**schema.get("$defs", {}), "meta.v1.ObjectMeta": {}}})
            kinds.append(Kind(api_version, kind, spec["scope"], schema))
    except BadDefinition as error:
        raise BadDefinition(f"{name}: {error}") from None
    except KeyError as error:
        raise BadDefinition(f"{name}: field {error} is missing") from None
    except (TypeError, AttributeError, RecursionError):
        raise BadDefinition(f"{name}: a field has the wrong type") from None
    except ValueError as error:
        raise BadDefinition(f"{name}: {str(error).splitlines()[0]}") from None
    return kinds


def hoist(schema: Schema, shortest: int = 96) -> Schema:
    """Moves every subtree that occurs twice or more into $defs, named by its content.

    Controllers inline the same pod template again and again, so this shrinks the largest schemas by a
    factor of ten. A subtree inside a repeated subtree counts once, or everything below it would be
    hoisted for nothing.
    """
    seen: Counter[str] = Counter()
    texts: dict[int, str] = {}

    def count(node: Schema) -> None:
        text = texts[id(node)] = compact(node)
        seen[text] += 1
        if seen[text] == 1:
            for child in _children(node):
                count(child)
        else:
            _remember(node)

    def _remember(node: Schema) -> None:
        for child in _children(node):
            texts[id(child)] = compact(child)
            _remember(child)

    for child in _children(schema):
        count(child)
    defs: dict[str, Schema] = {}

    def replace(node: Schema) -> Schema:
        text = texts[id(node)]
        if seen[text] < 2 or len(text) < shortest or "$ref" in node:
            return _map_children(node, replace)
        name = hashlib.sha256(text.encode()).hexdigest()[:10]
        if name not in defs:
            defs[name] = _map_children(node, replace)
        return {"$ref": f"#/$defs/{name}"}

    out = _map_children(schema, replace)
    return {**out, "$defs": defs} if defs else out


# --- the short notation ---------------------------------------------------------------------------

WORDS: dict[str, Schema] = {
    "any": {},
    "object": {"type": "object"},
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "number": {"type": "number"},
    "int32": {"type": "integer", "minimum": BOUNDS["int32"][0], "maximum": BOUNDS["int32"][1]},
    "int64": {"type": "integer", "minimum": BOUNDS["int64"][0], "maximum": BOUNDS["int64"][1]},
    "int-or-string": {"type": ["integer", "string"]},
    "quantity": {"type": ["integer", "string"], "pattern": CRD_QUANTITY},
    "duration": {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$"},
}
CORE_TYPE = re.compile(r"(lax\.)?[a-z]+\.v[0-9a-z]+\.[A-Z][A-Za-z]+")


def expand(value: Any, types: Collection[str]) -> Schema:
    """One value of the short notation as JSON Schema.

    A word names a type, a core definition (``core.v1.Toleration``; ``lax.core.v1.PodSpec`` is one that requires
    nothing) or one of the file's own types; ``one of: A B`` is an enum; ``[X]`` a list; ``{"*": X}`` a map;
    ``{"=": X, …}`` is X within the limits that the other keys state, which are keywords of a
    CustomResourceDefinition; any other mapping is an object whose field names end in ``!`` when required.
    """
    if isinstance(value, list) and len(value) == 1:
        return {"type": "array", "items": expand(value[0], types)}
    if isinstance(value, dict) and "=" in value:
        limits = {key: limit for key, limit in value.items() if key != "="}
        nullable = limits.pop("nullable", False) or "default" in limits
        if (limits or nullable) and all(key in VALUE_KEYWORDS or key.startswith("x-kubernetes-") for key in limits):
            return _nullable({**expand(value["="], types), **_values(limits)}, nullable)
    elif isinstance(value, dict) and set(value) == {"*"}:
        return {"type": "object", "additionalProperties": expand(value["*"], types)}
    elif isinstance(value, dict):
        out: Schema = {"type": "object", "additionalProperties": False}
        out["properties"] = {name.removesuffix("!"): expand(child, types) for name, child in value.items()}
        required = sorted(name.removesuffix("!") for name in value if name.endswith("!"))
        return {**out, "required": required} if required else out
    if isinstance(value, str):
        if value.startswith("one of: "):
            return {"type": "string", "enum": value.removeprefix("one of: ").split()}
        if value in WORDS:
            return WORDS[value]
        if value in types or CORE_TYPE.fullmatch(value):
            return {"$ref": f"#/$defs/{value}"}
    raise BadDefinition(f"{value!r} is no type of the short notation")


def _kind(api_version: str, kind: str, scope: str, schema: Schema, types: Mapping[str, Schema]) -> Kind:
    """A kind with those of the types that it needs."""
    needed = reachable(types, references(schema))
    whole = {**schema, "$defs": needed} if needed else schema
    return Kind(api_version, kind, scope, as_object(api_version, kind, whole))


def reduce_transcription(document: Mapping[str, Any]) -> list[Kind]:
    """Every kind of one file of the short notation."""
    types = document.get("types", {})
    expanded = {name: expand(body, types) for name, body in types.items()}
    kinds = []
    for kind, entry in document["kinds"].items():
        fields = {key: value for key, value in entry.items() if key not in ("versions", "scope")}
        if fields.setdefault("status", "object") == "none":
            del fields["status"]
        schema = expand(fields, types)
        name = kind.split(" ")[0]  # "ClusterQueue v1beta1" is an older shape of ClusterQueue
        for version in entry["versions"]:
            kinds.append(_kind(f"{document['group']}/{version}", name, entry["scope"], schema, expanded))
    return kinds


# --- classes of a generated client ----------------------------------------------------------------

# Names that OpenAPI's generator gives to types, in our notation.
CLIENT_WORDS = {
    "str": "string", "bool": "boolean", "int": "int64", "float": "number", "object": "object",
    "ResourceQuantity": "quantity", "V1ObjectMeta": "meta.v1.ObjectMeta",
}  # fmt: skip


def read_classes(source: str) -> dict[str, dict[str, str]]:
    """The types of every class of a generated module: attribute to type, required ones ending in ``!``.

    The module is parsed and never run. An attribute is required if its setter refuses to be given None.
    """
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        tables = {
            target.id: ast.literal_eval(step.value)
            for step in node.body
            if isinstance(step, ast.Assign)
            for target in step.targets
            if isinstance(target, ast.Name) and target.id in ("openapi_types", "attribute_map")
        }
        if len(tables) == 2:
            refusing = {
                step.name
                for step in node.body
                if isinstance(step, ast.FunctionDef) and any(isinstance(n, ast.Raise) for n in ast.walk(step))
            }
            found[node.name] = {
                tables["attribute_map"][name] + ("!" if name in refusing else ""): kind
                for name, kind in tables["openapi_types"].items()
            }
    return found


def _client_type(text: str, own: Collection[str]) -> Any:
    """A type of the generator as a value of the short notation."""
    if match := re.fullmatch(r"list\[(.+)\]", text):
        return [_client_type(match[1], own)]
    if match := re.fullmatch(r"dict\(str, (.+)\)", text):
        return {"*": _client_type(match[1], own)}
    if text in own:
        return text
    if match := re.fullmatch(r"K8sIoApi([A-Z][a-z]+)(V[0-9]+)([A-Z]\w+)", text):
        return f"{match[1].lower()}.{match[2].lower()}.{match[3]}"
    if match := re.fullmatch(r"V1([A-Z]\w+)", text):
        return CLIENT_WORDS.get(text, f"core.v1.{match[1]}")
    return CLIENT_WORDS.get(text, text)


def reduce_classes(
    classes: Mapping[str, Mapping[str, str]], additions: Mapping[str, Any], core: Collection[str]
) -> list[Kind]:
    """The kinds that additions lists, out of a client's classes.

    A client says less than a CustomResourceDefinition: additions has the types that it lacks, and, in
    place of its own, the fields that the server knows otherwise. core names the definitions of Kubernetes.
    """
    lacking, tighter = additions["types"], additions["fields"]
    own = {*classes, *lacking}
    for name, fields in tighter.items():
        known = {field.removesuffix("!") for field in classes.get(name, ())}
        if unknown := {field.removesuffix("!") for field in fields} - known:
            raise BadDefinition(f"{name} has no field {', '.join(sorted(unknown))}")

    def body(name: str) -> Schema:
        if name in lacking:
            return expand(lacking[name], own)
        better = {field.removesuffix("!"): {field: value} for field, value in tighter.get(name, {}).items()}
        fields: dict[str, Any] = {}
        for field, text in classes[name].items():
            fields |= better.get(field.removesuffix("!"), {field: _client_type(text, own)})
        made = expand(fields, own)
        for field, keys in additions.get("merged", {}).items():
            if made["properties"].get(field, {}).get("type") == "array":
                made["properties"][field] |= {"x-kubernetes-list-type": "map", LIST_KEYS: keys}
        return made

    kinds = []
    for kind, entry in additions["kinds"].items():
        root = f"{entry['version'].capitalize()}{kind}"
        types: dict[str, Schema] = {}
        todo = {root}
        while todo:
            name = todo.pop()
            types[name] = body(name)
            if name == root:
                types[name]["properties"]["status"] = {"type": "object"}
            todo |= (references(types[name]) & own) - types.keys()
        named = {name.removeprefix("lax.") for body in types.values() for name in references(body)}
        strangers = named - own - set(core)
        if strangers:
            raise BadDefinition(f"{kind} needs {', '.join(sorted(strangers))}, which nothing defines")
        api_version = f"{additions['group']}/{entry['version']}"
        kinds.append(_kind(api_version, kind, entry["scope"], types.pop(root), types))
    return kinds

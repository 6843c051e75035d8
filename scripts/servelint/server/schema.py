"""Does an object have the shape that its kind demands? Strict, offline, per Kubernetes version.

Accepting is the common case and must cost nothing, so jsonschema-rs decides; only an object that it
refuses is read again by jsonschema, whose errors say enough to write a sentence about. Nothing is loaded
before it is needed: the index on the first question, one version's definitions on the first object, one
validator a kind.
"""

import copy
import ipaddress
import json
import math
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs

from servelint.server.reduction import (
    BASE64,
    CRD_QUANTITY,
    LIST_KEYS,
    QUANTITY,
    demanded,
    embedded_type,
    reachable,
    references,
)

STORE = Path(__file__).parent / "schemas"
VERSIONS: tuple[str, ...] = tuple(sorted(
    (path.stem.removeprefix("kubernetes-") for path in STORE.glob("kubernetes-*.json")),
    key=lambda version: [int(part) for part in version.split(".")],
))  # fmt: skip
NEWEST: str = VERSIONS[-1]

Pointer = tuple[str | int, ...]
REF, OBJECT_META, LAX = "#/$defs/", "meta.v1.ObjectMeta", "lax."
# No kind nests anywhere near this; libraries that recurse give up a little further on.
DEEPEST = 100
MOST_GUESSES = 50
"""Unknown fields of one object for which the nearest known one is looked for."""
# What an int64 or a uint64 holds: no API has a wider integer.
INTEGERS = (-(2**63), 2**64 - 1)


class UnknownKind(LookupError):
    """No schema is vendored for the kind of an object at the wanted version."""


class Violation(NamedTuple):
    """One mistake: where it is, a sentence about it, and the schema keyword that it broke.

    field: the one that is missing, or the one that an unknown field probably means; else empty.
    """

    pointer: Pointer
    message: str
    keyword: str
    field: str = ""


# --- the store ------------------------------------------------------------------------------------


@cache
def _index() -> dict[str, dict[str, Any]]:
    index: dict[str, dict[str, Any]] = json.loads((STORE / "index.json").read_bytes())
    return index


@cache
def _core(version: str) -> dict[str, Any]:
    if version not in VERSIONS:
        raise LookupError(f"no schemas for Kubernetes {version}: choose one of {', '.join(VERSIONS)}")
    core: dict[str, Any] = json.loads((STORE / f"kubernetes-{version}.json").read_bytes())
    return core


def scope(api_version: str, kind: str) -> str | None:
    """``Namespaced`` or ``Cluster``; None for a kind without a schema."""
    entry = _index().get(f"{api_version} {kind}")
    return entry["scope"] if entry else None


def known(api_version: str, kind: str, version: str) -> bool:
    """Whether Kubernetes of that version serves the kind; custom resources are served by every version."""
    entry = _index().get(f"{api_version} {kind}")
    return entry is not None and version in entry.get("minors", VERSIONS)


def core_version(api_version: str, kind: str) -> str | None:
    """The newest version that serves a built-in kind; None for a custom kind, or for one that has no schema."""
    entry = _index().get(f"{api_version} {kind}", {})
    return entry.get("minors", VERSIONS)[-1] if entry.get("origin") == "core" else None


def kinds() -> frozenset[tuple[str, str]]:
    """Every (apiVersion, kind) that has a schema at some version."""
    return frozenset((api_version, kind) for api_version, kind in (key.split(" ") for key in _index()))


@cache
def schema(api_version: str, kind: str, version: str) -> dict[str, Any]:
    """The kind's schema, whole and self-contained: $defs holds what it reaches and nothing else.

    A reference that the schema of a custom resource does not define itself, such as to ObjectMeta, means the
    core definition at the wanted version: that is what the controller will hand to the API server. A type
    that came later than that version is taken from the newest, because a definition brings its own types. It is
    as strict as a definition, too: a built-in kind takes null for a field left out; of a custom one a plain create
    does so, but a server-side apply, by which a fleet is synced, refuses it.
    """
    core = _core(version)
    if not known(api_version, kind, version):
        raise UnknownKind(_unknown(api_version, kind, version))
    entry = _index()[f"{api_version} {kind}"]
    if "file" not in entry:
        name = core["kinds"][f"{api_version} {kind}"]
        needed = reachable(core["$defs"], {name}, partial(_references, version))
        return {"$ref": f"{REF}{name}", "$defs": {below: _demanded(version, below) for below in needed}}
    root = json.loads((STORE / entry["file"]).read_bytes())
    own = root.get("$defs", {})
    named = references(root)

    def below(name: str) -> set[str]:
        return references(own[name]) if name in own else _references(version, name)

    known_by = {**core["$defs"], **own, **{name: _definition(version, name) for name in named if _is_lax(name)}}
    needed = reachable(known_by, named, below)
    if any(below(name) - needed.keys() for name in needed):
        known_by = {**_core(NEWEST)["$defs"], **known_by}
    needed = reachable(known_by, named - {OBJECT_META}, below)
    defs = {name: node if name in own else _embedded(version, name) for name, node in needed.items()}
    # The metadata of the object itself is read as that of a built-in kind is.
    root = {**root, "properties": {**root["properties"], "metadata": {"$ref": f"{REF}object.{OBJECT_META}"}}}
    return {**root, "$defs": {**defs, **_object_meta(version)}}


def _is_lax(name: str) -> bool:
    return name.startswith(LAX)


@cache
def _definition(version: str, name: str) -> Any:
    """A core definition, at the newest version if it came later; as a custom kind has it that demands no field."""
    plain = name.removeprefix(LAX)
    node = _core(version)["$defs"].get(plain) or _core(NEWEST)["$defs"].get(plain)
    return {key: value for key, value in node.items() if key != "required"} if _is_lax(name) else node


@cache
def _references(version: str, name: str) -> set[str]:
    return references(_definition(version, name))


@cache
def _demanded(version: str, name: str) -> Any:
    return demanded(name, _definition(version, name))


@cache
def _embedded(version: str, name: str) -> Any:
    return embedded_type(name, _definition(version, name))


@cache
def _object_meta(version: str) -> dict[str, Any]:
    """ObjectMeta with all that it refers to, under names of their own."""
    plain = reachable(_core(version)["$defs"], {OBJECT_META})
    renamed = json.loads(json.dumps(plain).replace(REF, f"{REF}object."))
    return {f"object.{name}": node for name, node in renamed.items()}


@cache
def _has_defaults(api_version: str, kind: str, version: str) -> bool:
    return '"default":' in json.dumps(schema(api_version, kind, version))


def with_defaults(body: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """An object with its schema's defaults, as the server has a custom one before it looks any closer."""
    made: dict[str, Any] = _with_defaults(body, whole, whole.get("$defs", {}), 0)
    return made


def _with_defaults(value: Any, node: dict[str, Any], defs: dict[str, Any], depth: int) -> Any:
    node = resolved(node, defs)
    if depth > DEEPEST:
        return value
    if isinstance(value, dict):
        fields, rest = node.get("properties", {}), node.get("additionalProperties")
        made = {}
        for key, child in value.items():
            below = fields.get(key, rest)
            made[key] = _with_defaults(child, below, defs, depth + 1) if isinstance(below, dict) else child
        for key, below in fields.items():
            if made.get(key) is None and "default" in (target := resolved(below, defs)):
                made[key] = _with_defaults(copy.deepcopy(target["default"]), below, defs, depth + 1)
        return made
    if isinstance(value, list) and isinstance(node.get("items"), dict):
        return [_with_defaults(item, node["items"], defs, depth + 1) for item in value]
    return value


def resolved(node: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    """A node, or the definition that it refers to with what stands beside the reference."""
    if "$ref" not in node:
        return node
    target: dict[str, Any] = defs.get(node["$ref"].removeprefix(REF), {})
    beside = {key: value for key, value in node.items() if key != "$ref"}
    return {**target, **beside} if beside else target


def _doubled(items: Any, keys: list[str]) -> list[int]:
    """Places of the objects in a list whose key an earlier one has; objects without a key are left alone."""
    seen: set[str] = set()
    out = []
    for place, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and any(key in item for key in keys):
            value = repr([item.get(key) for key in keys])
            if value in seen:
                out.append(place)
            seen.add(value)
    return out


class _ListKeys:
    """Has jsonschema-rs hold a list to its keys, which JSON Schema has no keyword for."""

    def __init__(self, parent: Any, value: Any, path: Any) -> None:
        self.keys = value

    def validate(self, instance: Any) -> None:
        if _doubled(instance, self.keys):
            raise ValueError("a key occurs twice")


def _address(version: int) -> Callable[[str], bool]:
    def is_one(value: str) -> bool:
        try:
            return ipaddress.ip_address(value).version == version
        except ValueError:
            return False

    return is_one


_WHOLE_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})")
# Go's own notation, or one number with a unit that may be a word.
_DURATION = re.compile(
    r"[+-]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)"
    r"|[0-9]+\s*(?:ns|nanos?|us|µs|micros?|ms|millis?|s|secs?|m|mins?|h|hrs?|hours?|d|days?|w|wks?|weeks?)"
)
FORMATS: dict[str, Callable[[str], bool]] = {
    "ipv4": _address(4),
    "ipv6": _address(6),
    "duration": lambda value: _DURATION.fullmatch(value) is not None,
    "byte": lambda value: _WHOLE_BASE64.fullmatch(value) is not None,
    "date-time": lambda _: (
        True
    ),  # the server overwrites the times that matter, and reads more spellings than the RFC has
}
"""Formats that definitions demand, as the server reads them.

Source: https://pkg.go.dev/k8s.io/kube-openapi/pkg/validation/strfmt
"""


@cache
def _validator(api_version: str, kind: str, version: str) -> Any:
    return jsonschema_rs.Draft202012Validator(
        schema(api_version, kind, version), keywords={LIST_KEYS: _ListKeys}, validate_formats=True, formats=FORMATS
    )


def load(api_version: str, kind: str, version: str) -> None:
    """Has at hand what ``violations`` needs of a kind, if there is such a one."""
    if known(api_version, kind, version):
        _validator(api_version, kind, version)
        _has_defaults(api_version, kind, version)


@lru_cache(maxsize=1024)
def _unknown(api_version: str, kind: str, version: str) -> str:
    """Says which kind is missing, and the nearest one that is not."""
    message = f"no schema for {api_version} {kind} in Kubernetes {version}"
    served = sorted(_index()[f"{api_version} {kind}"]["minors"]) if scope(api_version, kind) else []
    if served:
        return f"{message}: only in {', '.join(served)}"
    names = sorted(f"{other} {name}" for other, name in kinds() if known(other, name, version))
    same_kind = [key for key in names if key.endswith(f" {kind}")]
    near = same_kind[:1] or get_close_matches(f"{api_version} {kind}", names, n=1, cutoff=0.8)
    return f"{message} (did you mean {near[0]}?)" if near else message


# --- what JSON cannot hold ------------------------------------------------------------------------


def _unjson(value: Any, at: Pointer, found: dict[Pointer, Violation], visiting: set[int], done: dict[int, Any]) -> Any:
    """Copies value without what YAML can say and JSON cannot; each such place becomes a violation.

    Every shared node is copied once, so that aliases cost nothing and a node inside itself ends.
    """
    if isinstance(value, (dict, list)):
        if id(value) in visiting or len(at) > DEEPEST:
            text = "contains itself" if id(value) in visiting else f"is nested more than {DEEPEST} deep"
            found[at] = Violation(at, f"the value {text}", "yaml")
            return None
        if id(value) in done:
            return done[id(value)]
        visiting.add(id(value))
        copy: Any
        if isinstance(value, list):
            copy = [_unjson(item, (*at, place), found, visiting, done) for place, item in enumerate(value)]
        else:
            copy = {}
            for key, item in value.items():
                if isinstance(key, str):
                    copy[key] = _unjson(item, (*at, key), found, visiting, done)
                else:
                    where = (*at, key if isinstance(key, int) and not isinstance(key, bool) else _yaml(key))
                    text = f"expected a string as key, got {_say(key)}; quote it"
                    found[where] = Violation(where, text, "yaml")
        visiting.discard(id(value))
        done[id(value)] = copy
        return copy
    if isinstance(value, float) and not math.isfinite(value):
        found[at] = Violation(at, f"{_yaml(value)} is not a number that Kubernetes can hold", "yaml")
        return None
    if isinstance(value, int) and not INTEGERS[0] <= value <= INTEGERS[1]:
        found[at] = Violation(at, f"integer {_yaml(value)} does not fit 64 bits", "yaml")
        return None
    if value is None or isinstance(value, (str, int, float)):
        return value
    found[at] = Violation(at, f"{_say(value)} has no place in a manifest; quote it", "yaml")
    return None


def _too_wide(value: Any, at: Pointer) -> Iterator[Pointer]:
    """Integers that a custom resource cannot hold; some built-in fields are wider."""
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _too_wide(item, (*at, key))
    elif type(value) is int and not -(2**63) <= value < 2**63:
        yield at


def _is_json(value: Any) -> bool:
    """Whether value is plain JSON of modest depth: the fast question, asked of every object first."""
    level, seen = [value], set()
    for _ in range(DEEPEST):
        below: list[Any] = []
        for node in level:
            kind = type(node)
            if kind is str or kind is bool or node is None:
                continue
            if kind is dict or kind is list:
                if id(node) in seen:
                    return False  # shared or cyclic: the careful path tells which
                seen.add(id(node))
                if kind is list:
                    below += node
                    continue
                for key, item in node.items():
                    if type(key) is not str:
                        return False
                    if type(item) is not str:
                        below.append(item)
            elif kind is int:
                if not INTEGERS[0] <= node <= INTEGERS[1]:
                    return False
            elif kind is not float or not math.isfinite(node):
                return False
        if not below:
            return True
        level = below
    return False


# --- explaining -----------------------------------------------------------------------------------


def _yaml(value: Any) -> str:
    """A scalar as one would write it in YAML, cut to a readable length."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, float) and math.isnan(value):
        return ".nan"
    if isinstance(value, float) and math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    if isinstance(value, int) and value.bit_length() > 256:
        return "of more than 70 digits"  # str() refuses very long integers, and nobody would read one
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _say(value: Any) -> str:
    """A value with its type, for the end of "expected x, got …"."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"boolean {_yaml(value)}"
    if isinstance(value, (int, float)):
        return f"{'integer' if isinstance(value, int) else 'number'} {_yaml(value)}"
    if isinstance(value, str):
        return f'string "{_yaml(value)}"'
    if isinstance(value, list):
        return "an array"
    if isinstance(value, dict):
        return "an object"
    return f"{type(value).__name__} {_yaml(value)}"


def _quoted(value: Any) -> str:
    return f'"{_yaml(value)}"' if isinstance(value, str) else "null" if value is None else _yaml(value)


def _type_message(types: Any, value: Any) -> str:
    """Wrong type, with the way out of the usual YAML traps."""
    wanted = [name for name in ([types] if isinstance(types, str) else types) if name != "null"]
    message = f"expected {' or '.join(wanted)}, got {_say(value)}"
    if "string" in wanted and isinstance(value, (bool, int, float)):
        return f"{message}; quote it"
    if isinstance(value, str) and "string" not in wanted:
        if {"integer", "number"} & set(wanted) and value.strip().lstrip("+-").replace(".", "", 1).isdigit():
            return f"{message}; remove the quotes"
        if "boolean" in wanted and value.lower() in ("true", "false", "yes", "no", "on", "off"):
            return f"{message}; write true or false without quotes"
    return message


def _meant(name: str, allowed: list[str]) -> str | None:
    """The allowed name that a misspelt one most resembles."""
    folded = {other.lower(): other for other in allowed}
    near = get_close_matches(name.lower(), sorted(folded), n=1, cutoff=0.7)
    return folded[near[0]] if near else None


def _unknown_fields(error: Any, at: Pointer) -> list[Violation]:
    allowed = sorted(error.schema.get("properties", {}))
    free = [other for other in allowed if other not in error.instance]
    out: list[Violation] = []
    for name in error.instance:
        if name not in allowed:
            near = _meant(name, free) if len(out) < MOST_GUESSES else None
            hint = f' (did you mean "{near}"?)' if near else ""
            message = f'unknown field "{_yaml(name)}"{hint}'
            out.append(Violation((*at, name), message, "additionalProperties", near or ""))
    return out


def _pattern_message(pattern: str, value: Any) -> str:
    if pattern == BASE64:
        return f"{_quoted(value)} is not base64"
    if pattern in (QUANTITY, CRD_QUANTITY):
        return f"{_quoted(value)} is not a quantity such as 500m or 80Gi"
    return f"{_quoted(value)} does not match the pattern {pattern}"


def _choice_message(keyword: str, branches: list[Any]) -> str:
    """One sentence for a failed anyOf or oneOf, whatever its branches complained of."""
    how = "exactly one" if keyword == "oneOf" else "at least one"
    if branches and all(isinstance(branch, dict) and set(branch) == {"required"} for branch in branches):
        return f"needs {how} of: {'; '.join(', '.join(branch['required']) for branch in branches)}"
    return f"needs to fit {how} of the {len(branches)} forms that this field can take"


def _missing(at: Pointer, name: str) -> Violation:
    return Violation(at, f'missing required field "{name}"', "required", name)


LIMITS = {
    "minimum": "must be at least {limit}", "maximum": "must be at most {limit}",
    "exclusiveMinimum": "must be more than {limit}", "exclusiveMaximum": "must be less than {limit}",
    "multipleOf": "must be a multiple of {limit}", "minLength": "must have at least {limit} characters",
    "maxLength": "must have at most {limit} characters", "minItems": "must have at least {limit} items",
    "maxItems": "must have at most {limit} items", "minProperties": "must have at least {limit} fields",
    "maxProperties": "must have at most {limit} fields",
}  # fmt: skip


def _say_error(error: Any, at: Pointer) -> list[Violation]:
    """One error of jsonschema in our words; unknown fields are one violation each."""
    keyword, limit, value = error.validator, error.validator_value, error.instance
    if keyword == "additionalProperties":
        return _unknown_fields(error, at)
    if keyword == "required":
        return [_missing(at, name) for name in limit if name not in value]
    if keyword == "type":
        message = _type_message(limit, value)
    elif keyword == "enum":
        allowed = ", ".join(_quoted(item) for item in limit if item is not None)
        message = f"expected one of {allowed}, got {_say(value)}"
    elif keyword == "pattern":
        message = _pattern_message(limit, value)
    elif keyword in ("anyOf", "oneOf"):
        message = _choice_message(keyword, limit)
    elif keyword == "uniqueItems":
        message = "has the same item twice"
    elif keyword == LIST_KEYS:
        message = error.message
    elif keyword == "format":
        message = f"{_quoted(value)} is not of the format {limit}"
    elif keyword == "not":
        message = "holds a combination that this kind forbids"
    elif keyword in LIMITS:
        got = f", got {_say(value)}" if isinstance(value, (int, float)) else ""
        message = LIMITS[keyword].format(limit=limit) + got
        if limit == 1 and keyword.endswith(("Items", "Length", "Properties")):
            message = message.removesuffix("s")
    else:
        message = f"breaks the schema's {keyword}"
    return [Violation(at, message, keyword)]


def _one_each(found: list[Violation]) -> list[Violation]:
    """One violation a mistake: a wrong type silences what follows, a misspelling what it stood for."""
    mistyped = {violation.pointer for violation in found if violation.keyword == "type"}
    misspelt = {(v.pointer[:-1], v.field) for v in found if v.keyword == "additionalProperties" and v.field}
    kept = set()
    for violation in found:
        if violation.pointer in mistyped and violation.keyword != "type":
            continue
        if violation.keyword == "required" and (violation.pointer, violation.field) in misspelt:
            continue
        kept.add(violation)
    return sorted(kept, key=_order)


def _order(violation: Violation) -> tuple[Any, ...]:
    """Sorts by pointer, list places as numbers and before names."""
    path = [(1, 0, part) if isinstance(part, str) else (0, part, "") for part in violation.pointer]
    return (path, violation.keyword, violation.message)


@cache
def _explainer() -> tuple[Any, Any]:
    """The class of validators that can say why, and the formats that they know.

    Slow to import and to make, and only a refused object needs them.
    """
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError
    from jsonschema.validators import extend

    def list_keys(_: Any, keys: list[str], items: Any, __: Any) -> Any:
        for place in _doubled(items, keys):
            yield ValidationError(f"has the same {' and '.join(keys)} as an earlier item", path=[place])

    formats = FormatChecker(formats=())
    for name, is_one in FORMATS.items():
        formats.checks(name)(lambda value, is_one=is_one: not isinstance(value, str) or is_one(value))
    return extend(Draft202012Validator, {LIST_KEYS: list_keys}), formats


def _explain(body: dict[str, Any], api_version: str, kind: str, version: str) -> list[Violation]:
    """Why the validator refused body; never empty, even where the two libraries would differ."""
    refusals = list(_validator(api_version, kind, version).iter_errors(body))
    if all(isinstance(refusal.kind, jsonschema_rs.ValidationErrorKind.Pattern) for refusal in refusals):
        # What only a cluster knows has no pattern yet, in most overlays: that needs no libraries to tell.
        return [
            Violation(tuple(r.instance_path), _pattern_message(r.kind.pattern, r.instance), "pattern") for r in refusals
        ]
    validator, formats = _explainer()
    found: list[Violation] = []
    for error in validator(schema(api_version, kind, version), format_checker=formats).iter_errors(body):
        found += _say_error(error, tuple(error.absolute_path))
    if not found:
        for refusal in refusals:
            found.append(Violation(tuple(refusal.instance_path), refusal.message, "schema"))
    return found


def violations(body: Any, version: str = NEWEST) -> list[Violation]:
    """Everything in which body differs from its kind's schema, in the order of its pointers.

    Raises UnknownKind where there is no schema, and LookupError for a version that is not vendored.
    """
    bad: dict[Pointer, Violation] = {}
    if not _is_json(body):
        body = _unjson(body, (), bad, set(), {})
    if not isinstance(body, dict):
        return list(bad.values()) or [Violation((), _type_message("object", body), "type")]
    found: list[Violation] = []
    for name in ("apiVersion", "kind"):
        if body.get(name) is None and (name,) not in bad:
            found.append(_missing((), name))
        elif not isinstance(body[name], str) and (name,) not in bad:
            found.append(Violation((name,), _type_message("string", body[name]), "type"))
    if not found and not {("apiVersion",), ("kind",)} & bad.keys():
        api_version, kind = body["apiVersion"], body["kind"]
        if "file" in _index().get(f"{api_version} {kind}", {}):
            for where in _too_wide(body, ()):
                bad[where] = Violation(where, "the integer does not fit 63 bits and a sign", "yaml")
        if known(api_version, kind, version) and _has_defaults(api_version, kind, version):
            body = with_defaults(body, schema(api_version, kind, version))
        if not _validator(api_version, kind, version).is_valid(body):
            found = _explain(body, api_version, kind, version)
    elif not found:
        return list(bad.values())
    if not found and not bad:
        return []
    return _one_each([violation for violation in found if violation.pointer not in bad] + list(bad.values()))

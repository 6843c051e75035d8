"""The rules that a CustomResourceDefinition states in CEL, evaluated as the API server does it on creation.

A rule sees its value as the server has it at that moment: defaults filled in, null fields gone, names that CEL cannot
spell escaped. Rules that compare with an old object mean nothing for a new one and are left out. A rule that the
evaluator cannot read is never a complaint; of the vendored definitions it reads all, which a test holds.
Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
"""

import ipaddress
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from .. import schema
from .field import Complaint, Key, Pointer, mapping, pairs, path_of

RULES = "x-kubernetes-validations"
DEEPEST = 100
"""No schema nests further; what does, refers to itself."""
LONG = range(-(2**63), 2**63)
"""What an integer of CEL holds."""

Schema = dict[str, Any]

# --- which kinds have rules, and where ------------------------------------------------------------


class _Kind(NamedTuple):
    """The schema of a kind, its definitions, and the identities of all nodes at or below which there is a rule."""

    root: Schema
    definitions: dict[str, Schema]
    leading: frozenset[int]


def _name(node: Schema) -> str:
    """The definition that a node refers to, or nothing."""
    return str(node.get("$ref", "")).removeprefix("#/$defs/")


def _mark(node: Any, ruled: set[str], leading: set[int]) -> bool:
    """Whether a node leads to a rule, with all that do put into ``leading``. ruled: definitions that do."""
    children = node if isinstance(node, list) else ()
    if isinstance(node, dict):
        children = [child for key, child in node.items() if key != "$defs"]
    below = [_mark(child, ruled, leading) for child in children]  # all of them: each is to be marked
    found = any(below) or (isinstance(node, dict) and (RULES in node or _name(node) in ruled))
    if found:
        leading.add(id(node))
    return found


@cache
def _kind(api_version: str, kind: str, version: str) -> _Kind | None:
    """None if the kind has no schema or no rules, as built-in kinds never have."""
    if not schema.known(api_version, kind, version) or schema.core_version(api_version, kind):
        return None
    root = schema.schema(api_version, kind, version)
    definitions = mapping(root.get("$defs"))
    texts = {name: json.dumps(node) for name, node in definitions.items()}
    ruled = {name for name, text in texts.items() if RULES in text}
    named = {name: set(_NAMED.findall(text)) for name, text in texts.items()}
    while grown := {name for name, below in named.items() if name not in ruled and below & ruled}:
        ruled |= grown
    leading: set[int] = set()
    for name in ruled:
        _mark(definitions[name], ruled, leading)
    return _Kind(root, definitions, frozenset(leading)) if _mark(root, ruled, leading) else None


_NAMED = re.compile(r'"\$ref": "#/\$defs/([^"]+)"')


def _resolved(node: Schema, kind: _Kind) -> Schema:
    """A node, or the definition that it refers to."""
    return schema.resolved(node, kind.definitions)


def _applicable(node: Schema) -> list[dict[str, Any]]:
    """The rules of a node that do not compare with an old object."""
    listed = node.get(RULES)
    rules = [rule for rule in listed if isinstance(rule, dict)] if isinstance(listed, list) else []
    return [rule for rule in rules if not re.search(r"\boldSelf\b", str(rule.get("rule", "")))]


# --- the value that a rule sees -------------------------------------------------------------------

RESERVED = frozenset({
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
    "let", "loop", "package", "namespace", "return", "var", "void", "while",
})  # fmt: skip
ESCAPES = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}


def escape(name: str) -> str | None:
    """The name of a field as CEL spells it, or None if it cannot."""
    if name in RESERVED:
        return f"__{name}__"
    if not re.fullmatch(r"[A-Za-z_.\-/][A-Za-z0-9_.\-/]*", name):
        return None
    return re.sub(r"__|[.\-/]", lambda found: ESCAPES[found[0]], name)


def _types(node: Schema) -> tuple[str, ...]:
    types = node.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _seen(value: Any, node: Schema, kind: _Kind, depth: int = 0) -> Any:
    """A value as CEL sees it."""
    node = _resolved(node, kind)
    if isinstance(value, dict) and depth < DEEPEST:
        fields = mapping(node.get("properties"))
        rest = mapping(node.get("additionalProperties"))
        made = {}
        for key, child in value.items():
            name = escape(str(key)) if fields else str(key)
            pruned = child is None and (fields or "null" not in (_types(_resolved(rest, kind)) or "null"))
            if name is not None and not pruned:
                made[name] = _seen(child, fields.get(key, rest), kind, depth + 1)
        return made
    if isinstance(value, list) and depth < DEEPEST:
        return [_seen(item, mapping(node.get("items")), kind, depth + 1) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        types = _types(node)
        if "number" in types:
            return float(value)
        if isinstance(value, int) and value not in LONG:
            raise OverflowError(f"{value} does not fit 64 bits")
        if "integer" in types and isinstance(value, float) and value.is_integer():
            return int(value)
    return value


# --- evaluating -----------------------------------------------------------------------------------


def _address(text: str) -> bool:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text and getattr(found, "ipv4_mapped", None) is None


def _network(text: str) -> bool:
    host, _, length = text.partition("/")
    return (
        _address(host)
        and re.fullmatch(r"0|[1-9][0-9]{0,2}", length) is not None
        and int(length) <= (128 if ":" in host else 32)
    )


def _url(text: str) -> bool:
    """What an HTTP request could ask for: an absolute URL, or an absolute path."""
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        return False
    return text.startswith("/") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text) is not None


FUNCTIONS = {"isIP": _address, "isCIDR": _network, "isURL": _url}
"""What Kubernetes adds to CEL, as far as rules of vendored kinds use it: each says something of a text."""


def unreadable(expression: str, variable: str) -> str | None:
    """Why an expression over one variable is no CEL, or None. Of the variable's own type nothing is known."""
    found = _compiled(expression, variable)
    return found if isinstance(found, str) else None


@cache
def _environment(variable: str) -> Any:
    # Large libraries, which only a resource with rules is worth.
    from cel_expr_python import cel  # type: ignore[import-untyped]
    from cel_expr_python.ext import ext_optional, ext_strings  # type: ignore[import-untyped]

    def declared(name: str) -> Any:
        overload = cel.Overload(
            f"kubernetes_{name}", return_type=cel.Type.BOOL, parameters=[cel.Type.STRING], impl=FUNCTIONS[name]
        )
        return cel.FunctionDecl(name, [overload])

    return cel.NewEnv(
        variables={variable: cel.Type.DYN},
        extensions=[ext_strings.ExtStrings(), ext_optional.ExtOptional()],
        functions=[declared(name) for name in FUNCTIONS],
    )


@cache
def _compiled(rule: str, variable: str = "self") -> Any:
    """A rule ready to run, or what keeps it from being so."""
    environment = _environment(variable)
    try:
        return environment.compile(rule)
    except RuntimeError as error:
        return str(error).partition("\n")[0]


# Errors that tell of this evaluator, and not of the object: types that it knows less of than the server, its limits.
_OURS = re.compile(r"No matching overload|Non-CEL value|budget|non-message type|UNIMPLEMENTED", re.IGNORECASE)


def _verdict(rule: str, value: Any) -> str | None:
    """What is wrong with a value, None if nothing: a broken rule is the empty text, an error says which it is."""
    expression = _compiled(rule)
    if isinstance(expression, str):
        return None
    try:
        result = expression.eval(data={"self": value})
        kind, plain = str(result.type()), result.value()
    except (RuntimeError, TypeError, ValueError, OverflowError):
        return None  # such as text that is not Unicode, which the schema refuses by itself
    if kind == "ERROR":
        text = str(plain)
        return None if _OURS.search(text) else text.partition(": ")[2] or text
    return "" if kind == "BOOL" and plain is False else None


def _message(rule: dict[str, Any], value: Any, wrong: str) -> str:
    """The rule's own words, as its author wrote them."""
    fixed = str(rule.get("message") or "").strip() or f"breaks the rule {rule['rule']}"
    if wrong:
        return f"{fixed} ({wrong})"
    written = rule.get("messageExpression")
    expression = _compiled(written) if isinstance(written, str) else ""
    if not isinstance(expression, str):
        try:
            made = expression.eval(data={"self": value})
            if str(made.type()) == "STRING" and made.value().strip() and "\n" not in made.value():
                return str(made.value())
        except (RuntimeError, TypeError, ValueError, OverflowError):
            pass  # as the server does: then the fixed message counts
    return fixed


def _below(rule: dict[str, Any]) -> Pointer:
    """The field that a rule blames, from the value that it stands at."""
    steps: list[str | int] = []
    for name, key, place in re.findall(r"\.([^.\[\]]+)|\['([^']*)'\]|\[(\d+)\]", str(rule.get("fieldPath") or "")):
        steps.append(int(place) if place else Key(key) if key else name)
    return tuple(steps)


def _walk(value: Any, node: Schema, at: Pointer, kind: _Kind, depth: int = 0) -> Iterator[Complaint]:
    """Rules of a node whose value is there, then those below."""
    if depth > DEEPEST or value is None or id(node) not in kind.leading:
        return
    node = _resolved(node, kind)
    rules = _applicable(node)
    if rules:
        try:
            seen = _seen(value, node, kind)
        except OverflowError:
            rules = []
        for rule in rules:
            wrong = _verdict(str(rule.get("rule", "")), seen)
            if wrong is not None:
                where = (*at, *_below(rule))
                yield Complaint(where, path_of(where) or "<nil>", _message(rule, seen, wrong))
    if isinstance(value, dict):
        fields = mapping(node.get("properties"))
        for name, below in fields.items():
            yield from _walk(value.get(name), below, (*at, name), kind, depth + 1)
        rest = node.get("additionalProperties")
        for key, child in pairs(value) if isinstance(rest, dict) else ():
            if key not in fields:
                yield from _walk(child, mapping(rest), (*at, Key(key)), kind, depth + 1)
    elif isinstance(value, list) and isinstance(node.get("items"), dict):
        for i, item in enumerate(value):
            yield from _walk(item, node["items"], (*at, i), kind, depth + 1)


def rule_complaints(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """Every rule of a custom resource's schema that it breaks. The server asks only if the schema itself is kept."""
    api_version, name = body.get("apiVersion"), body.get("kind")
    kind = _kind(api_version, name, version) if isinstance(api_version, str) and isinstance(name, str) else None
    if kind is not None:
        yield from _walk(schema.with_defaults(body, kind.root), kind.root, (), kind)

"""What a patch makes of an object, as Kustomize merges: enough to say what the object held before the next patch.

Kustomize merges the items of a list by a key where its schema of the kind names one, and replaces the list everywhere
else: of a custom kind every list, of a built-in one those like args, command and tolerations.
Source: https://github.com/kubernetes-sigs/kustomize/blob/master/kyaml/yaml/merge2/merge2.go
"""

import re
from functools import cache
from typing import Any

from ..model import Pointer, mapping, mappings
from ..server import schema

Node = dict[str, Any]
DIRECTIVE = "$patch"


@cache
def _definitions(api_version: str, kind: str) -> tuple[Node, Node]:
    """A built-in kind's schema and what it refers to; both empty for a custom kind, of which Kustomize has none."""
    version = schema.core_version(api_version, kind)
    if version is None:
        return {}, {}
    found = schema.schema(api_version, kind, version)
    return found, found["$defs"]


@cache
def merge_key(api_version: str, kind: str, path: tuple[str, ...]) -> str | None:
    """The field by which the items of the list at ``path`` are merged; None if the list is replaced whole.

    path: mapping keys from the object's top, lists passed over: ("spec", "template", "spec", "containers", "env").
    """
    node, definitions = _definitions(api_version, kind)
    for step in path:
        node = _resolved(_resolved(node, definitions).get("properties", {}).get(step, {}), definitions)
        if step != path[-1] and "items" in node:
            node = node["items"]
    return node.get("x-kubernetes-patch-merge-key")  # no schema has one where it does not merge


def _resolved(node: Node, definitions: Node) -> Node:
    while "$ref" in node:
        rest = {k: v for k, v in node.items() if k != "$ref"}
        node = {**definitions.get(str(node["$ref"]).rpartition("/")[2], {}), **rest}
    return node


def patched(body: Node, patch: Any, api_version: str, kind: str) -> Node:
    """A new object: ``body`` after a strategic merge patch (a mapping) or a JSON patch (a list of operations)."""
    if isinstance(patch, dict):
        named = {"apiVersion", "kind"}  # of a patch with a target these are anything
        changes = {k: v for k, v in patch.items() if k not in named}
        metadata = {k: v for k, v in mapping(changes.get("metadata")).items() if k not in ("name", "namespace")}
        return _mapping(body, {**changes, "metadata": metadata}, (api_version, kind), ())
    for _, operation in mappings(patch):
        body = mapping(_operated(body, steps_of(operation.get("path")), operation))
    return body


def _mapping(old: Any, new: Node, of: tuple[str, str], at: tuple[str, ...]) -> Node:
    if new.get(DIRECTIVE) == "replace":
        return {k: v for k, v in new.items() if k != DIRECTIVE}
    merged = dict(mapping(old))
    for key, value in new.items():
        here = (*at, str(key))
        if value is None or (isinstance(value, dict) and value.get(DIRECTIVE) == "delete"):
            merged.pop(key, None)
        elif isinstance(value, dict):
            merged[key] = _mapping(merged.get(key), value, of, here)
        elif isinstance(value, list):
            merged[key] = _list(merged.get(key), value, of, here)
        elif key != DIRECTIVE:
            merged[key] = value
    return merged


def replaces(new: list[Any]) -> bool:
    """Whether a list says itself that it stands in for the old one."""
    return any(item.get(DIRECTIVE) == "replace" and len(item) == 1 for _, item in mappings(new))


def _list(old: Any, new: list[Any], of: tuple[str, str], at: tuple[str, ...]) -> list[Any]:
    key = merge_key(*of, at)
    if key is None:
        return new  # directives and all: Kustomize passes them on
    if not isinstance(old, list) or replaces(new):
        return [_plain(item) for item in new if not (isinstance(item, dict) and DIRECTIVE in item)]
    merged = list(old)
    for _, item in mappings(new):
        places = [i for i, known in mappings(merged) if key in item and known.get(key) == item[key]]
        if item.get(DIRECTIVE) == "delete":
            merged = [known for i, known in enumerate(merged) if i not in places]
        elif places:
            merged[places[0]] = _mapping(merged[places[0]], item, of, at)
        else:
            merged.append(_plain(item))
    return merged


def _plain(value: Any) -> Any:
    """A value without the directives of a patch."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k != DIRECTIVE and v is not None}
    return [_plain(item) for item in value] if isinstance(value, list) else value


# --- JSON patches (RFC 6902) --------------------------------------------------------------------------------------


def steps_of(path: object) -> tuple[str, ...]:
    """The steps of a JSON pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in str(path or "").split("/")[1:])


def valued(node: Any, steps: tuple[str, ...]) -> Any:
    """The value at a JSON pointer's steps, or None where the path ends early."""
    for step in steps:
        if isinstance(node, list):
            node = node[int(step)] if step.isdecimal() and len(step) < 9 and int(step) < len(node) else None
        else:
            node = mapping(node).get(step)
    return node


def _operated(node: Any, steps: tuple[str, ...], operation: Node) -> Any:
    """``node`` after one operation; unchanged where it cannot be applied, which Kustomize refuses itself."""
    if not steps:
        return operation.get("value", node) if operation.get("op") in ("add", "replace") else node
    step, rest = steps[0], steps[1:]
    name = operation.get("op")
    if isinstance(node, dict):
        if rest:
            return {**node, step: _operated(node.get(step), rest, operation)} if step in node else node
        if name == "remove":
            return {k: v for k, v in node.items() if k != step}
        return {**node, step: operation.get("value")} if name in ("add", "replace") else node
    if not isinstance(node, list):
        return node
    i = len(node) if step == "-" else int(step) if step.isdecimal() and len(step) < 9 else -1
    if rest:
        return [*node[:i], _operated(node[i], rest, operation), *node[i + 1 :]] if 0 <= i < len(node) else node
    if name == "add" and 0 <= i <= len(node):
        return [*node[:i], operation.get("value"), *node[i:]]
    if 0 <= i < len(node) and name in ("remove", "replace"):
        return [*node[:i], *([operation.get("value")] if name == "replace" else []), *node[i + 1 :]]
    return node


def stable(body: Any, steps: tuple[str, ...]) -> Pointer:
    """A JSON pointer's steps with positions of named items written as ``[name]``: others may move them."""
    found: list[str | int] = []
    for step in steps:
        if isinstance(body, list):
            item = body[int(step)] if step.isdecimal() and len(step) < 9 and int(step) < len(body) else None
            named = mapping(item).get("name")
            found.append(f"[{named}]" if named is not None else step)
            body = item
        else:
            found.append(step)
            body = mapping(body).get(step)
    return tuple(found)


_FIELD_STEP = re.compile(r"\[[^\]]*\]|(?:\\.|[^.\[])+")


def field_steps(path: object) -> tuple[str, ...]:
    """The steps of a replacement's fieldPath, named items as in ``stable``: ``spec.containers.[name=a].image``."""
    found = []
    for step in _FIELD_STEP.findall(str(path)):
        key, equals, value = step.strip("[]").partition("=")
        named = step.startswith("[") and equals
        found.append(f"[{value if key else ''}]" if named else step.strip("[]").replace("\\.", "."))
    return tuple(found)

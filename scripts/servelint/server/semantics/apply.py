"""What a server-side apply refuses beside all that a create refuses: lists whose items it could not tell apart.

Argo CD and Flux apply on the server's side. It merges some lists item by item, by one or more fields of the items: each
item must have them, and none may have them a second time.
Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
"""

from collections.abc import Iterator
from typing import Any

from .. import schema
from ..reduction import APPLY_KEYS
from .field import Complaint, Pointer, complaint, mapping, quoted

LIST_TYPE = "x-kubernetes-list-type"
KEY_DEFAULTS = {"protocol": "TCP"}
"""What a key is where an item does not say; any other is empty."""
KEYLESS = "core.v1.ObjectReference"
"""The one type of items whose key has no default."""


def _twice(items: list[Any], keys: list[str], keyless: bool, at: Pointer) -> Iterator[Complaint]:
    seen: set[str] = set()
    for i, item in enumerate(items):
        if item is None:
            yield complaint((*at, i), "null is no item of a list that is merged by key")
            continue
        body = mapping(item)
        if keyless and not any(key in body for key in keys):
            yield complaint((*at, i), f"needs {' or '.join(keys)}")
            continue
        found = [body.get(key, KEY_DEFAULTS.get(key, "")) for key in keys]
        if repr(found) in seen:
            named = ", ".join(f"{key} {quoted(value)}" for key, value in zip(keys, found, strict=True))
            yield complaint((*at, i), f"has the {named} of an earlier item; an apply cannot tell them apart")
        seen.add(repr(found))


def _walk(value: Any, node: dict[str, Any], at: Pointer, defs: dict[str, Any]) -> Iterator[Complaint]:
    if "$ref" in node:
        node = defs.get(node["$ref"][len(schema.REF) :], {})
    if isinstance(value, dict):
        fields = node.get("properties")
        if fields:
            for key, child in value.items():
                if isinstance(child, (dict, list)) and key in fields:
                    yield from _walk(child, fields[key], (*at, key), defs)
        return
    items = node.get("items", {})
    if APPLY_KEYS in node:
        yield from _twice(value, node[APPLY_KEYS], items.get("$ref", "").endswith(KEYLESS), at)
    elif node.get(LIST_TYPE) == "set":
        for i, item in enumerate(value):
            if item is None or item in value[:i]:
                why = "null is no item of a set" if item is None else f"{quoted(item)} stands here twice"
                yield complaint((*at, i), why)
    for i, item in enumerate(value):
        if isinstance(item, (dict, list)):
            yield from _walk(item, items, (*at, i), defs)


def complaints(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """Lists of a built-in kind that hold a key twice; those of a custom kind its schema judges."""
    if mapping(body.get("metadata")).get("managedFields"):
        yield complaint(("metadata", "managedFields"), "must not be set: the server keeps it")
    whole = schema.schema(body["apiVersion"], body["kind"], version)
    yield from _walk({key: body[key] for key in body if key != "status"}, whole, (), whole["$defs"])

"""Where a live custom object differs from what was applied, although nobody touched it.

The server writes the defaults of a definition into an object, inside the items of a list too. A client that compares
field by field, as Argo CD does without a dry run, merges a list with keys item by item, and takes any other list whole:
there an added default is a difference. A webhook in Go that reads an object into its types and answers with what these
say writes every quantity in its canonical form, and as text.
Sources: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy and
https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from . import schema
from .reduction import CRD_QUANTITY, LIST_KEYS, QUANTITY
from .semantics.names import NANO, quantity

Pointer = tuple[str | int, ...]

REWRITTEN = frozenset({
    ("jobset.x-k8s.io", "JobSet"), ("kueue.x-k8s.io", "ClusterQueue"), ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"),
    ("serving.kserve.io", "InferenceService"),
})  # fmt: skip
"""Kinds with quantities that a mutating webhook reads into its types.

Sources: pkg/webhooks of sigs.k8s.io/kueue and sigs.k8s.io/lws, pkg/webhooks of sigs.k8s.io/jobset,
pkg/apis/serving/v1beta1/inference_service_defaults.go of github.com/kserve/kserve
"""


class Added(NamedTuple):
    """Defaults that the server writes below an item of a list. keyed: the list is merged by keys."""

    pointer: Pointer
    names: tuple[str, ...]
    keyed: bool


class Rewritten(NamedTuple):
    """A quantity, as it was written and as it is read back."""

    pointer: Pointer
    written: object
    canonical: str


def added(body: dict[str, Any], version: str) -> list[Added]:
    """What the server adds inside lists of a custom object; nothing of a built-in kind, whose defaults clients know."""
    whole = _custom(body, version)
    if whole is None:
        return []
    defs = whole.get("$defs", {})
    fields = {name: node for name, node in whole.get("properties", {}).items() if name == "spec"}
    return [one for name, node in fields.items() for one in _added(body.get(name), node, defs, (name,), None)]


def rewritten(body: dict[str, Any], version: str) -> list[Rewritten]:
    """Quantities that a webhook writes otherwise."""
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    whole = _custom(body, version) if (group, str(body.get("kind"))) in REWRITTEN else None
    if whole is None:
        return []
    node = whole.get("properties", {}).get("spec", {})
    return list(_rewritten(body.get("spec"), node, whole.get("$defs", {}), ("spec",)))


def _custom(body: dict[str, Any], version: str) -> dict[str, Any] | None:
    api_version, kind = str(body.get("apiVersion", "")), str(body.get("kind", ""))
    if schema.scope(api_version, kind) is None or schema.core_version(api_version, kind) is not None:
        return None
    return schema.schema(api_version, kind, version) if schema.known(api_version, kind, version) else None


def _added(value: Any, node: dict[str, Any], defs: dict[str, Any], at: Pointer, keyed: bool | None) -> Iterator[Added]:
    """keyed: of the lists around the value; None outside of any."""
    node = schema.resolved(node, defs)
    if len(at) > schema.DEEPEST:
        return
    if isinstance(value, list):
        items = node.get("items")
        inside = bool(node.get(LIST_KEYS)) and keyed is not False
        if isinstance(items, dict):
            for i, item in enumerate(value):
                yield from _added(item, items, defs, (*at, i), inside)
    if not isinstance(value, dict):
        return
    fields, rest = node.get("properties", {}), node.get("additionalProperties")
    names = [
        name
        for name, below in fields.items()
        if value.get(name) is None and schema.resolved(below, defs).get("default") is not None
    ]
    if names and keyed is not None:
        yield Added(at, tuple(sorted(names)), keyed)
    for name, child in value.items():
        below = fields.get(name, rest)
        if isinstance(below, dict):
            yield from _added(child, below, defs, (*at, name), keyed)


def _rewritten(value: Any, node: dict[str, Any], defs: dict[str, Any], at: Pointer) -> Iterator[Rewritten]:
    node = schema.resolved(node, defs)
    if len(at) > schema.DEEPEST:
        return
    if node.get("pattern") in (QUANTITY, CRD_QUANTITY):
        text = canonical(value)
        if text is not None and value != text:
            yield Rewritten(at, value, text)
    elif isinstance(value, list) and isinstance(node.get("items"), dict):
        for i, item in enumerate(value):
            yield from _rewritten(item, node["items"], defs, (*at, i))
    elif isinstance(value, dict):
        fields, rest = node.get("properties", {}), node.get("additionalProperties")
        for name, child in value.items():
            below = fields.get(name, rest)
            if isinstance(below, dict):
                yield from _rewritten(child, below, defs, (*at, name))


SUFFIX = re.compile(r"[+-]?[0-9.]*(.*)")
DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


def canonical(value: object) -> str | None:
    """A quantity as the server's own types write it: no fraction, the largest suffix, and that of its own sort.

    None for what is none, and for what is too long for a suffix.
    Source: CanonicalizeBytes in https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource
    """
    nanos = quantity(value)
    match = SUFFIX.fullmatch(str(value).strip()) if value is not None else None
    if nanos is None or match is None:
        return None
    if nanos == 0:
        return "0"
    suffix = match[1]
    if suffix in BINARY[1:] and nanos % NANO == 0 and abs(nanos) >= 1024 * NANO:
        amount, power = nanos // NANO, 0
        while amount % 1024 == 0 and power < len(BINARY) - 1:
            amount, power = amount // 1024, power + 1
        return f"{amount}{BINARY[power]}"
    amount, power = nanos, -3
    while amount % 1000 == 0 and power < 6:
        amount, power = amount // 1000, power + 1
    if suffix[:1] in ("e", "E") and len(suffix) > 1:
        return f"{amount}e{3 * power}" if power else str(amount)
    return f"{amount}{DECIMAL[power + 3]}"

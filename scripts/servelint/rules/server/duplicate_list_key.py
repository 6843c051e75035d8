"""A list that Kubernetes treats as a map holds one key twice.

Create and Helm let it pass and the last entry wins in silence. Server-side apply, which Flux always uses and Argo CD
here too, refuses the object: "duplicate entries for key". A chart that works by hand so fails on its first sync.
"""

from collections.abc import Iterator
from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, mapping, mappings, pods_of, whole
from ...server import conformance
from ...server.reduction import LIST_KEYS
from ..examples import server

SEVERITY = "error"
HINT = "Keep one of the entries."
SOURCE = "https://github.com/kubernetes/kubernetes/issues/113482"
COVERS = ("GIT-01",)

GOOD = server(container="env: [{name: HF_HOME, value: /ssd}, {name: NCCL_DEBUG, value: VERSION}]")
BAD = server(container="env: [{name: HF_HOME, value: /ssd}, {name: HF_HOME, value: VERSION}]")

Table = tuple[tuple[str, tuple[str, ...]], ...]
POD: Table = (
    ("volumes", ("name",)), ("imagePullSecrets", ("name",)), ("hostAliases", ("ip",)), ("resourceClaims", ("name",)),
    ("topologySpreadConstraints", ("topologyKey", "whenUnsatisfiable")),
)  # fmt: skip
CONTAINER: Table = (
    ("env", ("name",)), ("ports", ("containerPort", "protocol")), ("ports", ("name",)),
    ("volumeMounts", ("mountPath",)), ("volumeDevices", ("devicePath",)),
)  # fmt: skip
SERVICE: Table = (("ports", ("port", "protocol")), ("ports", ("name",)))
"""Lists and the fields that make their keys. Source: listMapKey in k8s.io/api/core/v1/types.go"""


def _key(item: dict[str, Any], fields: tuple[str, ...]) -> tuple[str, ...] | None:
    """The item's key as text, with the API's default protocol; None if a field is absent."""
    values = [item.get(field, "TCP" if field == "protocol" else None) for field in fields]
    if any(value is None for value in values):
        return None
    return tuple(str(number if (number := whole(value)) is not None else value) for value in values)


def _twice(items: list[tuple[Pointer, dict[str, Any]]], fields: tuple[str, ...]) -> Iterator[tuple[Pointer, str]]:
    seen = set()
    for pointer, item in items:
        key = _key(item, fields)
        if key is not None and key in seen:
            yield (*pointer, fields[0]), "/".join(key)
        seen.add(key)


def _lists(overlay: Overlay) -> Iterator[tuple[Any, str, tuple[str, ...], list[tuple[Pointer, dict[str, Any]]]]]:
    """Every list to judge: its resource, its name, its key fields and its items."""
    for resource in overlay.resources:
        if resource.kind == "Service":
            for name, fields in SERVICE:
                yield resource, name, fields, [(("spec", name, i), x) for i, x in mappings(resource.spec.get(name))]
        for pod in pods_of(resource):
            # Init containers share the names of the others.
            both = ((part, mappings(pod.spec.get(part))) for part in ("initContainers", "containers"))
            yield resource, "containers", ("name",), [((*pod.pointer, p, i), x) for p, items in both for i, x in items]
            bodies = [(c.pointer, c.body, CONTAINER) for c in pod.containers]
            for at, body, table in [(pod.pointer, pod.spec, POD), *bodies]:
                for name, fields in table:
                    yield resource, name, fields, [((*at, name, i), x) for i, x in mappings(body.get(name))]
            for c in pod.containers:
                at, given = (*c.pointer, "resources", "claims"), mapping(c.body.get("resources")).get("claims")
                items = [((*at, i), {"request": "", **item}) for i, item in mappings(given)]
                yield resource, "claims", ("name", "request"), items


def check(overlay: Overlay) -> Problems:
    reported = set()
    for resource, name, fields, items in _lists(overlay):
        for pointer, key in _twice(items, fields):
            if (id(resource), pointer[:-1]) not in reported:
                reported.add((id(resource), pointer[:-1]))
                yield Problem(resource, pointer, f"{name} holds {' and '.join(fields)} {key} a second time")
    for resource in overlay.resources:
        for _, violation in conformance.violations(resource, overlay.kubernetes):
            place = (id(resource), violation.pointer)
            if violation.keyword == LIST_KEYS and place not in reported:
                reported.add(place)
                yield Problem(resource, violation.pointer, violation.message)
        for complaint in conformance.unmergeable(resource, overlay.kubernetes):
            if (id(resource), complaint.pointer) not in reported:
                yield Problem(resource, complaint.pointer, f"{complaint.path}: {complaint.message}")

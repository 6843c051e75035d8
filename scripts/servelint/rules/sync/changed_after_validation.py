"""What reaches the cluster is not what was validated.

Argo CD and Flux can patch, rename and re-tag what they render, or render it with another Kustomize. None of it is in
the overlay, so neither the validator nor a reviewer of the overlay sees the text that runs.
"""

from collections.abc import Iterator
from typing import Any

from ...model import Fleet, Overlay, Pointer, Remark, Remarks, mapping
from ...views.delivery import Delivery, delivered, deliveries
from ..examples import other

SEVERITY = "warning"
HINT = "Say it in the overlay or in the cluster's folder, and let the tool deliver that as it is."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/"
COVERS = ("GIT-08",)

_APP = other("Application", "project: fleet, source: {path: overlays, targetRevision: main}")
GOOD = (_APP,)
BAD = (_APP.replace("main}", "main, kustomize: {version: v4.5.7}}"),)

FLUX = ("patches", "patchesStrategicMerge", "patchesJson6902", "images", "namePrefix", "nameSuffix", "components")
ARGO = (
    "version", "patches", "images", "namePrefix", "nameSuffix", "commonLabels", "namespace", "replicas", "components",
)  # fmt: skip


def _changes(delivery: Delivery) -> Iterator[tuple[str, Pointer, Any]]:
    """(field, pointer, value) of what changes the render, whatever that holds."""
    if delivery.tool == "Flux":
        for name in FLUX:
            if delivery.spec.get(name):
                yield name, (*delivery.at, name), delivery.spec[name]
        return
    for name in ("source", "sources"):
        value = delivery.spec.get(name)
        for i, source in enumerate(value if isinstance(value, list) else [value]):
            where: Pointer = (*delivery.at, name, i) if isinstance(value, list) else (*delivery.at, name)
            built = mapping(mapping(source).get("kustomize"))
            yield from ((f"kustomize.{key}", (*where, "kustomize", key), built[key]) for key in ARGO if built.get(key))
            for tool in ("plugin", "directory"):
                if mapping(source).get(tool):
                    yield tool, (*where, tool), mapping(source)[tool]


def _text(delivery: Delivery, field: str, value: object) -> str:
    shown = f" {value}" if isinstance(value, (str, int)) else ""
    return f"{delivery.tool} renders {delivery.path} with {field}{shown}, which was not validated"


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """changes: that are known here: place and pointer, and what to say. moves: those into another namespace, if what is
    delivered has one. namespaces: of this overlay."""
    changes: dict[tuple[int, Pointer], list[Any]] = {}
    moves = []
    for delivery in deliveries(overlay):
        place = delivery.place
        for field, pointer, value in _changes(delivery):
            changes.setdefault((place, pointer), [place, list(pointer), _text(delivery, field, value)])
        space = delivery.spec.get("targetNamespace") if delivery.tool == "Flux" else None
        if space:
            name, at = "targetNamespace", [*delivery.at, "targetNamespace"]
            said = {"place": place, "at": at, "text": _text(delivery, name, space)}
            moves.append({"path": delivery.path, "to": space if isinstance(space, str) else None, **said})
    namespaces = sorted({resource.namespace for resource in overlay.resources} - {""})
    if not changes and not moves and not namespaces:
        return None
    return {"changes": list(changes.values()), "moves": moves, "namespaces": namespaces}


def judge(fleet: Fleet) -> Remarks:
    for fact in fleet.facts:
        for place, pointer, text in fact.value["changes"]:
            yield Remark(fact.path, place, tuple(pointer), text)
        for move in fact.value["moves"]:
            if any(set(target.value["namespaces"]) - {move["to"]} for target in delivered(move["path"], fleet)):
                yield Remark(fact.path, move["place"], tuple(move["at"]), move["text"])

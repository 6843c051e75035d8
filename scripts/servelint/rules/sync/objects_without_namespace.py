"""What is delivered has no namespace, and neither has the sync.

`kubectl` would take the one of its context; Flux and Argo CD have none. kustomize-controller stops at "namespace not
specified", Argo CD at "Namespace for … is missing", and nothing of the folder is applied.
"""

from typing import Any

from ...model import Fleet, Overlay, Remark, Remarks, mapping
from ...server import schema
from ...views.delivery import delivered, deliveries
from ..examples import marked, other, server

SEVERITY = "error"
HINT = "Write `namespace:` in the kustomization.yaml of the cluster, or targetNamespace or a destination in the sync."
SOURCE = "https://github.com/fluxcd/kustomize-controller/issues/419"
COVERS = ("GIT-07",)

_SYNC = other("Kustomization", "path: overlays/example-1, prune: true", name="fleet")
GOOD = (_SYNC, marked(server(), "namespace: serving"))
BAD = (_SYNC, server())

FALLBACK = {"Flux": ("targetNamespace",), "Argo CD": ("destination", "namespace")}
"""Where a delivery says which namespace takes what has none."""


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """delivers: paths of deliveries that say no namespace, each with its tool. homeless: the first object here that has
    none and needs one, by place, kind and name, and how many there are."""
    if not overlay.resources or overlay.kind == "manifest":
        return None
    delivers = []
    for delivery in deliveries(overlay):
        said: Any = delivery.spec
        for key in FALLBACK[delivery.tool]:
            said = mapping(said).get(key)
        if not said:
            delivers.append([delivery.path, delivery.tool])
    homeless = [
        (place, resource.kind, resource.name)
        for place, resource in enumerate(overlay.resources)
        if not resource.namespace and schema.scope(resource.api_version, resource.kind) == "Namespaced"
    ]
    return {"delivers": delivers, "homeless": [*homeless[0], len(homeless)] if homeless else None}


def judge(fleet: Fleet) -> Remarks:
    told = set()
    for fact in fleet.facts:
        for path, tool in fact.value["delivers"]:
            for target in delivered(path, fleet):
                if target.value["homeless"] and target.path not in told:
                    told.add(target.path)
                    place, kind, name, count = target.value["homeless"]
                    more = f", and {count - 1} more" if count > 1 else ""
                    text = f"{kind} {name}{more} of {target.path} have no namespace, and {tool} has none for them"
                    yield Remark(target.path, place, ("metadata",), text)

"""An object is too large for a sync with client-side apply.

Client-side apply writes the whole object into an annotation once more, and annotations may hold 262144 bytes. Argo CD
then fails with "metadata.annotations: Too long". Flux always applies on the server's side and has no such limit.
"""

import json
from collections.abc import Iterator
from typing import Any

from ...model import Fleet, Overlay, Remark, Remarks, Resource
from ...views.delivery import applications, sync_options
from ..examples import other
from ..server.oversized_configmap import check as oversized

SEVERITY = "warning"
HINT = "Set ServerSideApply=true in the Application's syncOptions or in the object's argocd.argoproj.io/sync-options."
SOURCE = "https://github.com/argoproj/argo-cd/issues/820"
COVERS = ("GIT-06",)

LIMIT = 262_144

_CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: prompts\ndata: {a: " + "x" * LIMIT + "}\n"
_APP = other("Application", "syncPolicy: {syncOptions: [ServerSideApply=true]}")
GOOD = (_CONFIG, _APP)
BAD = (_CONFIG, _APP.replace("ServerSideApply=true", "PruneLast=true"))


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """client: whether one of its Applications applies on the client's side; None without any. large: objects."""
    sides = ["ServerSideApply=true" not in sync_options(spec) for _, _, spec in applications(overlay)]
    large = list(_large(overlay))
    return {"client": any(sides) if sides else None, "large": large} if sides or large else None


def _large(overlay: Overlay) -> Iterator[dict[str, Any]]:
    """Objects beyond the limit. What the server refuses in any case, `oversized-configmap` says."""
    sized = [(resource, _size(resource)) for resource in overlay.resources]
    beyond = [(resource, size) for resource, size in sized if size > LIMIT]
    refused = {id(problem.resource) for problem in oversized(overlay)} if beyond else set()
    for resource, size in beyond:
        options = str(resource.annotations.get("argocd.argoproj.io/sync-options", ""))
        if "ServerSideApply=true" not in options and "Replace=true" not in options and id(resource) not in refused:
            yield {"place": overlay.place(resource), "kind": resource.kind, "size": size}


def _size(resource: Resource) -> int:
    try:
        text = json.dumps(resource.body, separators=(",", ":"), ensure_ascii=False)
        return len(text.encode("utf-8", "surrogatepass"))
    except (TypeError, ValueError, RecursionError):
        return 0  # keys or values that no JSON has: the schema's matter


def judge(fleet: Fleet) -> Remarks:
    sides = [fact.value["client"] for fact in fleet.facts if fact.value["client"] is not None]
    # Where no Application is in sight, only a manifest is in doubt.
    client_side = any(sides) if sides else any(fact.kind == "manifest" for fact in fleet.facts)
    for fact in fleet.facts if client_side else ():
        for large in fact.value["large"]:
            text = f"{large['kind']} is {large['size']} bytes, and client-side apply takes up to {LIMIT}"
            yield Remark(fact.path, large["place"], ("metadata",), text)

"""A cluster's sync follows a folder that is not the cluster's.

A path that does not exist fails the sync of the whole cluster. One that is another cluster's is worse: both tools apply
it without a word, with the other's buckets, networks and machine types, and prune what ran before.
"""

from typing import Any

from ...model import Fleet, Overlay, Remark, Remarks
from ...views.delivery import deliveries, meant
from ..examples import other

SEVERITY = "error"
HINT = "Name the folder of this cluster, overlays/clusters/<cluster>, or its sync folder."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/"
COVERS = ("KZ-17", "PAR-02")

_SYNC = other("Kustomization", "path: ./overlays/clusters/able, interval: 10m, prune: true", name="fleet")


def _at(path: str, sync: str = _SYNC, at: str = "overlays/clusters/able/sync") -> tuple[tuple[str, str], ...]:
    return ((at, sync.replace("clusters/able", path)), ("overlays/clusters/able", ""), ("overlays/clusters/baker", ""))


GOOD = _at("clusters/able")
BAD = _at("clusters/baker")

CLUSTERS = "overlays/clusters/"


def _cluster(path: str) -> str:
    """The cluster that a folder below overlays/clusters belongs to, else an empty text."""
    return path.removeprefix(CLUSTERS).partition("/")[0] if path.startswith(CLUSTERS) else ""


def _wrong(path: str, own: str, folders: list[str]) -> str | None:
    if any(letter in path for letter in "*?["):
        reached = meant(path, folders, str)
        others = sorted({_cluster(folder) for folder in reached} - {own, ""})
        if own and others:
            return f"{path} also selects {CLUSTERS}{others[0]}, which is another cluster"
        return None if reached or not folders else f"{path} matches no folder"
    if folders and not meant(path, folders, str):
        return f"{path} is no folder with a kustomization.yaml"
    if own and _cluster(path) not in (own, ""):
        return f"{path} belongs to another cluster than {CLUSTERS}{own}"
    return None


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """alone: whether all of it comes from one repository. Beside a second one nobody can tell which of them is this."""
    found = list(deliveries(overlay)) if overlay.final and overlay.kind != "manifest" else []
    follows = [
        {
            "place": delivery.place,
            "at": list(delivery.path_at),
            "name": delivery.resource.title,
            "path": delivery.path,
        }
        for delivery in found
    ]
    return {"alone": len({delivery.repository for delivery in found}) == 1, "follows": follows} if found else None


def judge(fleet: Fleet) -> Remarks:
    known = sorted(fleet.folders)
    for fact in fleet.facts:
        for one in fact.value["follows"]:
            text = _wrong(one["path"], _cluster(fact.path), known if fact.value["alone"] else [])
            if text is not None:
                yield Remark(fact.path, one["place"], tuple(one["at"]), f"{one['name']} follows {text}")

"""A cluster's sync follows a folder that is not the cluster's.

A path that does not exist fails the sync of the whole cluster. One that is another cluster's is worse: both tools apply
it without a word, with the other's buckets, networks and machine types, and prune what ran before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Overlay, Problem
from ..views.delivery import Delivery, deliveries, reaches

SEVERITY = "error"
HINT = "Name the folder of this cluster, overlays/clusters/<cluster>, or its sync folder."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/"
COVERS = ("KZ-17", "PAR-02")

_SYNC = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: fleet, namespace: flux-system}
spec: {path: ./overlays/clusters/able, interval: 10m, prune: true}
"""
GOOD = (("overlays/clusters/able/sync", _SYNC), ("overlays/clusters/able", ""), ("overlays/clusters/baker", ""))
BAD = (("overlays/clusters/able/sync", _SYNC.replace("able", "baker")), *GOOD[1:])

CLUSTERS = "overlays/clusters/"


def _cluster(path: str) -> str:
    """The cluster that a folder below overlays/clusters belongs to, else an empty text."""
    return path.removeprefix(CLUSTERS).partition("/")[0] if path.startswith(CLUSTERS) else ""


def _wrong(delivery: Delivery, own: str, folders: frozenset[str]) -> str | None:
    path = delivery.path
    if any(letter in path for letter in "*?["):
        reached = sorted({_cluster(f) for f in folders if reaches(path, f)} - {own, ""})
        if own and reached:
            return f"{path} also selects {CLUSTERS}{reached[0]}, which is another cluster"
        matches = any(reaches(path, folder) for folder in folders)
        return None if matches or not folders else f"{path} matches no folder"
    if folders and path not in folders:
        return f"{path} is no folder with a kustomization.yaml"
    if own and _cluster(path) not in (own, ""):
        return f"{path} belongs to another cluster than {CLUSTERS}{own}"
    return None


def check_fleet(overlays: Sequence[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    for overlay in overlays:
        found = list(deliveries(overlay)) if overlay.final and overlay.kind != "manifest" else []
        repositories = {delivery.repository for delivery in found}
        for delivery in found:
            # Beside a second repository nobody can tell which of them is this one.
            folders = overlay.folders if len(repositories) == 1 else frozenset()
            text = _wrong(delivery, _cluster(overlay.path), folders)
            if text is not None:
                name = f"{delivery.resource.kind} {delivery.resource.name}"
                yield overlay, Problem(delivery.resource, delivery.path_at, f"{name} follows {text}")

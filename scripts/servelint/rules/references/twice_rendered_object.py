"""One object is rendered twice, by two overlays or within one set.

Whichever is applied last wins: two Argo CD applications fight over one Deployment and flip its model or hardware at
every sync, and each flip costs a model load.
"""

from typing import Any, NamedTuple

from ...model import Fact, Fleet, Overlay, Remark, Remarks
from ...views.delivery import delivered, deliveries
from ...views.objects import noted, objects
from ..examples import server

SEVERITY = "error"
HINT = "Give each overlay a namePrefix of its own: <model>-<workload>-<hardware>-."
SOURCE = "https://github.com/argoproj/argo-cd/issues/18417"
COVERS = ("KZ-17",)

GOOD = (server(name="a3ultra-server"), server(name="a4high-server"))
BAD = (server(name="a3ultra-server"), server(name="a3ultra-server"))


class Object(NamedTuple):
    """A named object of an overlay. identity: what no two objects of a cluster share."""

    identity: tuple[str, str, str, str]
    kind: str
    name: str
    runs_pods: bool


def facts(overlay: Overlay) -> dict[str, Any] | None:
    if not overlay.resources:
        return None
    return {
        "objects": noted(overlay),
        "pods": [place for place, resource in enumerate(overlay.resources) if overlay.pods_in(resource)],
        "follows": [delivery.path for delivery in deliveries(overlay)],
    }


def _placed(fact: Fact) -> dict[int, Object]:
    """The objects of an overlay that have a name, by their place, in order."""
    found, pods = {}, set(fact.value["pods"])
    for alike in objects(fact.value["objects"]):
        for place, name in alike.named:
            if name:
                identity = (alike.group, alike.kind, alike.namespace, name)
                found[place] = Object(identity, alike.kind, name, place in pods)
    return dict(sorted(found.items()))


def judge(fleet: Fleet) -> Remarks:
    sets = {fact.path: _placed(fact) for fact in fleet.facts}
    for path, placed in sets.items():
        yield from _within(path, placed)
    # Clusters repeat their leaves by design, so only leaves are held against each other ...
    yield from _between({fact.path: sets[fact.path] for fact in fleet.facts if fact.kind == "leaf"})
    # ... and what the Applications of one cluster bring into it.
    for fact in fleet.facts:
        brought = [target for path in fact.value["follows"] for target in delivered(path, fleet)]
        targets = sorted({target.path for target in brought if target.kind != "leaf"})
        leaves = dict.fromkeys(target.path for target in brought if target.kind == "leaf")
        if targets and (len(targets) > 1 or leaves):
            yield from _between({path: sets[path] for path in (*targets, *leaves)})


def _within(path: str, placed: dict[int, Object]) -> Remarks:
    """One set of manifests that holds an object twice; Kustomize refuses it, `kubectl apply` takes the last one."""
    seen: set[tuple[str, str, str, str]] = set()
    for place, one in placed.items():
        if one.identity in seen:
            yield Remark(path, place, ("metadata", "name"), f"{one.kind} {one.name} stands here a second time")
        seen.add(one.identity)


def _between(sets: dict[str, dict[int, Object]]) -> Remarks:
    first: dict[tuple[str, str, str, str], str] = {}
    for path, placed in sets.items():
        shared: dict[str, list[int]] = {}
        for place, one in placed.items():
            owner = first.setdefault(one.identity, path)
            if owner != path:
                shared.setdefault(owner, []).append(place)
        # A copied namePrefix repeats every object: one mistake, one problem for each pair of overlays.
        for other, places in shared.items():
            place = next((place for place in places if placed[place].runs_pods), places[0])
            more = len(places) - 1
            others = f" and {more} more object{'s' if more > 1 else ''}" if more else ""
            text = f"renders {placed[place].kind} {placed[place].name}{others}, as {other} does"
            yield Remark(path, place, ("metadata", "name"), text)

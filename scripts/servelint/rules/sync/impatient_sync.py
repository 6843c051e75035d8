"""Flux gives a sync up before the servers in it had the time to start that their probes grant.

A Kustomization with `wait: true`, or with health checks, is healthy when all it applied is. One that stops waiting
after minutes reports a failed sync of a rollout that goes well, and whatever depends on it stays blocked. Without a
timeout it waits for one interval. The same holds for Argo CD's limit on a whole sync.
"""

import posixpath
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from ...model import Fact, Fleet, Overlay, Remark, Remarks, Resource, mapping, mappings, whole
from ...views import loading
from ...views.amounts import seconds
from ..examples import other, server, together

SEVERITY = "error"
HINT = "Set the timeout above the startup budget of the slowest server, with the time for a node and the image on top."
SOURCE = "https://fluxcd.io/flux/components/kustomize/kustomizations/"
COVERS = ("ROL-05",)

_SYNC = other("Kustomization", "path: ./overlays/example-0, interval: 10m, timeout: 1h, wait: true", name="fleet")
_SERVER = server(kind="Deployment", container="startupProbe: {periodSeconds: 10, failureThreshold: 360}")
GOOD = (together(_SYNC, _SERVER),)
BAD = (together(_SYNC, _SERVER).replace("timeout: 1h", "timeout: 5m"),)

ARGO = "controller.sync.timeout.seconds"


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """servers: kind and name, and how long each may take to start. waits: for which of them (None: for all) something
    waits how long, and in which folder (None: in all)."""
    servers = []
    for container, _ in loading.servers(overlay) if overlay.pods else ():
        budget = loading.patience(container.body.get("startupProbe"))
        if budget is not None:
            servers.append([budget, container.resource.kind, container.resource.name])
    waits = []
    for place, resource in enumerate(overlay.resources):
        if resource.kind == "Kustomization" and resource.group == "kustomize.toolkit.fluxcd.io":
            waits += [{"place": place, **wait} for wait in _flux(resource)]
        elif resource.kind == "ConfigMap" and ARGO in mapping(resource.body.get("data")):
            limit = whole(mapping(resource.body["data"])[ARGO])
            if limit:
                waits.append({"place": place, "at": ["data", ARGO], "limit": float(limit), "path": None, "named": None})
    return {"servers": servers, "waits": waits} if servers or waits else None


def _flux(resource: Resource) -> Iterator[dict[str, Any]]:
    checks, every = mappings(resource.spec.get("healthChecks")), resource.spec.get("wait") is True
    field = next((name for name in ("timeout", "interval") if resource.spec.get(name) is not None), None)
    limit = seconds(resource.spec[field]) if field else None
    if limit is not None and (every or checks):
        path = posixpath.normpath(str(resource.spec.get("path") or ".").lstrip("/"))
        named = None if every else [[str(check.get("kind")), str(check.get("name"))] for _, check in checks]
        yield {"at": ["spec", field], "limit": limit, "path": path, "named": named}


def judge(fleet: Fleet) -> Remarks:
    by_path = {fact.path: fact for fact in fleet.facts}
    by_budget = sorted(fleet.facts, key=_budget)
    for fact in fleet.facts:
        for wait in fact.value["waits"]:
            if wait["path"] is None:
                targets = by_budget[bisect_right(by_budget, wait["limit"], key=_budget) :]
            elif wait["path"] in by_path:
                targets = [by_path[wait["path"]]]
            else:
                # A set rendered elsewhere has no folder of this fleet: then it is what stands beside it that is meant.
                targets = [fact] if fact.kind == "manifest" else []
            for target in targets:
                budget, server = _slowest(target, wait["named"])
                if server and wait["limit"] < budget:
                    where = f" in {target.path}" if target is not fact else ""
                    text = f"waits {wait['limit']:g} s for its objects to be healthy, but {server}{where}"
                    at = tuple(wait["at"])
                    yield Remark(fact.path, wait["place"], at, f"{text} may take {budget} s to start")


def _budget(fact: Fact) -> int:
    return _slowest(fact)[0]


def _slowest(fact: Fact, named: list[list[str]] | None = None) -> tuple[int, str]:
    """How long the slowest server may take to start, of all or of those named, and which that is."""
    budgets = [
        (n, f"{kind} {name}") for n, kind, name in fact.value["servers"] if named is None or [kind, name] in named
    ]
    return max(budgets, default=(0, ""))

"""Flux gives a sync up before the servers in it had the time to start that their probes grant.

A Kustomization with `wait: true`, or with health checks, is healthy when all it applied is. One that stops waiting
after minutes reports a failed sync of a rollout that goes well, and whatever depends on it stays blocked. Without a
timeout it waits for one interval. The same holds for Argo CD's limit on a whole sync.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from ..model import Overlay, Pointer, Problem, Resource, mapping, mappings, whole
from ..views import loading
from ..views.amounts import seconds

SEVERITY = "error"
HINT = "Set the timeout above the startup budget of the slowest server, with the time for a node and the image on top."
SOURCE = "https://fluxcd.io/flux/components/kustomize/kustomizations/"
COVERS = ("ROL-05",)

_SET = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: fleet, namespace: flux-system}
spec: {path: ./overlays/example-0, interval: 10m, timeout: 150m, wait: true, prune: true}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
spec:
  template:
    spec:
      containers:
      - name: engine
        image: lmsysorg/sglang:v0.4.6.post4-cu124
        command: [python3, -m, sglang.launch_server, --model-path, deepseek-ai/DeepSeek-R1]
        resources: {limits: {nvidia.com/gpu: "8"}}
        startupProbe: {httpGet: {path: /health, port: 30000}, periodSeconds: 10, failureThreshold: 360}
"""
GOOD = (_SET,)
BAD = (_SET.replace("timeout: 150m", "timeout: 5m"),)

ARGO = "controller.sync.timeout.seconds"


def check_fleet(overlays: Iterable[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    known = sorted(overlays, key=lambda overlay: overlay.path)
    by_path = {overlay.path: overlay for overlay in known}
    for overlay in known:
        for resource in overlay.resources:
            flux = resource.kind == "Kustomization" and resource.group == "kustomize.toolkit.fluxcd.io"
            if flux and (resource.spec.get("wait") is True or mappings(resource.spec.get("healthChecks"))):
                # A set rendered elsewhere has no folder of this fleet: then it is what stands beside it that is meant.
                deployed = by_path.get(_folder(resource), overlay if overlay.kind == "manifest" else None)
                limit = _timeout(resource)
                named = None if resource.spec.get("wait") is True else _checked(resource)
                if limit and deployed:
                    yield from ((overlay, problem) for problem in _short(resource, *limit, deployed, named))
            elif resource.kind == "ConfigMap" and ARGO in mapping(resource.body.get("data")):
                limit_seconds = whole(mapping(resource.body["data"])[ARGO])
                for deployed in known if limit_seconds else ():
                    problems = _short(resource, float(limit_seconds or 0), ("data", ARGO), deployed, None)
                    yield from ((overlay, problem) for problem in problems)


def _folder(resource: Resource) -> str:
    return posixpath.normpath(str(resource.spec.get("path") or ".").lstrip("/"))


def _timeout(resource: Resource) -> tuple[float, Pointer] | None:
    """How long a Kustomization waits, and where that is written."""
    for name in ("timeout", "interval"):
        if resource.spec.get(name) is not None:
            found = seconds(resource.spec[name])
            return None if found is None else (found, ("spec", name))
    return None


def _checked(resource: Resource) -> set[tuple[str, str]]:
    """Kind and name of what the health checks name."""
    return {(str(c.get("kind")), str(c.get("name"))) for _, c in mappings(resource.spec.get("healthChecks"))}


def _short(
    resource: Resource, limit: float, at: Pointer, deployed: Overlay, named: set[tuple[str, str]] | None
) -> Iterator[Problem]:
    budgets = []
    for container, _ in loading.servers(deployed):
        owner = container.resource
        budget = loading.patience(container.body.get("startupProbe"))
        if budget is not None and (named is None or (owner.kind, owner.name) in named):
            budgets.append((budget, f"{owner.kind} {owner.name}"))
    budget, slowest = max(budgets, default=(0, ""))
    if limit < budget:
        where = f" in {deployed.path}" if resource not in deployed.resources else ""
        message = f"waits {limit:g} s for its objects to be healthy, but {slowest}{where} may take {budget} s to start"
        yield Problem(resource, at, message)

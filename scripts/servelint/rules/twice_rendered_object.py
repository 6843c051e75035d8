"""One object is rendered twice, by two overlays or within one set.

Whichever is applied last wins: two Argo CD applications fight over one Deployment and flip its model or hardware at
every sync, and each flip costs a model load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..model import Overlay, Problem, Resource
from ..views.delivery import delivered, deliveries

SEVERITY = "error"
HINT = "Give each overlay a namePrefix of its own: <model>-<workload>-<hardware>-."
SOURCE = "https://github.com/argoproj/argo-cd/issues/18417"
COVERS = ("KZ-17",)

_ONE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: deepseek-r1-sglang-serve-a3ultra-server}
spec:
  template: {spec: {containers: [{name: engine, image: lmsysorg/sglang:v0.4.6.post4-cu124}]}}
"""
GOOD = (_ONE, _ONE.replace("a3ultra", "a4high"))
BAD = (_ONE, _ONE)


def _identity(resource: Resource) -> tuple[str, str, str, str]:
    return (resource.group, resource.kind, resource.namespace, resource.name)


def check_fleet(overlays: Iterable[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    fleet = sorted(overlays, key=lambda o: o.path)
    for overlay in fleet:
        yield from _within(overlay)
    # Clusters repeat their leaves by design, so only leaves are held against each other ...
    yield from _between([overlay for overlay in fleet if overlay.kind == "leaf"])
    # ... and what the Applications of one cluster bring into it.
    for overlay in fleet:
        targets = {t.path: t for d in deliveries(overlay) for t in delivered(d, fleet) if t.kind != "leaf"}
        leaves = {t.path: t for d in deliveries(overlay) for t in delivered(d, fleet) if t.kind == "leaf"}
        if targets and (len(targets) > 1 or leaves):
            yield from _between([*(targets[path] for path in sorted(targets)), *leaves.values()])


def _within(overlay: Overlay) -> Iterator[tuple[Overlay, Problem]]:
    """One set of manifests that holds an object twice; Kustomize refuses it, `kubectl apply` takes the last one."""
    seen: set[tuple[str, str, str, str]] = set()
    for resource in overlay.resources:
        key = _identity(resource)
        if key in seen and resource.name:
            text = f"{resource.kind} {resource.name} stands here a second time"
            yield overlay, Problem(resource, ("metadata", "name"), text)
        seen.add(key)


def _between(overlays: Sequence[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    first: dict[tuple[str, str, str, str], Overlay] = {}
    for overlay in overlays:
        shared: dict[str, list[Resource]] = {}
        for resource in overlay.resources:
            owner = first.setdefault(_identity(resource), overlay)
            if owner is not overlay and resource.name:
                shared.setdefault(owner.path, []).append(resource)
        # A copied namePrefix repeats every object: one mistake, one problem for each pair of overlays.
        for path, resources in shared.items():
            one = next((r for r in resources if any(pod.resource is r for pod in overlay.pods)), resources[0])
            more = len(resources) - 1
            others = f" and {more} more object{'s' if more > 1 else ''}" if more else ""
            yield overlay, Problem(one, ("metadata", "name"), f"renders {one.kind} {one.name}{others}, as {path} does")

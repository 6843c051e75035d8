"""Two overlays render the same object.

Whichever is applied last wins: two Argo CD applications fight over one Deployment and flip its model or hardware at
every sync, and each flip costs a model load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model import Overlay, Problem, Resource

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
    # Clusters repeat their leaves by design; inside one overlay Kustomize itself refuses a second one.
    first: dict[tuple[str, str, str, str], Overlay] = {}
    for overlay in sorted((o for o in overlays if o.kind == "leaf"), key=lambda o: o.path):
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

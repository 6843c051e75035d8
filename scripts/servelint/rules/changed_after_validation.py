"""What reaches the cluster is not what was validated.

Argo CD and Flux can patch, rename and re-tag what they render, or render it with another Kustomize. None of it is in
the overlay, so neither the validator nor a reviewer of the overlay sees the text that runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..model import Overlay, Pointer, Problem, mapping
from ..views.delivery import Delivery, delivered, deliveries

SEVERITY = "warning"
HINT = "Say it in the overlay or in the cluster's folder, and let the tool deliver that as it is."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/"
COVERS = ("GIT-08",)

_SYNC = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: fleet, namespace: argocd}
spec:
  project: fleet
  source: {repoURL: "https://github.com/example/fleet.git", path: overlays, targetRevision: main}
  destination: {server: "https://kubernetes.default.svc", namespace: serving}
"""
GOOD = (_SYNC,)
BAD = (_SYNC.replace("targetRevision: main}", "targetRevision: main, kustomize: {version: v4.5.7}}"),)

FLUX = ("patches", "patchesStrategicMerge", "patchesJson6902", "images", "namePrefix", "nameSuffix", "components")
ARGO = (
    "version", "patches", "images", "namePrefix", "nameSuffix", "commonLabels", "namespace", "replicas", "components",
)  # fmt: skip


def _changes(delivery: Delivery, targets: list[Overlay]) -> Iterator[tuple[str, Pointer, Any]]:
    """(field, pointer, value) of what changes the render."""
    if delivery.tool == "Flux":
        for name in FLUX:
            if delivery.spec.get(name):
                yield name, (*delivery.at, name), delivery.spec[name]
        namespace = delivery.spec.get("targetNamespace")
        if namespace and any(r.namespace not in ("", namespace) for target in targets for r in target.resources):
            yield "targetNamespace", (*delivery.at, "targetNamespace"), namespace
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


def check_fleet(overlays: Sequence[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    told = set()
    for overlay in overlays:
        for delivery in deliveries(overlay):
            for field, pointer, value in _changes(delivery, delivered(delivery, overlays)):
                if (id(delivery.resource), pointer) in told:
                    continue
                told.add((id(delivery.resource), pointer))
                shown = f" {value}" if isinstance(value, (str, int)) else ""
                text = f"{delivery.tool} renders {delivery.path} with {field}{shown}, which was not validated"
                yield overlay, Problem(delivery.resource, pointer, text)

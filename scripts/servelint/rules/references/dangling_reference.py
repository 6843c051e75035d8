"""A pod or another object names something that nothing declares.

Kubernetes accepts the reference and waits: a missing ConfigMap, Secret or claim leaves the pod in ContainerCreating or
Pending for ever, a missing ServiceAccount keeps the pods from being created at all, and the node waits beside them.
The usual makers are a renamed object, and a generated ConfigMap whose hash Kustomize did not carry into a custom kind.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Overlay, Problem
from ...views.references import CLASSES, Reference, hash_end, kinds_declared, missing, references
from ..examples import config_map, server, together

SEVERITY = "error"
HINT = (
    "Render the object or correct the name; for a custom kind add a `nameReference` under `configurations`; "
    "declare as external what the cluster already has."
)
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/4674"
COVERS = ("REF-04", "KZ-03")

GOOD = together(
    server(kind="LeaderWorkerSet", pod="volumes: [{name: engine, configMap: {name: engine-4h2mf7b9ck}}]"),
    config_map({"engine.yaml": "launch_server: {}"}, "engine-4h2mf7b9ck"),
)
BAD = GOOD.replace("configMap: {name: engine-4h2mf7b9ck}", "configMap: {name: engine}")


def _certain(overlay: Overlay, reference: Reference) -> bool:
    """Whether the object is missing for sure, and not only out of sight."""
    if not missing(overlay, reference):
        return False
    if reference.kind in CLASSES:
        return reference.kind in kinds_declared(overlay)
    # Routes may lead to other teams' Services; only a cluster shows all of them.
    return reference.kind != "Service" or overlay.kind == "cluster"


def _hashed(overlay: Overlay, reference: Reference) -> str | None:
    """The rendered object whose name is the reference and a hash."""
    for resource in overlay.of(reference.kind):
        if hash_end(resource.name) and resource.name.rpartition("-")[0] == reference.name:
            return resource.name
    return None


def check(overlay: Overlay) -> Iterator[Problem]:
    for reference in references(overlay):
        if _certain(overlay, reference):
            hashed = _hashed(overlay, reference)
            why = f"is rendered as {hashed}: the hash did not reach this field" if hashed else "nothing declares"
            text = f"names {reference.kind} {reference.name}, which {why}"
            yield Problem(reference.resource, reference.pointer, text)

"""An object is too large for a sync with client-side apply.

Client-side apply writes the whole object into an annotation once more, and annotations may hold 262144 bytes. Argo CD
then fails with "metadata.annotations: Too long". Flux always applies on the server's side and has no such limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ..model import Overlay, Problem, Resource, mapping
from .oversized_configmap import check as oversized

SEVERITY = "warning"
HINT = "Set ServerSideApply=true in the Application's syncOptions or in the object's argocd.argoproj.io/sync-options."
SOURCE = "https://github.com/argoproj/argo-cd/issues/820"
COVERS = ("GIT-06",)

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: prompts}
data:
  prompts.txt: "WORDS"
""".replace("WORDS", "x" * 262_144)
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: fleet, namespace: argocd}
spec:
  project: fleet
  source: {repoURL: "https://example.com/fleet.git", path: overlays, targetRevision: main}
  destination: {server: "https://kubernetes.default.svc", namespace: serving}
  syncPolicy: {syncOptions: [ServerSideApply=true]}
"""
GOOD = (CONFIG, APPLICATION)
BAD = (CONFIG, APPLICATION.replace("ServerSideApply=true", "PruneLast=true"))

LIMIT = 262_144


def _client_side(fleet: Sequence[Overlay]) -> bool:
    """Whether an Application applies on the client's side. Where none is in sight, only a manifest is in doubt."""
    specs = [application.spec for overlay in fleet for application in overlay.of("Application")]
    specs += [mapping(mapping(s.spec.get("template")).get("spec")) for o in fleet for s in o.of("ApplicationSet")]
    options = [mapping(spec.get("syncPolicy")).get("syncOptions") for spec in specs]
    if not options:
        return any(overlay.kind == "manifest" for overlay in fleet)
    return not all(isinstance(given, list) and "ServerSideApply=true" in given for given in options)


def _size(resource: Resource) -> int:
    try:
        text = json.dumps(resource.body, separators=(",", ":"), ensure_ascii=False)
        return len(text.encode("utf-8", "surrogatepass"))
    except (TypeError, ValueError, RecursionError):
        return 0  # keys or values that no JSON has: the schema's matter


def check_fleet(overlays: Sequence[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    for overlay in overlays if _client_side(overlays) else ():
        refused = {id(problem.resource) for problem in oversized(overlay)}
        for resource in overlay.resources:
            options = str(resource.annotations.get("argocd.argoproj.io/sync-options", ""))
            if "ServerSideApply=true" in options or "Replace=true" in options or id(resource) in refused:
                continue
            size = _size(resource)
            if size > LIMIT:
                text = f"{resource.kind} is {size} bytes, and client-side apply takes up to {LIMIT}"
                yield overlay, Problem(resource, ("metadata",), text)

"""Git says something and the cluster never hears of it.

A suspended object of Flux, an Application that nobody syncs by itself, a sync that never prunes, or a field that is
told to be ignored: a pull request is merged, everything is green, and what runs is what ran before. Removed servers
keep their GPUs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...model import Overlay, Pointer, Problem, Resource, mapping, mappings
from ...views.delivery import FLUX, applications, sync_options
from ..examples import other

SEVERITY = ("error", "warning")
HINT = (
    "Take the field out of Git: what is to stop for a while is stopped by hand, and what nobody else writes is Git's.",
    "Let the sync do it by itself, or make an exception that says who does it by hand.",
)
SOURCE = "https://fluxcd.io/flux/components/kustomize/kustomizations/#suspend"
COVERS = ()

_FLUX = other("Kustomization", "path: overlays/a, prune: true, sourceRef: {kind: GitRepository, name: fleet}")
_APP = other("Application", "source: {path: overlays/a}, syncPolicy: {automated: {prune: true, selfHeal: true}}")
_SET = other("ApplicationSet", "template: {spec: {source: {path: a}, syncPolicy: {automated: {prune: true}}}}")


def _ignoring(ignored: str, options: str = "") -> str:
    fields = f"ignoreDifferences: [{{{ignored}}}], syncPolicy: {{syncOptions: [{options}], "
    return _APP.replace("syncPolicy: {", fields)


_RESPECT = "RespectIgnoreDifferences=true"
GOOD = _FLUX
BAD = _FLUX.replace("prune: true", "prune: true, suspend: true")
ALSO_GOOD = (
    _APP, _SET, _FLUX.replace("prune", "suspend: false, prune"),
    BAD.replace("kustomize.toolkit.fluxcd.io/v1", "example.com/v1"),
    _ignoring("group: batch, kind: Job, jsonPointers: [/spec/suspend]", _RESPECT),
    _ignoring("group: batch, kind: Job, jsonPointers: [/spec/template/spec/nodeSelector, /status]", _RESPECT),
    _ignoring("group: apps, kind: Deployment, jqPathExpressions: ['.spec.template.spec.tolerations']", _RESPECT),
    _ignoring("kind: Secret, jsonPointers: [/data]", _RESPECT),
    _ignoring("kind: Service, jsonPointers: [/spec/clusterIP]"),
    _ignoring("group: apps, kind: Deployment, managedFieldsManagers: [kueue]", _RESPECT),
    (_FLUX.replace("prune: true, ", ""), {"kind": "manifest"}),
    (_APP.replace(", syncPolicy: {automated: {prune: true, selfHeal: true}}", ""), {"kind": "manifest"}),
)  # fmt: skip
ALSO_BAD = (
    other("GitRepository", "url: 'https://example.com/fleet.git', suspend: true"),
    _FLUX.replace("prune: true", "prune: false"), _FLUX.replace("prune: true, ", ""),
    _APP.replace("prune: true", "prune: false"), _APP.replace("prune: true, ", ""),
    _APP.replace("automated: {prune: true, selfHeal: true}", "automated: {enabled: false, prune: true}"),
    _APP.replace(", syncPolicy: {automated: {prune: true, selfHeal: true}}", ""),
    _SET.replace("automated: {prune: true}", "syncOptions: []"),
    _ignoring("group: apps, kind: Deployment, jsonPointers: [/spec/template/spec/containers/0/image]", _RESPECT),
    _ignoring("group: apps, kind: Deployment, jsonPointers: [/spec/template]"),
    _ignoring("group: apps, kind: Deployment, jqPathExpressions: ['.spec.template.spec.containers[].image']", _RESPECT),
    _ignoring("kind: ConfigMap, jsonPointers: [/data]", _RESPECT),
    _ignoring("group: '*', kind: '*', jsonPointers: [/spec]", _RESPECT),
    _ignoring("group: apps, kind: Deployment, jsonPointers: [/spec/replicas]", _RESPECT),
)  # fmt: skip
CONTEXT = {"kind": "sync"}

SOURCES = "source.toolkit.fluxcd.io"
SCALERS = ("HorizontalPodAutoscaler", "ScaledObject", "MultidimPodAutoscaler")
WRITTEN = re.compile(
    r"spec(/template(/spec(/(containers|initContainers)(/[^/]+(/(image|command|args|env|resources|ports)(/.*)?)?)?)?)?)?"
    r"|spec/(jobTemplate|workerTemplate|leaderWorkerTemplate|predictor|resourceGroups)(/.*)?"
)
"""Fields that only Git writes, their parents included. Kueue writes node selectors, tolerations and `suspend`."""


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.resources:
        if resource.group.endswith("toolkit.fluxcd.io") and resource.spec.get("suspend") is True:
            text = (
                f"{resource.kind} {resource.name} is suspended in Git, so nothing that it follows reaches the cluster"
            )
            yield Problem(resource, ("spec", "suspend"), text)
    ours = overlay.kind != "manifest"  # how others like to deploy is theirs
    for resource in overlay.of("Kustomization") if ours else ():
        if resource.group == FLUX and resource.spec.get("prune") is not True:
            at: Pointer = ("spec", "prune") if "prune" in resource.spec else ("spec",)
            yield _unpruned(resource, at)
    for resource, at, spec in applications(overlay):
        if ours and spec:
            yield from _by_hand(resource, at, spec)
        yield from _ignored(overlay, resource, at, spec)


def _unpruned(resource: Resource, at: Pointer) -> Problem:
    text = f"{resource.kind} {resource.name} does not prune: what is removed from Git goes on running, on its GPUs"
    return Problem(resource, at, text, severity="warning")


def _by_hand(resource: Resource, at: Pointer, spec: dict[str, Any]) -> Iterator[Problem]:
    policy = mapping(spec.get("syncPolicy"))
    place: Pointer = (*at, "syncPolicy") if policy else at
    automated = policy.get("automated")
    if not isinstance(automated, dict) or automated.get("enabled") is False:
        at = (*place, "automated") if automated is not None else place
        text = f"{resource.kind} {resource.name} has no automated sync: a merged pull request waits for a person"
        yield Problem(resource, at, text, severity="warning")
    elif automated.get("prune") is not True:
        where = (*place, "automated", "prune") if "prune" in automated else (*place, "automated")
        yield _unpruned(resource, where)


def _ignored(overlay: Overlay, resource: Resource, at: Pointer, spec: dict[str, Any]) -> Iterator[Problem]:
    """Fields of Git that differences are ignored in."""
    kept = "RespectIgnoreDifferences=true" in sync_options(spec)
    for i, entry in mappings(spec.get("ignoreDifferences")):
        for field in ("jsonPointers", "jqPathExpressions"):
            listed = entry.get(field)
            for j, text in enumerate(listed if isinstance(listed, list) else ()):
                if isinstance(text, str) and _of_git(overlay, str(entry.get("kind")), _slashes(field, text)):
                    end = "is never delivered" if kept else "alone never starts a sync"
                    said = f"ignores {text} of {entry.get('kind')}, which Git writes, so a change of it {end}"
                    severity = "error" if kept else "warning"
                    yield Problem(resource, (*at, "ignoreDifferences", i, field, j), said, severity=severity)


def _slashes(field: str, text: str) -> str:
    """A JSON pointer or a path of jq, ``.spec.containers[].image``, as steps with slashes between them."""
    if field == "jsonPointers":
        return text.strip("/")
    plain = re.fullmatch(r"(\.[\w-]+(\[[^\]]*\])*)+", text.strip())
    return re.sub(r"\[[^\]]*\]", "/*", text.strip()[1:]).replace(".", "/") if plain else ""


def _of_git(overlay: Overlay, kind: str, path: str) -> bool:
    if kind == "ConfigMap":
        return path.partition("/")[0] in ("data", "binaryData")
    if path == "spec/replicas":  # what scales may stand in the cluster's own folder
        return not any(True for _ in overlay.of(*SCALERS)) and kind != "Rollout"
    return kind not in ("Secret", "CustomResourceDefinition") and WRITTEN.fullmatch(path) is not None

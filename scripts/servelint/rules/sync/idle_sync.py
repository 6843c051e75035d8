"""Git says something and the cluster never hears of it.

A suspended object of Flux, an Application that nobody syncs by itself, a sync that never prunes, or a field that is
told to be ignored: a pull request is merged, everything is green, and what runs is what ran before. Removed servers
keep their GPUs.
"""

import re
from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping, mappings
from ...views.delivery import FLUX, applications, sync_options
from ..examples import other

SEVERITY = ("error", "warning")
HINT = (
    "Take the field out of Git: what is to stop for a while is stopped by hand, and what nobody else writes is Git's.",
    "Let the sync do it by itself, or make an exception that says who does it by hand.",
)
SOURCE = "https://fluxcd.io/flux/components/kustomize/kustomizations/#suspend"

_FLUX = other("Kustomization", "path: overlays/a, prune: true, sourceRef: {kind: GitRepository, name: fleet}")

GOOD = _FLUX
BAD = _FLUX.replace("prune: true", "prune: true, suspend: true")
CONTEXT = {"kind": "sync"}

SCALERS = ("HorizontalPodAutoscaler", "ScaledObject", "MultidimPodAutoscaler")
WRITTEN = re.compile(
    r"spec(/template(/spec(/(containers|initContainers)(/[^/]+(/(image|command|args|env|resources|ports)(/.*)?)?)?)?)?)?"
    r"|spec/(jobTemplate|workerTemplate|leaderWorkerTemplate|predictor|resourceGroups)(/.*)?"
)
"""Fields that only Git writes, their parents included. Kueue writes node selectors, tolerations and `suspend`."""


def check(overlay: Overlay) -> Problems:
    for resource in overlay.resources:
        if resource.group.endswith("toolkit.fluxcd.io") and resource.spec.get("suspend") is True:
            text = f"{resource.title} is suspended in Git, so nothing that it follows reaches the cluster"
            yield Problem(resource, ("spec", "suspend"), text)
        yield from _passed_over(resource)
        yield from _windows(resource)
        yield from _excluded(resource)
    ours = overlay.kind != "manifest"  # how others like to deploy is theirs
    for resource in overlay.of("Kustomization") if ours else ():
        if resource.group == FLUX and resource.spec.get("prune") is not True:
            at: Pointer = ("spec", "prune") if "prune" in resource.spec else ("spec",)
            text = f"{resource.title} {_UNPRUNED}"
            yield Problem(resource, at, text, severity="warning")
    for resource, at, spec in applications(overlay):
        if ours and spec:
            yield from _by_hand(resource, at, spec)
        yield from _ignored(overlay, resource, at, spec)


_UNPRUNED = "does not prune: what is removed from Git goes on running, on its GPUs"
UNAPPLIED = {
    "argocd.argoproj.io/hook": ("Skip",), "argocd.argoproj.io/skip-reconcile": ("true",),
    "kustomize.toolkit.fluxcd.io/reconcile": ("disabled",), "kustomize.toolkit.fluxcd.io/ssa": ("ignore",),
}  # fmt: skip
"""Annotations with which a tool leaves an object alone."""
SERVERS = ("DaemonSet", "Deployment", "InferenceService", "LeaderWorkerSet", "StatefulSet")
"""What is there to be changed again and again. A Job or a volume may well be made once."""


def _passed_over(resource: Resource) -> Problems:
    for metadata in (("metadata",), ("spec", "template", "metadata")):
        if len(metadata) > 1 and resource.kind != "ApplicationSet":
            continue
        for key, value in mapping(mapping(resource.at(metadata)).get("annotations")).items():
            wanted = UNAPPLIED.get(key, ())
            if key == f"{FLUX}/ssa" and resource.kind in SERVERS:
                wanted = (*wanted, "ifnotpresent")
            if str(value) in wanted or (key.startswith(FLUX) and str(value).casefold() in wanted):
                tool = "Flux" if key.startswith(FLUX) else "Argo CD"
                whom = "what it makes of " if len(metadata) > 1 else ""
                text = f"{tool} leaves {whom}{resource.title} alone: a change of it in Git changes nothing"
                yield Problem(resource, (*metadata, "annotations", key), text, severity="warning")


def _excluded(resource: Resource) -> Problems:
    """A Git generator that leaves out every folder that it names."""
    for i, generator in mappings(resource.spec.get("generators")) if resource.kind == "ApplicationSet" else ():
        folders = mappings(mapping(generator.get("git")).get("directories"))
        left_out = {folder.get("path") for _, folder in folders if folder.get("exclude") is True}
        if folders and left_out >= {folder.get("path") for _, folder in folders}:
            text = f"ApplicationSet {resource.name} leaves out every folder that it names, so it makes no Application"
            yield Problem(resource, ("spec", "generators", i, "git", "directories", folders[0][0]), text)


def _windows(resource: Resource) -> Problems:
    """Windows of a project that are open, or shut, at every minute."""
    for i, window in mappings(resource.spec.get("syncWindows")) if resource.kind == "AppProject" else ():
        if window.get("kind") == "deny" and str(window.get("schedule")).split() == ["*"] * 5:
            text = f"AppProject {resource.name} denies a sync at every minute"
            yield Problem(resource, ("spec", "syncWindows", i, "schedule"), text)


def _by_hand(resource: Resource, at: Pointer, spec: dict[str, Any]) -> Problems:
    policy = mapping(spec.get("syncPolicy"))
    place: Pointer = (*at, "syncPolicy") if policy else at
    automated = policy.get("automated")
    if not isinstance(automated, dict) or automated.get("enabled") is False:
        at = (*place, "automated") if automated is not None else place
        text = f"{resource.title} has no automated sync: a merged pull request waits for a person"
        yield Problem(resource, at, text, severity="warning")
        return
    for key, unsaid in (
        ("prune", _UNPRUNED),
        ("selfHeal", "does not heal: what was changed by hand in the cluster stays"),
    ):
        if automated.get(key) is not True:
            where = (*place, "automated", key) if key in automated else (*place, "automated")
            yield Problem(resource, where, f"{resource.title} {unsaid}", severity="warning")
    policy = mapping(resource.spec.get("syncPolicy")) if resource.kind == "ApplicationSet" else {}
    if policy.get("applicationsSync") in ("create-only", "create-delete"):
        text = (
            f"ApplicationSet {resource.name} makes Applications and never changes them: what is new in it is not said"
        )
        yield Problem(resource, ("spec", "syncPolicy", "applicationsSync"), text, severity="warning")


def _ignored(overlay: Overlay, resource: Resource, at: Pointer, spec: dict[str, Any]) -> Problems:
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

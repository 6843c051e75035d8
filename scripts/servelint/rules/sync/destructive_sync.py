"""A sync is set up so that a rename, a removal or a changed field deletes what runs.

With Force and Replace Argo CD deletes and creates every object that changed, claims and their data included; with
`force` Flux does it to whatever has an immutable field changed. A finalizer on the Application, an ApplicationSet
without preserveResourcesOnDeletion, a Flux object without `deletionPolicy: Orphan` delete the whole cluster's servers
with the object that delivered them: one renamed folder is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...model import Overlay, Pointer, Problem, Resource, mapping
from ...views.delivery import ARGO, FLUX, applications, sync_options
from ..examples import marked, other

SEVERITY = ("error", "warning")
HINT = (
    "Give the objects that have to be replaced, such as Jobs, the option in an annotation of their own.",
    "Let what runs outlive the object that delivered it, and replace single objects by annotations of their own.",
)
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/"
COVERS = ("GIT-03",)

_APP = other("Application", "source: {path: a}, syncPolicy: {syncOptions: [ServerSideApply=true]}")
_SET = other("ApplicationSet", "syncPolicy: {preserveResourcesOnDeletion: true}, template: {spec: {project: a}}")
_FLUX = other("Kustomization", "path: overlays/a, prune: true, deletionPolicy: Orphan")
_FINALIZER = "finalizers: [resources-finalizer.argocd.argoproj.io%s]"
_MARKED = f"template: {{metadata: {{{_FINALIZER}}}, spec" % ""
GOOD = _APP
BAD = _APP.replace("ServerSideApply=true", "Replace=true, Force=true")
ALSO_GOOD = (
    _SET, _FLUX, _APP.replace("ServerSideApply", "Replace").replace("=true", "=false"),
    marked(_APP, "finalizers: [example.com/other]"),
    _FLUX.replace("deletionPolicy: Orphan", "deletionPolicy: MirrorPrune").replace("true", "false"),
    _FLUX.replace("Orphan", "Orphan, force: false"),
    _FLUX.replace("kustomize.toolkit.fluxcd.io/v1", "example.com/v1").replace(", deletionPolicy: Orphan", ""),
    (marked(_APP, _FINALIZER % ""), {"kind": "manifest"}), (_FLUX.replace("Orphan", "Delete"), {"kind": "manifest"}),
    (_SET.replace("true", "false"), {"kind": "manifest"}),
    _SET.replace("project: a}", "project: a, syncPolicy: {syncOptions: [PruneLast=true]}}"),
    _SET.replace("preserveResourcesOnDeletion: true", "applicationsSync: create-only"),
)  # fmt: skip
ALSO_BAD = (
    _APP.replace("ServerSideApply", "Replace"), _APP.replace("ServerSideApply", "Force"),
    _SET.replace("project: a}", "project: a, syncPolicy: {syncOptions: [Force=true, Replace=true]}}"),
    marked(_APP, _FINALIZER % ""), marked(_APP, _FINALIZER % "/background"),
    _SET.replace("template: {spec", _MARKED), _SET.replace("true", "false"), _SET.replace("syncPolicy", "strategy"),
    _FLUX.replace("Orphan", "Orphan, force: true"), _FLUX.replace(", deletionPolicy: Orphan", ""),
    _FLUX.replace("Orphan", "MirrorPrune"), _FLUX.replace("Orphan", "WaitForTermination").replace("true", "false"),
)  # fmt: skip
CONTEXT = {"kind": "sync"}

FINALIZER = "resources-finalizer.argocd.argoproj.io"
KEEPING = ("create-only", "create-update")
"""Policies under which an ApplicationSet deletes no Application."""


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource, at, spec in applications(overlay):
        yield from _replacing(resource, at, spec)
    for resource in overlay.of("Kustomization"):
        if resource.group == FLUX and resource.spec.get("force") is True:
            text = "deletes and creates each object in which an immutable field changed, claims with their data too"
            yield Problem(resource, ("spec", "force"), f"{_title(resource)} {text}", severity="warning")
    if overlay.kind != "manifest":  # where nothing is said about what a removal should do
        yield from _cascading(overlay)


def _title(resource: Resource) -> str:
    return f"{resource.kind} {resource.name}"


def _replacing(resource: Resource, at: Pointer, spec: dict[str, Any]) -> Iterator[Problem]:
    options = sync_options(spec)
    given = [option for option in ("Replace=true", "Force=true") if option in options]
    where: Pointer = (*at, "syncPolicy", "syncOptions", max(options[option] for option in given)) if given else at
    if len(given) == 2:
        text = "deletes and creates every object that changes, claims, queues and servers too"
        yield Problem(resource, where, f"{_title(resource)} {text}")
    elif given == ["Force=true"]:
        text = "deletes and creates what it cannot update, claims and servers too"
        yield Problem(resource, where, f"{_title(resource)} {text}", severity="warning")
    elif given:
        text = (
            "replaces every object whole: what Kueue and the scheduler wrote into it is lost, and a bound claim refused"
        )
        yield Problem(resource, where, f"{_title(resource)} {text}", severity="warning")


def _cascading(overlay: Overlay) -> Iterator[Problem]:
    for resource, at, _ in applications(overlay):
        metadata: Pointer = (*at[:-1], "metadata")
        listed = mapping(resource.at(metadata)).get("finalizers")
        for i, name in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(name, str) and name.partition("/")[0] == FINALIZER:
                text = f"the finalizer deletes all that {_title(resource)} delivered when it is deleted or renamed"
                yield Problem(resource, (*metadata, "finalizers", i), text, severity="warning")
    for resource in overlay.of("ApplicationSet"):
        policy = mapping(resource.spec.get("syncPolicy"))
        kept = policy.get("preserveResourcesOnDeletion") is True or policy.get("applicationsSync") in KEEPING
        if resource.group == ARGO and not kept:
            at = ("spec", "syncPolicy") if policy else ("spec",)
            text = (
                f"{_title(resource)} deletes its Applications and all that they delivered when it is deleted or reads"
            )
            yield Problem(resource, at, f"{text} an empty list from Git", severity="warning")
    for resource in overlay.of("Kustomization"):
        policy = resource.spec.get("deletionPolicy", "MirrorPrune")
        # https://github.com/fluxcd/kustomize-controller/blob/main/internal/controller/kustomization_controller.go
        deletes = policy in ("Delete", "WaitForTermination") or (
            policy == "MirrorPrune" and resource.spec.get("prune") is True
        )
        if resource.group == FLUX and deletes:
            at = ("spec", "deletionPolicy") if "deletionPolicy" in resource.spec else ("spec",)
            text = f"{_title(resource)} deletes all that it delivered when it is deleted or renamed"
            yield Problem(resource, at, text, severity="warning")

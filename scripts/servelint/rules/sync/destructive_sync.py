"""A sync is set up so that a rename, a removal or a changed field deletes what runs.

With Force and Replace Argo CD deletes and creates every object that changed, claims and their data included; with
`force` Flux does it to whatever has an immutable field changed. A server or a secret that is a hook is deleted at each
sync, and `allowEmpty` lets a folder that was emptied by mistake delete all that it had. A finalizer on the Application,
an ApplicationSet without preserveResourcesOnDeletion, a Flux object without `deletionPolicy: Orphan` delete the whole
cluster's servers with the object that delivered them: one renamed folder is enough.
"""

from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping
from ...views.delivery import ARGO, FLUX, applications, sync_options
from ...views.references import declared, references
from ...views.selection import together as near
from ...views.waves import HOOKS
from ..examples import other

SEVERITY = ("error", "warning")
HINT = (
    "Give the objects that have to be replaced, such as Jobs, the option in an annotation of their own.",
    "Let what runs outlive the object that delivered it, and replace single objects by annotations of their own.",
)
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/"
COVERS = ("GIT-03",)

_APP = other("Application", "source: {path: a}, syncPolicy: {syncOptions: [ServerSideApply=true]}")
GOOD = _APP
BAD = _APP.replace("ServerSideApply=true", "Replace=true, Force=true")
CONTEXT = {"kind": "sync"}

FINALIZER = "resources-finalizer.argocd.argoproj.io"
HOLDING = {"Namespace": "all that stands in it", "PersistentVolumeClaim": "what lies on it"}
PHASES = ("PreSync", "Sync", "PostSync")
KEEPING = ("create-only", "create-update")
"""Policies under which an ApplicationSet deletes no Application."""


def check(overlay: Overlay) -> Problems:
    for resource, at, spec in applications(overlay):
        yield from _replacing(resource, at, spec)
    for resource in overlay.of("Kustomization"):
        if resource.group == FLUX and resource.spec.get("force") is True:
            text = "deletes and creates each object in which an immutable field changed, claims with their data too"
            yield Problem(resource, ("spec", "force"), f"{resource.title} {text}", severity="warning")
    for resource, at, spec in applications(overlay):
        if mapping(mapping(spec.get("syncPolicy")).get("automated")).get("allowEmpty") is True:
            text = f"{resource.title} deletes all that it delivered when its folder renders nothing, if only by mistake"
            yield Problem(resource, (*at, "syncPolicy", "automated", "allowEmpty"), text, severity="warning")
    hooks = [resource for resource in overlay.resources if _is_hook(resource)]
    users = _users(overlay) if hooks else {}
    for resource in hooks:
        # A hook is deleted before it is made anew, or when it has succeeded, which for a server is when it is healthy.
        lost = HOLDING.get(resource.kind) or users.get(id(resource))
        if lost or _serves(overlay, resource):
            lost = lost or "what it serves"
            text = f"{resource.title} is a hook, so each sync deletes it, and with it {lost}"
            yield Problem(resource, ("metadata", "annotations", HOOKS[0]), text)
    if overlay.kind != "manifest":  # where nothing is said about what a removal should do
        yield from _cascading(overlay)


def _is_hook(resource: Resource) -> bool:
    phases = {phase.strip() for phase in str(resource.annotations.get(HOOKS[0], "")).split(",")}
    return not phases.isdisjoint(PHASES)


def _users(overlay: Overlay) -> dict[int, str]:
    """What no hook uses of hooks, by the identity of the hook."""
    found: dict[int, str] = {}
    seen: set[tuple[str, str, str]] = set()
    for reference in references(overlay):
        user, use = reference.resource, (reference.kind, reference.name, reference.resource.namespace)
        if _is_hook(user) or use in seen:
            continue
        seen.add(use)
        for made in declared(overlay, reference.kind, reference.name):
            if near(user.namespace, made.resource.namespace):
                found.setdefault(id(made.resource), f"what {user.title} uses")
    return found


def _serves(overlay: Overlay, resource: Resource) -> bool:
    """Whether an object runs until it is told to stop; a Pod of its own may be a check that ends."""
    return resource.kind != "Pod" and any(pod.serves for pod in overlay.pods_in(resource))


def _replacing(resource: Resource, at: Pointer, spec: dict[str, Any]) -> Problems:
    options = sync_options(spec)
    given = [option for option in ("Replace=true", "Force=true") if option in options]
    where: Pointer = (*at, "syncPolicy", "syncOptions", max(options[option] for option in given)) if given else at
    if len(given) == 2:
        text = "deletes and creates every object that changes, claims, queues and servers too"
        yield Problem(resource, where, f"{resource.title} {text}")
    elif given == ["Force=true"]:
        text = "deletes and creates what it cannot update, claims and servers too"
        yield Problem(resource, where, f"{resource.title} {text}", severity="warning")
    elif given:
        text = (
            "replaces every object whole: what Kueue and the scheduler wrote into it is lost, and a bound claim refused"
        )
        yield Problem(resource, where, f"{resource.title} {text}", severity="warning")


def _cascading(overlay: Overlay) -> Problems:
    for resource, at, _ in applications(overlay):
        metadata: Pointer = (*at[:-1], "metadata")
        listed = mapping(resource.at(metadata)).get("finalizers")
        for i, name in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(name, str) and name.partition("/")[0] == FINALIZER:
                text = f"the finalizer deletes all that {resource.title} delivered when it is deleted or renamed"
                yield Problem(resource, (*metadata, "finalizers", i), text, severity="warning")
    for resource in overlay.of("ApplicationSet"):
        policy = mapping(resource.spec.get("syncPolicy"))
        kept = policy.get("preserveResourcesOnDeletion") is True or policy.get("applicationsSync") in KEEPING
        if resource.group == ARGO and not kept:
            at = ("spec", "syncPolicy") if policy else ("spec",)
            text = f"{resource.title} deletes its Applications and all that they delivered when it is deleted or reads"
            yield Problem(resource, at, f"{text} an empty list from Git", severity="warning")
    for resource in overlay.of("Kustomization"):
        policy = resource.spec.get("deletionPolicy", "MirrorPrune")
        # https://github.com/fluxcd/kustomize-controller/blob/main/internal/controller/kustomization_controller.go
        deletes = policy in ("Delete", "WaitForTermination") or (
            policy == "MirrorPrune" and resource.spec.get("prune") is True
        )
        if resource.group == FLUX and deletes:
            at = ("spec", "deletionPolicy") if "deletionPolicy" in resource.spec else ("spec",)
            text = f"{resource.title} deletes all that it delivered when it is deleted or renamed"
            yield Problem(resource, at, text, severity="warning")

"""A change takes an object away, or gives it another name, and what it held goes with it or stays behind.

A claim that is gone from Git is pruned, and with it, under a class that deletes, the model that took an hour to load; a
namespace takes all that stands in it. What is told to stay stays for ever: a disk that is paid for and that no file
names. A queue or a network that is renamed under running workloads is held by them and never ends.
"""

from ...model import Change, Problem, Problems, Resource, is_marker, mapping, mappings
from ...views.delivery import ARGO, FLUX
from ..examples import server, together, volume_claim

SEVERITY = ("error", "warning")
HINT = (
    "Keep the object and its name, or save what it holds and let it be kept (Prune=false, prune: disabled) first.",
    "Say in the pull request who removes by hand what stays behind, and when.",
)
SOURCE = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming"
COVERS = ("GIT-03",)

_CLAIM = volume_claim(of="premium-rwo")
_POD = server()
GOOD = (together(_POD, _CLAIM), _CLAIM)
BAD = (together(_POD, _CLAIM), _POD)

FINALIZER = "resources-finalizer.argocd.argoproj.io"
MOST_FRESH = 20
HELD = {
    "LocalQueue": "its admitted workloads", "ClusterQueue": "its admitted workloads",
    "ResourceFlavor": "the queues that name it", "Network": "the pods and node pools that use it",
    "GKENetworkParamSet": "the node pools that use it",
}  # fmt: skip
"""Kinds that a finalizer keeps as long as somebody uses them."""


def check_change(change: Change) -> Problems:
    there = {(one.group, one.kind, one.namespace, one.name) for one in change.after.resources}
    fresh = _fresh(change)
    for gone in change.before.resources:
        if (gone.group, gone.kind, gone.namespace, gone.name) not in there:
            said = _lost(gone)
            if said is not None:
                severity, what = said
                like = [one for one in fresh.get(gone.kind, ()) if one.spec == gone.spec]
                where = like[0] if len(like) == 1 else None  # of several nobody can tell which it has become
                if where and is_marker(where.name):
                    continue  # `leftover-site-marker`
                how = f"becomes {where.name}" if where else "is no longer rendered"
                text = f"{gone.title} {how}: {what}"
                yield Problem(where, ("metadata", "name") if where else (), text, severity=severity)


def _fresh(change: Change) -> dict[str, list[Resource]]:
    """By kind, the objects that are new. Of many no more is looked at than a person would compare."""
    old = {(one.kind, one.namespace, one.name) for one in change.before.resources}
    found: dict[str, list[Resource]] = {}
    for one in change.after.resources:
        if (one.kind, one.namespace, one.name) not in old and len(found.setdefault(one.kind, [])) < MOST_FRESH:
            found[one.kind].append(one)
    return found


def _lost(gone: Resource) -> tuple[str, str] | None:
    """How bad it is that an object is pruned, and why; None if nothing goes with it."""
    if gone.kind in ("PersistentVolumeClaim", "Namespace") and not gone.group:
        whole = "all that stands in it" if gone.kind == "Namespace" else "what lies on it"
        if _kept(gone):
            return "warning", f"it stays in the cluster, with {whole}, and no file names it"
        bound = gone.kind == "PersistentVolumeClaim" and bool(gone.spec.get("volumeName"))
        if bound:  # a volume of one's own is retained as a rule
            return "warning", "its volume is released, and binds to no other claim by itself"
        return "error", f"pruning it deletes {whole}"
    if gone.kind == "PersistentVolume" and not gone.group:
        return "warning", "the storage behind it stays, and no file names it"
    if gone.kind == "StatefulSet" and mappings(gone.spec.get("volumeClaimTemplates")):
        deletes = mapping(gone.spec.get("persistentVolumeClaimRetentionPolicy")).get("whenDeleted") == "Delete"
        return (
            ("error", "its claims are deleted with it")
            if deletes
            else ("warning", "its claims stay, and no file names them")
        )
    if gone.kind in ("Application", "ApplicationSet") and gone.group == ARGO:
        kept = mapping(gone.spec.get("syncPolicy")).get("preserveResourcesOnDeletion") is True
        finalized = FINALIZER in str(gone.metadata.get("finalizers"))
        if (gone.kind == "ApplicationSet" and not kept) or finalized:
            return "error", "all that it delivered is deleted with it"
        return "warning", "what it delivered goes on running, and nothing follows Git for it"
    if gone.kind == "Kustomization" and gone.group == FLUX:
        if gone.spec.get("deletionPolicy") == "Orphan":
            return "warning", "what it delivered goes on running, and nothing follows Git for it"
        return "error", "all that it delivered is deleted with it"
    if gone.kind in HELD:
        return "warning", f"it stays, being deleted, until {HELD[gone.kind]} are gone"
    return None


def _kept(resource: Resource) -> bool:
    options = str(resource.annotations.get("argocd.argoproj.io/sync-options", ""))
    flux = str(resource.annotations.get("kustomize.toolkit.fluxcd.io/prune", "")).casefold()
    return "Prune=false" in options or flux == "disabled"

"""What never gets healthy by itself stands in a wave before others.

Argo CD begins a wave when the one before is healthy. A Job that waits in a queue or is suspended, or a paused
Deployment, is "Suspended" or "Progressing" by design, so what comes after it is not created: the server is missing
because a benchmark waits for its GPUs. A claim whose class waits for a first pod is such a thing, if the pod comes
later.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem, Resource, mapping, whole
from ..views.selection import together

SEVERITY = "warning"
HINT = "Put it into the last wave, or take the sync-wave and hook annotations away."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/"
COVERS = ("GIT-07",)

GOOD = """\
apiVersion: batch/v1
kind: Job
metadata: {name: bench, annotations: {argocd.argoproj.io/sync-wave: "1"}}
spec:
  suspend: true
  template:
    spec: {restartPolicy: Never, containers: [{name: engine, image: lmsysorg/sglang:v0.4.6.post4-cu124}]}
---
apiVersion: v1
kind: Service
metadata: {name: server}
spec: {selector: {app: server}, ports: [{port: 8000}]}
"""
BAD = GOOD.replace('"1"', '"-1"')

WAVE = "argocd.argoproj.io/sync-wave"
HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")
SUSPENDABLE = ("Job", "JobSet", "MPIJob", "PyTorchJob", "RayJob", "RayCluster", "TrainJob")
GATED = ("Deployment", "StatefulSet", "LeaderWorkerSet")
WAITING = ("standard-rwo", "premium-rwo", "dynamic-rwo", "standard-rwx", "zonal-rwx", "premium-rwx", "enterprise-rwx")
"""GKE's own classes that bind a claim when a pod uses it."""
QUEUE = "kueue.x-k8s.io/queue-name"
BEFORE = ("PreSync", "pre-install", "pre-upgrade")
AFTER = ("PostSync", "post-install", "post-upgrade")
ASIDE = ("SyncFail", "PostDelete", "PreDelete", "Skip", "post-delete", "pre-delete", "test")


def _turn(resource: Resource) -> tuple[int, int] | None:
    """Phase and wave in which Argo CD applies the object; None if it is no part of a sync that succeeds."""
    phases = [p.strip() for name in HOOKS for p in str(resource.annotations.get(name, "")).split(",") if p.strip()]
    wave = whole(resource.annotations.get(WAVE)) or 0
    if any(phase in ASIDE for phase in phases):
        return None
    phase = -1 if any(p in BEFORE for p in phases) else 1 if phases and all(p in AFTER for p in phases) else 0
    return phase, wave


def _waits(resource: Resource) -> str | None:
    """Why the object may stay unhealthy for as long as nobody or nothing else acts."""
    if resource.spec.get("suspend") is True and resource.kind in SUSPENDABLE:
        return "is suspended"
    if resource.spec.get("paused") is True and resource.kind in ("Deployment", "Rollout", "LeaderWorkerSet"):
        return "is paused"
    if QUEUE in resource.labels and resource.kind in (*SUSPENDABLE, *GATED):  # Kueue suspends it or gates its pods
        return "waits for its queue"
    return None


def _unbound(overlay: Overlay, claim: Resource, turns: dict[int, tuple[int, int]]) -> bool:
    """Whether a claim is bound only when a pod uses it, and every pod that does comes in a later turn."""
    name = str(claim.spec.get("storageClassName") or "")
    own = overlay.named("StorageClass", name)
    late = own.body.get("volumeBindingMode") == "WaitForFirstConsumer" if own else name in WAITING
    users = {
        id(pod.resource)
        for pod in overlay.pods
        for _, volume in pod.volumes.values()
        if mapping(volume.get("persistentVolumeClaim")).get("claimName") == claim.name
        and together(claim.namespace, pod.resource.namespace)
    }
    mine = turns.get(id(claim))
    late = late and bool(users) and not claim.spec.get("volumeName")
    return late and mine is not None and all(turns.get(user, mine) > mine for user in users)


def check(overlay: Overlay) -> Iterator[Problem]:
    turns = {id(r): turn for r in overlay.resources if (turn := _turn(r)) is not None}
    for resource in overlay.resources:
        reason, turn = _waits(resource), turns.get(id(resource))
        if resource.kind == "PersistentVolumeClaim" and _unbound(overlay, resource, turns):
            reason = "waits for a first pod"
        if reason is None or turn is None:
            continue
        later = [other for other in overlay.resources if turns.get(id(other), turn) > turn]
        if later:
            more, verb = (f" and {len(later) - 1} more", "come") if len(later) > 1 else ("", "comes")
            key = next((name for name in (*HOOKS, WAVE) if name in resource.annotations), None)
            yield Problem(
                resource,
                ("metadata", "annotations", key) if key else ("metadata",),
                f"{resource.kind} {resource.name} {reason}, and {later[0].kind} {later[0].name}{more} {verb} after it",
            )

"""What never gets healthy by itself stands in a wave before others.

Argo CD begins a wave when the one before is healthy. A Job that waits in a queue or is suspended, or a paused
Deployment, is "Suspended" or "Progressing" by design, so what comes after it is not created: the server is missing
because a benchmark waits for its GPUs. A claim whose class waits for a first pod is such a thing, if the pod comes
later.
"""

from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate

from ...model import Overlay, Problem, Problems, Resource, mapping
from ...views.selection import together as near
from ...views.waves import HOOKS, LAST, WAVE, turn
from ..examples import marked, other, server, together
from .needed_later import check as needed_later

SEVERITY = "warning"
HINT = "Put it into the last wave, or take the sync-wave and hook annotations away."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/"
COVERS = ("GIT-07",)

QUEUE = "kueue.x-k8s.io/queue-name"
_SERVICE = other("Service", "selector: {app: server}, ports: [{port: 8000}]")
GOOD = together(marked(server(kind="Job", spec="suspend: true"), f"annotations: {{{WAVE}: '1'}}"), _SERVICE)
BAD = GOOD.replace("'1'", "'-1'")

SUSPENDABLE = ("Job", "JobSet", "MPIJob", "PyTorchJob", "RayJob", "RayCluster", "TrainJob")
GATED = ("Deployment", "StatefulSet", "LeaderWorkerSet")
WAITING = ("standard-rwo", "premium-rwo", "dynamic-rwo", "standard-rwx", "zonal-rwx", "premium-rwx", "enterprise-rwx")
"""GKE's own classes that bind a claim when a pod uses it."""

_QUEUED, _GATED = "waits for its queue", "waits for its queue, pod by pod"


def _waits(resource: Resource) -> str | None:
    """Why the object may stay unhealthy for as long as nobody or nothing else acts."""
    if resource.spec.get("suspend") is True and resource.kind in SUSPENDABLE:
        return "is suspended"
    if resource.spec.get("paused") is True and resource.kind in ("Deployment", "Rollout", "LeaderWorkerSet"):
        return "is paused"
    if QUEUE in resource.labels:  # Kueue suspends it or gates its pods
        return _QUEUED if resource.kind in SUSPENDABLE else _GATED if resource.kind in GATED else None
    return None


@lru_cache(maxsize=64)
def _by_claim(overlay: Overlay) -> dict[str, list[Resource]]:
    """The resources with a pod that mounts a claim, by the claim's name."""
    found: dict[str, list[Resource]] = {}
    for pod in overlay.pods:
        for _, volume in pod.volumes.values():
            name = mapping(volume.get("persistentVolumeClaim")).get("claimName")
            if isinstance(name, str):
                found.setdefault(name, []).append(pod.resource)
    return found


def _unbound(overlay: Overlay, claim: Resource, turns: dict[int, tuple[int, int]]) -> bool:
    """Whether a claim is bound only when a pod uses it, and every pod that does comes in a later turn."""
    name = str(claim.spec.get("storageClassName") or "")
    own = overlay.named("StorageClass", name)
    late = own.body.get("volumeBindingMode") == "WaitForFirstConsumer" if own else name in WAITING
    mounted = _by_claim(overlay).get(claim.name, ())
    users = {id(resource) for resource in mounted if near(claim.namespace, resource.namespace)}
    mine = turns.get(id(claim))
    late = late and bool(users) and not claim.spec.get("volumeName")
    return late and mine is not None and all(turns.get(user, mine) > mine for user in users)


def check(overlay: Overlay) -> Problems:
    placed = [(when, place) for place, r in enumerate(overlay.resources) if (when := turn(r)) is not None]
    turns = {id(overlay.resources[place]): turn for turn, place in placed}
    # What comes too late for all that uses it, or too early for what it uses, is the cause: `needed-later` says it.
    misplaced = {id(problem.resource) for problem in needed_later(overlay)}
    in_turn = sorted((when, place) for when, place in placed if id(overlay.resources[place]) not in misplaced)
    # What waits for its queue gets healthy in time: for that a PostSync hook waits on purpose, and a Job for a server.
    before_last = in_turn[: bisect_left(in_turn, ((LAST,), 0))]
    servers = [one for one in before_last if overlay.resources[one[1]].kind not in SUSPENDABLE]
    chosen = {_QUEUED: before_last, _GATED: servers, None: in_turn}
    # The first in the order of the set among all that come in a turn or after it.
    firsts = {
        why: list(accumulate((place for _, place in reversed(ordered)), min))[::-1] for why, ordered in chosen.items()
    }
    for resource in overlay.resources:
        reason, when = _waits(resource), turns.get(id(resource))
        if resource.kind == "PersistentVolumeClaim" and _unbound(overlay, resource, turns):
            reason = "waits for a first pod"
        if reason is None or when is None or id(resource) in misplaced:
            continue
        why = reason if reason in (_QUEUED, _GATED) else None
        done = bisect_right(chosen[why], (when, len(overlay.resources)))
        if (later := len(chosen[why]) - done) > 0:
            first = overlay.resources[firsts[why][done]]
            more, verb = (f" and {later - 1} more", "come") if later > 1 else ("", "comes")
            key = next((name for name in (*HOOKS, WAVE) if name in resource.annotations), None)
            text = f"{resource.title} {reason}, and {first.title}{more} {verb} after it"
            yield Problem(resource, ("metadata", "annotations", key) if key else ("metadata",), text)

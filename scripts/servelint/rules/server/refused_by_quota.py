"""A ResourceQuota refuses pods of its namespace: they lack a field that it counts, or are too many or too large for it.

A quota on cpu or memory makes the request or limit of it a duty of every container, the sidecars that GKE adds among
them. The workload is taken, its pods are not, and nothing says so but an event.
"""

from typing import Any, NamedTuple

from ...model import Overlay, Pod, Pointer, Problem, Problems, Resource, mapping, mappings
from ...server.semantics.names import NANO
from ...views.admission import Refused, Resources, made, others, owner, replicas, resources, shown, total
from ...views.amounts import billionths
from ...views.selection import together
from ..examples import server
from ..examples import together as manifest

SEVERITY = ("error", "warning")
HINT = (
    "Raise or drop that line of the quota, give the containers what it counts, or let a LimitRange give it.",
    "Raise that line of the quota, or let the Jobs run one after another.",
)
SOURCE = "https://kubernetes.io/docs/concepts/policy/resource-quotas/"


def _quota(hard: str, *made: str, more: str = "") -> str:
    head = f"apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: quota\nspec: {{hard: {{{hard}}}{more}}}\n"
    return manifest(head, *(made or (_SERVER,)))


_SERVER = server(kind="Deployment", spec="replicas: 2", container="", gpus=8).replace(
    'limits: {nvidia.com/gpu: "8"}', 'requests: {cpu: "96", memory: 1Ti}, limits: {nvidia.com/gpu: "8"}'
)
GOOD = _quota("requests.memory: 2Ti, requests.cpu: '192'")
BAD = _quota("limits.memory: 64Ti")

REQUIRED = {
    "cpu": ("requests", "cpu"), "memory": ("requests", "memory"), "requests.cpu": ("requests", "cpu"),
    "requests.memory": ("requests", "memory"), "limits.cpu": ("limits", "cpu"), "limits.memory": ("limits", "memory"),
}  # fmt: skip
"""Lines that make a field of every container a duty.
Source: https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/quota/v1/evaluator/core/pods.go"""
OBJECTS = {
    "configmaps": ("ConfigMap", ""), "persistentvolumeclaims": ("PersistentVolumeClaim", ""), "secrets": ("Secret", ""),
    "replicationcontrollers": ("ReplicationController", ""), "resourcequotas": ("ResourceQuota", ""),
    "services": ("Service", ""), "count/deployments.apps": ("Deployment", "apps"), "count/jobs.batch": ("Job", "batch"),
    "count/statefulsets.apps": ("StatefulSet", "apps"), "count/cronjobs.batch": ("CronJob", "batch"),
    "count/configmaps": ("ConfigMap", ""), "count/persistentvolumeclaims": ("PersistentVolumeClaim", ""),
    "count/secrets": ("Secret", ""), "count/services": ("Service", ""),
    "count/leaderworkersets.leaderworkerset.x-k8s.io": ("LeaderWorkerSet", "leaderworkerset.x-k8s.io"),
    "count/inferenceservices.serving.kserve.io": ("InferenceService", "serving.kserve.io"),
}  # fmt: skip
OF_CLASS = ".storageclass.storage.k8s.io/"


class _Used(NamedTuple):
    """A pod that a quota counts: its containers, how many there are, and what all of them use of each line."""

    pod: Pod
    parts: list[Resources]
    copies: int

    def uses(self, line: str) -> int:
        if line in ("pods", "count/pods"):
            return self.copies * NANO
        side, name = REQUIRED.get(line, ("", ""))
        if not side:
            side, _, name = line.partition(".")
        return total(self.parts, side).get(name, 0) * self.copies if side in ("requests", "limits") else 0


def check(overlay: Overlay) -> Problems:
    for quota in overlay.of("ResourceQuota"):
        hard = {str(line): amount for line, value in mapping(quota.spec.get("hard")).items()
                if (amount := billionths(value)) is not None}  # fmt: skip
        pods = [pod for pod in made(overlay, quota.namespace) if _counts(quota, pod, resources(overlay, pod))]
        used = [_Used(pod, resources(overlay, pod), replicas(pod)) for pod in pods]
        for line, most in hard.items():
            at = ("spec", "hard", line)
            missing = [one for pod in used if (one := _lacks(pod, line))]
            if missing:
                text = f"refuses the pods of {owner(missing[0].pod)}{others(missing)}: {missing[0].why}"
                yield Problem(quota, at, text)
                continue
            yield from _sums(quota, at, line, most, used)
            yield from _objects(overlay, quota, at, line, most)


def _lacks(used: _Used, line: str) -> Refused | None:
    """A container that does not say what a line counts. Resources of the pod as a whole lift the duty."""
    if line not in REQUIRED or mapping(used.pod.spec.get("resources")):
        return None
    side, name = REQUIRED[line]
    for part in used.parts:
        if name not in getattr(part, side):
            why = f"container {part.container} sets no {side[:-1]} of {name}, which {line} makes a duty"
            return Refused(used.pod, why, part.pointer)
    return None


def _sums(quota: Resource, at: Pointer, line: str, most: int, used: list[_Used]) -> Problems:
    """More of a line than there is: by one pod, by all that never ends, or, perhaps, by the Jobs beside that."""
    amounts = [(one, one.uses(line)) for one in used]
    for one, amount in amounts:
        each = amount // one.copies if one.copies else 0
        if each > most:
            needs = f"one needs {_of(line, each)}, and the quota is {_of(line, most)}"
            yield Problem(quota, at, f"refuses the pods of {owner(one.pod)}: {needs}")
            return
    lasting, ending = (sum(n for one, n in amounts if one.pod.serves == serves) for serves in (True, False))
    if lasting > most:
        text = f"what never ends needs {_of(line, lasting)}, and the quota is {_of(line, most)}"
        yield Problem(quota, at, text)
    elif lasting + ending > most:
        text = f"servers and Jobs together need {_of(line, lasting + ending)}, and the quota is {_of(line, most)}"
        yield Problem(quota, at, text, severity="warning")


def _objects(overlay: Overlay, quota: Resource, at: Pointer, line: str, most: int) -> Problems:
    """More objects of a kind, or more storage, than a quota allows."""
    if quota.spec.get("scopes") or quota.spec.get("scopeSelector"):
        return
    kind, group = OBJECTS.get(line, ("", ""))
    mine = [one for one in overlay.of(kind) if one.group == group and together(one.namespace, quota.namespace)]
    if kind and len(mine) * NANO > most:
        text = f"the set has {len(mine)} of them in this namespace, and the quota is {_of(line, most)}"
        yield Problem(quota, at, text)
    storage, of_class = line, ""
    if OF_CLASS in line:
        of_class, _, storage = line.partition(OF_CLASS)
    if storage == "requests.storage":
        asked = 0
        for claim in overlay.of("PersistentVolumeClaim"):
            if together(claim.namespace, quota.namespace) and of_class in ("", claim.spec.get("storageClassName")):
                requests = mapping(mapping(claim.spec.get("resources")).get("requests"))
                asked += billionths(requests.get("storage")) or 0
        if asked > most:
            text = f"the claims of the set ask for {_of(line, asked)}, and the quota is {_of(line, most)}"
            yield Problem(quota, at, text)


def _of(line: str, amount: int) -> str:
    return shown(line.rpartition("/")[2], amount)


def _counts(quota: Resource, pod: Pod, parts: list[Resources]) -> bool:
    """Whether a quota's scopes are of a pod."""
    scopes = quota.spec.get("scopes")
    terms: list[dict[str, Any]] = [{"scopeName": scope} for scope in (scopes if isinstance(scopes, list) else ())]
    terms += [term for _, term in mappings(mapping(quota.spec.get("scopeSelector")).get("matchExpressions"))]
    return all(_in_scope(term, pod, parts) for term in terms)


def _in_scope(term: dict[str, Any], pod: Pod, parts: list[Resources]) -> bool:
    scope, operator, values = term.get("scopeName"), term.get("operator", "Exists"), term.get("values")
    if scope in ("Terminating", "NotTerminating"):
        return bool(pod.spec.get("activeDeadlineSeconds") is not None) is (scope == "Terminating")
    if scope in ("BestEffort", "NotBestEffort"):
        # Extended resources make no class of service; cpu and memory do.
        asks = any({"cpu", "memory"} & {*part.requests, *part.limits} for part in parts)
        return asks is (scope == "NotBestEffort")
    if scope != "PriorityClass":
        return False  # affinity across namespaces, which no pod of a fleet like this has
    name = pod.spec.get("priorityClassName")
    if operator in ("Exists", "DoesNotExist"):
        return bool(name) is (operator == "Exists")
    listed = isinstance(values, list) and name in values
    return listed is (operator == "In")

"""What Kueue makes of a workload: the queue that it names, what it asks for, and the flavors that could give it.

Kueue reads requests (limits where no request stands) of every container, as the scheduler does, and holds them against
the resource groups of the ClusterQueue behind the LocalQueue. A Deployment is admitted pod by pod, a LeaderWorkerSet
group by group, anything else as a whole.
Source: https://kueue.sigs.k8s.io/docs/concepts/cluster_queue/
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .. import lines
from ..model import Container, Overlay, Pod, Pointer, Resource, is_marker, mapping, mappings, whole
from . import kserve
from .amounts import billionths
from .placement import partners, pins, tolerates
from .selection import RUNTIMES, together

LABEL = "kueue.x-k8s.io/queue-name"
POD_BY_POD = ("Deployment", "ReplicaSet", "InferenceService")
"""Kinds whose pods are workloads of their own."""


def label(pod: Pod) -> tuple[str, Pointer] | None:
    """The queue that a pod's workload names, and where; KServe and the pod integration read the pod's labels too."""
    place: Pointer = ("spec", "jobTemplate", "metadata") if pod.resource.kind == "CronJob" else ("metadata",)
    places = [place]
    if pod.resource.kind in ("InferenceService", "Deployment", "StatefulSet"):
        places.append(pod.meta_pointer)
    for at in places:
        name = mapping(mapping(pod.resource.at(at)).get("labels")).get(LABEL)
        if isinstance(name, str) and name:
            return name, (*at, "labels", LABEL)
    return None


def cluster_queue(overlay: Overlay, pod: Pod) -> Resource | None:
    """The rendered ClusterQueue that a pod's workload goes to."""
    named = label(pod)
    for local in _local(overlay).get(named[0], ()) if named else ():
        if together(local.namespace, pod.resource.namespace):
            return overlay.named("ClusterQueue", str(local.spec.get("clusterQueue") or ""))
    return None


@lru_cache(maxsize=64)
def _local(overlay: Overlay) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for local in overlay.of("LocalQueue"):
        found.setdefault(local.name, []).append(local)
    return found


@dataclass(frozen=True)
class Asked:
    """An amount of one resource in billionths, and where the largest part of it was written."""

    amount: int
    pointer: Pointer


def _of_container(container: Container) -> dict[str, Asked]:
    resources = mapping(container.body.get("resources"))
    found = {}
    for field in ("limits", "requests"):  # a request beats the limit that it would otherwise be
        for name, value in mapping(resources.get(field)).items():
            amount = billionths(value)
            if amount is not None:
                at = (*container.pointer, "resources", field, name)
                # What a runtime adds to a predictor stands in another object.
                found[str(name)] = Asked(amount, at if container.resource.at(at) is not None else container.pointer)
    return found


def requests(overlay: Overlay, pod: Pod) -> dict[str, Asked]:
    """What one pod asks for: containers and sidecars together, or the largest init container if that is more."""
    running = [_of_container(c) for c in kserve.main(overlay, pod)]
    if pod.resource.kind == "InferenceService" and not running[0]:
        default = kserve.main(overlay, pod)[0].pointer
        running[0] = {"cpu": Asked(10**9, default), "memory": Asked(2 * 2**30 * 10**9, default)}
    once: list[dict[str, Asked]] = []
    for container in pod.containers:
        if container.init:
            (running if container.body.get("restartPolicy") == "Always" else once).append(_of_container(container))
    running.append(_of_sidecar(pod))
    total: dict[str, Asked] = {}
    for part in running:
        for name, asked in part.items():
            before = total.get(name, Asked(0, asked.pointer))
            largest = max((before, asked), key=lambda item: item.amount)
            total[name] = Asked(before.amount + asked.amount, largest.pointer)
    for part in once:
        for name, asked in part.items():
            if name not in total or asked.amount > total[name].amount:
                total[name] = asked
    return {name: asked for name, asked in total.items() if asked.amount > 0}


def _of_sidecar(pod: Pod) -> dict[str, Asked]:
    """What the gcsfuse sidecar asks for, where Kueue reads pods: GKE adds it to pods, not to the template of a Job.

    Source: https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-sidecar
    """
    given, key = pod.annotations, "gke-gcsfuse/volumes"
    if pod.resource.kind not in (*POD_BY_POD, "Pod", "StatefulSet") or str(given.get(key)).lower() != "true":
        return {}
    at = (*pod.meta_pointer, "annotations", key)
    usual = {"cpu": "250m", "memory": "256Mi", "ephemeral-storage": "5Gi"}
    amounts = {name: billionths(given.get(f"gke-gcsfuse/{name}-request", usual[name])) for name in usual}
    return {name: Asked(amount, at) for name, amount in amounts.items() if amount}


def copies(pod: Pod) -> int:
    """Pods of a template that Kueue admits together."""
    resource = pod.resource
    if resource.kind in POD_BY_POD:
        return 1
    if resource.kind == "LeaderWorkerSet":
        template = mapping(resource.spec.get("leaderWorkerTemplate"))
        size = whole(template.get("size")) or 1
        return 1 if "leaderTemplate" in pod.pointer else size - 1 if template.get("leaderTemplate") else size
    job = mapping(resource.at(pod.pointer[:-2]))
    parallel, completions = whole(job.get("parallelism")), whole(job.get("completions"))
    side_by_side = 1 if parallel is None else parallel if completions is None else min(parallel, completions)
    return max(pod.count, 0) * max(side_by_side, 0)


def endless(overlay: Overlay, pod: Pod) -> int:
    """How many pods of a template run till they are told to stop, at the least; 0 for what ends, and for a template
    that makes no pods. What an autoscaler scales counts with the fewest that it keeps."""
    if not pod.serves or pod.resource.kind in RUNTIMES:
        return 0
    resource = pod.resource
    if resource.kind == "InferenceService":
        fewest = whole(pod.spec.get("minReplicas"))
        return 1 if fewest is None else max(fewest, 0)
    count = max(pod.count, 0)
    for scaler in overlay.of("HorizontalPodAutoscaler", "ScaledObject"):
        target = mapping(scaler.spec.get("scaleTargetRef"))
        kind = target.get("kind") or ("Deployment" if scaler.kind == "ScaledObject" else None)
        if (kind, target.get("name")) == (resource.kind, resource.name):
            usual, field = (1, "minReplicas") if scaler.kind != "ScaledObject" else (0, "minReplicaCount")
            fewest = whole(scaler.spec.get(field))
            count = usual if fewest is None else max(fewest, 0)
    if resource.kind in (*POD_BY_POD, "StatefulSet"):
        return count
    return count * copies(pod) if resource.kind == "LeaderWorkerSet" else copies(pod)


PRIORITY = "kueue.x-k8s.io/priority-class"


def priority(overlay: Overlay, pod: Pod) -> int | None:
    """What Kueue orders a workload by; None where its class is rendered elsewhere.

    Source: pkg/util/priority/priority.go and jobframework.ExtractPriority of sigs.k8s.io/kueue
    """
    place: Pointer = ("spec", "jobTemplate", "metadata") if pod.resource.kind == "CronJob" else ("metadata",)
    name = mapping(mapping(pod.resource.at(place)).get("labels")).get(PRIORITY) or pod.labels.get(PRIORITY)
    kind = "WorkloadPriorityClass"
    if not name:
        name, kind = pod.spec.get("priorityClassName"), "PriorityClass"
    if not name:
        usual = [c for c in overlay.of("PriorityClass") if c.body.get("globalDefault") is True]
        return min((whole(c.body.get("value")) or 0 for c in usual), default=0)
    found = overlay.named(kind, str(name))
    return None if found is None else whole(found.body.get("value"))


@dataclass(frozen=True)
class Flavor:
    """A flavor of a resource group: the quota of each resource, None where no manifest shows it."""

    name: str
    body: Resource | None
    quotas: dict[str, int | None]


def groups(overlay: Overlay, queue: Resource) -> list[tuple[frozenset[str], list[Flavor]]]:
    """The resource groups of a ClusterQueue: what each covers, and its flavors in order."""
    found = []
    for _, group in mappings(queue.spec.get("resourceGroups")):
        covered = group.get("coveredResources")
        flavors = []
        for _, item in mappings(group.get("flavors")):
            name = str(item.get("name") or "")
            entries = [entry for _, entry in mappings(item.get("resources"))]
            quotas = {str(entry.get("name")): _limit(overlay, queue, name, entry) for entry in entries}
            flavors.append(Flavor(name, overlay.named("ResourceFlavor", name), quotas))
        found.append((frozenset(map(str, covered if isinstance(covered, list) else ())), flavors))
    return found


def entry(queue: Resource, group: int, flavor: str, resource: str) -> Pointer:
    """Where a queue says how much it has of a resource in a flavor."""
    at: Pointer = ("spec", "resourceGroups", group, "flavors")
    for j, item in mappings(queue.at(at)):
        for k, entry in mappings(item.get("resources")) if item.get("name") == flavor else ():
            if entry.get("name") == resource and billionths(entry.get("nominalQuota")) is not None:
                return (*at, j, "resources", k, "nominalQuota")
    return at


def cohort(queue: Resource) -> str:
    """The cohort of a ClusterQueue; empty if it is in none."""
    return str(queue.spec.get("cohortName") or queue.spec.get("cohort") or "")


def members(overlay: Overlay, queue: Resource) -> list[Resource] | None:
    """All that lends within a queue's cohort, itself included; None where some of it is rendered elsewhere."""
    name = cohort(queue)
    others = [other for other in overlay.of("ClusterQueue") if cohort(other) == name]
    lends = overlay.named("Cohort", name)
    # A cohort of one rendered queue, or with a parent, has members that are rendered elsewhere.
    if len(others) < 2 or (lends and (lends.spec.get("parentName") or lends.spec.get("parent"))):
        return None
    return [*others, lends] if lends else others


def _limit(overlay: Overlay, queue: Resource, flavor: str, entry: dict[str, Any]) -> int | None:
    """The most that one workload can ever get of a resource: the quota, and what the cohort can lend."""
    nominal = billionths(entry.get("nominalQuota"))
    if nominal is None or not cohort(queue):
        return nominal
    lenders = members(overlay, queue)
    total = None if lenders is None else together_nominal(lenders, flavor, str(entry.get("name")))
    borrowed = billionths(entry["borrowingLimit"]) if entry.get("borrowingLimit") is not None else None
    bounds = [bound for bound in (total, None if borrowed is None else nominal + borrowed) if bound is not None]
    return min(bounds) if bounds else None


def together_nominal(lenders: list[Resource], flavor: str, name: str) -> int | None:
    """The nominal quotas of several queues and cohorts together; None where one of them is not known."""
    amounts = [_nominal(member, flavor, name) for member in lenders]
    return None if None in amounts else sum(amount for amount in amounts if amount is not None)


def _nominal(member: Resource, flavor: str, name: str) -> int | None:
    total = 0
    for _, group in mappings(member.spec.get("resourceGroups")):
        for _, item in mappings(group.get("flavors")):
            for _, entry in mappings(item.get("resources")):
                if (item.get("name"), entry.get("name")) == (flavor, name):
                    amount = billionths(entry.get("nominalQuota"))
                    if amount is None:
                        return None
                    total += amount
    return total


def unsuitable(overlay: Overlay, pod: Pod, flavor: Flavor) -> str | None:
    """Why a pod cannot run on the nodes of a flavor: a label that it pins, or a taint that it does not bear."""
    if flavor.body is None:
        return None
    labels = mapping(flavor.body.spec.get("nodeLabels"))
    for pin in pins(overlay, pod):
        given = labels.get(pin.label)
        if given is not None and str(given) not in pin.values and not any(map(is_marker, (str(given), *pin.values))):
            return f"its nodes have {pin.label} {given}, and the pod wants {' or '.join(pin.values)}"
    borne = [item for part in partners(overlay, pod) for _, item in mappings(part.spec.get("tolerations"))]
    borne += [item for _, item in mappings(flavor.body.spec.get("tolerations"))]
    for _, taint in mappings(flavor.body.spec.get("nodeTaints")):
        hard = taint.get("effect") in ("NoSchedule", "NoExecute")
        # GKE's device plug-in makes GPU pods tolerate the taint of GPU nodes.
        own = taint.get("key") == "nvidia.com/gpu" and bool(kserve.gpus(overlay, pod))
        if hard and not own and not any(tolerates(item, taint) for item in borne):
            return f"the pod does not tolerate its taint {taint.get('key')}={taint.get('value') or ''}"
    return None


def excluded(overlay: Overlay) -> tuple[str, ...]:
    """Prefixes of resources that a rendered configuration tells Kueue to leave out."""
    return tuple(prefix for config in overlay.of("ConfigMap") for prefix in _excluded(config))


def _excluded(config: Resource) -> Iterator[str]:
    for text in mapping(config.body.get("data")).values():
        if isinstance(text, str) and "excludeResourcePrefixes" in text:
            try:
                documents = lines.load(text)
            except lines.BadYaml:
                continue
            for _, value in documents:
                listed = mapping(mapping(value).get("resources")).get("excludeResourcePrefixes")
                yield from (item for item in (listed if isinstance(listed, list) else ()) if isinstance(item, str))

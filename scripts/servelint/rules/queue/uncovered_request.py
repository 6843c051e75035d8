"""A workload asks its queue for what the queue cannot give.

Kueue admits a workload only if the ClusterQueue covers every resource that the pods request, a limit without a request
included, and if one flavor whose nodes suit the pod has quota for all of it. Otherwise the workload stays suspended for
ever, with an event that nobody reads. Quotas and flavors that a cluster fills in later are passed over.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from ...model import Overlay, Pod, Pointer, Problem, Problems, Resource, mapping
from ...views import queues
from ...views.amounts import shown
from ...views.provision import line_of
from ...views.queues import Asked, Flavor
from ..examples import LOCAL_QUEUE, QUEUED, marked, other, together, workload

SEVERITY = "error"
HINT = "Cover the resource in the ClusterQueue with enough quota in a flavor of the pod's machine, or ask for less."
SOURCE = "https://kueue.sigs.k8s.io/docs/concepts/cluster_queue/"
COVERS = ("KUE-02",)

_FLAVOR = other("ResourceFlavor", "nodeLabels: {machine: h200}", name="h200")
_RESOURCES = "{name: nvidia.com/gpu, nominalQuota: 16}, {name: cpu, nominalQuota: 100}"
_QUEUE = other(
    "ClusterQueue",
    "resourceGroups: [{coveredResources: [nvidia.com/gpu, cpu],\n"
    f"flavors: [{{name: h200, resources: [{_RESOURCES}]}}]}}]",
    name="gpus",
)
_QUEUES = together(_FLAVOR, _QUEUE, LOCAL_QUEUE)
_ASKED = 'resources: {requests: {cpu: "96"}, limits: {nvidia.com/gpu: "8"}}'
_POD = f"nodeSelector: {{machine: h200}}\ncontainers: [{{name: a, {_ASKED}}}]"
GOOD = together(_QUEUES, marked(workload(_POD, kind="Job"), QUEUED))
BAD = GOOD.replace('requests: {cpu: "96"}', 'requests: {cpu: "96", memory: 1Ti}')


def check(overlay: Overlay) -> Problems:
    left_out = queues.excluded(overlay) if any(True for _ in overlay.of("ClusterQueue")) else ()
    seen = Seen()
    for resource in overlay.resources:
        pods = list(overlay.pods_in(resource))
        queue = queues.cluster_queue(overlay, pods[0]) if pods else None
        if queue is not None:
            yield from _uncovered(overlay, resource, pods, queue, left_out)
            _admitted(overlay, resource, pods, queue, seen)
    for (_, group), those in seen.unsuited.items():
        yield from _of_flavors(overlay, group, those, seen.suiting)
    for quota, refused in seen.refused.items():
        yield from _of_quota(overlay, quota, refused, seen.fitting[id(quota.queue), quota.flavor, quota.name])


class Quota(NamedTuple):
    """What a ClusterQueue gives of a resource in a flavor, in billionths. group: which of its groups that is in."""

    queue: Resource
    group: int
    flavor: str
    name: str
    limit: int


class Refused(NamedTuple):
    """A workload that asks for more, in billionths, and where it does."""

    resource: Resource
    pointer: Pointer
    amount: int


class Unsuited(NamedTuple):
    """A pod whom no flavor of a group suits, and why, by flavor."""

    queue: Resource
    resource: Resource
    pod: Pod
    reasons: dict[str, str]


@dataclass(frozen=True)
class Seen:
    """What the workloads found in their queues, so that what suits none of them is said once, of the queue.

    refused: by the quota that is too small; fitting: for how many a queue, by identity, has enough of a resource in a
    flavor.
    unsuited: by identity of the queue and number of the group; suiting: queues and the flavors that suit somebody.
    """

    refused: dict[Quota, list[Refused]] = field(default_factory=dict)
    fitting: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    unsuited: dict[tuple[int, int], list[Unsuited]] = field(default_factory=dict)
    suiting: set[tuple[int, str]] = field(default_factory=set)


def _of_quota(overlay: Overlay, quota: Quota, those: list[Refused], fitting: int) -> Problems:
    """Workloads above a quota: it is at fault itself where it is not enough for most. fitting: how many it is for."""
    queue, group, flavor, name, limit = quota
    is_enough = fitting >= len(those)
    for resource, pointer, amount in those if is_enough else ():
        most = f"ClusterQueue {queue.name} can never give more than {shown(limit)} of flavor {flavor}"
        # In a cluster the machine's patch is right: what brings the workload here is not.
        place = line_of(overlay, resource) or (None, None)
        yield Problem(resource, pointer, f"asks for {shown(amount)} of {name}, but {most}", *place)
    if not is_enough:
        least = min(those, key=lambda one: one.amount)
        asking = f"{least.resource.kind} {least.resource.name} asks for {shown(least.amount)}"
        others = f", and {len(those) - 1} more for no less" if len(those) > 1 else ""
        text = f"{shown(limit)} of {name} in flavor {flavor} is not enough: {asking}{others}"
        yield Problem(queue, queues.entry(queue, group, flavor, name), text)


def _of_flavors(overlay: Overlay, group: int, those: list[Unsuited], suiting: set[tuple[int, str]]) -> Problems:
    """Pods that no flavor suits. One flavor that suits nobody is at fault itself, else each of them is."""
    queue = those[0].queue
    idle = [f for f in queues.groups(overlay, queue)[group][1] if (id(queue), f.name) not in suiting]
    count = len({id(one.resource) for one in those})
    if len(idle) == 1 and idle[0].body is not None:
        flavor, why = idle[0].body, those[0].reasons[idle[0].name]
        at: Pointer = ("spec", "nodeLabels")
        label = next((str(key) for key in mapping(flavor.at(at)) if f"{key} " in why), None)
        at = (*at, label) if label else at if flavor.at(at) else ()
        whom = f"none of {count} workloads" if count > 1 else f"not {those[0].resource.kind} {those[0].resource.name}"
        text = f"suits {whom} of ClusterQueue {queue.name}: {why}"
        yield Problem(flavor, at, text, explains=(("closed-queue", at),))
        return
    for _, resource, pod, reasons in those:
        listed = "; ".join(f"{name}: {why}" for name, why in reasons.items())
        place = line_of(overlay, resource) or (None, None)
        text = f"no flavor of ClusterQueue {queue.name} suits the pod: {listed}"
        yield Problem(resource, _pinned(pod), text, *place)


def _uncovered(
    overlay: Overlay, resource: Resource, pods: list[Pod], queue: Resource, left_out: tuple[str, ...]
) -> Problems:
    """What a workload asks for and its queue does not count."""
    covered = frozenset(name for names, _ in queues.groups(overlay, queue) for name in names)
    reported: set[str] = set()  # the pods of a workload ask for the same, and it is one queue to correct
    for pod in pods if queues.groups(overlay, queue) else ():
        for name, asked in queues.requests(overlay, pod).items():
            if name not in covered | reported and not name.startswith(left_out):
                reported.add(name)
                known = ", ".join(sorted(covered)) or "nothing"
                message = f"asks for {name}, which ClusterQueue {queue.name} does not cover; it covers {known}"
                yield Problem(resource, asked.pointer, message)


def _admitted(overlay: Overlay, resource: Resource, pods: list[Pod], queue: Resource, seen: Seen) -> None:
    """Whether a workload has flavors, and quota in them."""
    for group, (names, flavors) in enumerate(queues.groups(overlay, queue)):
        alike: dict[tuple[str, ...], list[Pod]] = {}
        for pod in pods if flavors else ():
            if not names & queues.requests(overlay, pod).keys():
                continue
            reasons = {flavor.name: queues.unsuitable(overlay, pod, flavor) for flavor in flavors}
            suiting = tuple(name for name, why in reasons.items() if why is None)
            seen.suiting.update((id(queue), name) for name in suiting)
            if suiting:
                alike.setdefault(suiting, []).append(pod)
            else:
                why = {name: reason for name, reason in reasons.items() if reason}
                seen.unsuited.setdefault((id(queue), group), []).append(Unsuited(queue, resource, pod, why))
        for suiting, parts in alike.items():
            # Pods that are admitted one by one have the quota each to themselves.
            for batch in [[part] for part in parts] if resource.kind in queues.POD_BY_POD else [parts]:
                chosen = [flavor for flavor in flavors if flavor.name in suiting]
                _counted(overlay, resource, batch, chosen, (queue, group, names), seen)


def _pinned(pod: Pod) -> Pointer:
    return next(((*pod.pointer, key) for key in ("nodeSelector", "affinity") if key in pod.spec), pod.pointer)


def _counted(
    overlay: Overlay,
    resource: Resource,
    pods: list[Pod],
    flavors: list[Flavor],
    of: tuple[Resource, int, frozenset[str]],
    seen: Seen,
) -> None:
    """Whether some flavor has quota for pods that are admitted together. of: the queue, the group, what that covers."""
    queue, group, names = of
    total: dict[str, Asked] = {}
    for pod in pods:
        for name, asked in queues.requests(overlay, pod).items():
            before = total.get(name, Asked(0, asked.pointer))
            total[name] = Asked(before.amount + asked.amount * queues.copies(pod), before.pointer)
    lacking = []
    for flavor in flavors:
        limits = {name: flavor.quotas.get(name, 0) for name in sorted(names & total.keys())}
        short = [(name, limit) for name, limit in limits.items() if limit is not None and total[name].amount > limit]
        if not short:
            seen.fitting.update((id(queue), flavor.name, name) for name in limits)
            return
        lacking.append((flavor, *short[0]))
    flavor, name, limit = max(lacking, key=lambda item: item[2])
    one = Refused(resource, total[name].pointer, total[name].amount)
    seen.refused.setdefault(Quota(queue, group, flavor.name, name, limit), []).append(one)

"""A workload asks its queue for what the queue cannot give.

Kueue admits a workload only if the ClusterQueue covers every resource that the pods request, a limit without a request
included, and if one flavor whose nodes suit the pod has quota for all of it. Otherwise the workload stays suspended for
ever, with an event that nobody reads. Quotas and flavors that a cluster fills in later are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Overlay, Pod, Pointer, Problem, Resource
from ...views import queues
from ...views.amounts import shown
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


def check(overlay: Overlay) -> Iterator[Problem]:
    left_out = queues.excluded(overlay) if any(True for _ in overlay.of("ClusterQueue")) else ()
    for resource in overlay.resources:
        pods = list(overlay.pods_in(resource))
        queue = queues.cluster_queue(overlay, pods[0]) if pods else None
        if queue is not None:
            yield from _workload(overlay, resource, pods, queue, left_out)


def _workload(
    overlay: Overlay, resource: Resource, pods: list[Pod], queue: Resource, left_out: tuple[str, ...]
) -> Iterator[Problem]:
    groups = queues.groups(overlay, queue)
    covered = frozenset(name for names, _ in groups for name in names)
    reported: set[str] = set()  # the pods of a workload ask for the same, and it is one queue to correct
    for pod in pods:
        for name, asked in queues.requests(overlay, pod).items():
            if groups and name not in covered | reported and not name.startswith(left_out):
                reported.add(name)
                known = ", ".join(sorted(covered)) or "nothing"
                message = f"asks for {name}, which ClusterQueue {queue.name} does not cover; it covers {known}"
                yield Problem(resource, asked.pointer, message)
    for names, flavors in groups:
        alike: dict[tuple[str, ...], list[Pod]] = {}
        for pod in pods if flavors else ():
            if not names & queues.requests(overlay, pod).keys():
                continue
            reasons = {flavor.name: queues.unsuitable(overlay, pod, flavor) for flavor in flavors}
            if all(reasons.values()):
                listed = "; ".join(f"{name}: {why}" for name, why in reasons.items())
                yield Problem(resource, _pinned(pod), f"no flavor of ClusterQueue {queue.name} suits the pod: {listed}")
            else:
                alike.setdefault(tuple(name for name, why in reasons.items() if why is None), []).append(pod)
        for suiting, parts in alike.items():
            # Pods that are admitted one by one have the quota each to themselves.
            for batch in [[part] for part in parts] if resource.kind in queues.POD_BY_POD else [parts]:
                chosen = [flavor for flavor in flavors if flavor.name in suiting]
                yield from _short(overlay, resource, batch, names, chosen, queue)


def _pinned(pod: Pod) -> Pointer:
    return next(((*pod.pointer, key) for key in ("nodeSelector", "affinity") if key in pod.spec), pod.pointer)


def _short(
    overlay: Overlay, resource: Resource, pods: list[Pod], names: frozenset[str], flavors: list[Flavor], queue: Resource
) -> Iterator[Problem]:
    """A quota that no flavor has for pods that are admitted together."""
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
            return
        lacking.append((flavor, *short[0]))
    flavor, name, limit = max(lacking, key=lambda item: item[2])
    most = f"ClusterQueue {queue.name} can never give more than {shown(limit)} of flavor {flavor.name}"
    yield Problem(resource, total[name].pointer, f"asks for {shown(total[name].amount)} of {name}, but {most}")

"""What never ends asks for more than its queue can ever give.

A server holds its quota till somebody takes it away. If all servers of a queue together ask for more than the quota,
with all that the cohort could lend, the last of them waits for ever, and which one that is depends on the order in
which they came: after an update it is another one.
"""

from typing import NamedTuple

from ...model import Overlay, Pod, Problem, Problems, Resource, mappings
from ...views import queues
from ...views.amounts import shown
from ..examples import LOCAL_QUEUE, QUEUED, marked, other, server, together

SEVERITY = "error"
HINT = "Raise the quota to what the nodes have (`gpus` in site.yaml), or run fewer servers or replicas."
SOURCE = "https://kueue.sigs.k8s.io/docs/concepts/cluster_queue/"
COVERS = ("KUE-02",)

_FLAVORS = "flavors: [{name: h200, resources: [{name: nvidia.com/gpu, nominalQuota: 16}]}]"
_QUEUE = other("ClusterQueue", f"resourceGroups: [{{coveredResources: [nvidia.com/gpu],\n{_FLAVORS}}}]", name="gpus")
_QUEUES = together(_QUEUE, LOCAL_QUEUE, other("ResourceFlavor", "nodeLabels: {machine: h200}", name="h200"))


def _server(name: str, replicas: int = 1, kind: str = "Deployment") -> str:
    return marked(server(kind=kind, name=name, spec=f"replicas: {replicas}"), QUEUED)


GOOD = together(_QUEUES, _server("a"), _server("b"))
BAD = together(_QUEUES, _server("a"), _server("b", 2))
MOST_NAMED = 6


class Server(NamedTuple):
    """What runs for ever in a queue: a template, its pods, and what each pod asks for in billionths.

    batch: what Kueue admits at once of the object, of whatever template.
    """

    pod: Pod
    pods: int
    asked: dict[str, int]
    batch: dict[str, int]
    queue: Resource


def check(overlay: Overlay) -> Problems:
    queued: dict[int, list[Server]] = {}
    batches: dict[int, dict[str, int]] = {}
    for pod in overlay.pods:
        queue = queues.cluster_queue(overlay, pod)
        count = queues.endless(overlay, pod) if queue is not None else 0
        if queue is not None and count:
            asked = {name: amount.amount for name, amount in queues.requests(overlay, pod).items()}
            batch = batches.setdefault(id(pod.resource), {})
            for name, amount in asked.items():
                batch[name] = batch.get(name, 0) + amount * queues.copies(pod)
            queued.setdefault(overlay.place(queue), []).append(Server(pod, count, asked, batch, queue))
    told: set[str] = set()
    for place in sorted(queued):
        servers = queued[place]
        queue = servers[0].queue
        yield from _queue(overlay, queue, servers)
        name = queues.cohort(queue)
        lenders = queues.members(overlay, queue) if name and name not in told else None
        if lenders is not None:
            told.add(name)
            inside = [one for others in queued.values() for one in others if one.queue in lenders]
            yield from _cohort(queue, name, lenders, inside)


def _queue(overlay: Overlay, queue: Resource, servers: list[Server]) -> Problems:
    """A queue whose servers ask for more than the flavors that suit them can give, even with all that is lent."""
    for g, (names, flavors) in enumerate(queues.groups(overlay, queue)):
        suiting = {
            id(s.pod): frozenset(f.name for f in flavors if queues.unsuitable(overlay, s.pod, f) is None)
            for s in servers
        }
        for name in sorted(names):
            limits = {flavor.name: flavor.quotas.get(name, 0) for flavor in flavors}
            for chosen in sorted({*suiting.values(), frozenset(limits)}, key=lambda s: (len(s), sorted(s))):
                amounts = [limits[flavor] for flavor in sorted(chosen)]
                asking = [s for s in servers if s.asked.get(name) and frozenset() < suiting[id(s.pod)] <= chosen]
                # What one of them could not get by itself is `uncovered-request`.
                asking = [s for s in asking if any(s.batch[name] <= (limits[f] or 0) for f in suiting[id(s.pod)])]
                if not amounts or None in amounts or not asking:
                    continue
                most = sum(amount for amount in amounts if amount is not None)
                total = sum(s.pods * s.asked[name] for s in asking)
                if total > most:
                    of = f" of flavor {', '.join(sorted(chosen))}" if len(chosen) < len(limits) else ""
                    text = f"{_said(asking, name, total)}, and ClusterQueue {queue.name} can give {shown(most)}{of}"
                    at = queues.entry(queue, g, min(chosen), name)
                    yield Problem(queue, at, f"{text}: one of them waits for ever")
                    break


def _cohort(queue: Resource, name: str, lenders: list[Resource], servers: list[Server]) -> Problems:
    """A cohort whose servers ask for more than all its members have, whatever is lent among them."""
    for resource in sorted({resource for one in servers for resource in one.asked}):
        known: dict[str, int | None] = {}
        for lender in lenders:
            for _, group in mappings(lender.spec.get("resourceGroups")):
                for _, flavor in mappings(group.get("flavors")):
                    if any(entry.get("name") == resource for _, entry in mappings(flavor.get("resources"))):
                        at = str(flavor.get("name"))
                        known[at] = queues.together_nominal(lenders, at, resource)
        if not known or None in known.values():
            continue
        most = sum(amount for amount in known.values() if amount is not None)
        asking = [one for one in servers if one.asked.get(resource)]
        total = sum(one.pods * one.asked[resource] for one in asking)
        alone = {id(one.queue) for one in asking}
        if total > most and len(alone) > 1:
            text = f"{_said(asking, resource, total)}, and all of cohort {name} has {shown(most)}"
            first = min(known)
            for g, group in mappings(queue.spec.get("resourceGroups")):
                if any(item.get("name") == first for _, item in mappings(group.get("flavors"))):
                    yield Problem(queue, queues.entry(queue, g, first, resource), f"{text}: one of them waits for ever")
                    break


def _said(servers: list[Server], resource: str, total: int) -> str:
    each: dict[str, int] = {}
    for one in servers:
        name = one.pod.resource.name
        each[name] = each.get(name, 0) + one.pods * one.asked[resource]
    listed = [f"{name} {shown(amount)}" for name, amount in each.items()]
    if len(listed) > MOST_NAMED:
        listed = [*listed[:MOST_NAMED], f"{len(listed) - MOST_NAMED} more"]
    return f"what never ends asks for {shown(total)} of {resource} ({', '.join(listed)})"

"""A queue may evict a server for the sake of a benchmark.

With preemption Kueue stops what runs to admit what is more urgent. A server that loses its GPUs has lost the half hour
in which its model was loaded, and whoever was asking it. Only a priority that nothing else in the queue reaches keeps a
server, and one without a class has none: the first Job with a class evicts it.
"""

from ...model import Overlay, Pod, Pointer, Problem, Problems, Resource, mapping
from ...views import queues
from ..examples import LOCAL_QUEUE, marked, other, server, together

SEVERITY = "warning"
HINT = "Write Never, or give every server a WorkloadPriorityClass whose value no benchmark reaches."
SOURCE = "https://kueue.sigs.k8s.io/docs/concepts/preemption/"
COVERS = ("KUE-02",)

_QUEUE = other("ClusterQueue", "preemption: {withinClusterQueue: LowerPriority}", name="gpus")
_CLASS = "apiVersion: kueue.x-k8s.io/v1beta2\nkind: WorkloadPriorityClass\nmetadata: {name: first}\nvalue: 100\n"
_LABEL = "labels: {kueue.x-k8s.io/queue-name: gpus, kueue.x-k8s.io/priority-class: first}"
_SERVER = marked(server(kind="Deployment"), _LABEL)
_PLAIN = _SERVER.replace(", kueue.x-k8s.io/priority-class: first", "")
GOOD = together(_QUEUE, LOCAL_QUEUE, _CLASS, _SERVER)
BAD = together(_QUEUE, LOCAL_QUEUE, _PLAIN)


def check(overlay: Overlay) -> Problems:
    inside: dict[int, list[Pod]] = {}
    for pod in overlay.pods:
        queue = queues.cluster_queue(overlay, pod)
        if queue is not None:
            inside.setdefault(overlay.place(queue), []).append(pod)
    for place in sorted(inside):
        queue = overlay.resources[place]
        policy = mapping(queue.spec.get("preemption")).get("withinClusterQueue")
        if policy in ("LowerPriority", "LowerOrNewerEqualPriority"):
            yield from _queue(overlay, queue, inside[place], policy)


def _queue(overlay: Overlay, queue: Resource, pods: list[Pod], policy: str) -> Problems:
    servers = [pod for pod in pods if queues.endless(overlay, pod)]
    others = [(value, pod) for pod in pods if not pod.serves and (value := queues.priority(overlay, pod)) is not None]
    most, urgent = max(others, key=lambda item: item[0], default=(0, None))
    for pod in servers:
        own = queues.priority(overlay, pod)
        if own is None:
            continue
        at: Pointer = ("spec", "preemption", "withinClusterQueue")
        head = f"ClusterQueue {queue.name} evicts by {policy}, and {pod.resource.title}"
        if urgent is not None and (most > own or (most == own != 0 and policy != "LowerPriority")):
            name = urgent.resource.title
            yield Problem(queue, at, f"{head} has priority {own}, which is not above that of {name}, {most}")
            return
        if own <= 0:
            yield Problem(queue, at, f"{head} has no priority: whatever names a class evicts it")
            return

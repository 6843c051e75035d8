"""What evictable-server tells apart beyond its own examples."""

from servelint.rules.examples import LOCAL_QUEUE, marked, server, together
from servelint.rules.queue.evictable_server import _CLASS, _LABEL, _QUEUE, _SERVER, BAD, GOOD

_JOB = marked(server(kind="Job", name="bench"), _LABEL)
_POD_CLASS = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: pods}\nvalue: 500\n"

ALSO_GOOD = [
    BAD.replace("LowerPriority", "Never"), together(GOOD, _JOB), together(_QUEUE, LOCAL_QUEUE, _CLASS, _JOB),
    together(_QUEUE, LOCAL_QUEUE, _SERVER), BAD.replace("clusterQueue: gpus", "clusterQueue: other"),
    BAD.replace("preemption: {withinClusterQueue: LowerPriority}", ""),
]  # fmt: skip
ALSO_BAD = [
    together(GOOD, _JOB).replace("LowerPriority", "LowerOrNewerEqualPriority"),
    together(GOOD, _POD_CLASS, marked(server(kind="Job", name="b", pod="priorityClassName: pods"), _LABEL)).replace(
        "name: b\n  labels: {kueue.x-k8s.io/queue-name: gpus, kueue.x-k8s.io/priority-class: first}",
        "name: b\n  labels: {kueue.x-k8s.io/queue-name: gpus}",
    ),
    BAD.replace("LowerPriority", "LowerOrNewerEqualPriority"),
]  # fmt: skip

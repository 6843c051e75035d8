"""A workload asks its queue for what the queue cannot give.

Kueue admits a workload only if the ClusterQueue covers every resource that the pods request, a limit without a request
included, and if one flavor whose nodes suit the pod has quota for all of it. Otherwise the workload stays suspended for
ever, with an event that nobody reads. Quotas and flavors that a cluster fills in later are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Pod, Pointer, Problem, Resource
from ..semantics.names import NANO
from ..views import queues
from ..views.queues import Asked, Flavor

SEVERITY = "error"
HINT = "Cover the resource in the ClusterQueue with enough quota in a flavor of the pod's machine, or ask for less."
SOURCE = "https://kueue.sigs.k8s.io/docs/concepts/cluster_queue/"
COVERS = ("KUE-02",)

GOOD = """\
apiVersion: kueue.x-k8s.io/v1beta2
kind: ResourceFlavor
metadata: {name: h200}
spec: {nodeLabels: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}}
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata: {name: gpus}
spec:
  namespaceSelector: {}
  resourceGroups:
  - coveredResources: [nvidia.com/gpu, cpu]
    flavors:
    - name: h200
      resources:
      - {name: nvidia.com/gpu, nominalQuota: 16}
      - {name: cpu, nominalQuota: 100k}
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: LocalQueue
metadata: {name: gpus, namespace: serving}
spec: {clusterQueue: gpus}
---
apiVersion: batch/v1
kind: Job
metadata: {name: bench, namespace: serving, labels: {kueue.x-k8s.io/queue-name: gpus}}
spec:
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}
      containers:
      - name: engine
        image: lmsysorg/sglang:v0.4.6.post4-cu124
        resources: {requests: {cpu: "96"}, limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace('requests: {cpu: "96"}', 'requests: {cpu: "96", memory: 1Ti}')


def check(overlay: Overlay) -> Iterator[Problem]:
    left_out = queues.excluded(overlay) if any(True for _ in overlay.of("ClusterQueue")) else ()
    for resource in overlay.resources:
        pods = [pod for pod in overlay.pods if pod.resource is resource]
        queue = queues.cluster_queue(overlay, pods[0]) if pods else None
        if queue is not None:
            yield from _workload(overlay, resource, pods, queue, left_out)


def _workload(
    overlay: Overlay, resource: Resource, pods: list[Pod], queue: Resource, left_out: tuple[str, ...]
) -> Iterator[Problem]:
    groups = queues.groups(overlay, queue)
    covered = frozenset(name for names, _ in groups for name in names)
    reported: set[str] = set()
    for pod in pods:
        for name, asked in queues.requests(overlay, pod).items():
            if groups and name not in covered and name not in reported and not name.startswith(left_out or ("\0",)):
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
            for together in [[part] for part in parts] if resource.kind in queues.POD_BY_POD else [parts]:
                chosen = [flavor for flavor in flavors if flavor.name in suiting]
                yield from _short(overlay, resource, together, names, chosen, queue)


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
    message = (
        f"asks for {_shown(total[name].amount)} of {name}, but ClusterQueue {queue.name} can never give more than"
        f" {_shown(limit)} of flavor {flavor.name}"
    )
    yield Problem(resource, total[name].pointer, message)


def _shown(amount: int) -> str:
    return f"{amount / NANO:.15g}"

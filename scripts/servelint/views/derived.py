"""Names that controllers derive from the names of objects, and how long those may be."""

from collections.abc import Iterator
from typing import NamedTuple

from ..model import Resource, is_marker, mapping, mappings, whole

LABEL = 63
"""Characters of a label's value, and of one part of a host name (RFC 1123)."""
HASH = 10
"""Characters of the hash of a StatefulSet's revision, at most: the digits of a number of 32 bits. One has nine or fewer
once in four.
Source: https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/controller/history/controller_history.go"""
PODS = 5
"""Characters that a Job adds to the names of its pods."""
WORKLOAD = 5
"""Characters of the hash at the end of a Kueue workload's name.
Source: https://github.com/kubernetes-sigs/kueue/blob/v0.19.2/pkg/controller/jobframework/workload_names.go"""
QUEUE = "kueue.x-k8s.io/queue-name"


class Made(NamedTuple):
    """What a controller makes of a name: the words for it, its length, and whether that is certain to be refused."""

    said: str
    length: int
    certain: bool

    @property
    def over(self) -> int:
        """Characters by which the name has to become shorter."""
        return self.length - LABEL

    def __str__(self) -> str:
        return f"{self.said}, {self.length} characters of at most {LABEL}: shorten the name by {self.over}"


def overlong(resource: Resource, size: int | None = None) -> Made | None:
    """The worst of what controllers make of an object's name, if some of it is too long; what is certain comes first.

    size: pods of a LeaderWorkerSet's group, where the object does not say so yet.
    """
    found = [made for made in _made(resource, size) if made.over > 0]
    return max(found, key=lambda made: (made.certain, made.over), default=None)


def _made(resource: Resource, size: int | None) -> Iterator[Made]:
    name = resource.name
    if resource.kind == "StatefulSet":
        yield _revision(name)
    elif resource.kind == "LeaderWorkerSet":
        yield from _of_group(resource, size)
    elif resource.kind == "JobSet":
        yield from (Made(f"JobSet makes pods {pod} of it", len(pod), True) for pod in _pods(resource))
    elif resource.kind == "InferenceService":
        made = [f"isvc.{name}-predictor"]
        if resource.namespace and not is_marker(resource.namespace):
            made.append(f"{name}-predictor-{resource.namespace}")
        # Source: https://github.com/kserve/kserve/blob/v0.20.0/pkg/controller/v1beta1/inferenceservice/components/predictor.go
        yield from (Made(f"KServe makes {one} of it", len(one), True) for one in made)


def _revision(made: str) -> Made:
    length = len(made) + 1 + HASH
    return Made(f"pods get the label controller-revision-hash {made}-<hash>", length, length - 1 > LABEL)


def _of_group(resource: Resource, size: int | None) -> Iterator[Made]:
    """Of a LeaderWorkerSet: the StatefulSet of its leaders, or those of each group's workers; and Kueue's workloads.

    Sources: https://github.com/kubernetes-sigs/lws/blob/v0.10.0/pkg/controllers/pod_controller.go and
    https://github.com/kubernetes-sigs/kueue/issues/10032
    """
    spec = resource.spec
    given, replicas = mapping(spec.get("leaderWorkerTemplate")).get("size", size), spec.get("replicas")
    last = max((1 if replicas is None else whole(replicas) or 1) - 1, 0)
    alone = (1 if given is None else whole(given)) == 1
    yield _revision(resource.name if alone else f"{resource.name}-{last}")
    if QUEUE in resource.labels:
        group = f"leaderworkerset-{resource.name}-{last}-"
        said = f"Kueue, but for its gate WorkloadIdentifierAnnotations, labels the pods {group}<hash>"
        yield Made(said, len(group) + WORKLOAD, False)


def _pods(resource: Resource) -> Iterator[str]:
    """The longest name of a pod of each Job of a set."""
    for _, job in mappings(resource.spec.get("replicatedJobs")):
        spec = mapping(mapping(job.get("template")).get("spec"))
        last = (whole(job.get("replicas")) or 1) - 1
        pods = whole(spec.get("completions")) or whole(spec.get("parallelism")) or 1
        yield f"{resource.name}-{job.get('name')}-{max(last, 0)}-{max(pods - 1, 0)}-{'x' * PODS}"

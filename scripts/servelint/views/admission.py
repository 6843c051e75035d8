"""Pods as admission sees them: which are made, where, how many, and what each of their containers says.

Source: https://github.com/kubernetes/kubernetes/tree/v1.35.0/plugin/pkg/admission
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from ..model import Container, Overlay, Pod, Pointer, Resource, mapping, mappings, whole
from ..server.semantics.names import NANO
from . import kserve
from .amounts import billionths, gib
from .queues import copies
from .selection import RUNTIMES, together


def made(overlay: Overlay, namespace: str) -> list[Pod]:
    """The pod templates of a namespace from which somebody makes pods, in the order of the set."""
    return [
        pod for pod in overlay.pods if pod.resource.kind not in RUNTIMES and together(pod.resource.namespace, namespace)
    ]


def containers(overlay: Overlay, pod: Pod) -> tuple[Container, ...]:
    """All containers of a pod; KServe lays a predictor over its runtime."""
    return (*kserve.main(overlay, pod), *(c for c in pod.containers if c.init))


def security(holder: dict[str, Any]) -> dict[str, Any]:
    """The security context of a pod's spec or of a container."""
    return mapping(holder.get("securityContext"))


def replicas(pod: Pod) -> int:
    """Pods of a template that stand side by side when nothing is being updated; at least none."""
    resource = pod.resource
    if resource.kind == "InferenceService":
        least = mapping(resource.at(pod.pointer)).get("minReplicas")
        return max(1 if least is None else whole(least) or 0, 0)
    if resource.kind == "LeaderWorkerSet":
        groups = resource.spec.get("replicas")
        return max(1 if groups is None else whole(groups) or 0, 0) * copies(pod)
    if resource.kind in ("Deployment", "ReplicaSet"):
        return max(pod.count, 0)
    return copies(pod)


class Refused(NamedTuple):
    """A pod that admission turns away: what it is about, in the words of a message, and where that stands."""

    pod: Pod
    why: str
    pointer: Pointer


def refused(pod: Pod, found: list[tuple[str, Pointer]]) -> Refused | None:
    """A pod with what admission says of it: the first three things in words, and the place of the first; None if it
    says nothing."""
    said = list(dict.fromkeys(text for text, _ in found))
    if not said:
        return None
    more = f" and {len(said) - 3} more" if len(said) > 3 else ""
    return Refused(pod, ", ".join(said[:3]) + more, found[0][1])


def owner(pod: Pod) -> str:
    """A pod's workload for a message."""
    return f"{pod.resource.kind} {pod.resource.name}"


def others(refused: Iterable[Refused]) -> str:
    """How many further workloads are concerned, for a message: `` and 4 others``, or nothing."""
    count = len({id(one.pod.resource) for one in refused}) - 1
    return f" and {count} other{'s' * (count > 1)}" if count > 0 else ""


def widespread(refused: list[Refused], pods: list[Pod]) -> bool:
    """Whether a namespace turns away so many of its workloads that it is what to correct, not each of them."""
    return 2 * len({id(one.pod.resource) for one in refused}) >= len({id(pod.resource) for pod in pods})


def exempt(resource: Resource) -> bool:
    """Whether an object lies in a namespace of the cluster itself."""
    return resource.namespace in ("kube-system", "kube-public", "kube-node-lease")


class Resources(NamedTuple):
    """What a container asks for once the server has filled in defaults: amounts in billionths, by name."""

    container: str
    requests: dict[str, int]
    limits: dict[str, int]
    pointer: Pointer
    lasting: bool


SIDECAR = {"cpu": "250m", "memory": "256Mi", "ephemeral-storage": "5Gi"}
"""What GKE's sidecar for buckets asks for and is limited to. Source:
https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-sidecar"""


def resources(overlay: Overlay, pod: Pod) -> list[Resources]:
    """The containers of a pod with their resources as its LimitRanges leave them, the bucket sidecar among them.

    A limit is the request where none stands; then each LimitRange gives what is still missing.
    Source: https://github.com/kubernetes/kubernetes/blob/v1.35.0/plugin/pkg/admission/limitranger/admission.go
    """
    found = []
    for container in containers(overlay, pod):
        body = mapping(container.body.get("resources"))
        limits = _amounts(mapping(body.get("limits")))
        requests = {**limits, **_amounts(mapping(body.get("requests")))}
        at = (*container.pointer, "resources")
        lasting = not container.init or container.body.get("restartPolicy") == "Always"
        place = at if container.resource.at(at) is not None else container.pointer
        found.append(Resources(container.name, requests, limits, place, lasting))
    key = "gke-gcsfuse/volumes"
    if str(pod.annotations.get(key)).lower() == "true":
        found.append(_sidecar(pod, (*pod.meta_pointer, "annotations", key)))
    for bounds in limit_ranges(overlay, pod.resource.namespace):
        for item in bounds:
            if item.kind == "Container":
                for one in found:
                    for name, amount in item.default.items():
                        one.limits.setdefault(name, amount)
                    for name, amount in item.default_request.items():
                        one.requests.setdefault(name, amount)
    return found


def _sidecar(pod: Pod, at: Pointer) -> Resources:
    """What the sidecar asks for: an annotation of zero takes a limit away."""
    amounts: dict[str, dict[str, int]] = {"request": {}, "limit": {}}
    for name, usual in SIDECAR.items():
        given = {side: pod.annotations.get(f"gke-gcsfuse/{name}-{side}") for side in amounts}
        # One of the two stands for both, as everywhere.
        request = given["request"] if given["request"] is not None else given["limit"]
        for side, value in (("request", request), ("limit", given["limit"])):
            amount = billionths(usual if value is None else value)
            # Where limits are taken away the request falls back to the usual one.
            amount = billionths(usual) if side == "request" and amount == 0 else amount
            if amount:
                amounts[side][name] = amount
    return Resources("gke-gcsfuse-sidecar", amounts["request"], amounts["limit"], at, True)


def _amounts(given: dict[str, Any]) -> dict[str, int]:
    return {str(name): amount for name, value in given.items() if (amount := billionths(value)) is not None}


class Bounds(NamedTuple):
    """An item of a LimitRange: of containers, pods or claims, with the defaults that its bounds imply."""

    resource: Resource
    pointer: Pointer
    kind: str
    least: dict[str, int]
    most: dict[str, int]
    ratio: dict[str, int]
    default: dict[str, int]
    default_request: dict[str, int]


@lru_cache(maxsize=64)
def limit_ranges(overlay: Overlay, namespace: str) -> list[list[Bounds]]:
    """The items of each LimitRange of a namespace. A maximum is the default limit too, a minimum the default request.

    Source: https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/apis/core/v1/defaults.go
    """
    found = []
    for one in overlay.of("LimitRange"):
        if not together(one.namespace, namespace):
            continue
        items = []
        for i, item in mappings(one.spec.get("limits")):
            least, most, ratio, default, request = (
                _amounts(mapping(item.get(key)))
                for key in ("min", "max", "maxLimitRequestRatio", "default", "defaultRequest")
            )
            default = {**most, **default}
            request = {**least, **default, **request}
            items.append(
                Bounds(one, ("spec", "limits", i), str(item.get("type")), least, most, ratio, default, request)
            )
        found.append(items)
    return found


def total(parts: list[Resources], side: str) -> dict[str, int]:
    """What a pod of these containers asks for or is limited to: those that run on, or a larger one before them."""
    steady: dict[str, int] = {}
    for part in parts:
        for name, amount in getattr(part, side).items() if part.lasting else ():
            steady[name] = steady.get(name, 0) + amount
    for part in parts:
        for name, amount in getattr(part, side).items() if not part.lasting else ():
            steady[name] = max(steady.get(name, 0), amount)
    return steady


def shown(name: str, amount: int) -> str:
    """An amount in billionths for people: ``64 GiB``, ``96``."""
    part = name.rpartition(".")[2]
    if part in ("memory", "ephemeral-storage", "storage") or part.startswith("hugepages-"):
        return gib(amount // NANO)
    return f"{amount / NANO:g}"

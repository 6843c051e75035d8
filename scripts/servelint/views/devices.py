"""Devices that pods claim: network cards, and channels of the ComputeDomain that joins the GPUs of several hosts.

Sources: https://cloud.google.com/kubernetes-engine/docs/how-to/allocate-network-resources-dra;
https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/dra-cds.html
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..model import Overlay, Pod, Pointer, Resource, mapping, mappings, walk, whole
from . import groups, kserve
from .selection import together

NETWORK_CLASSES = ("mrdma.google.com", "netdev.google.com")


def hosts(overlay: Overlay, pod: Pod) -> int:
    """Pods with GPUs that work together, this one among them; 1 where it works alone or nothing tells."""
    holder = next((container for container in pod.main if container.gpus), None)
    if holder is None:
        return 1
    told = [claim.number for claim in groups.claims(overlay, holder) if claim.what == "hosts"]
    if told:
        return max(max(told), 1)
    if pod.resource.kind == "InferenceService" and kserve.workers(overlay, pod):
        below = kserve.runtime(overlay, pod)
        specs = [mapping(pod.resource.spec.get("predictor")), below.spec if below else {}]
        sizes = [whole(mapping(spec.get("workerSpec")).get("pipelineParallelSize")) for spec in specs]
        return next((size for size in sizes if size), 2)
    if pod.resource.kind in ("RayCluster", "RayJob", "RayService"):
        return max(sum(p.count for p in overlay.pods_in(pod.resource) if p.gpus), 1)
    group = groups.group_of(overlay, holder) if pod.resource.kind not in groups.LONE else None
    return max(group.pods, 1) if group else 1


class Claim(NamedTuple):
    """A device claim of a pod: its name in the pod, the place of the name that it refers to, and what it asks for.

    ``classes``: device classes; None where the template is not rendered. ``domain``: the ComputeDomain that makes the
    template.
    """

    name: str
    target: str
    pointer: Pointer
    classes: frozenset[str] | None
    domain: Resource | None

    @property
    def network(self) -> bool:
        """Whether it asks for network cards; of a template that stands elsewhere its name tells."""
        if self.classes is None:
            return "rdma" in self.target and self.domain is None
        return bool(self.classes & set(NETWORK_CLASSES))

    @property
    def channel(self) -> bool:
        """Whether it asks for a channel of a ComputeDomain, or may do so."""
        if self.domain is not None or self.classes is None:
            return self.domain is not None or not self.network
        return any("compute-domain" in name for name in self.classes)


def claims(overlay: Overlay, pod: Pod) -> list[Claim]:
    found = []
    for i, item in mappings(pod.spec.get("resourceClaims")):
        for key, kind in (
            ("resourceClaimTemplateName", "ResourceClaimTemplate"),
            ("resourceClaimName", "ResourceClaim"),
        ):
            target = item.get(key)
            if isinstance(target, str) and target:
                at = (*pod.pointer, "resourceClaims", i, key)
                body = overlay.named(kind, target)
                domain = _domain(overlay, pod, target) if kind == "ResourceClaimTemplate" else None
                classes = frozenset(_classes(body.spec)) if body else None
                found.append(Claim(str(item.get("name") or ""), target, at, classes, domain))
    return found


def _domain(overlay: Overlay, pod: Pod, template: str) -> Resource | None:
    for domain in overlay.of("ComputeDomain"):
        if channel_template(domain) == template and together(domain.namespace, pod.resource.namespace):
            return domain
    return None


def channel_template(domain: Resource) -> str:
    """The ResourceClaimTemplate that a ComputeDomain makes."""
    channel = mapping(domain.spec.get("channel"))
    return str(mapping(channel.get("resourceClaimTemplate")).get("name") or "")


def _classes(body: Any) -> Iterator[str]:
    names = (mapping(node).get("deviceClassName") for node, _ in walk(body))
    return (name for name in names if isinstance(name, str))

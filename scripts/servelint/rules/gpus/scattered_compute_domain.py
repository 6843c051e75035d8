"""Pods that share NVLink memory may land in different NVLink domains.

One domain is one subblock of Google's topology. Without a rule that keeps the group together the scheduler fills any
free nodes of the pool: GPUs of two subblocks have no NVLink between them, and the group hangs at its start or runs over
the network instead. A pool that is one subblock by itself does no harm, but no manifest shows that.
"""

import json

from ...model import Overlay, Pod, Problem, Problems
from ...views.devices import claims, hosts
from ...views.placement import machines, partners, pins
from ..examples import other, server, together

SEVERITY = "warning"
HINT = "Add a podAffinity or a Kueue podset-required-topology with cloud.google.com/gce-topology-subblock."
SOURCE = "https://github.com/GoogleCloudPlatform/cluster-toolkit/blob/main/examples/gke-a4x/nccl-jobset-example.yaml"
CONTEXT = {"hardware": "a4x", "kind": "manifest"}

ONE_DOMAIN = ("cloud.google.com/gce-topology-subblock", "cloud.google.com/gke-nodepool", "nvidia.com/gpu.clique")
"""Node labels whose every value lies in one NVLink domain."""

_POD = server(
    kind="LeaderWorkerSet",
    gpus=4,
    pod="resourceClaims: [{name: channel, resourceClaimTemplateName: server-channel}]",
    metadata="annotations: {kueue.x-k8s.io/podset-required-topology: cloud.google.com/gce-topology-subblock}",
)
GOOD = together(_POD, other("ComputeDomain", "numNodes: 2, channel: {resourceClaimTemplate: {name: server-channel}}"))
BAD = GOOD.replace("kueue.x-k8s.io/podset-required-topology", "example.com/note")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.gpu_pods:
        known = machines(overlay, pod)
        wide = bool(known) and all(hardware.domain_hosts > 1 for hardware in known)
        joined = any(claim.domain is not None for claim in claims(overlay, pod))
        if not (wide and joined) or hosts(overlay, pod) < 2 or _together(overlay, pod):
            continue
        at = next(container.gpu_pointer for container in pod.main if container.gpus)
        text = f"{hosts(overlay, pod)} pods share one ComputeDomain, but nothing keeps them in one {ONE_DOMAIN[0]}"
        yield Problem(pod.resource, at, text)


def _together(overlay: Overlay, pod: Pod) -> bool:
    """Whether something keeps the pods in one domain: affinity, a topology request, or a pin to one value."""
    if any(pin.label in ONE_DOMAIN and len(pin.values) == 1 for pin in pins(overlay, pod)):
        return True
    said = [json.dumps(part.spec.get("affinity"), default=str) for part in partners(overlay, pod)]
    written = [*pod.annotations.items(), *pod.resource.annotations.items()]
    # Kueue's and the exclusive-topology annotations of LeaderWorkerSet and JobSet name a level as their value.
    said += [str(value) for key, value in written if "topology" in str(key)]
    return any(label in text for label in ONE_DOMAIN for text in said)

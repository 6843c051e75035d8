"""Pods of several A4X hosts that share GPU memory over NVLink, without a ComputeDomain that joins them.

NVLink spans up to 18 hosts of four GPUs, and a process may reach the memory of another host's GPUs only through a
channel of a ComputeDomain. The claim's template is the one that the ComputeDomain names, in its namespace, and the
container has to use the claim. Otherwise the engine stops at its first exchange, with every node of the group held.
"""

from ...model import Overlay, Pod, Problem, Problems, in_each, is_marker, mapping, mappings, whole
from ...views.devices import channel_template, claims, hosts
from ...views.placement import machines
from ..examples import other, server, together

SEVERITY = "error"
HINT = "Render a ComputeDomain, claim its channel template in the pod, and use the claim in the container's resources."
SOURCE = "https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/dra-cds.html"
CONTEXT = {"hardware": "a4x", "kind": "manifest"}

GOOD = together(
    server(
        kind="LeaderWorkerSet",
        gpus=0,
        container='resources: {limits: {nvidia.com/gpu: "4"}, claims: [{name: channel}]}',
        pod="resourceClaims: [{name: channel, resourceClaimTemplateName: server-channel}]",
    ),
    other("ComputeDomain", "numNodes: 2, channel: {resourceClaimTemplate: {name: server-channel}}"),
)
BAD = GOOD.replace("resourceClaims: [{name: channel, resourceClaimTemplateName: server-channel}]", "resourceClaims: []")


def check(overlay: Overlay) -> Problems:
    found = [problem for pod in overlay.gpu_pods for problem in _of_pod(overlay, pod)]
    # A pod without its channel and a domain without its pods are one mistake.
    yield from found or _of_domains(overlay)


def _of_pod(overlay: Overlay, pod: Pod) -> Problems:
    known = machines(overlay, pod)
    channels = [claim for claim in claims(overlay, pod) if claim.channel]
    at = next(container.gpu_pointer for container in pod.main if container.gpus)
    if known and all(hardware.domain_hosts > 1 for hardware in known):
        count, most = hosts(overlay, pod), known[0].domain_hosts
        if count > most:
            text = f"{count} hosts work together, but NVLink of {known[0].name} joins {most} at most"
            yield Problem(pod.resource, at, text)
        elif count > 1 and not channels:
            text = f"{count} hosts of {known[0].name} work together, but the pod claims no channel of a ComputeDomain"
            yield Problem(pod.resource, at, text)
    yield from _unused(pod, {claim.name: claim.target for claim in channels if claim.domain is not None})


def _of_domains(overlay: Overlay) -> Problems:
    wanted = [claim for pod in overlay.pods for claim in claims(overlay, pod)]
    dangling = any(claim.classes is None and claim.domain is None for claim in wanted)
    sizes = [hosts for _, hosts in in_each(overlay.all_hardware, "domain_hosts")]
    for domain in overlay.of("ComputeDomain"):
        template, nodes = channel_template(domain), whole(domain.spec.get("numNodes")) or 0
        known = template and not is_marker(template) and template not in [claim.target for claim in wanted]
        if known and overlay.pods and not dangling:
            text = f"makes the claim template {template}, which no pod of the set claims"
            yield Problem(domain, ("spec", "channel", "resourceClaimTemplate", "name"), text)
        if sizes and nodes > max(sizes):
            text = f"joins {nodes} hosts, but one NVLink domain has {max(sizes)} at most"
            yield Problem(domain, ("spec", "numNodes"), text)


def _unused(pod: Pod, channels: dict[str, str]) -> Problems:
    used = {
        str(item.get("name"))
        for container in pod.containers
        for _, item in mappings(mapping(container.body.get("resources")).get("claims"))
    }
    for i, item in mappings(pod.spec.get("resourceClaims")):
        if str(item.get("name")) in channels and str(item["name"]) not in used:
            text = f"claims {channels[str(item['name'])]}, but no container has claim {item['name']} in its resources"
            yield Problem(pod.resource, (*pod.pointer, "resourceClaims", i), text)

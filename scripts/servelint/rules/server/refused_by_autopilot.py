"""GKE Autopilot refuses pods of a cluster whose site.yaml says that it is Autopilot.

Its admission, GKE Warden, takes no privileged container, no namespace or port of the host, no folder of the host but
logs to read, and few added capabilities; of node labels it takes some, and kube-system is not ours. A workload is
refused when it is applied, what a controller makes when it makes it, and a sync waits for a server that never comes.
Allowlists and settings of the cluster let some in, which no file here shows: where they may, this is a warning.
"""

import posixpath
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...model import Container, Overlay, Pod, Pointer, Problem, Problems, mapping, mappings, whole
from ...views.admission import containers, exempt, others, owner, refused, security, widespread
from ...views.placement import ACCELERATOR, pins
from ...views.selection import RUNTIMES
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Take out what is refused, or run these pods on a Standard cluster. If a WorkloadAllowlist lets them in, name it "
    "in their label cloud.google.com/matching-allowlist.",
    "Make sure that this cluster lets them in, or take out what it may refuse.",
)
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-security"

CONTEXT = {"said": {"autopilot": "true"}}
_PINNED = f"nodeSelector: {{{ACCELERATOR}: nvidia-h200-141gb}}"
GOOD = server(kind="Deployment", pod=_PINNED)
BAD = server(kind="Deployment", pod=f"{_PINNED}\nhostNetwork: true")

HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")
# As GKE Warden lists them when it refuses another one. NET_ADMIN is a setting of the cluster (allow-net-admin).
# Source: https://github.com/istio/istio.io/pull/16266 and
# https://cloud.google.com/dotnet/docs/reference/Google.Cloud.Container.V1/latest/Google.Cloud.Container.V1.WorkloadPolicyConfig
CAPABILITIES = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
    "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT", "SYS_PTRACE",
})  # fmt: skip
# Logs, as GKE Warden says; the driver and gIB, as Google's own test of them for Autopilot mounts them.
# Source: https://github.com/DataDog/helm-charts/issues/1436 and
# https://github.com/GoogleCloudPlatform/container-engine-accelerators/blob/0920249dd8/gpudirect-rdma/nccl-test-a4-autopilot.yaml
READABLE = ("/var/log", "/home/kubernetes/bin/nvidia", "/home/kubernetes/bin/gib")
# With this annotation Autopilot chooses host ports itself.
# Source: https://github.com/agones-dev/agones/blob/35dadde40e/pkg/cloudproduct/gke/gke.go
PORTS = "autopilot.gke.io/host-port-assignment"
ALLOWLIST = "cloud.google.com/matching-allowlist"
# Labels of nodes that reports name; the list of those that are let in grows from version to version.
# Source: https://github.com/GoogleCloudPlatform/ai-on-gke/pull/983, https://github.com/rancher/rancher/issues/39052,
# https://github.com/arangodb/kube-arangodb/issues/751 and
# https://cloud.google.com/kubernetes-engine/docs/reference/crds/workloadallowlist
NODE_LABELS = frozenset({
    "cloud.google.com/gke-nodepool", "kubernetes.io/hostname", "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
})  # fmt: skip
SYSTEM = ("kubernetes.io", "k8s.io", "google.com", "gke.io")
CLASS = "cloud.google.com/compute-class"
GPU = "nvidia.com/gpu"
MANAGED = "kube-system"


class Complaint(NamedTuple):
    """What is refused, where it stands, and whether that is sure."""

    text: str
    pointer: Pointer
    sure: bool = True


def _of_container(pod: Pod, container: Container) -> Iterator[Complaint]:
    at, who = (*container.pointer, "securityContext"), f"container {container.name}"
    context = security(container.body)
    if context.get("privileged") is True:
        yield Complaint(f"privileged in {who}", (*at, "privileged"))
    added = mapping(context.get("capabilities")).get("add")
    for name in added if isinstance(added, list) else ():
        if name not in CAPABILITIES:
            yield Complaint(f"capability {name} in {who}", (*at, "capabilities", "add"), name != "NET_ADMIN")
    for i, item in mappings(container.body.get("ports")):
        if whole(item.get("hostPort")) and PORTS not in pod.annotations:
            yield Complaint(f"hostPort in {who}", (*container.pointer, "ports", i, "hostPort"))
    for pointer, mount in container.mounts:
        where, volume = pod.volumes.get(str(mount.get("name", "")), ((), {}))
        if "hostPath" not in volume:
            continue
        path = posixpath.normpath(str(mapping(volume["hostPath"]).get("path")))
        if not any(path == one or path.startswith(f"{one}/") for one in READABLE):
            yield Complaint(f"hostPath {path}", (*where, "hostPath"))
        elif mount.get("readOnly") is not True:
            yield Complaint(f"hostPath {path} without readOnly in {who}", pointer)


def _keys(pod: Pod) -> Iterator[tuple[str, Pointer]]:
    """The node labels that a pod's selector and its required affinity name, whatever they ask of them."""
    for key in mapping(pod.spec.get("nodeSelector")):
        yield str(key), (*pod.pointer, "nodeSelector", key)
    step = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    terms: Any = pod.spec
    for part in step:
        terms = mapping(terms).get(part)
    for t, term in mappings(terms):
        for e, expression in mappings(term.get("matchExpressions")):
            yield str(expression.get("key")), (*pod.pointer, *step, t, "matchExpressions", e)


def _of_nodes(overlay: Overlay, pod: Pod, gpus: int) -> Iterator[Complaint]:
    tolerations = list(mappings(pod.spec.get("tolerations")))
    tolerated = {item.get("key") for _, item in tolerations}
    for key, at in _keys(pod):
        system = key.rpartition("/")[0].endswith(SYSTEM)
        if key in NODE_LABELS or (not system and key not in tolerated):
            more = "" if system else " without a toleration of it"
            yield Complaint(f"node label {key}{more}", at, False)
    # A namespace's default class and Kueue add labels later. Source: the pull request to ai-on-gke.
    if gpus and not any(pin.label in (ACCELERATOR, CLASS) for pin in pins(overlay, pod)):
        yield Complaint(f"GPUs without node label {ACCELERATOR} or {CLASS}", pod.pointer, False)
    # Source: https://github.com/GoogleCloudPlatform/k8s-stackdriver/pull/1081
    for i, item in tolerations:
        if item.get("key") == GPU and not gpus:
            sure = item.get("operator") == "Exists" and not pod.spec.get("resourceClaims")
            yield Complaint(f"a toleration of {GPU} without GPUs", (*pod.pointer, "tolerations", i), sure)


def _complaints(overlay: Overlay, pod: Pod) -> list[Complaint]:
    every = containers(overlay, pod)
    found = [Complaint(name, (*pod.pointer, name)) for name in HOST_FIELDS if pod.spec.get(name) is True]
    found += [complaint for container in every for complaint in _of_container(pod, container)]
    if ALLOWLIST in pod.labels or ALLOWLIST in pod.resource.labels:
        found = [complaint._replace(sure=False) for complaint in found]
    found += _of_nodes(overlay, pod, sum(container.gpus for container in every))
    # Whoever is refused for certain need not hear what may be refused besides.
    return [complaint for complaint in found if complaint.sure] or found


def check(overlay: Overlay) -> Problems:
    said, key = overlay.said.get("autopilot"), ("data", "autopilot")
    if said is None or said.value == "false":
        return
    if said.value != "true":
        yield Problem(None, key, f'autopilot is {said.value}, and "true" or "false" is read', said.file, said.line)
        return
    # Source: https://github.com/prometheus-community/helm-charts/issues/713
    for resource in overlay.resources:
        if resource.namespace == MANAGED:
            text = f"is made in {MANAGED}, where Autopilot lets nobody make anything"
            yield Problem(resource, resource.nearest(("metadata", "namespace")), text)
    pods = [pod for pod in overlay.pods if pod.resource.kind not in RUNTIMES and not exempt(pod.resource)]
    heard = [(pod, _complaints(overlay, pod)) for pod in pods]
    for severity, verb in zip(SEVERITY, ("refuses", "may refuse"), strict=True):
        sure = severity == "error"
        told = [(pod, [(c.text, c.pointer) for c in found if c.sure is sure]) for pod, found in heard]
        turned = [one for pod, found in told if (one := refused(pod, found))]
        if turned and len(pods) > 1 and widespread(turned, pods):
            text = f"Autopilot {verb} the pods of {owner(turned[0].pod)}{others(turned)}: {turned[0].why}"
            yield Problem(None, key, text, said.file, said.line, severity=severity)
            continue
        for one in turned:
            at, text = one.pod.resource.nearest(one.pointer), f"Autopilot {verb} these pods: {one.why}"
            yield Problem(one.pod.resource, at, text, severity=severity)

"""What refused-by-autopilot tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import marked, other, server, together, workload
from servelint.rules.server.refused_by_autopilot import _PINNED, BAD

_MOUNT = "volumeMounts: [{name: a, mountPath: /a, readOnly: %s}]"
_FOLDER = f"{_PINNED}\nvolumes: [{{name: a, hostPath: {{path: %s}}}}]"
_ADDED = "securityContext: {capabilities: {add: [%s]}}"
_PORT = "ports: [{containerPort: 80, hostPort: 80}]"
_ASSIGNED = 'annotations: {autopilot.gke.io/host-port-assignment: \'{"min": 7000, "max": 8000}\'}'
_TOLERATED = "tolerations: [{key: nvidia.com/gpu, operator: %s}]"
_REQUIRED = (
    "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:"
    " {nodeSelectorTerms: [{matchExpressions: [%s]}]}}}"
)
_PREFERRED = (
    "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution:"
    " [{weight: 1, preference: {matchExpressions: [{key: kubernetes.io/hostname, operator: Exists}]}}]}}"
)
_ALLOWED = "labels: {cloud.google.com/matching-allowlist: a-b-v1}"
_STANDARD = {"said": {"autopilot": "false"}}


def _pinned(container: str = "", pod: str = "", kind: str = "Deployment", metadata: str = "") -> str:
    return server(kind=kind, container=container, pod=f"{_PINNED}\n{pod}", metadata=metadata)


def _plain(pod: str) -> str:
    return server(gpus=0, pod=pod)


ALSO_GOOD = [
    (BAD, {}), (BAD, _STANDARD), _pinned(_ADDED % "SYS_PTRACE, NET_RAW"), _pinned(_PORT, metadata=_ASSIGNED),
    _pinned("ports: [{containerPort: 80}]"), server(container=_MOUNT % "true", pod=_FOLDER % "/var/log"),
    server(container=_MOUNT % "true", pod=_FOLDER % "/var/log/pods/"), server(pod=_FOLDER % "/mnt"),
    server(container=_MOUNT % "true", pod=_FOLDER % "/home/kubernetes/bin/gib"),
    server(container=_MOUNT % "false", pod=f"{_PINNED}\nvolumes: [{{name: a, emptyDir: {{}}}}]"),
    server(pod=f"{_PINNED}\n{_TOLERATED % 'Exists'}"), _plain(_PREFERRED),
    server(pod="nodeSelector: {cloud.google.com/compute-class: gpus}"),
    server(pod=_REQUIRED % "{key: cloud.google.com/gke-accelerator, operator: In, values: [nvidia-b200]}"),
    _plain("nodeSelector: {team: a}\ntolerations: [{key: team, operator: Exists}]"),
    _plain("nodeSelector: {topology.kubernetes.io/zone: a}"), _plain("hostNetwork: false"),
    _plain("tolerations: [{operator: Exists}]"), marked(workload("hostPID: false\ncontainers: []"), "namespace: kube"),
    other("ServingRuntime", "hostNetwork: true, containers: [{name: a, image: a}]"),
]  # fmt: skip
ALSO_BAD = [
    (server(gpus=0), {"said": {"autopilot": "yes"}}), _pinned("securityContext: {privileged: true}"),
    _pinned(pod="hostPID: true"), _pinned(pod="hostIPC: true"), _pinned(_ADDED % "IPC_LOCK"), _pinned(_PORT),
    _pinned(_ADDED % "CAP_CHOWN"), _pinned(_ADDED % "NET_ADMIN"), _pinned(pod="hostNetwork: true", metadata=_ALLOWED),
    _pinned(pod="hostNetwork: true", kind="LeaderWorkerSet"),
    _pinned(pod="initContainers: [{name: a, image: a, securityContext: {privileged: true}}]"),
    server(container=_MOUNT % "true", pod=_FOLDER % "/mnt"), server(container=_MOUNT % "true", pod=_FOLDER % "/var/logs"),
    server(container=_MOUNT % "false", pod=_FOLDER % "/var/log"),
    server(container=_MOUNT % "false", pod=_FOLDER % "/home/kubernetes/bin/gib"),
    _plain(_TOLERATED % "Exists"), _plain("tolerations: [{key: nvidia.com/gpu, value: present}]"),
    _plain(f"{_TOLERATED % 'Exists'}\nresourceClaims: [{{name: a, resourceClaimTemplateName: a}}]"),
    server(), _plain("nodeSelector: {cloud.google.com/gke-nodepool: a}"), _plain("nodeSelector: {team: a}"),
    _plain("nodeSelector: {example.com/team: a}\ntolerations: [{key: team, operator: Exists}]"),
    _plain(_REQUIRED % "{key: beta.kubernetes.io/arch, operator: NotIn, values: [arm64]}"),
    marked(server(gpus=0), "namespace: kube-system"),
    marked(together("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"), "namespace: kube-system"),
    together(BAD, BAD.replace("server", "other")),
    other("InferenceService", "predictor: {hostNetwork: true, model: {modelFormat: {name: triton}}}"),
]  # fmt: skip

"""The Pod Security level of a namespace refuses pods that are to run in it.

`baseline` forbids host paths, host networks, host ports and added capabilities, which local SSDs and GPUDirect need;
`restricted` asks every container for four more fields. The workload is taken with a warning that nobody reads, its pods
are refused one by one, and a sync waits for a server that never comes.
"""

import re
from collections.abc import Iterator
from typing import Any

from ...model import Container, Overlay, Pod, Pointer, Problem, Problems, Resource, is_marker, mapping, mappings, whole
from ...views.admission import Refused, containers, made, others, owner, security, widespread
from ...views.admission import refused as refused_for
from ..examples import marked, server, together

SEVERITY = "error"
HINT = "Lower the namespace's level to what its pods need, or write in the pods what the level asks for."
SOURCE = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"


def _space(level: str, more: str = "") -> str:
    labels = f"labels: {{pod-security.kubernetes.io/enforce: {level}{more}}}"
    return f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: serving\n  {labels}\n"


def _in(made: str, level: str = "baseline", more: str = "") -> str:
    return together(_space(level, more), marked(made, "namespace: serving"))


_ASKED = "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"
_STRICT = "securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}"
GOOD = _in(server(kind="Deployment", container=_ASKED, pod=_STRICT), "restricted")
BAD = _in(server(kind="Deployment"), "restricted")

ENFORCE = "pod-security.kubernetes.io/enforce"
LEVELS = ("privileged", "baseline", "restricted")
# What follows is the policy of pod-security-admission 0.37.2; where versions differ, the newest that vouches for it.
# Source: https://pkg.go.dev/k8s.io/pod-security-admission@v0.37.2/policy
HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")
CAPABILITIES = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip
SYSCTLS = frozenset({
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem", "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat",
})  # fmt: skip
SELINUX = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
PROFILES = ("RuntimeDefault", "Localhost")
VOLUMES = frozenset({
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
})  # fmt: skip
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
HANDLERS = (
    ("livenessProbe",),
    ("readinessProbe",),
    ("startupProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)
HOSTS_SINCE, USER_NAMESPACES_SINCE = 34, 35
"""Minor versions of the policy that forbid hosts in probes, and that ask less of a pod with users of its own."""

Complaint = tuple[str, Pointer]


def _minor(namespace: Resource, overlay: Overlay) -> int:
    """The minor version of Kubernetes whose policy holds: what the namespace pins, or the newest of the cluster."""
    pinned = re.fullmatch(r"v1\.(\d{1,3})", str(namespace.labels.get(f"{ENFORCE}-version") or ""))
    newest = max((int(v.partition(".")[2]) for v in overlay.kubernetes if re.fullmatch(r"\d+\.\d{1,3}", v)), default=99)
    return int(pinned[1]) if pinned else newest


def _contexts(overlay: Overlay, pod: Pod) -> Iterator[tuple[str, dict[str, Any], Pointer]]:
    """The security context of the pod and of each container, whose it is, and where it stands or should."""
    yield "the pod", security(pod.spec), _held(pod.resource, (*pod.pointer, "securityContext"))
    for container in containers(overlay, pod):
        at = _held(pod.resource, (*container.pointer, "securityContext"))
        yield f"container {container.name}", security(container.body), at


def _held(resource: Resource, at: Pointer) -> Pointer:
    """A pointer, or what holds it where it leads to nothing."""
    return at if resource.at(at) is not None else at[:-1]


def _baseline(overlay: Overlay, pod: Pod, minor: int) -> Iterator[Complaint]:
    for name in HOST_FIELDS:
        if pod.spec.get(name) is True:
            yield f"{name}", (*pod.pointer, name)
    for volume, (at, body) in pod.volumes.items():
        if "hostPath" in body:
            yield f"hostPath volume {volume}", (*at, "hostPath")
    for key, value in pod.annotations.items():
        text = str(value)
        if str(key).startswith(APPARMOR) and text not in ("", "runtime/default") and not text.startswith("localhost/"):
            yield f"AppArmor profile {text}", (*pod.meta_pointer, "annotations", key)
    for i, item in mappings(security(pod.spec).get("sysctls")):
        if item.get("name") not in SYSCTLS:
            yield f"sysctl {item.get('name')}", (*pod.pointer, "securityContext", "sysctls", i)
    own_users = pod.spec.get("hostUsers") is False and minor >= USER_NAMESPACES_SINCE
    for who, context, at in _contexts(overlay, pod):
        yield from _of_context(who, context, at, own_users)
    for container in containers(overlay, pod):
        yield from _of_container(container, minor)


def _of_context(who: str, context: dict[str, Any], at: Pointer, own_users: bool) -> Iterator[Complaint]:
    if context.get("privileged") is True:
        yield f"privileged in {who}", (*at, "privileged")
    if mapping(context.get("windowsOptions")).get("hostProcess") is True:
        yield f"hostProcess in {who}", (*at, "windowsOptions", "hostProcess")
    if context.get("procMount") not in (None, "Default") and not own_users:
        yield f"procMount in {who}", (*at, "procMount")
    added = mapping(context.get("capabilities")).get("add")
    for name in added if isinstance(added, list) else ():
        if name not in CAPABILITIES:
            yield f"capability {name} in {who}", (*at, "capabilities", "add")
    for field in ("appArmorProfile", "seccompProfile"):
        profile = mapping(context.get(field)).get("type")
        if profile is not None and profile not in PROFILES:
            yield f"{field} {profile} in {who}", (*at, field, "type")
    options = mapping(context.get("seLinuxOptions"))
    for field, value in options.items():
        if (field == "type" and value not in SELINUX) or (field in ("user", "role") and value):
            yield f"SELinux {field} {value} in {who}", (*at, "seLinuxOptions", field)


def _of_container(container: Container, minor: int) -> Iterator[Complaint]:
    for i, item in mappings(container.body.get("ports")):
        if whole(item.get("hostPort")):
            yield f"hostPort in container {container.name}", (*container.pointer, "ports", i, "hostPort")
    for path in HANDLERS if minor >= HOSTS_SINCE else ():
        handler: Any = container.body
        for key in path:
            handler = mapping(handler).get(key)
        for way in ("httpGet", "tcpSocket"):
            if mapping(mapping(handler).get(way)).get("host"):
                yield f"host of a probe in container {container.name}", (*container.pointer, *path, way, "host")


def _restricted(overlay: Overlay, pod: Pod, minor: int) -> Iterator[Complaint]:
    for volume, (at, body) in pod.volumes.items():
        kind = next((key for key in body if key != "name"), "")
        if kind and kind != "hostPath" and kind not in VOLUMES:
            yield f"{kind} volume {volume}", (*at, kind)
    own_users = pod.spec.get("hostUsers") is False and minor >= USER_NAMESPACES_SINCE
    whole_pod = security(pod.spec)
    for i, (who, context, at) in enumerate(_contexts(overlay, pod)):
        if not own_users and context.get("runAsUser") == 0:
            yield f"runAsUser 0 in {who}", (*at, "runAsUser")
        if not own_users and context.get("runAsNonRoot") is False:
            yield f"runAsNonRoot false in {who}", (*at, "runAsNonRoot")
        if i == 0:
            continue
        both = {**whole_pod, **{key: value for key, value in context.items() if value is not None}}
        if not own_users and both.get("runAsNonRoot") is None:
            yield f"{who} without runAsNonRoot: true", at
        if not mapping(both.get("seccompProfile")).get("type"):
            yield f"{who} without a seccompProfile", at
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"{who} without allowPrivilegeEscalation: false", at
        capabilities = mapping(context.get("capabilities"))
        dropped, added = capabilities.get("drop"), capabilities.get("add")
        if not isinstance(dropped, list) or "ALL" not in dropped:
            yield f"{who} without capabilities.drop: [ALL]", at
        for name in added if isinstance(added, list) else ():
            if name in CAPABILITIES and name != "NET_BIND_SERVICE":
                yield f"capability {name} in {who}", (*at, "capabilities", "add")


def check(overlay: Overlay) -> Problems:
    for namespace in overlay.of("Namespace"):
        level, at = namespace.labels.get(ENFORCE), ("metadata", "labels", ENFORCE)
        if level is None or is_marker(level):
            continue
        if level not in LEVELS:
            text = f"{level} is no Pod Security level: {', '.join(LEVELS)} are; the API server refuses the namespace"
            yield Problem(namespace, at, text)
            continue
        pods, minor = made(overlay, namespace.name), _minor(namespace, overlay)
        refused = [one for pod in pods if (one := _refused(overlay, pod, str(level), minor))]
        if refused and widespread(refused, pods):
            first = refused[0]
            text = f"{level} refuses the pods of {owner(first.pod)}{others(refused)}: {first.why}"
            yield Problem(namespace, at, text)
            continue
        for one in refused:
            text = f"namespace {namespace.name} enforces {level}, which refuses these pods: {one.why}"
            yield Problem(one.pod.resource, one.pointer, text)


def _refused(overlay: Overlay, pod: Pod, level: str, minor: int) -> Refused | None:
    """Whether a level refuses a pod, and for what."""
    found = list(_baseline(overlay, pod, minor)) if level != "privileged" else []
    found += _restricted(overlay, pod, minor) if level == "restricted" else ()
    return refused_for(pod, found)

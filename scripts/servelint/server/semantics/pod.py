"""Pods and pod templates: what holds for the whole; containers, volumes and scheduling have modules of their own.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/validation#ValidatePodSpec and its defaults in
https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/v1
"""

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any

from .containers import (
    LARGEST_ID,
    RESTART_POLICIES,
    Surroundings,
    containers,
    pod_resources,
    resources,
    security_profiles,
    visit,
)
from .field import (
    Complaint,
    Key,
    Pointer,
    checked,
    choice,
    complaint,
    elsewhere,
    given,
    integer,
    mapping,
    named,
    number,
    objects,
    one_of,
    pairs,
    quoted,
    since,
    text,
    texts,
    within,
)
from .names import (
    annotation_map,
    label,
    labels,
    object_meta,
    qualified,
    subdomain,
    subdomain_with_underscore,
    timestamps,
)
from .scheduling import affinity, tolerations, topology_spread
from .volumes import descending, volumes

Body = dict[str, Any]

DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
GRACE_PERIOD = 30
SYSTEMS = ("linux", "windows")

# --- network --------------------------------------------------------------------------------------

_OLD_IPV4 = re.compile(r"(?:0*(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}", re.ASCII)


def ip_address(value: str, version: str) -> str | None:
    """An IP address in an old field: before 1.36 octets may have leading zeros, and IPv6 may wrap IPv4."""
    try:
        parsed = None if "%" in value else ipaddress.ip_address(value)
    except ValueError:
        parsed = None
        if not since(version, "1.36") and _OLD_IPV4.fullmatch(value) and not value.endswith("."):
            return None
    if parsed is None:
        return f"{quoted(value)} is not an IP address"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped and since(version, "1.36"):
        return f"{quoted(value)} is an IPv4 address inside an IPv6 address"
    return None


def _search(value: str, version: str) -> str | None:
    """A search domain. Since 1.33 underscores and the root are allowed."""
    relaxed = since(version, "1.33")
    if relaxed and value == ".":
        return None
    return (subdomain_with_underscore if relaxed else subdomain)(value.removesuffix("."))


def _dns(spec: Body, at: Pointer, version: str) -> Iterator[Complaint]:
    yield from choice(spec, "dnsPolicy", DNS_POLICIES, at)
    here, config = (*at, "dnsConfig"), mapping(spec.get("dnsConfig"))
    servers, searches = texts(config.get("nameservers")), texts(config.get("searches"))
    if spec.get("dnsPolicy") == "None" and not servers:
        place = (*here, "nameservers") if given(spec, "dnsConfig") else here
        yield complaint(place, "is required if dnsPolicy is None")
        return
    if len(servers) > 3:
        yield complaint((*here, "nameservers"), f"may hold 3 servers at most, got {len(servers)}")
    for i, server in servers:
        wrong = ip_address(server, version)
        if wrong:
            yield complaint((*here, "nameservers", i), wrong)
    if len(searches) > 32 or len(" ".join(search for _, search in searches)) > 2048:
        yield complaint((*here, "searches"), "may hold 32 domains of 2048 characters together")
    for i, search in searches:
        wrong = _search(search, version)
        if wrong:
            yield complaint((*here, "searches", i), wrong)
    for i, option in objects(config.get("options")):
        if not option.get("name"):
            yield complaint((*here, "options", i), "needs a name", "name")


def _host_aliases(value: object, at: Pointer, version: str) -> Iterator[Complaint]:
    for i, alias in objects(value):
        wrong = ip_address(text(alias.get("ip")), version)
        if wrong:
            yield complaint((*at, i, "ip"), wrong)
        for j, name in texts(alias.get("hostnames")):
            wrong = subdomain(name)
            if wrong:
                yield complaint((*at, i, "hostnames", j), wrong)


def _host(spec: Body, at: Pointer, version: str, template: bool) -> Iterator[Complaint]:
    """Namespaces that the pod shares with its node, and those that it does not."""
    if spec.get("hostNetwork") is True:
        for i, container in objects(spec.get("containers")):
            for j, port in objects(container.get("ports")):
                host, own = number(port, "hostPort"), number(port, "containerPort")
                if host and host != own:
                    place = (*at, "containers", i, "ports", j, "hostPort")
                    yield complaint(place, f"must be the containerPort ({own}) on the host's network, got {host}")
    if spec.get("shareProcessNamespace") is True and spec.get("hostPID") is True:
        name = "shareProcessNamespace"
        place = (*at, name) if since(version, "1.37") else (*at, "securityContext", name)
        yield elsewhere((*at, name), place, "hostPID and shareProcessNamespace exclude each other")
    if spec.get("hostUsers") is False and since(version, "1.33"):
        for name, prints in (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")):
            if spec.get(name) is True:
                yield elsewhere((*at, name), (*at, prints), "needs hostUsers to be true")
        for container, here in visit(spec, at) if since(version, "1.34") else ():
            if container.get("volumeDevices"):
                yield complaint((*here, "volumeDevices"), "needs hostUsers to be true")
    if given(spec, "hostnameOverride") and since(version, "1.35"):
        yield from _hostname_override(spec, (*at, "hostnameOverride"))


def _hostname_override(spec: Body, at: Pointer) -> Iterator[Complaint]:
    name = text(spec["hostnameOverride"])
    for other in ("setHostnameAsFQDN", "hostNetwork"):
        if spec.get(other) is True:
            yield complaint(at, f"must not be set together with {other}")
    wrong = subdomain(name) or ("may have 64 characters at most" if len(name) > 64 else None)
    if wrong:
        yield complaint(at, wrong)


# --- security and operating systems ---------------------------------------------------------------

_SYSCTL = re.compile(r"(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?")
_IPC_SYSCTLS = ("kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced", "kernel.shm",
                "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.msg")  # fmt: skip


def _sysctls(value: object, at: Pointer, spec: Body) -> Iterator[Complaint]:
    """A namespace that is the node's has its settings there."""
    seen: set[str] = set()
    for i, item in objects(value):
        here, name = (*at, i, "name"), text(item.get("name"))
        slash = re.match(r"[^./]*/", name)
        dotted = name.translate({ord("."): "/", ord("/"): "."}) if slash else name
        if not name:
            yield complaint(here, "is required")
        elif len(name) > 253 or not _SYSCTL.fullmatch(name):
            yield complaint(here, f"{quoted(name)} is not the name of a sysctl")
        elif name in seen:
            yield complaint(here, f"{quoted(name)} occurs twice")
        if spec.get("hostNetwork") is True and dotted.startswith("net."):
            yield complaint(here, f"{quoted(name)} belongs to the node if hostNetwork is true")
        if spec.get("hostIPC") is True and (dotted in _IPC_SYSCTLS or dotted.startswith("fs.mqueue.")):
            yield complaint(here, f"{quoted(name)} belongs to the node if hostIPC is true")
        seen.add(name)


# Field of a pod's security context: its values, and the version before which the server drops it unread.
SECURITY_CHOICES = {
    "fsGroupChangePolicy": (("OnRootMismatch", "Always"), "1.0"),
    "supplementalGroupsPolicy": (("Merge", "Strict"), "1.33"),
    "seLinuxChangePolicy": (("Recursive", "MountOption"), "1.33"),
}


def _security(spec: Body, at: Pointer, version: str) -> Iterator[Complaint]:
    source, here = mapping(spec.get("securityContext")), (*at, "securityContext")
    if not source:
        return
    yield from security_profiles(source, here)
    yield from within(source, "fsGroup", 0, LARGEST_ID, here)
    groups = source.get("supplementalGroups")
    for i, group in enumerate(groups if isinstance(groups, list) else ()):
        if not 0 <= (integer(group) or 0) <= LARGEST_ID:
            yield complaint((*here, "supplementalGroups", i), f"must be between 0 and {LARGEST_ID}, got {group}")
    yield from _sysctls(source.get("sysctls"), (*here, "sysctls"), spec)
    for name, (allowed, first) in SECURITY_CHOICES.items():
        if since(version, first):
            yield from choice(source, name, allowed, here, empty=False)
    if source.get("seLinuxChangePolicy") == "MountOption" and since(version, "1.33") and not since(version, "1.37"):
        yield complaint((*here, "seLinuxChangePolicy"), f"must be Recursive in Kubernetes {version}")


# Fields that a pod for Windows may not have: of the pod, of its security context, of a container's.
NO_WINDOWS_POD = ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace")
NO_WINDOWS_SECURITY = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser",
    "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy", "seLinuxChangePolicy",
)  # fmt: skip
NO_WINDOWS_CONTAINER = (
    "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
    "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
)  # fmt: skip
_EMPTY_IS_NOTHING = ("hostPID", "hostIPC", "sysctls")
_NEW_IN_1_33 = ("hostUsers", "supplementalGroupsPolicy", "seLinuxChangePolicy")


def _system(spec: Body, at: Pointer, version: str) -> Iterator[Complaint]:
    """spec.os, and the settings that the other system has."""
    name = text(mapping(spec["os"]).get("name"))
    if not name:
        yield complaint((*at, "os", "name"), "is required")
    elif name not in SYSTEMS:
        yield complaint((*at, "os"), f"must be {one_of(SYSTEMS)}, got {quoted(name)}", "name")
    forbidden = {
        "windows": (NO_WINDOWS_POD, NO_WINDOWS_SECURITY, NO_WINDOWS_CONTAINER),
        "linux": ((), ("windowsOptions",), ("windowsOptions",)),
    }.get(name, ((), (), ()))
    places = [(spec, at, forbidden[0]), (mapping(spec.get("securityContext")), (*at, "securityContext"), forbidden[1])]
    places += [
        (mapping(container.get("securityContext")), (*here, "securityContext"), forbidden[2])
        for container, here in visit(spec, at)
    ]
    for source, here, fields in places:
        for field in fields:
            if field in _NEW_IN_1_33 and not since(version, "1.33"):
                continue
            if given(source, field) and (source[field] or field not in _EMPTY_IS_NOTHING):
                yield complaint((*here, field), f"must not be set for a {name.capitalize()} pod")


def _host_process(spec: Body, at: Pointer) -> Iterator[Complaint]:
    """Windows containers that run as processes of the host: all of a pod or none."""

    def wants(source: Body) -> Any:
        return mapping(mapping(source.get("securityContext")).get("windowsOptions")).get("hostProcess")

    whole = wants(spec)
    each = []
    for container, here in visit(spec, at):
        own = wants(container)
        if whole is not None and own is not None and whole != own:
            place = (*here, "securityContext", "windowsOptions", "hostProcess")
            yield complaint(place, "must be the same as the pod's")
        each.append((whole if own is None else own) is True)
    if any(each):
        if not all(each):
            yield complaint(at, "either all containers are host processes or none is")
        if spec.get("hostNetwork") is not True:
            yield complaint((*at, "hostNetwork"), "must be true for host processes")


# --- small parts ----------------------------------------------------------------------------------


def _resource_claims(value: object, at: Pointer) -> Iterator[Complaint]:
    names: set[str] = set()
    for i, claim in objects(value):
        here, name = (*at, i), text(claim.get("name"))
        if name and name in names:
            yield complaint((*here, "name"), f"{quoted(name)} is the name of an earlier claim")
        else:
            yield from named(claim, "name", label, here)
        names.add(name)
        kinds = [kind for kind in ("resourceClaimName", "resourceClaimTemplateName") if given(claim, kind)]
        if len(kinds) != 1:
            yield complaint(here, "needs either resourceClaimName or resourceClaimTemplateName")
        for kind in kinds:
            wrong = subdomain(text(claim[kind]))
            if wrong:
                yield complaint((*here, kind), wrong)


def _gates(spec: Body, at: Pointer) -> Iterator[Complaint]:
    """Readiness and scheduling gates. Of the latter the server names the item, not its field."""
    for i, gate in objects(spec.get("readinessGates")):
        wrong = qualified(text(gate.get("conditionType")))
        if wrong:
            yield complaint((*at, "readinessGates", i, "conditionType"), wrong)
    names: set[str] = set()
    for i, gate in objects(spec.get("schedulingGates")):
        name = text(gate.get("name"))
        wrong = qualified(name) or (f"{quoted(name)} is the name of an earlier gate" if name in names else None)
        if wrong:
            yield complaint((*at, "schedulingGates", i), wrong, "name")
        names.add(name)


def _overhead(value: object, at: Pointer) -> Iterator[Complaint]:
    """The server checks it as if it were limits, and says so."""
    for wrong in resources({"limits": value}, at):
        yield wrong._replace(pointer=(*at, *wrong.pointer[len(at) + 1 :]))


# Texts that may be absent or empty, and what they must be otherwise.
NAMES = {
    "serviceAccountName": subdomain, "nodeName": subdomain, "hostname": label, "subdomain": label,
    "priorityClassName": subdomain,
}  # fmt: skip


def pod_spec(
    spec: object,
    at: Pointer,
    *,
    restart_policies: frozenset[str],
    version: str,
    template: bool = True,
    labelled: Body | None = None,
) -> Iterator[Complaint]:
    """A pod spec wherever it stands.

    restart_policies: those that the owner allows; an absent one is Always. template: not of a Pod itself, of which the
    server demands more. labelled: the labels of a Pod. That controllers which run for ever allow no
    activeDeadlineSeconds is theirs to check.
    """
    body = mapping(spec)
    volumes_by_name = {text(volume.get("name")): volume for _, volume in objects(body.get("volumes"))}
    around = Surroundings(
        version=version,
        template=template,
        restart_policy=text(body.get("restartPolicy")) or "Always",
        grace_period=number(body, "terminationGracePeriodSeconds", GRACE_PERIOD),
        host_users=body.get("hostUsers") is not False,
        host_network=body.get("hostNetwork") is True,
        volumes=volumes_by_name,
        claims=frozenset(text(claim.get("name")) for _, claim in objects(body.get("resourceClaims"))),
    )
    yield from volumes(body.get("volumes"), (*at, "volumes"), version, template=template)
    yield from containers(body, at, around)
    if body.get("ephemeralContainers"):
        yield complaint((*at, "ephemeralContainers"), "must not be set: they are added to running pods only")
    if around.restart_policy not in restart_policies:
        allowed = tuple(policy for policy in RESTART_POLICIES if policy in restart_policies)
        yield complaint((*at, "restartPolicy"), f"must be {one_of(allowed)}, got {quoted(around.restart_policy)}")
    yield from _dns(body, at, version)
    yield from _host(body, at, version, template)
    yield from _security(body, at, version)
    yield from _host_process(body, at)
    yield from _gates(body, at)
    for name, check in NAMES.items():
        yield from checked(body, name, check, at)
    if not body.get("serviceAccountName"):  # "serviceAccount" is its old name
        for wrong in checked(body, "serviceAccount", subdomain, at):
            yield elsewhere(wrong.pointer, (*at, "serviceAccountName"), wrong.message)
    yield from labels(body.get("nodeSelector"), (*at, "nodeSelector"))
    yield from within(body, "activeDeadlineSeconds", 1, 2**31 - 1, at)
    if given(body, "runtimeClassName"):
        yield from named(body, "runtimeClassName", subdomain, at)
    yield from choice(body, "preemptionPolicy", ("PreemptLowerPriority", "Never"), at, empty=False)
    yield from tolerations(body.get("tolerations"), (*at, "tolerations"))
    yield from affinity(body.get("affinity"), (*at, "affinity"), version, labelled)
    yield from topology_spread(
        body.get("topologySpreadConstraints"), (*at, "topologySpreadConstraints"), version, labelled
    )
    yield from _host_aliases(body.get("hostAliases"), (*at, "hostAliases"), version)
    if since(version, "1.34"):
        yield from pod_resources(body, at, template=template)
        yield from _resource_claims(body.get("resourceClaims"), (*at, "resourceClaims"))
    if given(body, "overhead"):
        yield from _overhead(body["overhead"], (*at, "overhead"))
    if given(body, "os"):
        yield from _system(body, at, version)


# --- annotations ----------------------------------------------------------------------------------

_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerations"
_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_MIRROR = "kubernetes.io/config.mirror"
# Type of a profile in a field: what the annotation of old may say at the same time.
Words = dict[str, tuple[str, ...]]
SECCOMP_WORDS: Words = {"Unconfined": ("unconfined",), "RuntimeDefault": ("runtime/default", "docker/default")}
APPARMOR_WORDS: Words = {"Unconfined": ("unconfined",), "RuntimeDefault": ("runtime/default",)}


def _seccomp(value: str) -> str | None:
    if value.startswith("localhost/"):
        return descending(value.removeprefix("localhost/"))
    known = value in SECCOMP_WORDS["Unconfined"] + SECCOMP_WORDS["RuntimeDefault"]
    return None if known else f"{quoted(value)} is not a seccomp profile"


def _annotations(value: object, at: Pointer, spec: Body) -> Iterator[Complaint]:
    """Annotations that mean something to the server. For some it prints a field where it means a key."""
    notes = {key: text(item) for key, item in pairs(value)}
    names = {text(container.get("name")) for container, _ in visit(spec, ())}
    if _MIRROR in notes and not spec.get("nodeName"):
        yield complaint((*at, Key(_MIRROR)), "needs spec.nodeName")
    if notes.get(_TOLERATIONS):
        try:
            listed = json.loads(notes[_TOLERATIONS])
        except (ValueError, RecursionError):
            listed = ""
        if isinstance(listed, list) or listed is None:
            yield from tolerations(listed, (*at, _TOLERATIONS))
        else:
            yield complaint(at, "is not a list of tolerations in JSON", _TOLERATIONS)
    if _DELETION_COST in notes:
        cost = notes[_DELETION_COST]
        if not re.fullmatch(r"-\d{1,20}|0|[1-9]\d{0,19}", cost, re.ASCII) or not -(2**31) <= int(cost) < 2**31:
            yield complaint((*at, Key(_DELETION_COST)), f"must be a whole number of 32 bits, got {quoted(cost)}")
    for key, note in notes.items():
        wrong = _seccomp(note) if key == _SECCOMP_POD or key.startswith(_SECCOMP_CONTAINER) else None
        if wrong:
            yield complaint((*at, key), wrong)
        if key.startswith(_APPARMOR):
            name = key.removeprefix(_APPARMOR)
            if name not in names:
                yield complaint((*at, Key(key)), f"there is no container {quoted(name)}")
            if note not in ("", "runtime/default", "unconfined") and not note.startswith("localhost/"):
                yield complaint((*at, Key(key)), f"{quoted(note)} is not an AppArmor profile")


def _contradicts(profile: Body, note: str, words: Words) -> str | None:
    """The field of a profile that its annotation contradicts."""
    kind = profile.get("type")
    if kind == "Localhost":
        if not note.startswith("localhost/"):
            return "type"
        return None if profile.get("localhostProfile") == note.removeprefix("localhost/") else "localhostProfile"
    return "type" if kind in words and note not in words[text(kind)] else None


def _agreement(value: object, spec: Body, at: Pointer) -> Iterator[Complaint]:
    """Profiles that stand in an annotation and in a field must be the same."""
    notes = {key: text(item) for key, item in pairs(value)}
    if not any(key == _SECCOMP_POD or key.startswith((_SECCOMP_CONTAINER, _APPARMOR)) for key in notes):
        return
    security = mapping(spec.get("securityContext"))
    linux = mapping(spec.get("os")).get("name") != "windows"
    found = [(security.get("seccompProfile"), (*at, "securityContext", "seccompProfile"), _SECCOMP_POD, SECCOMP_WORDS)]
    for container, here in visit(spec, at):
        own, name = mapping(container.get("securityContext")), text(container.get("name"))
        place = (*here, "securityContext")
        found.append((own.get("seccompProfile"), (*place, "seccompProfile"), _SECCOMP_CONTAINER + name, SECCOMP_WORDS))
        armour = own.get("appArmorProfile") or security.get("appArmorProfile")
        if linux:
            found.append((armour, (*place, "appArmorProfile"), _APPARMOR + name, APPARMOR_WORDS))
    for profile, place, key, words in found:
        wrong = _contradicts(mapping(profile), notes[key], words) if profile and key in notes else None
        if wrong:
            yield complaint((*place, wrong), f"contradicts the annotation {key}")


def pod_template(
    template: object, at: Pointer, *, restart_policies: frozenset[str], version: str
) -> Iterator[Complaint]:
    """A PodTemplateSpec: its labels and annotations, then its spec."""
    body = mapping(template)
    meta, spec = mapping(body.get("metadata")), mapping(body.get("spec"))
    # Of a template's metadata the server prints labels and annotations without "metadata".
    for name, check in (("labels", labels), ("annotations", annotation_map)):
        for wrong in check(meta.get(name), (*at, name)):
            yield wrong._replace(pointer=(*at, "metadata", *wrong.pointer[len(at) :]))
    for wrong in _annotations(meta.get("annotations"), (*at, "annotations"), spec):
        yield wrong._replace(pointer=(*at, "metadata", *wrong.pointer[len(at) :]))
    yield from timestamps(meta, (*at, "metadata"))
    yield from pod_spec(spec, (*at, "spec"), restart_policies=restart_policies, version=version)
    yield from _agreement(meta.get("annotations"), spec, (*at, "spec"))


def pod(body: object, version: str) -> Iterator[Complaint]:
    """A Pod of its own."""
    whole = mapping(body)
    meta, spec = mapping(whole.get("metadata")), mapping(whole.get("spec"))
    yield from object_meta(meta, ("metadata",), namespaced=True)
    yield from _annotations(meta.get("annotations"), ("metadata", "annotations"), spec)
    yield from pod_spec(
        spec, ("spec",), restart_policies=frozenset(RESTART_POLICIES), version=version, template=False,
        labelled=mapping(meta.get("labels")),
    )  # fmt: skip
    yield from _agreement(meta.get("annotations"), spec, ("spec",))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        yield complaint(("spec", "nodeName"), "must not be set while there are schedulingGates")

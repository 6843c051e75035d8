"""Containers of a pod: names, ports, environment, resources, mounts, probes, hooks, security.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/validation and the types of
https://pkg.go.dev/k8s.io/api/core/v1#Container
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .field import (
    Complaint,
    Key,
    Pointer,
    checked,
    choice,
    chosen,
    complaint,
    elsewhere,
    given,
    integer,
    mapping,
    named,
    number,
    objects,
    pairs,
    quoted,
    required,
    since,
    text,
    texts,
    within,
)
from .names import (
    Check,
    config_key,
    env_name,
    http_header,
    label,
    masked,
    port_name,
    port_number,
    qualified,
    quantity,
    subdomain,
)
from .volumes import PULL_POLICIES, backsteps, descending, field_ref, is_dropped, resource_field_ref

Body = dict[str, Any]

PROTOCOLS = ("TCP", "UDP", "SCTP")
RESTART_POLICIES = ("Always", "OnFailure", "Never")
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a container's checks need to know of its pod, after defaults."""

    version: str
    template: bool
    restart_policy: str
    grace_period: int
    host_users: bool
    host_network: bool
    volumes: Mapping[str, Body]
    claims: frozenset[str]


# --- resources ------------------------------------------------------------------------------------

STANDARD_RESOURCES = ("cpu", "memory", "ephemeral-storage")
HUGE = "hugepages-"


def is_native(name: str) -> bool:
    """Resources of Kubernetes itself, as opposed to those that a device plugin offers."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """Such as nvidia.com/gpu: whole numbers, and as many requested as the limit says."""
    return not is_native(name) and not name.startswith("requests.") and not qualified(f"requests.{name}")


def may_overcommit(name: str) -> bool:
    """Whether a limit may be higher than the request."""
    return is_native(name) and not name.startswith(HUGE)


def container_resource(name: str) -> str | None:
    """What a container can ask for."""
    wrong = qualified(name)
    if wrong:
        return wrong
    if "/" not in name:
        known = name in STANDARD_RESOURCES or name.startswith(HUGE)
        return None if known else f"{quoted(name)} is none of {', '.join(STANDARD_RESOURCES)}, and has no domain prefix"
    return None if is_native(name) or is_extended(name) else f"{quoted(name)} is not the name of an extended resource"


def pod_resource(name: str) -> str | None:
    """What a pod as a whole can ask for."""
    known = name in ("cpu", "memory") or name.startswith(HUGE)
    return None if known and not qualified(name) else f"{quoted(name)} must be cpu, memory or hugepages-<size>"


def amounts(value: object) -> dict[str, int]:
    """Quantities of a resource list in thousandths, as the server rounds them."""
    found = {}
    for name, raw in pairs(value):
        nanos = quantity(raw)
        if nanos is not None:
            found[name] = -(-nanos // 10**6)
    return found


def _amount(name: str, thousandths: int) -> str | None:
    if thousandths < 0:
        return "must not be negative"
    if thousandths % 1000 and is_extended(name):
        return "must be a whole number"
    if name.startswith(HUGE):
        page = quantity(name.removeprefix(HUGE)) or 0
        units = -(-thousandths // 1000)
        # More than an int64 holds reads as zero.
        if page <= 0 or page % 10**9 or (units < 2**63 and units % (page // 10**9)):
            return f"must be a multiple of the page size {name.removeprefix(HUGE)}"
    return None


def _resource_claims(value: object, at: Pointer, declared: frozenset[str]) -> Iterator[Complaint]:
    """A claim is used whole or by requests, and each of these once."""
    seen: set[tuple[str, str]] = set()
    for i, claim in objects(value):
        name, request = text(claim.get("name")), text(claim.get("request"))
        if not name:
            yield complaint((*at, i), "needs a name", "name")
            continue
        yield from checked(claim, "request", label, (*at, i))
        if seen & {(name, ""), (name, request)} or (not request and any(name == other for other, _ in seen)):
            yield complaint((*at, i), f"claim {quoted(name)} is used twice")
        seen.add((name, request))
        if name not in declared:
            yield complaint((*at, i), f"{quoted(name)} is not in the pod's resourceClaims", "name")


def resources(
    value: object, at: Pointer, *, names: Check = container_resource, claims: frozenset[str] | None = None
) -> Iterator[Complaint]:
    """Limits and requests. ``claims``: names of the pod's resource claims; None where claims are not read."""
    body = mapping(value)
    found = {kind: amounts(body.get(kind)) for kind in ("limits", "requests")}
    limits, requests = found["limits"], found["requests"]
    for kind, have in found.items():
        for name, _ in pairs(body.get(kind)):
            wrong = names(name) or _amount(name, have.get(name, 0))
            if wrong:
                yield complaint((*at, kind, Key(name)), wrong)
    for name, amount in requests.items():
        limit = limits.get(name)
        if limit is None:
            if not may_overcommit(name) and name not in mapping(body.get("limits")):
                yield complaint((*at, "limits"), f"{name} is requested and needs the same limit")
        elif amount != limit and not may_overcommit(name):
            yield complaint((*at, "requests"), f"{name} must be equal to its limit", Key(name))
        elif amount > limit:
            yield complaint((*at, "requests"), f"{name} must not be more than its limit", Key(name))
    together = {*limits, *requests}
    if any(name.startswith(HUGE) for name in together) and not together & {"cpu", "memory"}:
        yield complaint(at, "huge pages need cpu or memory besides")
    if claims is not None:
        yield from _resource_claims(body.get("claims"), (*at, "claims"), claims)


RESIZE_POLICIES = ("NotRequired", "RestartContainer")


def _resize(value: object, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    """The server names the list for most mistakes in it."""
    seen: set[str] = set()
    for i, policy in objects(value):
        name = text(policy.get("resourceName"))
        if name in seen:
            yield complaint((*at, i), f"{quoted(name)} occurs twice")
        seen.add(name)
        for wrong in (
            *chosen(policy, "resourceName", ("cpu", "memory"), at),
            *chosen(policy, "restartPolicy", RESIZE_POLICIES, at),
        ):
            yield elsewhere((*at, i, wrong.pointer[-1]), at, wrong.message)
        if around.restart_policy == "Never" and policy.get("restartPolicy") != "NotRequired":
            yield complaint(at, "must be NotRequired in a pod that is never restarted", i, "restartPolicy")


# --- ports and environment ------------------------------------------------------------------------


def _ports(value: object, at: Pointer) -> Iterator[Complaint]:
    """Names are unique; the same number twice is only warned about."""
    names: set[str] = set()
    for i, port in objects(value):
        here = (*at, i)
        name = text(port.get("name"))
        wrong = port_name(name) if name else None
        if wrong or (name and name in names):
            yield complaint((*here, "name"), wrong or f"{quoted(name)} is the name of an earlier port")
        names.add(name)
        yield from within(port, "containerPort", 1, 65535, here, default=0)
        if number(port, "hostPort"):
            yield from within(port, "hostPort", 1, 65535, here)
        yield from choice(port, "protocol", PROTOCOLS, here)


def _host_ports(container: Body, at: Pointer, taken: set[object], around: Surroundings) -> Iterator[Complaint]:
    """No two ports may take one port of the host. In a Pod on the host's network all ports are the host's."""
    for i, port in objects(container.get("ports")):
        host = number(port, "hostPort")
        if not host and around.host_network and not around.template:
            host = number(port, "containerPort")
        key = text(port.get("protocol")) or "TCP", text(port.get("hostIP")), host
        if host and key in taken:
            yield complaint((*at, "ports", i, "hostPort"), f"{key[0]} {host} is taken by an earlier port")
        if host:
            taken.add(key)


ENV_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
    "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
)  # fmt: skip


def _key_ref(source: Body, at: Pointer) -> Iterator[Complaint]:
    """A key of a ConfigMap or Secret."""
    yield from named(source, "name", subdomain, at)
    yield from named(source, "key", config_key, at)


def _file_ref(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from named(source, "key", lambda key: env_name(key, "1.32"), at)
    yield from named(source, "volumeName", label, at)
    yield from named(source, "path", backsteps, at)


# Source of a variable's value: its check.
ENV_SOURCES: dict[str, Callable[[Body, Pointer], Iterator[Complaint]]] = {
    "fieldRef": lambda source, at: field_ref(source, at, ENV_FIELDS),
    "resourceFieldRef": lambda source, at: resource_field_ref(source, at, volume=False),
    "configMapKeyRef": _key_ref,
    "secretKeyRef": _key_ref,
    "fileKeyRef": _file_ref,
}


def _env(value: object, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    """The same name twice is only warned about, unless the server merges (server-side apply)."""
    version = around.version
    for i, variable in objects(value):
        name = text(variable.get("name"))
        wrong = env_name(name, version) if name else "is required"
        if wrong:
            yield complaint((*at, i, "name"), wrong)
        if not given(variable, "valueFrom"):
            continue
        here, origin = (*at, i, "valueFrom"), mapping(variable["valueFrom"])
        known = [kind for kind in ENV_SOURCES if given(origin, kind)]
        # Before 1.35 the server drops a fileKeyRef unread.
        kinds = [kind for kind in known if kind != "fileKeyRef" or since(version, "1.35")]
        if not kinds:
            yield complaint(here, f"needs one of {', '.join(list(ENV_SOURCES)[: 5 if since(version, '1.35') else 4])}")
        elif variable.get("value"):
            yield complaint(here, "must not be set together with value")
        elif len(kinds) > 1:
            yield complaint(here, f"may have one source only, not {' and '.join(kinds)}")
        for kind in kinds:
            yield from ENV_SOURCES[kind](mapping(origin[kind]), (*here, kind))
        if "fileKeyRef" in kinds:
            yield from _file_volume(mapping(origin["fileKeyRef"]), (*here, "fileKeyRef"), around)


def _file_volume(source: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    name = text(source.get("volumeName"))
    volume = around.volumes.get(name)
    if volume is None:
        yield complaint((*at, "volumeName"), f"there is no volume {quoted(name)}")
    elif _kind_of(volume) != "emptyDir":
        yield complaint((*at, "volumeName"), f"volume {quoted(name)} must be an emptyDir")


def _kind_of(volume: Body) -> str:
    """Source of a volume; one without is an emptyDir."""
    return next((name for name in volume if name != "name" and given(volume, name)), "emptyDir")


def _env_from(value: object, at: Pointer, version: str) -> Iterator[Complaint]:
    """The server names the list where a source is missing or one too many."""
    for i, origin in objects(value):
        yield from checked(origin, "prefix", lambda prefix: env_name(prefix, version), (*at, i))
        kinds = [kind for kind in ("configMapRef", "secretRef") if given(origin, kind)]
        if len(kinds) != 1:
            yield complaint(at, "needs either configMapRef or secretRef", i)
        for kind in kinds:
            yield from named(mapping(origin[kind]), "name", masked(subdomain), (*at, i, kind))


# --- mounts and devices ---------------------------------------------------------------------------

PROPAGATIONS = ("None", "HostToContainer", "Bidirectional")
RECURSIVE = ("Disabled", "IfPossible", "Enabled")


def _places(container: Body, kind: str, path: str) -> dict[str, str]:
    """Volumes that a container mounts or has as devices, and where."""
    return {text(item.get("name")): text(item.get(path)) for _, item in objects(container.get(kind))}


def _mounts(container: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    """The server leaves the position out of the path of a mount's subPath, mountPropagation and recursiveReadOnly."""
    devices = _places(container, "volumeDevices", "devicePath")
    privileged = mapping(container.get("securityContext")).get("privileged") is True
    paths: set[str] = set()
    for i, mount in objects(container.get("volumeMounts")):
        here = (*at, i)
        name, path = text(mount.get("name")), text(mount.get("mountPath"))
        if is_dropped(around.volumes.get(name, {}), around.version):
            continue
        yield from required(mount, here, "name", "mountPath")
        if name and name not in around.volumes:
            yield complaint((*here, "name"), f"there is no volume {quoted(name)}")
        if name in devices:
            yield complaint((*here, "name"), f"volume {quoted(name)} is already one of the volumeDevices")
        if path and path in paths:
            yield complaint((*here, "mountPath"), f"{quoted(path)} is the path of an earlier mount")
        if path in devices.values():
            yield complaint((*here, "mountPath"), f"{quoted(path)} is already the path of a device")
        paths.add(path)
        if mount.get("subPath") and mount.get("subPathExpr"):
            yield complaint((*here, "subPathExpr"), "subPath and subPathExpr exclude each other")
        for wrong in _mount_options(mount, at, privileged):
            yield elsewhere((*here, *wrong.pointer[len(at) :]), wrong.pointer, wrong.message)


def _mount_options(mount: Body, at: Pointer, privileged: bool) -> Iterator[Complaint]:
    yield from checked(mount, "subPath", descending, at)
    yield from checked(mount, "subPathExpr", descending, at)
    yield from choice(mount, "mountPropagation", PROPAGATIONS, at, empty=False)
    if mount.get("mountPropagation") == "Bidirectional" and not privileged:
        yield complaint((*at, "mountPropagation"), "Bidirectional is for privileged containers only")
    yield from choice(mount, "recursiveReadOnly", RECURSIVE, at, empty=False)
    if mount.get("recursiveReadOnly") in ("IfPossible", "Enabled"):
        if mount.get("readOnly") is not True:
            yield complaint((*at, "recursiveReadOnly"), "needs readOnly")
        if mount.get("mountPropagation") not in (None, "None"):
            yield complaint((*at, "recursiveReadOnly"), "needs mountPropagation to be None")


def _devices(container: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    mounts = _places(container, "volumeMounts", "mountPath")
    names: set[str] = set()
    paths: set[str] = set()
    for i, device in objects(container.get("volumeDevices")):
        here = (*at, i)
        name, path = text(device.get("name")), text(device.get("devicePath"))
        yield from required(device, here, "name", "devicePath")
        volume = around.volumes.get(name)
        if name and volume is None:
            yield complaint((*here, "name"), f"there is no volume {quoted(name)}")
        elif volume is not None and not (given(volume, "persistentVolumeClaim") or given(volume, "ephemeral")):
            yield complaint((*here, "name"), f"volume {quoted(name)} is neither a persistentVolumeClaim nor ephemeral")
        if name and name in names:
            yield complaint((*here, "name"), f"{quoted(name)} is already a device")
        if name in mounts:
            yield complaint((*here, "name"), f"volume {quoted(name)} is already one of the volumeMounts")
        yield from checked(device, "devicePath", backsteps, here)
        if path and path in paths:
            yield complaint((*here, "devicePath"), f"{quoted(path)} is the path of an earlier device")
        if path in mounts.values():
            yield complaint((*here, "devicePath"), f"{quoted(path)} is already the path of a mount")
        names.add(name)
        paths.add(path)


# --- probes and hooks -----------------------------------------------------------------------------

SCHEMES = ("HTTP", "HTTPS")
PROBE_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


def port_number_or_name(value: object) -> str | None:
    """A port of a probe or hook. A name need not be declared; an absent port is the number zero."""
    if isinstance(value, str):
        return port_name(value)
    return port_number(integer(value) or 0)


def _exec(handler: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    yield from required(handler, at, "command")


def _tcp(handler: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    wrong = port_number_or_name(handler.get("port"))
    if wrong:
        yield complaint((*at, "port"), wrong)


def _http(handler: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    """An absent path is /, an absent scheme HTTP."""
    yield from _tcp(handler, at, around)
    yield from choice(handler, "scheme", SCHEMES, at)
    for i, header in objects(handler.get("httpHeaders")):
        wrong = http_header(text(header.get("name")))
        if wrong:
            yield complaint((*at, "httpHeaders"), wrong, i, "name")


def _grpc(handler: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    yield from within(handler, "port", 1, 65535, at, default=0)


def _sleep(handler: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    """Sleeping for no time at all is allowed since 1.33."""
    shortest = 0 if since(around.version, "1.33") else 1
    seconds = number(handler, "seconds")
    if not shortest <= seconds <= around.grace_period:
        limits = f"between {shortest} and terminationGracePeriodSeconds ({around.grace_period})"
        yield complaint(at, f"must be {limits}, got {seconds}", "seconds")


HANDLERS = {"exec": _exec, "httpGet": _http, "tcpSocket": _tcp, "grpc": _grpc, "sleep": _sleep}
PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
HOOK_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")


def _handler(source: Body, at: Pointer, kinds: tuple[str, ...], around: Surroundings) -> Iterator[Complaint]:
    present = [kind for kind in kinds if given(source, kind)]
    if not present:
        yield complaint(at, f"needs one of {', '.join(kinds)}")
        return
    for extra in present[1:]:
        yield complaint((*at, extra), f"there is {present[0]} already, and only one may be given")
    yield from HANDLERS[present[0]](mapping(source[present[0]]), (*at, present[0]), around)


def _probe(kind: str, source: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    """Numbers that are zero get their defaults."""
    yield from _handler(source, at, PROBE_HANDLERS, around)
    for name in PROBE_NUMBERS:
        if number(source, name) < 0:
            yield complaint((*at, name), f"must not be negative, got {source[name]}")
    if kind != "readinessProbe" and number(source, "successThreshold") > 1:
        yield complaint((*at, "successThreshold"), f"must be 1, got {source['successThreshold']}")
    if kind == "readinessProbe" and given(source, "terminationGracePeriodSeconds"):
        yield complaint((*at, "terminationGracePeriodSeconds"), "must not be set for a readiness probe")
    if number(source, "terminationGracePeriodSeconds", 1) < 1:
        yield complaint((*at, "terminationGracePeriodSeconds"), "must be greater than zero")


def _dropped(hooks: object) -> bool:
    """Hooks of which nothing is left when the server drops the stop signal."""
    return {name for name, value in mapping(hooks).items() if value is not None} == {"stopSignal"}


PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def _life(container: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    """Probes and hooks of a container that runs along. The stop signal is alpha, and dropped by default."""
    hooks = mapping(container.get("lifecycle"))
    for name in ("postStart", "preStop"):
        if given(hooks, name):
            yield from _handler(mapping(hooks[name]), (*at, "lifecycle", name), HOOK_HANDLERS, around)
    for name in PROBES:
        if given(container, name):
            yield from _probe(name, mapping(container[name]), (*at, name), around)


# --- security -------------------------------------------------------------------------------------

PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")


def _padded(value: str) -> str | None:
    if value.strip() != value:
        return f"{quoted(value)} must not begin or end with a space"
    return "must have at most 4095 characters" if len(value) > 4095 else None


def _profile(source: Body, at: Pointer, check: Check, *, seccomp: bool) -> Iterator[Complaint]:
    """A seccomp or AppArmor profile. They differ where the type is unknown, and where a local one has an empty name."""
    yield from chosen(source, "type", PROFILES, at)
    local = source.get("localhostProfile")
    if source.get("type") != "Localhost":
        if local is not None and (seccomp or source.get("type") in PROFILES):
            yield complaint((*at, "localhostProfile"), "needs type to be Localhost")
    elif local is None or (not local and not seccomp):
        yield complaint((*at, "localhostProfile"), "is required if type is Localhost")
    else:
        yield from checked(source, "localhostProfile", check, at)


_USER_DOMAIN = r"[^\\/:*?\"<>|.][^\\/:*?\"<>|]{0,14}|{l}(?:\.{l})*".replace(
    "{l}", "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
)


def windows_user(value: str) -> str | None:
    """A Windows user with an optional domain: ``NT AUTHORITY\\SYSTEM``."""
    domain, backslash, user = value.rpartition("\\")
    if "\\" in domain or re.search(r"[\x00-\x1f\x7f]", value):
        return f"{quoted(value)} must have one backslash at most, and no control characters"
    if backslash and (len(domain) > 255 or not re.fullmatch(_USER_DOMAIN, domain)):
        return f"{quoted(domain)} is neither a NetBIOS nor a DNS domain"
    if not 1 <= len(user) <= 104 or re.fullmatch(r"[. ]+", user) or re.search(r'["/\\:;|=,+*?<>@\[\]]', user):
        return f"{quoted(user)} is not the name of a Windows user"
    return None


def _windows(source: Body, at: Pointer) -> Iterator[Complaint]:
    for name, check in (("gmsaCredentialSpecName", subdomain), ("runAsUserName", windows_user)):
        wrong = check(text(source.get(name))) if given(source, name) else None
        if wrong:
            yield complaint((*at, name), wrong)
    if given(source, "gmsaCredentialSpec") and not 0 < len(text(source["gmsaCredentialSpec"]).encode()) <= 64 * 1024:
        yield complaint((*at, "gmsaCredentialSpec"), "must have between 1 and 65536 bytes")


def security_profiles(source: Body, at: Pointer) -> Iterator[Complaint]:
    """What the security contexts of pods and containers share."""
    for name in ("runAsUser", "runAsGroup"):
        yield from within(source, name, 0, LARGEST_ID, at)
    if given(source, "seccompProfile"):
        yield from _profile(mapping(source["seccompProfile"]), (*at, "seccompProfile"), descending, seccomp=True)
    if given(source, "appArmorProfile"):
        yield from _profile(mapping(source["appArmorProfile"]), (*at, "appArmorProfile"), _padded, seccomp=False)
    if given(source, "windowsOptions"):
        yield from _windows(mapping(source["windowsOptions"]), (*at, "windowsOptions"))


def _security(source: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    yield from security_profiles(source, at)
    if since(around.version, "1.33"):  # before, the server resets procMount
        yield from choice(source, "procMount", ("Default", "Unmasked"), at, empty=False)
        if source.get("procMount") == "Unmasked" and around.host_users:
            yield complaint((*at, "procMount"), "Unmasked needs the pod's hostUsers to be false")
    if source.get("allowPrivilegeEscalation") is False:
        if source.get("privileged") is True:
            yield complaint(at, "privileged contradicts allowPrivilegeEscalation: false")
        if any(name == "CAP_SYS_ADMIN" for _, name in texts(mapping(source.get("capabilities")).get("add"))):
            yield complaint(at, "CAP_SYS_ADMIN contradicts allowPrivilegeEscalation: false")


# --- restart rules --------------------------------------------------------------------------------


def _restart(container: Body, at: Pointer, version: str) -> Iterator[Complaint]:
    """A container's own restart policy and its rules (since 1.35)."""
    rules = objects(container.get("restartPolicyRules"))
    yield from choice(container, "restartPolicy", RESTART_POLICIES, at, empty=False)
    if rules and not given(container, "restartPolicy"):
        yield complaint((*at, "restartPolicy"), "is required by restartPolicyRules")
    if len(rules) > 20:
        yield complaint((*at, "restartPolicyRules"), f"may have 20 rules at most, got {len(rules)}")
    actions = ("Restart", "RestartAllContainers") if since(version, "1.36") else ("Restart",)
    for i, rule in rules:
        here = (*at, "restartPolicyRules", i)
        yield from chosen(rule, "action", actions, here)
        codes = mapping(rule.get("exitCodes"))
        if not given(rule, "exitCodes"):
            yield complaint((*here, "exitCodes"), "is required")
            continue
        yield from chosen(codes, "operator", ("In", "NotIn"), (*here, "exitCodes"))
        values = codes.get("values")
        if isinstance(values, list) and len(values) > 255:
            yield complaint((*here, "exitCodes", "values"), f"may have 255 values at most, got {len(values)}")


def _init_restart(container: Body, at: Pointer, version: str) -> Iterator[Complaint]:
    always = container.get("restartPolicy") == "Always"
    if not since(version, "1.34"):
        yield from choice(container, "restartPolicy", ("Always",), at, empty=False)
    elif since(version, "1.35") and not given(container, "restartPolicy"):
        if container.get("restartPolicyRules"):
            yield complaint((*at, "restartPolicy"), "is required by restartPolicyRules")
    elif since(version, "1.36") or (since(version, "1.35") and not always):
        yield from _restart(container, at, version)
    elif since(version, "1.35") and container.get("restartPolicyRules"):
        yield complaint((*at, "restartPolicyRules"), "must not be set for a sidecar")


def _regular_restart(container: Body, at: Pointer, version: str) -> Iterator[Complaint]:
    """1.34 drops the field unread."""
    if since(version, "1.35"):
        yield from _restart(container, at, version)
    elif not since(version, "1.34") and given(container, "restartPolicy"):
        yield complaint((*at, "restartPolicy"), f"is for init containers only in Kubernetes {version}")


# --- the lists ------------------------------------------------------------------------------------


def _common(container: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    """What regular and init containers share. Of an image the server only asks that there is one."""
    version = around.version
    yield from named(container, "name", label, at)
    yield from required(container, at, "image")
    image = text(container.get("image"))
    if not around.template and image != image.strip():
        yield complaint((*at, "image"), f"{quoted(image)} must not begin or end with a space")
    yield from choice(container, "terminationMessagePolicy", ("File", "FallbackToLogsOnError"), at)
    yield from choice(container, "imagePullPolicy", PULL_POLICIES, at)
    for name, value in container.items():
        if name == "ports":
            yield from _ports(value, (*at, name))
        elif name == "env":
            yield from _env(value, (*at, name), around)
        elif name == "envFrom":
            yield from _env_from(value, (*at, name), version)
        elif name == "volumeMounts":
            yield from _mounts(container, (*at, name), around)
        elif name == "volumeDevices":
            yield from _devices(container, (*at, name), around)
        elif name == "resources":
            claims = around.claims if since(version, "1.34") else None
            yield from resources(value, (*at, name), claims=claims)
        elif name == "resizePolicy" and since(version, "1.33"):
            yield from _resize(value, (*at, name), around)
        elif name == "securityContext":
            yield from _security(mapping(value), (*at, name), around)


def _unique(container: Body, at: Pointer, names: set[str]) -> Iterator[Complaint]:
    name = text(container.get("name"))
    if name and name in names:
        yield complaint((*at, "name"), f"{quoted(name)} is the name of another container")
    names.add(name)


def containers(spec: Body, at: Pointer, around: Surroundings) -> Iterator[Complaint]:
    """spec.containers and spec.initContainers; both share their names."""
    names: set[str] = set()
    taken: set[object] = set()
    regular = objects(spec.get("containers"))
    if not regular:
        yield complaint((*at, "containers"), "needs at least one container")
    for i, container in regular:
        here = (*at, "containers", i)
        yield from _common(container, here, around)
        yield from _unique(container, here, names)
        yield from _life(container, here, around)
        yield from _regular_restart(container, here, around.version)
        yield from _host_ports(container, here, taken, around)
    for i, container in objects(spec.get("initContainers")):
        here = (*at, "initContainers", i)
        yield from _common(container, here, around)
        yield from _unique(container, here, names)
        yield from _init_restart(container, here, around.version)
        for wrong in _host_ports(container, here, set(), around):
            # The server looks at init containers one by one, and calls each the first.
            yield elsewhere(wrong.pointer, (*at, "initContainers", 0, *wrong.pointer[len(here) :]), wrong.message)
        if container.get("restartPolicy") == "Always":
            yield from _life(container, here, around)
            continue
        for name in ("lifecycle", *PROBES):
            if given(container, name) and not _dropped(container[name]):
                yield complaint((*here, name), "is for init containers with restartPolicy Always only")
        for j, policy in objects(container.get("resizePolicy")) if since(around.version, "1.36") else ():
            if policy.get("restartPolicy") == "RestartContainer":
                yield complaint((*here, "resizePolicy", j, "restartPolicy"), "must be NotRequired in an init container")


def visit(spec: Body, at: Pointer) -> Iterator[tuple[Body, Pointer]]:
    """Every container, init containers first, as the server goes through them."""
    for name in ("initContainers", "containers", "ephemeralContainers"):
        for i, container in objects(spec.get(name)):
            yield container, (*at, name, i)


def _with_defaults(spec: Body) -> Body:
    """A Pod as the server completes it: requests from limits, and the whole pod's from its containers'.

    Source: https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2837-pod-level-resource-spec
    """
    whole = dict(spec)
    for kind in ("containers", "initContainers"):
        whole[kind] = []
        for _, container in objects(spec.get(kind)):
            own = mapping(container.get("resources"))
            requests = {**mapping(own.get("limits")), **mapping(own.get("requests"))}
            whole[kind].append({**container, "resources": {**own, "requests": requests}})
    body = mapping(spec.get("resources"))
    limits, requests = dict(mapping(body.get("limits"))), dict(mapping(body.get("requests")))
    if limits or requests:
        for name, amount in _together(whole, "limits").items():
            if name.startswith(HUGE) and name not in requests:
                limits.setdefault(name, f"{amount}m")
    if limits:
        for name, amount in _together(whole, "requests").items():
            if name in ("cpu", "memory"):
                requests.setdefault(name, f"{amount}m")
        requests = {**{name: raw for name, raw in limits.items() if not pod_resource(name)}, **requests}
    whole["resources"] = {**body, "limits": limits, "requests": requests}
    return whole


def pod_resources(spec: Body, at: Pointer, *, template: bool = True) -> Iterator[Complaint]:
    """Resources of the whole pod (since 1.34): no less than its containers ask for together."""
    if not given(spec, "resources"):
        return
    if not template:
        spec = _with_defaults(spec)
    body, here = mapping(spec["resources"]), (*at, "resources")
    if mapping(spec.get("os")).get("name") == "windows":
        yield complaint(here, "must not be set for a Windows pod")
        return
    if given(body, "claims"):
        yield complaint((*here, "claims"), "must not be set for a whole pod")
    yield from resources(body, here, names=pod_resource)
    requests, limits = amounts(body.get("requests")), amounts(body.get("limits"))
    for name, amount in _together(spec, "requests").items():
        if name in requests and amount > requests[name]:
            yield complaint((*here, "requests", Key(name)), "is less than the containers request together")
    for name, amount in _together(spec, "limits").items():
        if name.startswith(HUGE) and name in limits and amount > limits[name]:
            yield complaint((*here, "limits", Key(name)), "is less than the containers' limits together")
    for i, container in objects(spec.get("containers")):
        for name, amount in amounts(mapping(container.get("resources")).get("limits")).items():
            if name in limits and amount > limits[name]:
                pointer = (*at, "containers", i, "resources", "limits", Key(name))
                place = (*here, "containers", i, Key(name), "limits")
                yield elsewhere(pointer, place, "is more than the limit of the pod")


def _together(spec: Body, kind: str) -> dict[str, int]:
    """What the containers need at once: all regular ones and sidecars, or an init container and the sidecars before.

    Source: https://pkg.go.dev/k8s.io/component-helpers/resource#AggregateContainerRequests
    """
    running: dict[str, int] = {}
    sidecars: dict[str, int] = {}
    highest: dict[str, int] = {}
    for _, container in objects(spec.get("containers")):
        _add(running, amounts(mapping(container.get("resources")).get(kind)))
    for _, container in objects(spec.get("initContainers")):
        own = amounts(mapping(container.get("resources")).get(kind))
        if container.get("restartPolicy") == "Always":
            _add(running, own)
            _add(sidecars, own)
            own = {}
        needed = dict(sidecars)
        _add(needed, own)
        highest = {name: max(highest.get(name, 0), needed.get(name, 0)) for name in {*highest, *needed}}
    return {name: max(running.get(name, 0), highest.get(name, 0)) for name in {*running, *highest}}


def _add(total: dict[str, int], more: dict[str, int]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount

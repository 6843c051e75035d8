"""Volumes of a pod: one source each, what every source demands, and where files may be put.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/validation#ValidateVolumes
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

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
    annotation_map,
    domain_prefixed,
    label,
    label_selector,
    labels,
    qualified,
    quantity,
    subdomain,
    timestamps,
)

Body = dict[str, Any]

# --- paths and modes ------------------------------------------------------------------------------


def backsteps(path: str) -> str | None:
    """No part of a path may lead to the parent folder."""
    return f'{quoted(path)} must not contain ".."' if ".." in path.split("/") else None


def descending(path: str) -> str | None:
    """A path that stays below where it starts."""
    return f"{quoted(path)} must be a relative path" if path.startswith("/") else backsteps(path)


def _file_path(path: str) -> str | None:
    """Where a file of a projected volume goes: names that start with two dots are the kubelet's own."""
    if path.startswith("..") and not path.startswith("../"):
        return f'{quoted(path)} must not start with ".."'
    return descending(path)


def _mode(source: Body, name: str, at: Pointer) -> Iterator[Complaint]:
    value = integer(source.get(name))
    if value is not None and not 0 <= value <= 0o777:
        yield complaint((*at, name), f"must be between 0 and 0777 (octal), got {value:#o} ({value})".replace("0o", "0"))


# --- sources made of files ------------------------------------------------------------------------

FIELDS = ("metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid")
RESOURCES = (
    "limits.cpu", "limits.memory", "limits.ephemeral-storage", "requests.cpu", "requests.memory",
    "requests.ephemeral-storage",
)  # fmt: skip
HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
_NANO = 10**9
_CPU_DIVISORS = frozenset((_NANO, _NANO // 1000))
_DECIMAL_DIVISORS = frozenset(_NANO * 1000**power for power in range(7))
_BINARY_DIVISORS = frozenset(_NANO * 1024**power for power in range(1, 7))


def field_ref(source: object, at: Pointer, allowed: tuple[str, ...]) -> Iterator[Complaint]:
    """An ObjectFieldSelector. Labels and annotations can be asked for one by one: ``metadata.labels['x']``."""
    body = mapping(source)
    path = text(body.get("fieldPath"))
    version = text(body.get("apiVersion")) or "v1"
    outer, opening, rest = path.partition("['")
    subscripted = bool(outer and opening and rest.endswith("']"))
    wrong = None
    if not path:
        wrong = "is required"
    elif version != "v1":
        wrong = f"apiVersion must be v1, got {quoted(version)}"
    elif subscripted:
        if outer not in ("metadata.labels", "metadata.annotations"):
            wrong = f"{quoted(outer)} takes no subscript"
        else:
            key = rest.removesuffix("']")
            bad = qualified(key if outer == "metadata.labels" else key.lower())
            if bad:
                yield elsewhere((*at, "fieldPath"), at, bad)
    elif path not in allowed and not (path == "spec.host" and "spec.nodeName" in allowed):
        wrong = f"{quoted(path)} is not available here; choose one of {', '.join(allowed)}"
    if wrong:
        yield complaint((*at, "fieldPath"), wrong)


def resource_field_ref(source: object, at: Pointer, *, volume: bool) -> Iterator[Complaint]:
    """A ResourceFieldSelector; in a volume it must say of which container."""
    body = mapping(source)
    name = text(body.get("resource"))
    if volume and not body.get("containerName"):
        yield complaint((*at, "containerName"), "is required")
    elif name not in RESOURCES and not name.startswith(HUGE_PAGES):
        wrong = f"{quoted(name)} is not one of {', '.join(RESOURCES)}" if name else "is required"
        yield complaint((*at, "resource"), wrong)
    divisor = body.get("divisor")
    amount = quantity(divisor)
    if not amount or (name not in RESOURCES and not name.startswith(HUGE_PAGES)):
        return
    if name.endswith(".cpu"):
        allowed = amount in _CPU_DIVISORS
    else:
        binary = isinstance(divisor, str) and divisor.rstrip().endswith("i")
        allowed = amount in (_BINARY_DIVISORS if binary else _DECIMAL_DIVISORS)
    # An exponent stays what it is: 1e3 is not written as 1k.
    if not allowed or re.search(r"[eE][-+]?[0-9]", text(divisor)):
        units = "1 and 1m" if name.endswith(".cpu") else "1, 1k, 1M, …, 1E, 1Ki, 1Mi, …, 1Ei"
        yield complaint((*at, "divisor"), f"only {units} divide {name}, got {quoted(divisor)}")


def _key_to_path(item: Body, at: Pointer) -> Iterator[Complaint]:
    yield from required(item, at, "key", "path")
    yield from checked(item, "path", _file_path, at)
    yield from _mode(item, "mode", at)


def _files(source: Body, at: Pointer) -> Iterator[Complaint]:
    """What Secrets and ConfigMaps share."""
    yield from _mode(source, "defaultMode", at)
    for i, item in objects(source.get("items")):
        yield from _key_to_path(item, (*at, "items", i))


def _downward_file(item: Body, pointer: Pointer, at: Pointer) -> Iterator[Complaint]:
    """One file of the downward API. The server leaves its position out of the path, which is therefore ``at``."""
    found: list[Complaint] = [
        *named(item, "path", _file_path, at),
        *_mode(item, "mode", at),
    ]
    if given(item, "fieldRef"):
        found += field_ref(item["fieldRef"], (*at, "fieldRef"), FIELDS)
        if given(item, "resourceFieldRef"):
            found.append(complaint(at, "fieldRef and resourceFieldRef exclude each other"))
    elif given(item, "resourceFieldRef"):
        found += resource_field_ref(item["resourceFieldRef"], (*at, "resourceFieldRef"), volume=True)
    else:
        found.append(complaint(at, "needs fieldRef or resourceFieldRef"))
    for each in found:
        yield each._replace(pointer=(*pointer, *each.pointer[len(at) :]))


def _downward(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from _mode(source, "defaultMode", at)
    for i, item in objects(source.get("items")):
        yield from _downward_file(item, (*at, "items", i), at)


# --- projected ------------------------------------------------------------------------------------

KEY_TYPES = ("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519")
CERTIFICATE_PATHS = ("credentialBundlePath", "keyPath", "certificateChainPath")
DAY = 24 * 3600


def signer_name(value: str) -> str | None:
    """Domain and path of a certificate signer, such as ``example.com/ca``."""
    domain, slash, path = value.partition("/")
    if not slash or "/" in path:
        return f"{quoted(value)} is not a domain and a path, as in example.com/signer"
    if "." not in domain:
        return f"{quoted(domain)} is not a domain of two parts or more"
    parts = [label(part) for part in domain.split(".")] + [subdomain(part) for part in path.split(".")]
    return subdomain(domain) or next((wrong for wrong in parts if wrong), None)


def _token(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from within(source, "expirationSeconds", 600, 2**32, at)
    for wrong in named(source, "path", _file_path, at):
        # The server names the volume, not the source in it.
        yield elsewhere(wrong.pointer, (*at[:-3], "path"), wrong.message)


def _trust_bundle_name(value: str) -> str | None:
    signer, colon, name = value.rpartition(":")
    return subdomain(name) if colon or signer else subdomain(value)


def _trust_bundle(source: Body, at: Pointer) -> Iterator[Complaint]:
    by_name, by_signer = given(source, "name"), given(source, "signerName")
    if by_name and by_signer:
        yield complaint(at, "name and signerName exclude each other")
    elif by_name:
        yield from named(source, "name", _trust_bundle_name, at)
        if given(source, "labelSelector"):
            yield complaint((*at, "labelSelector"), "must not be set together with name")
    elif by_signer:
        yield from named(source, "signerName", signer_name, at)
        yield from label_selector(source.get("labelSelector"), (*at, "labelSelector"))
    else:
        yield complaint(at, "needs name or signerName")
    yield from named(source, "path", _file_path, at)


def _certificate(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from named(source, "signerName", signer_name, at)
    for key, _ in pairs(source.get("userAnnotations")):
        wrong = domain_prefixed(key.lower())
        if wrong:
            yield complaint((*at, "userAnnotations"), wrong, key)
    yield from chosen(source, "keyType", KEY_TYPES, at)
    signer = text(source.get("signerName")).partition("/")[0]
    longest = DAY if signer == "kubernetes.io" or signer.endswith(".kubernetes.io") else 91 * DAY
    yield from within(source, "maxExpirationSeconds", 3600, longest, at)
    if not any(source.get(name) for name in CERTIFICATE_PATHS):
        yield complaint(at, f"needs at least one of {', '.join(CERTIFICATE_PATHS)}")
    for name in CERTIFICATE_PATHS:
        yield from checked(source, name, _file_path, at)


def _paths(kind: str, source: Body) -> Iterator[str]:
    """Where a projected source puts its files, as far as it says so. Tokens are not compared by the server."""
    if kind in ("secret", "configMap", "downwardAPI"):
        yield from (text(item.get("path")) for _, item in objects(source.get("items")))
    elif kind == "clusterTrustBundle":
        yield text(source.get("path"))
    elif kind == "podCertificate":
        yield from (text(source.get(name)) for name in CERTIFICATE_PATHS)


def _projected_files(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from required(source, at, "name")
    for i, item in objects(source.get("items")):
        yield from _key_to_path(item, (*at, "items", i))


def _projected_downward(source: Body, at: Pointer) -> Iterator[Complaint]:
    for i, item in objects(source.get("items")):
        yield from _downward_file(item, (*at, "items", i), at)


# Kind of a projected source: its check, and the version before which the server drops it unread.
PROJECTIONS: dict[str, tuple[Callable[[Body, Pointer], Iterator[Complaint]], str]] = {
    "secret": (_projected_files, "1.0"), "configMap": (_projected_files, "1.0"),
    "downwardAPI": (_projected_downward, "1.0"), "serviceAccountToken": (_token, "1.0"),
    "clusterTrustBundle": (_trust_bundle, "1.37"), "podCertificate": (_certificate, "1.37"),
}  # fmt: skip


def _projected(source: Body, at: Pointer, version: str) -> Iterator[Complaint]:
    yield from _mode(source, "defaultMode", at)
    taken: set[str] = set()
    for i, item in objects(source.get("sources")):
        here = (*at, "sources", i)
        kinds = [kind for kind, (_, first) in PROJECTIONS.items() if given(item, kind) and since(version, first)]
        if len(kinds) > 1:
            yield complaint(here, f"may hold one source only, not {' and '.join(kinds)}")
        for kind in kinds:
            body = mapping(item[kind])
            yield from PROJECTIONS[kind][0](body, (*here, kind))
            for path in filter(None, _paths(kind, body)):
                if path in taken:
                    yield complaint(at, f"{quoted(path)} is written twice", "sources", i, kind)
                taken.add(path)


# --- the other sources ----------------------------------------------------------------------------

HOST_PATH_TYPES = (
    "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice",
)  # fmt: skip
_ISCSI_NAMES = {
    "iqn": r".*iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)", "eui": r"eui.[A-Za-z0-9]{16}",
    "naa": r"naa.[A-Za-z0-9]{32}",
}  # fmt: skip


def _empty_dir(source: Body, at: Pointer) -> Iterator[Complaint]:
    """Any medium is accepted: the kubelet decides."""
    limit = quantity(source.get("sizeLimit"))
    if limit is not None and limit < 0:
        yield complaint((*at, "sizeLimit"), "must not be negative")


def _host_path(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from checked(source, "path", backsteps, at)
    if source.get("path"):
        yield from choice(source, "type", HOST_PATH_TYPES, at)


def _nfs(source: Body, at: Pointer) -> Iterator[Complaint]:
    if not text(source.get("path")).startswith("/"):
        yield complaint((*at, "path"), "must be an absolute path")


def _iscsi_name(value: str) -> str | None:
    pattern = _ISCSI_NAMES.get(value[:3])
    if pattern is None:
        return f"{quoted(value)} must start with iqn, eui or naa"
    return None if re.fullmatch(pattern, value, re.ASCII) else f"{quoted(value)} is not an {value[:3]} name"


def _iscsi(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from checked(source, "iqn", _iscsi_name, at)
    yield from within(source, "lun", 0, 255, at)
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and not given(source, "secretRef"):
        yield complaint((*at, "secretRef"), "is required for CHAP")
    initiator = source.get("initiatorName")
    wrong = _iscsi_name(initiator) if isinstance(initiator, str) else None
    if wrong:
        yield elsewhere((*at, "initiatorName"), (*at, "initiatorname"), wrong)


def _partition(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from within(source, "partition", 0, 255, at)


def _fibre_channel(source: Body, at: Pointer) -> Iterator[Complaint]:
    names, ids = source.get("targetWWNs"), source.get("wwids")
    if bool(names) == bool(ids):
        yield complaint((*at, "targetWWNs"), "needs targetWWNs or wwids, and not both")
    if names:
        yield from within(source, "lun", 0, 255, at, default=-1)


def _flocker(source: Body, at: Pointer) -> Iterator[Complaint]:
    if bool(source.get("datasetName")) == bool(source.get("datasetUUID")):
        yield complaint(at, "needs datasetName or datasetUUID, and not both")
    if "/" in text(source.get("datasetName")):
        yield complaint((*at, "datasetName"), 'must not contain "/"')


_HOST_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*):[^:\[\]]*")


def _quobyte(source: Body, at: Pointer) -> Iterator[Complaint]:
    registry = text(source.get("registry"))
    if registry and len(text(source.get("tenant"))) > 64:
        yield complaint((*at, "tenant"), "has more than 64 characters")
    elif registry and not all(_HOST_PORT.fullmatch(pair) for pair in registry.split(",")):
        yield complaint((*at, "registry"), f"{quoted(registry)} is not host:port, nor several with commas between")


def _flex(source: Body, at: Pointer) -> Iterator[Complaint]:
    for key, _ in pairs(source.get("options")):
        if f".{key.partition('/')[0].lower()}".endswith((".kubernetes.io", ".k8s.io")):
            yield complaint((*at, "options", Key(key)), "kubernetes.io and k8s.io are reserved")


def _azure_disk(source: Body, at: Pointer) -> Iterator[Complaint]:
    """An absent kind is Shared."""
    yield from choice(source, "cachingMode", ("None", "ReadOnly", "ReadWrite"), at, empty=False)
    yield from choice(source, "kind", ("Shared", "Dedicated", "Managed"), at, empty=False)
    start = "/subscriptions/" if source.get("kind") == "Managed" else "https://"
    if not text(source.get("diskURI")).startswith(start):
        yield complaint((*at, "diskURI"), f"must start with {start}")


def _secret_ref(source: Body, at: Pointer) -> Iterator[Complaint]:
    if given(source, "secretRef"):
        yield from required(mapping(source["secretRef"]), (*at, "secretRef"), "name")


def _storage_os(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from checked(source, "volumeName", label, at)
    yield from checked(source, "volumeNamespace", label, at)
    yield from _secret_ref(source, at)


def csi_driver(value: str) -> str | None:
    """Name of a CSI driver."""
    return "has more than 63 characters" if len(value) > 63 else subdomain(value.lower())


def _csi(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from checked(source, "driver", csi_driver, at)
    if given(source, "nodePublishSecretRef"):
        here = (*at, "nodePublishSecretRef", "name")
        name = text(mapping(source["nodePublishSecretRef"]).get("name"))
        wrong = subdomain(name)
        if not name:
            yield complaint(here, "is required")
        elif wrong:
            yield elsewhere(here, (*at, "name"), wrong)


def _git(source: Body, at: Pointer) -> Iterator[Complaint]:
    yield from checked(source, "directory", descending, at)


def _nothing(source: Body, at: Pointer) -> Iterator[Complaint]:
    return iter(())


class Source(NamedTuple):
    """What a volume source demands. ``prints``: the server's name for it where that is not the field's."""

    required: tuple[str, ...] = ()
    check: Callable[[Body, Pointer], Iterator[Complaint]] = _nothing
    prints: str | None = None


# In the order in which the server reads them: of two sources it blames the later.
SOURCES: dict[str, Source] = {
    "emptyDir": Source((), _empty_dir),
    "hostPath": Source(("path",), _host_path),
    "gitRepo": Source(("repository",), _git),
    "gcePersistentDisk": Source(("pdName",), _partition, "persistentDisk"),
    "awsElasticBlockStore": Source(("volumeID",), _partition),
    "secret": Source(("secretName",), _files),
    "nfs": Source(("server", "path"), _nfs),
    "iscsi": Source(("targetPortal", "iqn"), _iscsi),
    "glusterfs": Source(("endpoints", "path")),
    "flocker": Source((), _flocker),
    "persistentVolumeClaim": Source(("claimName",)),
    "rbd": Source(("monitors", "image")),
    "cinder": Source(("volumeID",), _secret_ref),
    "cephfs": Source(("monitors",)),
    "quobyte": Source(("registry", "volume"), _quobyte),
    "downwardAPI": Source((), _downward),
    "fc": Source((), _fibre_channel),
    "flexVolume": Source(("driver",), _flex),
    "configMap": Source(("name",), _files),
    "azureFile": Source(("secretName", "shareName")),
    "vsphereVolume": Source(("volumePath",)),
    "photonPersistentDisk": Source(("pdID",)),
    "portworxVolume": Source(("volumeID",)),
    "azureDisk": Source(("diskName", "diskURI"), _azure_disk),
    "storageos": Source(("volumeName",), _storage_os),
    "projected": Source(),
    "scaleIO": Source(("gateway", "system", "volumeName")),
    "csi": Source(("driver",), _csi),
    "ephemeral": Source(),
    "image": Source(),
}
# What the server calls a source when it is one too many.
_SECOND = {"cephfs": "cephFS", "downwardAPI": "downwarAPI"}
PULL_POLICIES = ("Always", "IfNotPresent", "Never")

# --- claims ---------------------------------------------------------------------------------------

ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
# Fields of ObjectMeta that a template of an object may not have.
_META = (
    "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
    "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields",
)  # fmt: skip


def access_modes(value: object, at: Pointer) -> Iterator[Complaint]:
    """Of a claim or a volume; the server names the list, not the item."""
    modes = [mode for _, mode in texts(value)]
    if not modes:
        yield complaint(at, "needs at least one access mode")
    for i, mode in enumerate(modes):
        if mode not in ACCESS_MODES:
            yield complaint(at, f"must be one of {', '.join(ACCESS_MODES)}, got {quoted(mode)}", i)
    if "ReadWriteOncePod" in modes and set(modes) & set(ACCESS_MODES[:3]):
        yield complaint(at, "ReadWriteOncePod allows no other access mode")


def _data_source(value: object, at: Pointer) -> Iterator[Complaint]:
    source = mapping(value)
    group = text(source.get("apiGroup"))
    yield from required(source, at, "name", "kind")
    if not group and source.get("kind") != "PersistentVolumeClaim":
        yield complaint(at, "without an apiGroup only a PersistentVolumeClaim can be the source")
    yield from checked(source, "apiGroup", subdomain, at)
    yield from checked(source, "namespace", label, at)


def _classic(source: Body) -> bool:
    """Whether a dataSource is of the two kinds that the field was made for."""
    pair = text(source.get("apiGroup")), source.get("kind")
    return pair in (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))


def claim_spec(value: object, at: Pointer, version: str, *, template: bool = False) -> Iterator[Complaint]:
    """The spec of a PersistentVolumeClaim, or of a template for one.

    Of a claim itself the server forgets a dataSource of an unusual kind, unless there is a dataSourceRef.
    """
    spec = mapping(value)
    yield from access_modes(spec.get("accessModes"), (*at, "accessModes"))
    yield from label_selector(spec.get("selector"), (*at, "selector"))
    requests = mapping(mapping(spec.get("resources")).get("requests"))
    amount = quantity(requests.get("storage"))
    if "storage" not in requests:
        wrong: str | None = "is required"
    else:
        wrong = None if amount is None or amount > 0 else "must be greater than zero"
    if wrong:
        pointer = (*at, "resources", "requests", Key("storage"))
        yield elsewhere(pointer, (*at, "resources", Key("storage")), wrong)
    yield from checked(spec, "storageClassName", subdomain, at)
    yield from choice(spec, "volumeMode", VOLUME_MODES, at, empty=False)
    if since(version, "1.34"):
        yield from checked(spec, "volumeAttributesClassName", subdomain, at)
    source, reference = mapping(spec.get("dataSource")), mapping(spec.get("dataSourceRef"))
    # A reference into another namespace needs an alpha feature, without which a claim forgets it.
    referred = given(spec, "dataSourceRef") and (template or not reference.get("namespace"))
    kept = given(spec, "dataSource") and (template or referred or _classic(source))
    if kept:
        yield from _data_source(source, (*at, "dataSource"))
    if referred:
        yield from _data_source(reference, (*at, "dataSourceRef"))
    if kept and referred and any(source.get(name) != reference.get(name) for name in ("apiGroup", "kind", "name")):
        yield complaint(at, "dataSource and dataSourceRef must be the same", "dataSource")


def template_meta(value: object, at: Pointer) -> Iterator[Complaint]:
    """Metadata of a claim template: labels and annotations only."""
    meta = mapping(value)
    yield from timestamps(meta, at)
    yield from annotation_map(meta.get("annotations"), (*at, "annotations"))
    yield from labels(meta.get("labels"), (*at, "labels"))
    for name in _META:
        if meta.get(name):
            yield elsewhere((*at, name), (*at, "uID" if name == "uid" else name), "must not be set here")


def _ephemeral(source: Body, at: Pointer, version: str) -> Iterator[Complaint]:
    here = (*at, "volumeClaimTemplate")
    if not given(source, "volumeClaimTemplate"):
        yield complaint(here, "is required")
        return
    claim = mapping(source["volumeClaimTemplate"])
    yield from template_meta(claim.get("metadata"), (*here, "metadata"))
    yield from claim_spec(claim.get("spec"), (*here, "spec"), version, template=True)


# --- the list -------------------------------------------------------------------------------------


def _source(volume: Body, at: Pointer, version: str, template: bool) -> Iterator[Complaint]:
    """A volume without a source is an emptyDir; the server fills that in."""
    kinds = [name for name in SOURCES if given(volume, name)]
    for extra in kinds[1:]:
        place = (*at, _SECOND.get(extra, extra))
        yield elsewhere((*at, extra), place, f"a volume has one source only, and this one has {kinds[0]} already")
    if not kinds:
        return
    kind = kinds[0]
    source, rules = mapping(volume[kind]), SOURCES[kind]
    here = (*at, rules.prints or kind)
    found = [*required(source, here, *rules.required), *rules.check(source, here)]
    for wrong in found:
        yield wrong._replace(pointer=(*at, kind, *wrong.pointer[len(here) :])) if rules.prints else wrong
    if kind == "projected":
        yield from _projected(source, here, version)
    elif kind == "ephemeral":
        yield from _ephemeral(source, here, version)
    elif kind == "image":
        yield from choice(source, "pullPolicy", PULL_POLICIES, here)
        if not template or since(version, "1.37"):
            yield from required(source, here, "reference")
    elif kind == "iscsi" and given(source, "initiatorName"):
        both = text(volume.get("name")) + text(source.get("targetPortal"))
        if len(both) > 63:
            yield complaint((*at, "name"), "name and targetPortal have more than 63 characters")


def is_dropped(volume: Body, version: str) -> bool:
    """Before 1.35 the server leaves out volumes that are images, and all mounts of them, without a word."""
    return given(volume, "image") and not since(version, "1.35")


def volumes(value: object, at: Pointer, version: str, *, template: bool = True) -> Iterator[Complaint]:
    """spec.volumes of a pod."""
    names: set[str] = set()
    for i, volume in objects(value):
        if is_dropped(volume, version):
            continue
        here = (*at, i)
        yield from _source(volume, here, version, template)
        yield from named(volume, "name", label, here)
        name = text(volume.get("name"))
        if name in names:
            yield complaint((*here, "name"), f"{quoted(name)} is the name of an earlier volume")
        elif name:
            names.add(name)

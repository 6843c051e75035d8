"""Volumes, claims and classes of storage.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/validation#ValidatePersistentVolumeSpec
and https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/storage/validation
"""

import posixpath
from collections.abc import Iterator
from typing import Any

from . import volumes as pods
from .field import (
    Complaint,
    Key,
    Pointer,
    checked,
    choice,
    complaint,
    elsewhere,
    given,
    mapping,
    named,
    objects,
    pairs,
    quoted,
    required,
    since,
    text,
    texts,
)
from .names import label, label_key, qualified, quantity, subdomain
from .scheduling import node_selector
from .volumes import VOLUME_MODES, Source, access_modes, backsteps, claim_spec, csi_driver

RECLAIM_POLICIES = ("Retain", "Delete", "Recycle")
BINDING_MODES = ("Immediate", "WaitForFirstConsumer")
LARGEST_PARAMETERS = 256 * 1024
MOST_PARAMETERS = 512
MOUNT_OPTIONS = "volume.beta.kubernetes.io/mount-options"

# --- claims ---------------------------------------------------------------------------------------


def claim(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """PersistentVolumeClaim."""
    yield from claim_spec(body.get("spec"), ("spec",), version)


# --- volumes --------------------------------------------------------------------------------------


def _reference(value: object, at: Pointer) -> Iterator[Complaint]:
    """Name and namespace of a Secret."""
    body = mapping(value)
    yield from named(body, "name", subdomain, at)
    yield from named(body, "namespace", label, at)


def _local(source: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    yield from checked(source, "path", backsteps, at)


def _csi(source: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    yield from checked(source, "driver", csi_driver, at)
    for name in ("controllerPublish", "controllerExpand", "nodePublish", "nodeExpand"):
        if given(source, f"{name}SecretRef"):
            yield from _reference(source[f"{name}SecretRef"], (*at, f"{name}SecretRef"))


def _azure_file(source: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    if source.get("secretNamespace") == "":
        yield complaint((*at, "secretNamespace"), "must not be empty")


def _glusterfs(source: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    if given(source, "endpointsNamespace"):
        yield from named(source, "endpointsNamespace", label, at)


def _owned_secret(source: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    if given(source, "secretRef"):
        yield from required(mapping(source["secretRef"]), (*at, "secretRef"), "name", "namespace")


def _storage_os(source: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    yield from checked(source, "volumeName", label, at)
    yield from checked(source, "volumeNamespace", label, at)
    yield from _owned_secret(source, at)


SAME = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte",
    "cephfs", "iscsi", "cinder", "fc", "flexVolume", "azureFile", "vsphereVolume", "photonPersistentDisk",
    "portworxVolume", "azureDisk", "scaleIO",
)  # fmt: skip
"""Sources that a pod can have too, in the server's order."""
SOURCES: dict[str, Source] = {name: pods.SOURCES[name] for name in SAME} | {
    "glusterfs": Source(("endpoints", "path"), _glusterfs),
    "cinder": Source(("volumeID",), _owned_secret),
    "azureFile": Source(("secretName", "shareName"), _azure_file),
    "local": Source(("path",), _local),
    "storageos": Source(("volumeName",), _storage_os),
    "csi": Source(("driver", "volumeHandle"), _csi),
}
MOUNTABLE = frozenset(SAME) - {"hostPath", "flocker", "fc", "flexVolume", "portworxVolume", "scaleIO"}
"""Sources with which the old annotation for mount options is allowed."""


def _sources(spec: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    """Exactly one; what is wrong inside a second one no longer matters."""
    found = [name for name in SOURCES if given(spec, name)]
    if not found:
        yield complaint(at, "a source is required, such as csi or nfs")
    for name in found[1:]:
        if name != "flexVolume":  # the server forgets to look
            where = (*at, "cephFS" if name == "cephfs" else name)
            yield elsewhere((*at, name), where, f"only one source is allowed, and there is {found[0]} already")
    for name in found[:1]:
        source, rules = mapping(spec[name]), SOURCES[name]
        here = (*at, rules.prints or name)
        for wrong in (*required(source, here, *rules.required), *rules.check(source, here)):
            yield wrong._replace(pointer=(*at, name, *wrong.pointer[len(here) :]))


def _node_affinity(spec: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    here = (*at, "nodeAffinity")
    if given(spec, "nodeAffinity"):
        wanted = mapping(spec["nodeAffinity"])
        if given(wanted, "required"):
            yield from node_selector(wanted["required"], (*here, "required"), strict=True)
        else:
            yield complaint((*here, "required"), "is required")
    elif given(spec, "local"):
        yield complaint(here, "a local volume needs to say which nodes have it")


def _capacity(value: object, at: Pointer) -> Iterator[Complaint]:
    amounts = dict(pairs(value))
    if set(amounts) != {"storage"}:
        yield complaint(at, "must have storage and nothing else")
    for name, written in amounts.items():
        amount = quantity(written)
        if amount is not None and amount <= 0:
            yield complaint((*at, Key(name)), f"must be greater than zero, got {quoted(written)}")


def volume(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """PersistentVolume."""
    spec, at = mapping(body.get("spec")), ("spec",)
    yield from access_modes(spec.get("accessModes"), (*at, "accessModes"))
    yield from _capacity(spec.get("capacity"), (*at, "capacity"))
    yield from choice(spec, "persistentVolumeReclaimPolicy", RECLAIM_POLICIES, at)
    yield from _node_affinity(spec, at)
    yield from _sources(spec, at)
    host_path = text(mapping(spec.get("hostPath")).get("path"))
    recycled = spec.get("persistentVolumeReclaimPolicy") == "Recycle"
    if recycled and host_path and posixpath.normpath(host_path) in ("/", "//"):
        yield complaint((*at, "persistentVolumeReclaimPolicy"), 'must not be Recycle for the hostPath "/"')
    yield from checked(spec, "storageClassName", subdomain, at)
    yield from choice(spec, "volumeMode", VOLUME_MODES, at, empty=False)
    if since(version, "1.34") and given(spec, "volumeAttributesClassName"):
        yield from named(spec, "volumeAttributesClassName", subdomain, at)
        if not given(spec, "csi"):
            yield complaint((*at, "csi"), "is required with volumeAttributesClassName")
    annotations = mapping(mapping(body.get("metadata")).get("annotations"))
    if MOUNT_OPTIONS in annotations and not any(given(spec, name) for name in MOUNTABLE):
        yield complaint(("metadata", "annotations", MOUNT_OPTIONS), "this source takes no mount options here")


# --- classes --------------------------------------------------------------------------------------


def _topologies(value: object, at: Pointer) -> Iterator[Complaint]:
    seen: list[dict[str, frozenset[str]]] = [{}]
    for i, term in objects(value):
        here = (*at, i, "matchLabelExpressions")
        wanted: dict[str, frozenset[str]] = {}
        for j, expression in objects(term.get("matchLabelExpressions")):
            key, values = text(expression.get("key")), [item for _, item in texts(expression.get("values"))]
            if not values:
                yield complaint((*here, j, "values"), "is required")
            for k, item in enumerate(values):
                if item in values[:k]:
                    yield complaint((*here, j, "values", k), f"{quoted(item)} stands here twice")
            wrong = label_key(key)
            if wrong:
                yield complaint((*here, j, "key"), wrong)
            if key in wanted:
                yield complaint((*here, j, "key"), f"{quoted(key)} stands here twice")
            wanted[key] = frozenset(values)
        if wanted in seen:
            yield complaint(here, "is empty" if not wanted else "is the same as in an earlier term")
        seen.append(wanted)


def storage_class(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """StorageClass."""
    yield from named(body, "provisioner", lambda name: qualified(name.lower()), ())
    parameters = pairs(body.get("parameters"))
    size = sum(len(key.encode()) + len(text(item).encode(errors="replace")) for key, item in parameters)
    if len(parameters) > MOST_PARAMETERS or size > LARGEST_PARAMETERS:
        limit = f"{MOST_PARAMETERS} entries and {LARGEST_PARAMETERS} bytes"
        yield complaint(("parameters",), f"has {len(parameters)} entries and {size} bytes; at most {limit} are allowed")
    if any(not key for key, _ in parameters):
        yield complaint(("parameters",), "has an entry without a name", "")
    yield from choice(body, "reclaimPolicy", RECLAIM_POLICIES[:2], ())
    yield from choice(body, "volumeBindingMode", BINDING_MODES, (), empty=False)
    yield from _topologies(body.get("allowedTopologies"), ("allowedTopologies",))

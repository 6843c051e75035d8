"""Which objects name which: every reference by name in a rendered set, and what the set declares under a name.

A reference in a pod template counts wherever the template stands, so custom kinds are read like built-in ones.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from ..model import Container, Overlay, Pod, Pointer, Resource, is_marker, mapping, mappings
from ..server.semantics.secrets import selectors
from .selection import makes_pods

CLUSTER_SCOPED = frozenset({
    "PersistentVolume", "StorageClass", "PriorityClass", "RuntimeClass", "DeviceClass", "ClusterQueue",
    "ResourceFlavor", "WorkloadPriorityClass", "ClusterSecretStore", "GKENetworkParamSet", "Topology", "ClusterRole",
    "AdmissionCheck",
})  # fmt: skip
# Made by Kubernetes itself in every namespace.
ALWAYS = frozenset({("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt"), ("Service", "kubernetes")})
CLASSES = frozenset({
    "StorageClass", "PriorityClass", "RuntimeClass", "LocalQueue", "ClusterQueue", "ResourceFlavor", "SecretStore",
    "ClusterSecretStore", "Topology", "ClusterRole", "Gateway", "WorkloadPriorityClass", "AdmissionCheck",
})  # fmt: skip
"""Made by whoever runs the cluster, so that a missing one is certain only beside others of its kind."""
# What Kubernetes, the managed service and its drivers bring along, by kind.
BUILT_IN = {
    "PriorityClass": ("system-cluster-critical", "system-node-critical"),
    "StorageClass": (
        "standard", "standard-rwo", "premium-rwo", "standard-rwx", "zonal-rwx", "premium-rwx", "enterprise-rwx",
        "enterprise-multishare-rwx", "parallelstore-rwx", "dynamic-rwo", "gcsfusecsi-training", "gcsfusecsi-serving",
        "gcsfusecsi-checkpointing", *(f"lustre-rwx-{speed}mbps-per-tib" for speed in (125, 250, 500, 1000)),
    ),
    "ClusterRole": ("admin", "cluster-admin", "edit", "view"),
    "RuntimeClass": ("gvisor", "nvidia"),
}  # fmt: skip


HASH_LETTERS = frozenset("bcdfghkmt2456789")
"""Of Kustomize's encoder. Source: kustomize api/hasher/hasher.go"""


def hash_end(name: str) -> bool:
    """Whether a name ends in the hash that Kustomize gives to what it generates."""
    end = name.rpartition("-")[2]
    return len(end) == 10 and set(end) <= HASH_LETTERS


class Reference(NamedTuple):
    """``pointer`` leads to the name. ``keys``: what of the target's data is needed, each with its place."""

    resource: Resource
    pointer: Pointer
    kind: str
    name: str
    optional: bool = False
    keys: tuple[tuple[str, Pointer], ...] = ()
    namespace: str | None = None
    """Where the target is looked for; None is the referrer's own namespace."""


class Declared(NamedTuple):
    """An object that will exist. ``keys`` None: its data is not known."""

    resource: Resource
    keys: frozenset[str] | None


def _source(
    pod: Pod, at: Pointer, kind: str, body: Any, field: str, extra: tuple[tuple[str, Pointer], ...] = ()
) -> Iterator[Reference]:
    body = mapping(body)
    name = body.get(field)
    if isinstance(name, str) and name:
        keys = [
            (item["key"], (*at, "items", i, "key"))
            for i, item in mappings(body.get("items"))
            if isinstance(item.get("key"), str)
        ]
        if isinstance(body.get("key"), str):
            keys.append((body["key"], (*at, "key")))
        yield Reference(pod.resource, (*at, field), kind, name, body.get("optional") is True, (*keys, *extra))


def _sub_paths(pod: Pod, volume: str, body: Any) -> tuple[tuple[str, Pointer], ...]:
    """Keys that mounts ask of a ConfigMap or Secret volume by subPath; ``items`` name their keys themselves."""
    return () if isinstance(mapping(body).get("items"), list) else tuple(_mounted_parts(pod).get(volume, ()))


@lru_cache(maxsize=64)
def _mounted_parts(pod: Pod) -> dict[str, list[tuple[str, Pointer]]]:
    """The parts of volumes that are mounted by subPath, by the volume."""
    found: dict[str, list[tuple[str, Pointer]]] = {}
    for container in pod.containers:
        for at, mount in container.mounts:
            name, part = mount.get("name"), mount.get("subPath")
            if isinstance(name, str) and isinstance(part, str) and part:
                found.setdefault(name, []).append((part, (*at, "subPath")))
    return found


def _of_volumes(pod: Pod) -> Iterator[Reference]:
    for i, volume in mappings(pod.spec.get("volumes")):
        at = (*pod.pointer, "volumes", i)
        name = str(volume.get("name", ""))
        for kind, key, field in (("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName")):
            yield from _source(pod, (*at, key), kind, volume.get(key), field, _sub_paths(pod, name, volume.get(key)))
        yield from _source(
            pod,
            (*at, "persistentVolumeClaim"),
            "PersistentVolumeClaim",
            volume.get("persistentVolumeClaim"),
            "claimName",
        )
        csi = mapping(volume.get("csi"))
        yield from _source(pod, (*at, "csi", "nodePublishSecretRef"), "Secret", csi.get("nodePublishSecretRef"), "name")
        yield from _source(
            pod,
            (*at, "csi", "volumeAttributes"),
            "SecretProviderClass",
            csi.get("volumeAttributes"),
            "secretProviderClass",
        )
        template = mapping(mapping(mapping(volume.get("ephemeral")).get("volumeClaimTemplate")).get("spec"))
        yield from _source(
            pod, (*at, "ephemeral", "volumeClaimTemplate", "spec"), "StorageClass", template, "storageClassName"
        )
        for j, source in mappings(mapping(volume.get("projected")).get("sources")):
            for kind, key in (("ConfigMap", "configMap"), ("Secret", "secret")):
                yield from _source(pod, (*at, "projected", "sources", j, key), kind, source.get(key), "name")


def _of_container(container: Container) -> Iterator[Reference]:
    pod = container.pod
    for i, item in mappings(container.body.get("env")):
        at = (*container.pointer, "env", i, "valueFrom")
        for kind, key in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
            yield from _source(pod, (*at, key), kind, mapping(item.get("valueFrom")).get(key), "name")
    for i, item in mappings(container.body.get("envFrom")):
        for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
            yield from _source(pod, (*container.pointer, "envFrom", i, key), kind, item.get(key), "name")
    uri = container.body.get("storageUri")
    if isinstance(uri, str) and uri.startswith("pvc://") and uri[6:].partition("/")[0]:
        yield Reference(
            pod.resource, (*container.pointer, "storageUri"), "PersistentVolumeClaim", uri[6:].partition("/")[0]
        )


def _of_pod(pod: Pod) -> Iterator[Reference]:
    account = "serviceAccountName" if pod.spec.get("serviceAccountName") else "serviceAccount"
    for kind, field in (
        ("ServiceAccount", account),
        ("PriorityClass", "priorityClassName"),
        ("RuntimeClass", "runtimeClassName"),
    ):
        yield from _source(pod, pod.pointer, kind, {field: pod.spec.get(field)}, field)
    for i, item in mappings(pod.spec.get("imagePullSecrets")):
        yield from _source(pod, (*pod.pointer, "imagePullSecrets", i), "Secret", item, "name")
    for i, item in mappings(pod.spec.get("resourceClaims")):
        at = (*pod.pointer, "resourceClaims", i)
        yield from _source(pod, at, "ResourceClaimTemplate", item, "resourceClaimTemplateName")
        yield from _source(pod, at, "ResourceClaim", item, "resourceClaimName")
    yield from _of_volumes(pod)
    for container in pod.containers:
        yield from _of_container(container)


PATHS: tuple[tuple[str, Pointer, str], ...] = (
    # (kind of the referrer, path of the name with "*" for every item of a list, kind of the target)
    ("PersistentVolumeClaim", ("spec", "volumeName"), "PersistentVolume"),
    ("PersistentVolumeClaim", ("spec", "storageClassName"), "StorageClass"),
    ("StatefulSet", ("spec", "volumeClaimTemplates", "*", "spec", "storageClassName"), "StorageClass"),
    ("LocalQueue", ("spec", "clusterQueue"), "ClusterQueue"),
    ("ClusterQueue", ("spec", "resourceGroups", "*", "flavors", "*", "name"), "ResourceFlavor"),
    ("ClusterQueue", ("spec", "admissionChecksStrategy", "admissionChecks", "*", "name"), "AdmissionCheck"),
    ("ResourceFlavor", ("spec", "topologyName"), "Topology"),
    ("StatefulSet", ("spec", "serviceName"), "Service"),
    ("ServiceAccount", ("imagePullSecrets", "*", "name"), "Secret"),
    ("Ingress", ("spec", "rules", "*", "http", "paths", "*", "backend", "service", "name"), "Service"),
    ("Ingress", ("spec", "defaultBackend", "service", "name"), "Service"),
    ("Ingress", ("spec", "tls", "*", "secretName"), "Secret"),
)


def _names(resource: Resource, path: Pointer) -> Iterator[tuple[str, Pointer]]:
    """Text at every place that ``path`` leads to."""
    if "*" in path:
        cut = path.index("*")
        for i, _ in mappings(resource.at(path[:cut])):
            yield from _names(resource, (*path[:cut], i, *path[cut + 1 :]))
        return
    value = resource.at(path)
    if isinstance(value, str) and value:
        yield value, path


def _typed(resource: Resource) -> Iterator[Reference]:
    """References that state the kind of their target beside its name."""
    spec = resource.spec
    if resource.kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        target = mapping(spec.get("scaleTargetRef"))
        kind = target.get("kind") or ("Deployment" if resource.kind == "ScaledObject" else "")
        if isinstance(target.get("name"), str) and isinstance(kind, str) and kind:
            yield Reference(resource, ("spec", "scaleTargetRef", "name"), kind, target["name"])
    if resource.kind in ("HTTPRoute", "GRPCRoute", "TCPRoute"):
        for i, rule in mappings(spec.get("rules")):
            for j, backend in mappings(rule.get("backendRefs")):
                if backend.get("kind", "Service") == "Service" and isinstance(backend.get("name"), str):
                    at: Pointer = ("spec", "rules", i, "backendRefs", j, "name")
                    yield Reference(resource, at, "Service", backend["name"], namespace=backend.get("namespace"))
    if resource.kind in ("HTTPRoute", "GRPCRoute", "TCPRoute"):
        for i, parent in mappings(spec.get("parentRefs")):
            if parent.get("kind", "Gateway") == "Gateway" and isinstance(parent.get("name"), str):
                at = ("spec", "parentRefs", i, "name")
                yield Reference(resource, at, "Gateway", parent["name"], namespace=parent.get("namespace"))
    if resource.kind in ("RoleBinding", "ClusterRoleBinding"):
        role = mapping(resource.body.get("roleRef"))
        name, kind = role.get("name"), role.get("kind")
        # Roles that start with system: are Kubernetes' own.
        if isinstance(name, str) and kind in ("Role", "ClusterRole") and not name.startswith("system:"):
            yield Reference(resource, ("roleRef", "name"), str(kind), name)
        for i, subject in mappings(resource.body.get("subjects")):
            # Another namespace's accounts are another team's.
            near = subject.get("namespace") in (None, resource.namespace)
            if subject.get("kind") == "ServiceAccount" and near and isinstance(subject.get("name"), str):
                yield Reference(resource, ("subjects", i, "name"), "ServiceAccount", subject["name"])
    if resource.kind in ("SecretStore", "ClusterSecretStore") and resource.group == "external-secrets.io":
        yield from _of_store(resource)
    if resource.kind == "ExternalSecret":
        store = mapping(spec.get("secretStoreRef"))
        if isinstance(store.get("name"), str):
            kind = str(store.get("kind") or "SecretStore")
            yield Reference(resource, ("spec", "secretStoreRef", "name"), kind, store["name"])


def _of_store(store: Resource) -> Iterator[Reference]:
    """What a store of External Secrets authenticates with; a cluster's store that says no namespace takes that of each
    ExternalSecret."""
    for kind, provider in mapping(store.spec.get("provider")).items():
        for named, at in selectors(mapping(mapping(provider).get("auth")), ("spec", "provider", kind, "auth")):
            space = named.get("namespace")
            if store.kind == "ClusterSecretStore" and not isinstance(space, str):
                continue
            if store.kind == "SecretStore" and isinstance(space, str) and space != store.namespace:
                continue  # External Secrets refuses that itself
            account = str(at[-1]).casefold().endswith("serviceaccountref")
            key = named.get("key")
            keys = ((key, (*at, "key")),) if isinstance(key, str) and not account else ()
            kind_of = "ServiceAccount" if account else "Secret"
            yield Reference(store, (*at, "name"), kind_of, named["name"], keys=keys, namespace=space)


def _queued(resource: Resource) -> Iterator[Reference]:
    """What Kueue's labels name, on the object that it queues: a CronJob has them on the Jobs that it makes."""
    places: list[Pointer] = [("metadata", "labels")]
    if resource.kind == "CronJob":
        places.append(("spec", "jobTemplate", "metadata", "labels"))
    for at in places:
        for label, kind in (("queue-name", "LocalQueue"), ("priority-class", "WorkloadPriorityClass")):
            name = mapping(resource.at(at)).get(f"kueue.x-k8s.io/{label}")
            if isinstance(name, str) and name:
                yield Reference(resource, (*at, f"kueue.x-k8s.io/{label}"), kind, name)


@lru_cache(maxsize=64)
def references(overlay: Overlay) -> tuple[Reference, ...]:
    """Every reference by name in the set."""
    found = [reference for pod in overlay.pods for reference in _of_pod(pod)]
    for resource in overlay.resources:
        for kind, path, target in PATHS:
            if resource.kind == kind:
                found.extend(Reference(resource, at, target, name) for name, at in _names(resource, path))
        found.extend(_queued(resource))
        found.extend(_typed(resource))
    return tuple(found)


def _made_by_controllers(resource: Resource) -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Kind, name and keys of the objects that an operator makes from ``resource``."""
    spec = resource.spec
    if resource.kind == "ExternalSecret":
        target = mapping(spec.get("target"))
        template = mapping(target.get("template"))
        keys = {str(item.get("secretKey")) for _, item in mappings(spec.get("data"))}
        if isinstance(template.get("data"), dict):
            keys = set(map(str, template["data"])) | (keys if template.get("mergePolicy") == "Merge" else set())
        known = not spec.get("dataFrom") and not template.get("templateFrom")
        yield "Secret", str(target.get("name") or resource.name), frozenset(keys) if known else None
    elif resource.kind == "SecretProviderClass":
        for _, made in mappings(spec.get("secretObjects")):
            yield (
                "Secret",
                str(made.get("secretName")),
                frozenset(str(item.get("key")) for _, item in mappings(made.get("data"))),
            )
    elif resource.kind == "SealedSecret":
        name = mapping(mapping(spec.get("template")).get("metadata")).get("name") or resource.name
        yield "Secret", str(name), None
    elif resource.kind == "Certificate":
        yield "Secret", str(spec.get("secretName")), None
    elif "Secret" in resource.kind and resource.group:  # VaultStaticSecret, InfisicalSecret, SecretSync, …
        for name in (
            resource.name,
            mapping(spec.get("destination")).get("name"),
            mapping(spec.get("target")).get("name"),
        ):
            if name:
                yield "Secret", str(name), None
    if resource.kind == "ComputeDomain":
        template = mapping(mapping(spec.get("channel")).get("resourceClaimTemplate"))
        yield "ResourceClaimTemplate", str(template.get("name")), None
    if resource.kind in ("DataVolume", "OnePasswordItem"):
        yield ("PersistentVolumeClaim" if resource.kind == "DataVolume" else "Secret"), resource.name, None


@lru_cache(maxsize=64)
def _declarations(overlay: Overlay) -> dict[tuple[str, str], list[Declared]]:
    found: dict[tuple[str, str], list[Declared]] = {}
    for resource in overlay.resources:
        keys = None
        if resource.kind in ("ConfigMap", "Secret") and not resource.group:
            fields = ("data", "binaryData", "stringData")
            keys = frozenset(str(key) for field in fields for key in mapping(resource.body.get(field)))
            if resource.body.get("type") == "kubernetes.io/service-account-token":
                keys = None  # the control plane fills it
        found.setdefault((resource.kind, resource.name), []).append(Declared(resource, keys))
        for kind, name, made in _made_by_controllers(resource):
            found.setdefault((kind, name), []).append(Declared(resource, made))
    return found


def declared(overlay: Overlay, kind: str, name: str) -> list[Declared]:
    """What the set declares under that kind and name, in whatever namespace."""
    return _declarations(overlay).get((kind, name), [])


def kinds_declared(overlay: Overlay) -> set[str]:
    return {kind for kind, _ in _declarations(overlay)}


def exists_elsewhere(overlay: Overlay, kind: str, name: str) -> bool:
    """Whether an object need not be rendered: external, built in, known to a cluster only, or made by a controller."""
    if overlay.may_name(kind, name) or (kind, name) in ALWAYS or name in BUILT_IN.get(kind, ()) or is_marker(name):
        return True
    if kind == "Secret" and any(k == kind and known.partition("/")[0] == name for k, known in overlay.external):
        return True
    if kind in ("Service", "Deployment", "StatefulSet"):
        # Operators name what they make after their object: llama-predictor, cluster-head-svc.
        parts = name.split("-")
        return any("-".join(parts[:i]) in _makers(overlay) for i in range(1, min(len(parts), 64) + 1))
    if kind != "PersistentVolumeClaim":
        return False
    return any(
        re.fullmatch(rf"{re.escape(str(mapping(item.get('metadata')).get('name')))}-{re.escape(owner.name)}-\d+", name)
        for owner in overlay.of("StatefulSet")
        for _, item in mappings(owner.spec.get("volumeClaimTemplates"))
    )


@lru_cache(maxsize=64)
def _makers(overlay: Overlay) -> frozenset[str]:
    """Names of the custom objects that pods are made from."""
    return frozenset(owner.name for owner in overlay.resources if owner.name and makes_pods(owner))


def missing(overlay: Overlay, reference: Reference) -> bool:
    """Whether nothing that the set shows or takes for granted answers to a reference."""
    kind, name = reference.kind, reference.name
    if reference.optional or declared(overlay, kind, name) or exists_elsewhere(overlay, kind, name):
        return False
    # A class that binds a claim to a volume by its name need not exist.
    bound = kind == "StorageClass" and (
        bool(reference.resource.spec.get("volumeName"))
        or any(volume.spec.get("storageClassName") == name for volume in overlay.of("PersistentVolume"))
    )
    return not bound

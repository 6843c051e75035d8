"""Which objects name which, what a set declares, and what need not be declared."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import config, main, overlay, pod, template, thing
from servelint.model import Overlay
from servelint.views.references import (
    Reference,
    declared,
    exists_elsewhere,
    hash_end,
    kinds_declared,
    missing,
    references,
)


def found(body: dict[str, Any]) -> list[Reference]:
    return list(references(overlay(body)))


def volume(**source: Any) -> dict[str, Any]:
    return pod(spec={"volumes": [{"name": "v", **source}]})


def claims(**spec: Any) -> dict[str, Any]:
    return volume(ephemeral={"volumeClaimTemplate": {"spec": spec}})


def route(kind: str = "HTTPRoute", **spec: Any) -> dict[str, Any]:
    return thing(kind, spec=spec, apiVersion="gateway.networking.k8s.io/v1")


def binding(kind: str = "RoleBinding", **body: Any) -> dict[str, Any]:
    return thing(kind, namespace="n", apiVersion="rbac.authorization.k8s.io/v1", **body)


SELECTED = {"service": {"name": "s"}}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (pod(), []),
        # volumes
        (volume(configMap={"name": "c"}), ["ConfigMap/c"]),
        (volume(secret={"secretName": "s"}), ["Secret/s"]),
        (volume(secret={"name": "s"}), []),
        (volume(persistentVolumeClaim={"claimName": "p"}), ["PersistentVolumeClaim/p"]),
        (volume(persistentVolumeClaim={"claimName": ""}), []),
        (volume(persistentVolumeClaim={"claimName": 7}), []),
        (volume(persistentVolumeClaim="p"), []),
        (volume(csi={"nodePublishSecretRef": {"name": "s"}}), ["Secret/s"]),
        (volume(csi={"volumeAttributes": {"secretProviderClass": "c"}}), ["SecretProviderClass/c"]),
        (claims(storageClassName="fast"), ["StorageClass/fast"]),
        (claims(), []),
        (volume(projected={"sources": [{"configMap": {"name": "c"}}, {"secret": {"name": "s"}}]}),
         ["ConfigMap/c", "Secret/s"]),
        (volume(projected={"sources": "x"}), []),
        (volume(emptyDir={}), []),
        # containers
        (pod(env=[{"valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}]), ["ConfigMap/c"]),
        (pod(env=[{}, {"valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]), ["Secret/s"]),
        (pod(envFrom=[{"configMapRef": {"name": "c"}}, {"secretRef": {"name": "s"}}]), ["ConfigMap/c", "Secret/s"]),
        (pod(storageUri="pvc://models/a/b"), ["PersistentVolumeClaim/models"]),
        (pod(storageUri="pvc:///a"), []),
        (pod(storageUri="gs://models/a"), []),
        (pod(storageUri=7), []),
        (pod(spec={"initContainers": [main(envFrom=[{"secretRef": {"name": "s"}}])]}), ["Secret/s"]),
        # the pod
        (pod(spec={"serviceAccountName": "a"}), ["ServiceAccount/a"]),
        (pod(spec={"serviceAccount": "a"}), ["ServiceAccount/a"]),
        (pod(spec={"serviceAccount": "old", "serviceAccountName": "a"}), ["ServiceAccount/a"]),
        (pod(spec={"priorityClassName": "c", "runtimeClassName": "r"}), ["PriorityClass/c", "RuntimeClass/r"]),
        (pod(spec={"imagePullSecrets": [{"name": "s"}, {}]}), ["Secret/s"]),
        (pod(spec={"resourceClaims": [{"resourceClaimTemplateName": "t"}, {"resourceClaimName": "c"}]}),
         ["ResourceClaimTemplate/t", "ResourceClaim/c"]),
        (thing("Deployment", spec={"template": template(spec={"serviceAccountName": "a"})}), ["ServiceAccount/a"]),
        # paths of other kinds
        (thing("PersistentVolumeClaim", spec={"volumeName": "v", "storageClassName": "c"}),
         ["PersistentVolume/v", "StorageClass/c"]),
        (thing("PersistentVolumeClaim", spec={"volumeName": "", "storageClassName": 3}), []),
        (thing("StatefulSet", spec={"serviceName": "s", "volumeClaimTemplates": [{"spec": {"storageClassName": "c"}}]}),
         ["StorageClass/c", "Service/s"]),
        (thing("Deployment", spec={"serviceName": "s"}), []),
        (thing("LocalQueue", spec={"clusterQueue": "q"}), ["ClusterQueue/q"]),
        (thing("ClusterQueue", spec={"resourceGroups": [{"flavors": [{"name": "a"}, {"name": "b"}]}, {}]}),
         ["ResourceFlavor/a", "ResourceFlavor/b"]),
        (thing("ResourceFlavor", spec={"topologyName": "t"}), ["Topology/t"]),
        (thing("ServiceAccount", imagePullSecrets=[{"name": "s"}]), ["Secret/s"]),
        (thing("Ingress", spec={"defaultBackend": SELECTED, "tls": [{"secretName": "t"}]}), ["Service/s", "Secret/t"]),
        (thing("Ingress", spec={"rules": [{}, {"http": {"paths": [{"backend": SELECTED}]}}]}), ["Service/s"]),
        (thing("Deployment", labels={"kueue.x-k8s.io/queue-name": "q"}), ["LocalQueue/q"]),
        (thing("Deployment", labels={"kueue.x-k8s.io/queue-name": ""}), []),
        (thing("Deployment", labels={"kueue.x-k8s.io/queue-name": 7}), []),
        # targets whose kind is written
        (thing("HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": "StatefulSet", "name": "x"}}), ["StatefulSet/x"]),
        (thing("HorizontalPodAutoscaler", spec={"scaleTargetRef": {"name": "x"}}), []),
        (thing("HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": 7, "name": "x"}}), []),
        (thing("HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": "Deployment", "name": 7}}), []),
        (thing("ScaledObject", spec={"scaleTargetRef": {"name": "x"}}), ["Deployment/x"]),
        (thing("ScaledObject", spec={"scaleTargetRef": {"kind": "StatefulSet", "name": "x"}}), ["StatefulSet/x"]),
        (thing("Deployment", spec={"scaleTargetRef": {"kind": "Deployment", "name": "x"}}), []),
        (route(rules=[{"backendRefs": [{"name": "a"}, {"kind": "Service", "name": "b"}]}]), ["Service/a", "Service/b"]),
        (route(rules=[{"backendRefs": [{"kind": "InferencePool", "name": "a"}, {"name": 7}]}]), []),
        (route(parentRefs=[{"name": "g"}, {"kind": "Service", "name": "s"}, {"name": 7}]), ["Gateway/g"]),
        (route("GRPCRoute", rules=[{"backendRefs": [{"name": "a"}]}], parentRefs=[{"name": "g"}]), ["Service/a", "Gateway/g"]),
        (route("TCPRoute", rules=[{"backendRefs": [{"name": "a"}]}], parentRefs=[{"name": "g"}]), ["Service/a", "Gateway/g"]),
        (route("UDPRoute", rules=[{"backendRefs": [{"name": "a"}]}], parentRefs=[{"name": "g"}]), []),
        (binding(roleRef={"kind": "Role", "name": "r"}), ["Role/r"]),
        (binding("ClusterRoleBinding", roleRef={"kind": "ClusterRole", "name": "r"}), ["ClusterRole/r"]),
        (binding(roleRef={"kind": "ClusterRole", "name": "system:auth-delegator"}), []),
        (binding(roleRef={"kind": "Group", "name": "r"}), []),
        (binding(roleRef={"kind": "Role", "name": 7}), []),
        (binding(subjects=[{"kind": "ServiceAccount", "name": "a"}, {"kind": "User", "name": "u"}]), ["ServiceAccount/a"]),
        (binding(subjects=[{"kind": "ServiceAccount", "name": "a", "namespace": "n"},
                           {"kind": "ServiceAccount", "name": "b", "namespace": "other"},
                           {"kind": "ServiceAccount", "name": 7}]), ["ServiceAccount/a"]),
        (thing("Deployment", roleRef={"kind": "Role", "name": "r"}), []),
        (thing("ExternalSecret", spec={"secretStoreRef": {"name": "s"}}), ["SecretStore/s"]),
        (thing("ExternalSecret", spec={"secretStoreRef": {"kind": "ClusterSecretStore", "name": "s"}}), ["ClusterSecretStore/s"]),
        (thing("ExternalSecret", spec={"secretStoreRef": {"name": 7}}), []),
        (thing("PushSecret", spec={"secretStoreRef": {"name": "s"}}), []),
    ],
)  # fmt: skip
def test_what_an_object_names(body: dict[str, Any], names: list[str]) -> None:
    made = found(body)
    assert [f"{one.kind}/{one.name}" for one in made] == names
    for one in made:
        written = one.resource.at(one.pointer)
        assert one.name == written or written.startswith(f"pvc://{one.name}/"), one.pointer


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (volume(configMap={"name": "c"}), []),
        (volume(configMap={"name": "c", "items": [{"key": "a"}, {"key": 7}, {"key": "b"}]}), ["a", "b"]),
        (pod(env=[{"valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]), ["k"]),
        (pod(env=[{"valueFrom": {"secretKeyRef": {"name": "s", "key": 7}}}]), []),
        (pod(spec={"volumes": [{"name": "v", "secret": {"secretName": "s"}}]},
             volumeMounts=[{"name": "v", "subPath": "a"}, {"name": "v"}, {"name": "v", "subPath": ""},
                           {"name": "v", "subPath": 7}, {"name": "w", "subPath": "b"}, {"subPath": "c"},
                           {"name": ["v"], "subPath": "d"}]), ["a"]),
        # Items give files names of their own.
        (pod(spec={"volumes": [{"name": "v", "configMap": {"name": "c", "items": [{"key": "a", "path": "b"}]}}]},
             volumeMounts=[{"name": "v", "subPath": "b"}]), ["a"]),
        (pod(spec={"volumes": [{"configMap": {"name": "c"}}]}, volumeMounts=[{"name": "v", "subPath": "b"}]), []),
    ],
)  # fmt: skip
def test_which_keys_are_needed(body: dict[str, Any], keys: list[str]) -> None:
    (one,) = found(body)
    assert [key for key, _ in one.keys] == keys
    assert all(one.resource.at(pointer) == key for key, pointer in one.keys)


@pytest.mark.parametrize(("optional", "is_so"), [(True, True), (False, False), ("yes", False), (None, False)])
def test_what_may_be_missing(optional: Any, is_so: bool) -> None:
    assert [one.optional for one in found(volume(configMap={"name": "c", "optional": optional}))] == [is_so]


def test_where_a_route_looks() -> None:
    refs = {
        "rules": [{"backendRefs": [{"name": "a", "namespace": "n"}]}],
        "parentRefs": [{"name": "g", "namespace": "m"}],
    }
    assert [one.namespace for one in found(route(**refs))] == ["n", "m"]
    assert [one.namespace for one in found(route(parentRefs=[{"name": "g"}]))] == [None]


def external(**spec: Any) -> dict[str, Any]:
    return thing("ExternalSecret", "e", spec=spec)


DATA = [{"secretKey": "a"}]
TEMPLATE = {"data": {"b": "x"}}


@pytest.mark.parametrize(
    ("body", "made"),
    [
        (config("c", a="1"), {"ConfigMap/c": ["a"]}),
        (thing("ConfigMap", "c", data={"a": "1"}, binaryData={"b": "2"}), {"ConfigMap/c": ["a", "b"]}),
        (thing("Secret", "s", data={"a": "1"}, stringData={"b": "2"}), {"Secret/s": ["a", "b"]}),
        (thing("Secret", "s"), {"Secret/s": []}),
        (thing("Secret", "s", type="kubernetes.io/service-account-token"), {"Secret/s": None}),
        (thing("ConfigMap", "c", apiVersion="example.com/v1", data={"a": 1}), {"ConfigMap/c": None}),
        (thing("Deployment", "d"), {"Deployment/d": None}),
        (external(data=DATA), {"Secret/e": ["a"]}),
        (external(data=DATA, target={"name": "t"}), {"Secret/t": ["a"], "Secret/e": "none"}),
        (external(data=DATA, target={"template": TEMPLATE}), {"Secret/e": ["b"]}),
        (external(data=DATA, target={"template": {**TEMPLATE, "mergePolicy": "Merge"}}), {"Secret/e": ["a", "b"]}),
        (external(data=DATA, target={"template": {"mergePolicy": "Merge"}}), {"Secret/e": ["a"]}),
        (external(data=DATA, target={"template": {"templateFrom": [{}]}}), {"Secret/e": None}),
        (external(data=DATA, dataFrom=[{}]), {"Secret/e": None}),
        (thing("SecretProviderClass", "p", spec={"secretObjects": [{"secretName": "s", "data": [{"key": "k"}]}]}),
         {"Secret/s": ["k"], "SecretProviderClass/p": None}),
        (thing("SealedSecret", "s"), {"Secret/s": None}),
        (thing("SealedSecret", "s", spec={"template": {"metadata": {"name": "t"}}}), {"Secret/t": None, "Secret/s": "none"}),
        (thing("Certificate", "c", spec={"secretName": "tls"}), {"Secret/tls": None}),
        (thing("VaultStaticSecret", "v", apiVersion="x/v1", spec={"destination": {"name": "d"}, "target": {"name": "t"}}),
         {"Secret/v": None, "Secret/d": None, "Secret/t": None, "Secret/None": "none"}),
        (thing("VaultStaticSecret", "v", apiVersion="x/v1"), {"Secret/v": None, "Secret/None": "none"}),
        (thing("VaultStaticSecret", "v"), {"Secret/v": "none"}),
        (thing("Deployment", "v", apiVersion="x/v1"), {"Secret/v": "none"}),
        (thing("ComputeDomain", "d", spec={"channel": {"resourceClaimTemplate": {"name": "t"}}}),
         {"ResourceClaimTemplate/t": None, "ComputeDomain/d": None}),
        (thing("DataVolume", "d"), {"PersistentVolumeClaim/d": None, "Secret/d": "none"}),
        (thing("OnePasswordItem", "o"), {"Secret/o": None, "PersistentVolumeClaim/o": "none"}),
        (thing("Deployment", "d"), {"Secret/d": "none", "PersistentVolumeClaim/d": "none", "ResourceClaimTemplate/None": "none"}),
    ],
)  # fmt: skip
def test_what_a_set_declares(body: dict[str, Any], made: dict[str, list[str] | str | None]) -> None:
    """Keys of what is declared; ``none`` of what is not."""
    given = overlay(body)
    for name, keys in made.items():
        there = declared(given, *name.split("/"))
        if keys == "none":
            assert there == []
        else:
            last = there[-1].keys
            assert (None if last is None else sorted(last)) == keys
            assert name.partition("/")[0] in kinds_declared(given)
    assert kinds_declared(given) <= {name.partition("/")[0] for name in made} | {body["kind"]}


EXTERNAL = frozenset({("Secret", "hf-secret/token"), ("ConfigMap", "hand/made"), ("Secret", "whole")})
CUSTOM = thing("LlamaStack", "llama", spec={"replicas": 1}, apiVersion="example.com/v1")
NAMELESS = thing("LlamaStack", "", spec={"replicas": 1}, apiVersion="example.com/v1")
SETS = thing("StatefulSet", "db", spec={"volumeClaimTemplates": [{"metadata": {"name": "data.v"}}]})


@pytest.mark.parametrize(
    ("kind", "name", "is_so"),
    [
        ("Secret", "whole", True), ("Secret", "hf-secret", True), ("Secret", "hf", False), ("ConfigMap", "hand", False),
        ("Secret", "hand", False), *(("StorageClass", f"lustre-rwx-{n}mbps-per-tib", True) for n in (125, 250, 500, 1000)),
        ("ConfigMap", "hf-secret", False), ("Secret", "other-leaf-x", True), ("ServiceAccount", "default", True),
        ("ConfigMap", "default", False), ("ConfigMap", "kube-root-ca.crt", True), ("StorageClass", "standard-rwo", True),
        ("PriorityClass", "standard-rwo", False), ("ClusterRole", "view", True), ("Secret", "SITE_SECRET", True),
        # made from the custom object llama, which pods are made from
        ("Service", "llama", True), ("Service", "llama-predictor", True), ("Deployment", "llama-a-b", True),
        ("StatefulSet", "llama-0", True), ("ConfigMap", "llama-x", False), ("Service", "llamas", False),
        ("Service", "x-llama", False), ("Service", "db-x", False), ("Service", "-x", False),
        # claims that a StatefulSet makes
        ("PersistentVolumeClaim", "data.v-db-0", True), ("PersistentVolumeClaim", "data.v-db-12", True),
        ("PersistentVolumeClaim", "data.v-db", False), ("PersistentVolumeClaim", "data.v-db-x", False),
        ("PersistentVolumeClaim", "dataxv-db-0", False), ("PersistentVolume", "data.v-db-0", False),
    ],
)  # fmt: skip
def test_what_need_not_be_rendered(kind: str, name: str, is_so: bool) -> None:
    given = overlay(CUSTOM, NAMELESS, SETS, external=EXTERNAL, siblings=("other-leaf-",))
    assert exists_elsewhere(given, kind, name) is is_so


CLAIM = {"storageClassName": "fast"}


@pytest.mark.parametrize(
    ("bodies", "is_so"),
    [
        ((volume(configMap={"name": "c"}),), True),
        ((volume(configMap={"name": "c", "optional": True}),), False),
        ((volume(configMap={"name": "c"}), config("c")), False),
        ((volume(configMap={"name": "c"}), thing("Secret", "c")), True),
        ((volume(configMap={"name": "kube-root-ca.crt"}),), False),
        ((thing("PersistentVolumeClaim", spec=CLAIM),), True),
        ((thing("PersistentVolumeClaim", spec={**CLAIM, "volumeName": "v"}), thing("PersistentVolume", "v")), False),
        ((thing("PersistentVolumeClaim", spec=CLAIM), thing("PersistentVolume", "v", spec=CLAIM)), False),
        ((thing("PersistentVolumeClaim", spec=CLAIM), thing("PersistentVolume", "v", spec={"storageClassName": "slow"})), True),
        ((thing("PersistentVolumeClaim", spec={"volumeName": "v"}),), True),
    ],
)  # fmt: skip
def test_what_is_missing(bodies: tuple[dict[str, Any], ...], is_so: bool) -> None:
    given = overlay(*bodies)
    assert [missing(given, one) for one in references(given)].count(True) == is_so


@pytest.mark.parametrize(
    ("name", "is_so"),
    [
        ("c-bcdfghkmt2", True),
        ("c-bcdfghkmt", False),
        ("c-bcdfghkmta", False),
        ("bcdfghkmt2", True),
        ("c-b2c4d5f6g7h", False),
    ],
)
def test_the_hash_of_kustomize(name: str, is_so: bool) -> None:
    assert hash_end(name) is is_so


def test_a_set_of_nothing_names_nothing() -> None:
    assert references(Overlay("o", "leaf", ())) == () and declared(Overlay("o", "leaf", ()), "Secret", "s") == []

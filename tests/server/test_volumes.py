"""Volumes and claims: what each source may hold, up to the last value that the server takes.

Every source has a table of small objects and the fields, below that source, which the server then names.
"""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server.semantics import volumes
from servelint.server.semantics.field import Key


def found(source: dict[str, Any], version: str = "1.36", **options: Any) -> list[str]:
    """The fields of the only volume that the server names."""
    listed = volumes.volumes([{"name": "a", **source}], ("volumes",), version, **options)
    return [complaint.path.removeprefix("volumes[0]").removeprefix(".") for complaint in listed]


# --- paths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "backsteps", "descends"), [
    ("a", True, True),
    ("/a", True, False),
    ("..", False, False),
    ("a/..", False, False),
    ("a/../b", False, False),
    ("a/..b", True, True),
    ("a..", True, True),
])  # fmt: skip
def test_paths(path: str, backsteps: bool, descends: bool) -> None:
    assert (volumes.backsteps(path) is None) is backsteps
    assert (volumes.descending(path) is None) is descends


# --- the downward API -----------------------------------------------------------------------------

FIELD = volumes.FIELDS


@pytest.mark.parametrize(("source", "allowed", "path"), [
    ({"fieldPath": "metadata.uid"}, FIELD, None),
    ({"fieldPath": "metadata.name", "apiVersion": ""}, FIELD, None),
    ({"fieldPath": "metadata.name", "apiVersion": "v2"}, FIELD, "fieldPath"),
    ({}, FIELD, "fieldPath"),
    ({"fieldPath": "metadata.labels['a']"}, (), None),
    ({"fieldPath": "metadata.labels['A.b/C']"}, (), ""),
    ({"fieldPath": "metadata.annotations['A.b/C']"}, (), None),
    ({"fieldPath": "metadata.annotations['a b']"}, (), ""),
    ({"fieldPath": "metadata.name['a']"}, FIELD, "fieldPath"),
    ({"fieldPath": "metadata.labels['a'"}, FIELD, "fieldPath"),
    ({"fieldPath": "['a']"}, FIELD, "fieldPath"),
    ({"fieldPath": "metadata.labels"}, FIELD, None),
    ({"fieldPath": "metadata.labels']"}, FIELD, "fieldPath"),
    ({"fieldPath": "status.podIP"}, FIELD, "fieldPath"),
    ({"fieldPath": "spec.host"}, FIELD, "fieldPath"),
    ({"fieldPath": "spec.host"}, ("spec.nodeName",), None),
    ({"fieldPath": "spec.hosts"}, ("spec.nodeName",), "fieldPath"),
])  # fmt: skip
def test_fields_of_the_pod(source: dict[str, Any], allowed: tuple[str, ...], path: str | None) -> None:
    assert [wrong.path for wrong in volumes.field_ref(source, (), allowed)] == ([] if path is None else [path])


@pytest.mark.parametrize(("resource", "divisor", "field"), [
    ("limits.cpu", None, None),
    ("limits.cpu", 0, None),
    ("limits.cpu", "1", None),
    ("limits.cpu", "1m", None),
    ("limits.cpu", "1k", "divisor"),
    ("limits.cpu", "2", "divisor"),
    ("requests.memory", "1", None),
    ("requests.memory", "1E", None),
    ("requests.memory", "1000E", "divisor"),
    ("requests.memory", "1Ki", None),
    ("requests.memory", "1Ei", None),
    ("requests.memory", "1024", "divisor"),
    ("requests.memory", "1000Ki", "divisor"),
    ("requests.memory", "1m", "divisor"),
    ("requests.memory", "1e3", "divisor"),
    ("requests.memory", "1k", None),
    ("requests.memory", "x", None),  # what the schema reports
    ("limits.hugepages-2Mi", "1Mi", None),
    ("limits.hugepages-2Mi", "2Mi", "divisor"),
    ("requests.nvidia.com/gpu", "2", "resource"),
    ("", None, "resource"),
])  # fmt: skip
def test_resources_of_a_container(resource: str, divisor: Any, field: str | None) -> None:
    source = {"resource": resource, "divisor": divisor}
    judged = [wrong.path for wrong in volumes.resource_field_ref(source, (), volume=False)]
    assert judged == ([] if field is None else [field])
    named = [wrong.path for wrong in volumes.resource_field_ref({**source, "containerName": "a"}, (), volume=True)]
    assert named == judged


def test_in_a_volume_a_resource_says_of_which_container_it_is() -> None:
    judged = volumes.resource_field_ref({"resource": "nothing"}, (), volume=True)
    assert [wrong.path for wrong in judged] == ["containerName"]


NAME = {"fieldRef": {"fieldPath": "metadata.name"}}
CPU = {"resourceFieldRef": {"containerName": "a", "resource": "limits.cpu"}}


@pytest.mark.parametrize(("item", "fields"), [
    ({"path": "a", **NAME}, []),
    ({"path": "a", **CPU}, []),
    ({"path": "a", **NAME, **CPU}, [""]),
    ({"path": "a"}, [""]),
    ({**NAME}, [".path"]),
    ({"path": "../a", **NAME}, [".path"]),
    ({"path": "a", "mode": 0o777, **NAME}, []),
    ({"path": "a", "mode": 0o1000, **NAME}, [".mode"]),
    ({"path": "a", "mode": -1, **CPU}, [".mode"]),
    ({"path": "a", "fieldRef": {"fieldPath": "status.podIP"}}, [".fieldRef.fieldPath"]),
])  # fmt: skip
def test_files_of_the_downward_api(item: dict[str, Any], fields: list[str]) -> None:
    good = {"path": "other", **NAME}
    assert found({"downwardAPI": {"items": [good, item]}}) == [f"downwardAPI{name}" for name in fields]
    assert found({"projected": {"sources": [{"downwardAPI": {"items": [item]}}]}}) == [
        f"projected.sources[0].downwardAPI{name}" for name in fields
    ]
    for wrong in volumes.volumes([{"name": "a", "downwardAPI": {"items": [good, item]}}], (), "1.36"):
        assert wrong.pointer[:4] == (0, "downwardAPI", "items", 1)


# --- sources --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "source", "fields"), [
    ("emptyDir", {"sizeLimit": "1n"}, []),
    ("emptyDir", {"sizeLimit": "-1n"}, ["sizeLimit"]),
    ("hostPath", {}, ["path"]),
    ("hostPath", {"type": "x"}, ["path"]),
    ("hostPath", {"path": "a"}, []),
    ("hostPath", {"path": "a", "type": "x"}, ["type"]),
    ("gitRepo", {"repository": "a", "directory": "b"}, []),
    ("gitRepo", {"repository": "a", "directory": "/b"}, ["directory"]),
    ("gitRepo", {}, ["repository"]),
    ("awsElasticBlockStore", {"volumeID": "a", "partition": 255}, []),
    ("awsElasticBlockStore", {"volumeID": "a", "partition": 256}, ["partition"]),
    ("awsElasticBlockStore", {"volumeID": "a", "partition": -1}, ["partition"]),
    ("secret", {"secretName": "a", "defaultMode": 0o777}, []),
    ("secret", {"secretName": "a", "defaultMode": 0o1000}, ["defaultMode"]),
    ("secret", {"secretName": "a", "items": [{"key": "a", "path": "b"}, {}]}, ["items[1].key", "items[1].path"]),
    ("secret", {"secretName": "a", "items": [{"key": "a", "path": "..b"}]}, ["items[0].path"]),
    ("secret", {"secretName": "a", "items": [{"key": "a", "path": "b", "mode": 512}]}, ["items[0].mode"]),
    ("nfs", {}, ["server", "path", "path"]),
    ("iscsi", {"targetPortal": "a", "iqn": f"eui.{'1' * 16}"}, []),
    ("iscsi", {"targetPortal": "a", "iqn": f"eui.{'1' * 15}"}, ["iqn"]),
    ("iscsi", {"targetPortal": "a", "iqn": f"naa.{'1' * 32}"}, []),
    ("iscsi", {"targetPortal": "a", "iqn": "iqn.2026-01.com.example:disk"}, []),
    ("iscsi", {"targetPortal": "a", "iqn": "iqn.2026-01.com.example"}, ["iqn"]),
    ("iscsi", {"targetPortal": "a", "iqn": f"abc.{'1' * 16}"}, ["iqn"]),
    ("iscsi", {"targetPortal": "a", "iqn": f"eui.{'1' * 16}", "lun": 255}, []),
    ("iscsi", {"targetPortal": "a", "iqn": f"eui.{'1' * 16}", "lun": 256}, ["lun"]),
    ("iscsi", {"targetPortal": "a", "iqn": f"eui.{'1' * 16}", "lun": -1}, ["lun"]),
    ("iscsi", {"targetPortal": "a", "iqn": f"eui.{'1' * 16}", "chapAuthDiscovery": True}, ["secretRef"]),
    ("iscsi", {"targetPortal": "a", "iqn": f"eui.{'1' * 16}", "chapAuthSession": True}, ["secretRef"]),
    ("iscsi", {"targetPortal": "a", "iqn": f"eui.{'1' * 16}", "chapAuthSession": True, "secretRef": {}}, []),
    ("iscsi", {"targetPortal": "a", "iqn": f"eui.{'1' * 16}", "initiatorName": f"naa.{'1' * 32}"}, []),
    ("iscsi", {"targetPortal": "a", "iqn": f"eui.{'1' * 16}", "initiatorName": "x"}, ["initiatorname"]),
    ("iscsi", {"targetPortal": "a" * 62, "iqn": f"eui.{'1' * 16}", "initiatorName": f"eui.{'1' * 16}"}, []),
    ("glusterfs", {}, ["endpoints", "path"]),
    ("flocker", {"datasetName": "a"}, []),
    ("flocker", {"datasetUUID": "a/b"}, []),
    ("flocker", {"datasetName": "a/b"}, ["datasetName"]),
    ("flocker", {}, [""]),
    ("flocker", {"datasetName": "a", "datasetUUID": "a"}, [""]),
    ("rbd", {}, ["monitors", "image"]),
    ("cinder", {"volumeID": "a", "secretRef": {"name": "b"}}, []),
    ("cinder", {"volumeID": "a", "secretRef": {}}, ["secretRef.name"]),
    ("cephfs", {}, ["monitors"]),
    ("quobyte", {"registry": "a:1", "volume": "b", "tenant": "c" * 64}, []),
    ("quobyte", {"registry": "a:1", "volume": "b", "tenant": "c" * 65}, ["tenant"]),
    ("quobyte", {"registry": "a", "volume": "b", "tenant": "c" * 65}, ["tenant"]),
    ("quobyte", {"registry": "a", "volume": "b"}, ["registry"]),
    ("quobyte", {"registry": "[::1]:1,b:2", "volume": "b"}, []),
    ("quobyte", {"registry": "::1:1", "volume": "b"}, ["registry"]),
    ("quobyte", {"volume": "b", "tenant": "c" * 65}, ["registry"]),
    ("fc", {"wwids": ["a"]}, []),
    ("fc", {"wwids": ["a"], "lun": 256}, []),
    ("fc", {"targetWWNs": ["a"], "lun": 255}, []),
    ("fc", {"targetWWNs": ["a"], "lun": 256}, ["lun"]),
    ("fc", {"targetWWNs": ["a"], "lun": -1}, ["lun"]),
    ("fc", {"targetWWNs": ["a"], "wwids": ["a"], "lun": 1}, ["targetWWNs"]),
    ("fc", {}, ["targetWWNs"]),
    ("flexVolume", {"driver": "a", "options": {"kubernetes.io/b": "c"}}, ["options[kubernetes.io/b]"]),
    ("flexVolume", {"driver": "a", "options": {"a.K8s.io": "c"}}, ["options[a.K8s.io]"]),
    ("flexVolume", {"driver": "a", "options": {"notk8s.io/b": "c", "b": "c"}}, []),
    ("azureFile", {}, ["secretName", "shareName"]),
    ("vsphereVolume", {}, ["volumePath"]),
    ("photonPersistentDisk", {}, ["pdID"]),
    ("portworxVolume", {}, ["volumeID"]),
    ("azureDisk", {"diskName": "a", "diskURI": "https://b", "kind": "Dedicated", "cachingMode": "None"}, []),
    ("azureDisk", {"diskName": "a", "diskURI": "https://b", "kind": ""}, ["kind"]),
    ("azureDisk", {"diskName": "a", "diskURI": "https://b", "cachingMode": ""}, ["cachingMode"]),
    ("azureDisk", {"diskName": "a", "diskURI": "/subscriptions/b", "kind": "Managed"}, []),
    ("azureDisk", {"diskName": "a", "diskURI": "/subscriptions/b", "kind": "Shared"}, ["diskURI"]),
    ("storageos", {"volumeName": "a", "volumeNamespace": "b", "secretRef": {"name": "c"}}, []),
    ("storageos", {"volumeName": "a", "volumeNamespace": "B"}, ["volumeNamespace"]),
    ("storageos", {"volumeName": "a", "secretRef": {}}, ["secretRef.name"]),
    ("scaleIO", {}, ["gateway", "system", "volumeName"]),
    ("csi", {"driver": "A" * 63}, []),
    ("csi", {"driver": "a" * 64}, ["driver"]),
    ("csi", {"driver": "a", "nodePublishSecretRef": {}}, ["nodePublishSecretRef.name"]),
    ("ephemeral", {}, ["volumeClaimTemplate"]),
    ("image", {"pullPolicy": "Never"}, []),
    ("image", {"pullPolicy": ""}, []),
])  # fmt: skip
def test_sources(kind: str, source: dict[str, Any], fields: list[str]) -> None:
    assert found({kind: source}) == [f"{kind}.{name}" if name else kind for name in fields]


def test_the_server_prints_another_name_for_a_disk_and_the_pointer_stays() -> None:
    body = [{"name": "a", "gcePersistentDisk": {"pdName": "a", "partition": 256}}]
    (wrong,) = volumes.volumes(body, (), "1.36")
    assert wrong.path == "[0].persistentDisk.partition"
    assert wrong.pointer == (0, "gcePersistentDisk", "partition")


@pytest.mark.parametrize(("name", "portal", "initiator", "paths"), [
    ("a", "b" * 62, f"eui.{'1' * 16}", []),
    ("a", "b" * 63, f"eui.{'1' * 16}", ["name"]),
    ("a", "b" * 63, None, []),
])  # fmt: skip
def test_a_volume_with_an_initiator_has_a_short_name(
    name: str, portal: str, initiator: str | None, paths: list[str]
) -> None:
    source = {"targetPortal": portal, "iqn": f"eui.{'1' * 16}", "initiatorName": initiator}
    assert found({"name": name, "iscsi": source}) == paths


def test_other_sources_have_no_initiator() -> None:
    assert found({"flexVolume": {"driver": "a", "initiatorName": "x", "targetPortal": "b" * 70}}) == []


# --- projected ------------------------------------------------------------------------------------

ITEM = {"key": "k", "path": "p"}
PEM = {"signerName": "a.b/c", "keyType": "ED25519"}
BUNDLE = {"name": "b", "path": "p"}


@pytest.mark.parametrize(("sources", "fields"), [
    ([{"secret": {"name": "a", "items": [ITEM]}}], []),
    ([{"secret": {}}], [".sources[0].secret.name"]),
    ([{"configMap": {"name": "a", "items": [{"path": "p"}]}}], [".sources[0].configMap.items[0].key"]),
    ([{"serviceAccountToken": {"path": "p", "expirationSeconds": 600}}], []),
    ([{"serviceAccountToken": {"path": "p", "expirationSeconds": 599}}],
     [".sources[0].serviceAccountToken.expirationSeconds"]),
    ([{"serviceAccountToken": {"path": "p", "expirationSeconds": 2**32}}], []),
    ([{"serviceAccountToken": {"path": "p", "expirationSeconds": 2**32 + 1}}],
     [".sources[0].serviceAccountToken.expirationSeconds"]),
    ([{"serviceAccountToken": {}}], [".path"]),
    ([{"secret": {"name": "a", "items": [ITEM]}}, {"serviceAccountToken": {"path": "p"}}], []),
    ([{"secret": {"name": "a", "items": [ITEM]}}, {"configMap": {"name": "a", "items": [ITEM]}}], [""]),
    ([{"secret": {"name": "a", "items": [ITEM, ITEM]}}], [""]),
    ([{"downwardAPI": {"items": [{"path": "p", **NAME}]}}, {"secret": {"name": "a", "items": [ITEM]}}], [""]),
    ([{"clusterTrustBundle": BUNDLE}], []),
    ([{"clusterTrustBundle": BUNDLE}, {"secret": {"name": "a", "items": [ITEM]}}], [""]),
    ([{"clusterTrustBundle": {"path": "p"}}], [".sources[0].clusterTrustBundle"]),
    ([{"clusterTrustBundle": {"name": "b"}}], [".sources[0].clusterTrustBundle.path"]),
    ([{"clusterTrustBundle": {"name": ":b", "path": "p"}}], []),
    ([{"clusterTrustBundle": {"name": ":B", "path": "p"}}], [".sources[0].clusterTrustBundle.name"]),
    ([{"podCertificate": {**PEM, "keyPath": "p", "certificateChainPath": "q"}}], []),
    ([{"podCertificate": {**PEM, "keyPath": "p", "certificateChainPath": "p"}}], [""]),
    ([{"podCertificate": {**PEM, "keyPath": "../p"}}], [".sources[0].podCertificate.keyPath"]),
    ([{"podCertificate": {**PEM, "keyPath": "p", "keyType": "RSA"}}], [".sources[0].podCertificate.keyType"]),
    ([{"podCertificate": {**PEM, "keyPath": "p", "signerName": "c"}}], [".sources[0].podCertificate.signerName"]),
    ([{"podCertificate": {**PEM, "keyPath": "p", "userAnnotations": {"A.b/c": "d"}}}], []),
    ([{"podCertificate": {**PEM, "keyPath": "p", "userAnnotations": {"c": "d"}}}],
     [".sources[0].podCertificate.userAnnotations"]),
    ([{"podCertificate": {**PEM, "keyPath": "p", "signerName": "a.kubernetes.io/c", "maxExpirationSeconds": 86400}}],
     []),
    ([{"podCertificate": {**PEM, "keyPath": "p", "signerName": "a.kubernetes.io/c", "maxExpirationSeconds": 86401}}],
     [".sources[0].podCertificate.maxExpirationSeconds"]),
    ([{"podCertificate": {**PEM, "keyPath": "p", "signerName": "akubernetes.io/c", "maxExpirationSeconds": 86401}}],
     []),
])  # fmt: skip
def test_projected_sources(sources: list[dict[str, Any]], fields: list[str]) -> None:
    assert found({"projected": {"sources": sources}}, "1.37") == [f"projected{name}" for name in fields]


def test_the_mode_of_projected_files() -> None:
    assert found({"projected": {"defaultMode": 512}}) == ["projected.defaultMode"]
    assert found({"projected": {"defaultMode": 511}}) == []


@pytest.mark.parametrize(("name", "good"), [
    ("a.b/c", True), ("a.b/c.d", True), ("a/c", False), ("a.b", False), ("a.b/", False), ("a.b/c/d", False),
    ("/c", False), ("a..b/c", False), ("A.b/c", False), ("a.b/C", False), (f"{'a' * 64}.b/c", False),
    (f"{'a' * 63}.b/{'c' * 63}", True), (f"{'a.' * 126}aa/c", False), ("a.b/c..d", False),
])  # fmt: skip
def test_names_of_signers(name: str, good: bool) -> None:
    assert (volumes.signer_name(name) is None) is good


# --- claims ---------------------------------------------------------------------------------------

CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
OTHER = {"apiGroup": "a.b", "kind": "C", "name": "d"}
DISK = {"kind": "PersistentVolumeClaim", "name": "d"}


@pytest.mark.parametrize(("modes", "complaints"), [
    (["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"], 0),
    (["ReadWriteOncePod"], 0),
    (["ReadWriteOncePod", "ReadWriteOncePod"], 0),
    (["ReadWriteOncePod", "ReadWriteMany"], 1),
    (["ReadWriteOncePod", "Other"], 1),
    (["Other"], 1),
    ([], 1),
    (None, 1),
])  # fmt: skip
def test_access_modes(modes: Any, complaints: int) -> None:
    assert [wrong.path for wrong in volumes.access_modes(modes, ("modes",))] == ["modes"] * complaints


@pytest.mark.parametrize(("fields", "claim", "template"), [
    ({}, [], []),
    ({"resources": {"requests": {"storage": "1n"}}}, [], []),
    ({"resources": {"requests": {"storage": 0}}}, ["resources[storage]"], ["resources[storage]"]),
    ({"resources": {"requests": {"storage": "x"}}}, [], []),  # what the schema reports
    ({"volumeMode": ""}, ["volumeMode"], ["volumeMode"]),
    ({"selector": {"matchLabels": {"a b": "c"}}}, ["selector.matchLabels"], ["selector.matchLabels"]),
    ({"dataSource": DISK}, [], []),
    ({"dataSource": DISK | {"name": ""}}, ["dataSource.name"], ["dataSource.name"]),
    ({"dataSource": {"name": "d", "kind": "Other"}}, [], ["dataSource"]),
    ({"dataSource": OTHER}, [], []),
    ({"dataSource": OTHER | {"apiGroup": "A"}}, [], ["dataSource.apiGroup"]),
    ({"dataSourceRef": OTHER}, [], []),
    ({"dataSourceRef": OTHER | {"apiGroup": "A"}}, ["dataSourceRef.apiGroup"], ["dataSourceRef.apiGroup"]),
    ({"dataSourceRef": OTHER | {"kind": ""}}, ["dataSourceRef.kind"], ["dataSourceRef.kind"]),
    ({"dataSourceRef": OTHER | {"namespace": "A"}}, [], ["dataSourceRef.namespace"]),
    ({"dataSource": OTHER, "dataSourceRef": OTHER}, [], []),
    ({"dataSource": OTHER, "dataSourceRef": OTHER | {"kind": "D"}}, [""], [""]),
    ({"dataSource": OTHER, "dataSourceRef": OTHER | {"apiGroup": "x.y"}}, [""], [""]),
    ({"dataSource": OTHER | {"apiGroup": "A"}, "dataSourceRef": OTHER | {"apiGroup": "A"}},
     ["dataSource.apiGroup", "dataSourceRef.apiGroup"], ["dataSource.apiGroup", "dataSourceRef.apiGroup"]),
    ({"dataSource": OTHER, "dataSourceRef": OTHER | {"name": "e", "namespace": "f"}}, [], [""]),
])  # fmt: skip
def test_claims(fields: dict[str, Any], claim: list[str], template: list[str]) -> None:
    for expected, options in ((claim, {}), (template, {"template": True})):
        found = [wrong.path for wrong in volumes.claim_spec(CLAIM | fields, (), "1.36", **options)]
        assert found == expected


def test_a_class_of_attributes_is_read_since_1_34() -> None:
    body = {**CLAIM, "volumeAttributesClassName": "A"}
    assert not list(volumes.claim_spec(body, (), "1.33"))
    (wrong,) = volumes.claim_spec(body, (), "1.34")
    assert wrong.path == "volumeAttributesClassName"


def test_what_a_claim_requests_is_found_where_it_stands() -> None:
    (wrong,) = volumes.claim_spec({**CLAIM, "resources": {}}, ("spec",), "1.36")
    assert wrong.path == "spec.resources[storage]"
    assert wrong.pointer == ("spec", "resources", "requests", Key("storage"))


@pytest.mark.parametrize(("meta", "paths"), [
    ({"labels": {"a": "b"}, "annotations": {"A": "b c"}}, []),
    ({"labels": {"a": "b c"}}, ["labels"]),
    ({"annotations": {"a b": "c"}}, ["annotations"]),
    ({"name": "a"}, ["name"]),
    ({"uid": "a"}, ["uID"]),
    ({"creationTimestamp": None, "finalizers": []}, []),
    ({"creationTimestamp": "today"}, ["creationTimestamp", "creationTimestamp"]),
])  # fmt: skip
def test_metadata_of_a_claim_template(meta: dict[str, Any], paths: list[str]) -> None:
    assert [wrong.path for wrong in volumes.template_meta(meta, ())] == paths
    body = {"ephemeral": {"volumeClaimTemplate": {"metadata": meta, "spec": CLAIM}}}
    assert found(body) == [f"ephemeral.volumeClaimTemplate.metadata.{path}" for path in paths]


# --- the list -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("listed", "paths"), [
    ([{"name": "a"}, {"name": "b", "emptyDir": {}}], []),
    ([{"name": "a"}, {"name": "a"}], ["[1].name"]),
    ([{}, {}], ["[0].name", "[1].name"]),
    ([{"name": "A"}], ["[0].name"]),
    ([{"name": "a", "emptyDir": {}, "nfs": {}}], ["[0].nfs"]),
    ([{"name": "a", "emptyDir": {}, "cephfs": {}, "downwardAPI": {}}], ["[0].cephFS", "[0].downwarAPI"]),
    ([{"name": "a", "emptyDir": {}, "secret": None}], []),
])  # fmt: skip
def test_lists_of_volumes(listed: list[dict[str, Any]], paths: list[str]) -> None:
    assert [wrong.path for wrong in volumes.volumes(listed, (), "1.36")] == paths


@pytest.mark.parametrize(("version", "template", "paths"), [
    ("1.34", False, []),
    ("1.35", True, []),
    ("1.36", False, ["image.reference"]),
    ("1.36", True, []),
    ("1.37", True, ["image.reference"]),
])  # fmt: skip
def test_an_image_as_a_volume(version: str, template: bool, paths: list[str]) -> None:
    assert found({"image": {}}, version, template=template) == paths
    assert volumes.is_dropped({"image": {}}, version) is (version == "1.34")
    assert volumes.is_dropped({"emptyDir": {}}, version) is False


def test_a_volume_that_is_dropped_takes_no_name() -> None:
    listed = [{"name": "a", "image": {}}, {"name": "a"}, {"name": "a"}]
    assert [wrong.path for wrong in volumes.volumes(listed, (), "1.34")] == ["[2].name"]
    assert [wrong.path for wrong in volumes.volumes(listed, (), "1.36")] == ["[1].name", "[2].name"]

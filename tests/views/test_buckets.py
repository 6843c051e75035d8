"""Which volumes of a pod are buckets, by the pod itself, a claim or a storageUri, and with which attributes."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import main, overlay, pod, thing
from servelint.views.buckets import DRIVER, LARGEST, Bucket, buckets, capacities

CSI = {"driver": DRIVER, "volumeAttributes": {"bucketName": "b"}}
OTHER = {"driver": "pd.csi.storage.gke.io"}


def volumes(*sources: dict[str, Any]) -> dict[str, Any]:
    return pod(spec={"volumes": [{"name": f"v{i}", **source} for i, source in enumerate(sources)]})


CLAIMED = volumes({"persistentVolumeClaim": {"claimName": "models"}})
PREDICTOR = {"predictor": {"model": {"storageUri": "pvc://models/llama"}}}


def claim(name: str = "models", **spec: Any) -> dict[str, Any]:
    return thing("PersistentVolumeClaim", name, spec=spec)


def backing(csi: dict[str, Any] = CSI, **spec: Any) -> dict[str, Any]:
    return thing("PersistentVolume", "pv", {"csi": csi, **spec})


REFERRED = {"claimRef": {"name": "models"}}
CLASS = thing("StorageClass", "own", provisioner=DRIVER)


@pytest.mark.parametrize(
    ("bodies", "names"),
    [
        ((volumes({"csi": CSI}),), ["v0"]),
        ((volumes({"csi": OTHER}, {"emptyDir": {}}, {"csi": CSI}),), ["v2"]),
        ((CLAIMED,), []),
        ((CLAIMED, claim()), []),
        ((CLAIMED, claim(volumeName="pv")), []),
        ((CLAIMED, claim(volumeName="pv"), backing()), ["v0"]),
        ((CLAIMED, claim(volumeName="pv"), backing(OTHER)), []),
        ((CLAIMED, claim(volumeName="other"), backing()), []),
        ((CLAIMED, claim(volumeName="other"), backing(**REFERRED)), []),
        ((CLAIMED, claim(), backing(**REFERRED)), ["v0"]),
        ((CLAIMED, claim(), backing(claimRef={"name": "else"})), []),
        ((CLAIMED, claim(storageClassName="own"), CLASS), ["v0"]),
        ((CLAIMED, claim(storageClassName="own", volumeName="x"), CLASS), []),
        ((CLAIMED, claim(storageClassName="own"), {**CLASS, "provisioner": "x"}), []),
        ((CLAIMED, claim(storageClassName="gcsfusecsi-serving")), ["v0"]),
        ((CLAIMED, claim(storageClassName="gcsfusecsi-serving", volumeName="x")), ["v0"]),
        ((CLAIMED, claim("else", storageClassName="gcsfusecsi-serving")), []),
        ((thing("InferenceService", spec=PREDICTOR), claim(storageClassName="gcsfusecsi-serving")), ["models"]),
        ((thing("InferenceService", spec=PREDICTOR), claim()), []),
        ((pod(storageUri="pvc://models/x"), claim(storageClassName="gcsfusecsi-serving")), ["models"]),
        ((pod(storageUri="pvc://"), claim("", storageClassName="gcsfusecsi-serving")), []),
        ((pod(storageUri="pvx://models/x"), claim(storageClassName="gcsfusecsi-serving")), []),
        ((pod(storageUri=["pvc://models/x"]), claim(storageClassName="gcsfusecsi-serving")), []),
        ((pod(spec={"initContainers": [main(storageUri="pvc://models/x")]}), claim(storageClassName="gcsfusecsi-x")), []),
    ],
)  # fmt: skip
def test_what_is_a_bucket(bodies: tuple[dict[str, Any], ...], names: list[str]) -> None:
    given = overlay(*bodies)
    found = buckets(given, given.pods[0])
    assert [bucket.name for bucket in found] == names
    assert all(given.pods[0].resource.at(bucket.pointer) is not None for bucket in found)


@pytest.mark.parametrize(("claimed", "using", "meets"), [("a", "a", True), ("a", "b", False), ("", "a", True)])
def test_a_claim_is_of_its_namespace(claimed: str, using: str, meets: bool) -> None:
    far = thing("PersistentVolumeClaim", "models", {"storageClassName": "gcsfusecsi-x"}, namespace=claimed)
    given = overlay({**CLAIMED, "metadata": {"name": "p", "namespace": using}}, far)
    assert bool(buckets(given, given.pods[0])) is meets


def test_attributes_are_the_volumes() -> None:
    given = overlay(CLAIMED, claim(volumeName="pv"), backing())
    assert buckets(given, given.pods[0])[0].attributes == {"bucketName": "b"}
    given = overlay(CLAIMED, claim(storageClassName="gcsfusecsi-x"))
    assert buckets(given, given.pods[0])[0].csi == {}
    given = overlay(
        volumes({"csi": CSI, "persistentVolumeClaim": {"claimName": "models"}}), claim(storageClassName="gcsfusecsi-x")
    )
    assert buckets(given, given.pods[0])[0].csi == CSI


@pytest.mark.parametrize(
    ("written", "shared"), [("true", True), (True, True), ("True", True), ("false", False), (None, False)]
)
def test_mounts_that_pods_share(written: Any, shared: bool) -> None:
    assert Bucket("v", (), {"volumeAttributes": {"sharedMount": written}}).shared is shared


ANNOTATED = {"annotations": {"gke-gcsfuse/file-cache-capacity": "1Gi"}}
OPTED = {"driver": DRIVER, "volumeAttributes": {"mountOptions": "ro,file-cache:max-size-mb:3"}}
SIZED = {"driver": DRIVER, "volumeAttributes": {"fileCacheCapacity": "2Gi"}}
IN_POD = ("spec", "volumes", 0, "csi", "volumeAttributes")
IN_VOLUME = ("spec", "csi", "volumeAttributes")
GI, MI = 2**30, 2**20


def attributed(text: object) -> dict[str, Any]:
    return volumes({"csi": {"driver": DRIVER, "volumeAttributes": {"fileCacheCapacity": text}}})


@pytest.mark.parametrize(
    ("bodies", "found"),
    [
        ((volumes({"csi": CSI}),), []),
        ((volumes({"csi": SIZED}),), [((*IN_POD, "fileCacheCapacity"), 2 * GI)]),
        ((volumes({"csi": {**SIZED, **OTHER}}),), []),
        ((volumes({"csi": OPTED}),), [((*IN_POD, "mountOptions"), 3 * MI)]),
        ((attributed("-1"),), [((*IN_POD, "fileCacheCapacity"), LARGEST)]),
        ((attributed(-1),), [((*IN_POD, "fileCacheCapacity"), LARGEST)]),
        ((attributed("0"),), [((*IN_POD, "fileCacheCapacity"), 0)]),
        ((attributed("lots"),), [((*IN_POD, "fileCacheCapacity"), 0)]),
        ((CLAIMED, claim(volumeName="pv"), backing(SIZED)), [((*IN_VOLUME, "fileCacheCapacity"), 2 * GI)]),
        ((CLAIMED, claim(), backing(SIZED, **REFERRED)), [((*IN_VOLUME, "fileCacheCapacity"), 2 * GI)]),
        ((CLAIMED, claim(), backing(SIZED)), []),
        ((CLAIMED, claim("else", volumeName="pv"), backing(SIZED)), []),
        ((CLAIMED, claim(volumeName="pv"), backing({**SIZED, **OTHER})), []),
        ((volumes({"emptyDir": {}}), claim("", volumeName="pv"), backing(SIZED)), []),
        (
            (CLAIMED, claim(volumeName="pv"), backing(mountOptions=["ro", "file-cache:max-size-mb=-1"])),
            [(("spec", "mountOptions", 1), LARGEST)],
        ),
        ((CLAIMED, claim(volumeName="pv"), backing(mountOptions="file-cache:max-size-mb:3")), []),
    ],
)
def test_how_large_the_cache_of_a_bucket_gets(bodies: tuple[dict[str, Any], ...], found: list[Any]) -> None:
    made = overlay(*bodies)
    (runner,) = made.pods
    assert [(pointer, amount) for _, pointer, amount in capacities(made, runner)] == found


def test_a_capacity_in_an_annotation() -> None:
    made = overlay({**volumes(), "metadata": {"name": "p", **ANNOTATED}})
    at = ("metadata", "annotations", "gke-gcsfuse/file-cache-capacity")
    assert [found[1:] for found in capacities(made, made.pods[0])] == [(at, GI)]

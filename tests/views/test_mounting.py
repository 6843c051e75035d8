"""What backs a volume of a pod, with which options, and where it is said that nobody writes there."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import overlay, pod, thing
from servelint.model import Pointer
from servelint.views import mounting

CLAIMED: dict[str, Any] = {"persistentVolumeClaim": {"claimName": "data"}}
AT: Pointer = ("spec", "volumes", 0)


def holding(volume: dict[str, Any], **body: Any) -> dict[str, Any]:
    return {**pod(spec={"volumes": [{"name": "v", **volume}]}), **body}


def csi(options: object = None, **more: Any) -> dict[str, Any]:
    return {"driver": "d", **({} if options is None else {"volumeAttributes": {"mountOptions": options}}), **more}


def claim(name: str = "data", namespace: str = "", **spec: Any) -> dict[str, Any]:
    return thing("PersistentVolumeClaim", name, spec, **({"namespace": namespace} if namespace else {}))


def persistent(name: str = "pv", **spec: Any) -> dict[str, Any]:
    return thing("PersistentVolume", name, spec)


def storage(options: object = None) -> dict[str, Any]:
    return thing("StorageClass", "fast", provisioner="p", **({} if options is None else {"mountOptions": options}))


@pytest.mark.parametrize(
    ("bodies", "driver", "options", "locked"),
    [
        ([holding({"emptyDir": {}})], "", [], None),
        *(([holding({kind: {}})], "", [], (*AT, kind)) for kind in ("configMap", "secret", "projected", "downwardAPI", "image")),
        ([holding({"csi": csi()})], "d", [], None),
        ([holding({"csi": csi("a, b,,")})], "d", ["a", "b"], None),
        ([holding({"csi": csi(["a"])})], "d", [], None),
        ([holding({"csi": csi("ro")})], "d", ["ro"], (*AT, "csi", "volumeAttributes", "mountOptions")),
        ([holding({"csi": csi("ro,rw")})], "d", ["ro", "rw"], None),
        ([holding({"csi": csi("rw,ro,x")})], "d", ["rw", "ro", "x"], (*AT, "csi", "volumeAttributes", "mountOptions")),
        ([holding({"csi": csi(readOnly=True)})], "d", [], (*AT, "csi", "readOnly")),
        ([holding({"csi": csi(readOnly="true")})], "d", [], None),
        ([holding({"csi": csi("ro", readOnly=True)})], "d", ["ro"], (*AT, "csi", "readOnly")),
        ([holding(CLAIMED)], "", [], None),
        ([holding({"persistentVolumeClaim": {"claimName": "data", "readOnly": True}})], "", [], (*AT, "persistentVolumeClaim", "readOnly")),
        ([holding(CLAIMED), claim("other")], "", [], None),
        ([holding(CLAIMED), claim(accessModes=["ReadOnlyMany"])], "", [], ("spec", "accessModes")),
        ([holding(CLAIMED), claim(accessModes=["ReadOnlyMany", "ReadWriteMany"])], "", [], None),
        ([holding(CLAIMED), claim(volumeName="pv"), persistent(csi=csi("a"), mountOptions=["b,c", 7, "d"])], "d", ["a", "b", "c", "d"], None),
        ([holding(CLAIMED), claim(volumeName="pv"), persistent(mountOptions=["x", "ro"])], "", ["x", "ro"], ("spec", "mountOptions", 1)),
        ([holding(CLAIMED), claim(volumeName="pv"), persistent(mountOptions="ro")], "", [], None),
        ([holding(CLAIMED), claim(volumeName="pv"), persistent(csi=csi("ro", readOnly=True))], "d", ["ro"], ("spec", "csi", "readOnly")),
        ([holding(CLAIMED), claim(volumeName="pv", accessModes=["ReadOnlyMany"]), persistent(csi=csi(readOnly=True))], "d", [], ("spec", "accessModes")),
        ([holding(CLAIMED), claim(volumeName="other"), persistent(csi=csi())], "", [], None),
        ([holding(CLAIMED), claim(), persistent(csi=csi(), claimRef={"name": "data"})], "d", [], None),
        ([holding(CLAIMED), claim(), persistent(csi=csi(), claimRef={"name": "else"})], "", [], None),
        ([holding(CLAIMED), claim(storageClassName="fast"), storage(["ro"])], "p", ["ro"], ("mountOptions", 0)),
        ([holding(CLAIMED), claim(storageClassName="fast"), storage()], "p", [], None),
        ([holding(CLAIMED), claim(storageClassName="slow"), storage(["ro"])], "", [], None),
    ],
)  # fmt: skip
def test_what_stands_behind_a_volume(
    bodies: list[dict[str, Any]], driver: str, options: list[str], locked: Pointer | None
) -> None:
    given = overlay(*bodies)
    found = mounting.backing(given, given.pods[0], "v")
    assert found is not None and (found.driver, [one.text for one in found.options]) == (driver, options)
    assert (found.locked and found.locked[1]) == locked
    if found.locked is not None:
        assert found.locked[0].at(found.locked[1]) is not None
    assert all(one.resource.at(one.pointer) is not None for one in found.options)
    assert mounting.backing(given, given.pods[0], "w") is None


@pytest.mark.parametrize(
    ("mine", "its", "found"), [("", "", True), ("a", "a", True), ("a", "b", False), ("a", "", True), ("", "b", True)]
)
def test_the_claim_of_a_pod_lies_beside_it(mine: str, its: str, found: bool) -> None:
    body = holding(CLAIMED)
    body["metadata"]["namespace"] = mine
    given = overlay(body, claim(namespace=its))
    assert (mounting.claim_of(given, given.pods[0], "data") is not None) == found
    assert mounting.claim_of(given, given.pods[0], None) is None


@pytest.mark.parametrize(("its", "found"), [("", True), ("a", True), ("b", False)])
def test_a_volume_is_reserved_for_a_claim_of_its_namespace(its: str, found: bool) -> None:
    reference = {"name": "data", **({"namespace": its} if its else {})}
    given = overlay(claim(namespace="a"), persistent(claimRef=reference))
    assert (mounting.bound(given, given.resources[0]) is not None) == found

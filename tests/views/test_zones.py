"""Where volumes lie, and where pods are held to be."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import overlay, pod, thing
from servelint.model import Resource
from servelint.views import zones

DISK, LUSTRE = "pd.csi.storage.gke.io", "lustre.csi.storage.gke.io"


@pytest.mark.parametrize(
    ("driver", "handle", "place"),
    [
        (DISK, "projects/p/zones/us-east1-b/disks/d", "us-east1-b"), (DISK, "projects/p/regions/us-east1/disks/d", "us-east1"),
        (DISK, "projects/UNSPECIFIED/zones/UNSPECIFIED/disks/d", None), (DISK, "p/zones/us-east1-b/disks/d", None), (DISK, "d", None),
        (DISK, "projects/p/zones/us-east1-b/disks/d/e", None), (DISK, "projects/p/zones/us-east1-b/disks/SITE_DISK", None),
        (LUSTRE, "p/us-east1-b/i", "us-east1-b"), (LUSTRE, "us-east1-b/i", None), (LUSTRE, "SITE_A", None), (LUSTRE, None, None),
        ("other.csi.storage.gke.io", "p/us-east1-b/i", None), (None, "p/us-east1-b/i", None),
    ],
)  # fmt: skip
def test_the_place_in_a_handle(driver: str | None, handle: str | None, place: str | None) -> None:
    csi = {"driver": driver, "volumeHandle": handle}
    assert zones.place_of(Resource(thing("PersistentVolume", spec={"csi": csi}))) == place
    assert zones.place_of(Resource(thing("PersistentVolume", spec={}))) is None


@pytest.mark.parametrize(
    ("place", "zone", "held"),
    [
        ("us-east1-b", "us-east1-b", True), ("us-east1", "us-east1-b", True), ("us-east1-b", "us-east1-c", False),
        ("us-east1", "us-east10-b", False), ("us-east1-b", "us-east1", False), ("us-east1-b", "", True), ("us-east1-b", "SITE_ZONE", True),
    ],
)  # fmt: skip
def test_what_a_place_has(place: str, zone: str, held: bool) -> None:
    assert zones.holds(place, zone) is held


AT = ("spec", "nodeAffinity", "required", "nodeSelectorTerms")
IN = {"key": "topology.gke.io/zone", "operator": "In", "values": ["a", 1]}


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ([{"matchExpressions": [IN]}], [((0, 0), ["a", "1"])]), ([{}, {"matchExpressions": [{}, IN]}], [((1, 1), ["a", "1"])]),
        ([{"matchExpressions": [{**IN, "operator": "NotIn"}]}], []), ([{"matchExpressions": [{**IN, "key": "pool"}]}], []),
        ([{"matchExpressions": [{**IN, "values": "a"}]}], []), ([{"matchExpressions": [{**IN, "key": "topology.kubernetes.io/zone"}]}], [((0, 0), ["a", "1"])]),
        ([{"matchFields": [IN]}], []), (None, []),
    ],
)  # fmt: skip
def test_the_zones_of_a_volume(terms: Any, found: list[tuple[tuple[int, int], list[str]]]) -> None:
    volume = Resource(thing("PersistentVolume", spec={"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}))
    assert zones.affinity(volume) == [((*AT, t, "matchExpressions", e, "values"), held) for (t, e), held in found]


def test_a_pod_is_held_by_one_value() -> None:
    def held(**spec: Any) -> list[str]:
        one = overlay(pod(spec=spec))
        return [zone for zone, _, _ in zones.pinned(one, one.pods[0])]

    def wanted(*values: str, operator: str = "In", key: str = zones.ZONES[1]) -> dict[str, Any]:
        terms = [{"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}]
        return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}

    assert held(nodeSelector={zones.ZONES[0]: "a", "pool": "b"}) == ["a"]
    assert held(affinity=wanted("a")) == ["a"]
    assert held(affinity=wanted("a", "b")) == held(affinity=wanted("a", key="pool")) == held() == []

"""Quantities in the form in which Go writes them back, and defaults that a server adds where a client compares."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server import drift

NEWEST = "1.37"


@pytest.mark.parametrize(("written", "canonical"), [
    ("100k", "100k"), ("100000", "100k"), (100000, "100k"), (56, "56"), ("56", "56"), ("0.5", "500m"), ("1000m", "1"),
    ("1500m", "1500m"), ("1.5", "1500m"), ("0", "0"), ("0Gi", "0"), ("1024Mi", "1Gi"), ("1536Mi", "1536Mi"),
    ("1.5Gi", "1536Mi"), ("1Pi", "1Pi"), ("1024Pi", "1Ei"), ("512", "512"), ("512Ki", "512Ki"), ("0.5Ki", "512"),
    ("1e3", "1e3"), ("12E6", "12e6"), ("1E", "1E"), ("1000G", "1T"), ("-1000m", "-1"), ("+5", "5"), ("1500e-3", "1500e-3"),
    ("a", None), (None, None),
])  # fmt: skip
def test_canonical_form(written: object, canonical: str | None) -> None:
    assert drift.canonical(written) == canonical


def _queue(version: str, quota: object) -> dict[str, Any]:
    flavors = [{"name": "a", "resources": [{"name": "cpu", "nominalQuota": quota}]}]
    spec = {"resourceGroups": [{"coveredResources": ["cpu"], "flavors": flavors}]}
    return {"apiVersion": f"kueue.x-k8s.io/{version}", "kind": "ClusterQueue", "metadata": {"name": "q"}, "spec": spec}


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
def test_a_number_comes_back_as_text(version: str) -> None:
    (one,) = drift.rewritten(_queue(version, 8), NEWEST)
    assert (one.written, one.canonical, one.pointer[-1]) == (8, "8", "nominalQuota")
    assert drift.rewritten(_queue(version, "8"), NEWEST) == []


def test_of_what_no_webhook_reads_nothing_is_rewritten() -> None:
    pod = {"containers": [{"name": "a", "image": "a", "resources": {"limits": {"cpu": "1000m"}}}]}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"}, "spec": {"template": {"spec": pod}}}
    assert drift.rewritten(job, NEWEST) == [] == drift.added(job, NEWEST)
    strange = {**_queue("v1beta2", 8), "apiVersion": "example.com/v1"}
    assert drift.rewritten(strange, NEWEST) == [] == drift.added(strange, NEWEST)


def test_defaults_below_a_list_count_however_deep() -> None:
    reference = {"key": "a"}
    source = {"sourceRef": {"generatorRef": {"kind": "Fake", "name": "a"}}}
    spec = {"data": [{"secretKey": "a", "remoteRef": reference}], "dataFrom": [source]}
    body = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "a"}, "spec": spec}
    found = {one.pointer: one.names for one in drift.added(body, NEWEST)}
    assert found == {
        ("spec", "data", 0, "remoteRef"): ("conversionStrategy", "decodingStrategy", "metadataPolicy"),
        ("spec", "dataFrom", 0, "sourceRef", "generatorRef"): ("apiVersion",),
    }

"""Minimum versions of controllers: one file, which the schemas, the fleet and the pages stand on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from servelint.catalogue.controllers import FILE, controllers, minor, mistakes, order, used
from servelint.catalogue.load import load_hardware, load_models
from servelint.commands import docs
from servelint.commands.generated import between
from servelint.model import Resource
from servelint.server import schema
from servelint.steps import pipeline
from servelint.steps.context import Context
from servelint.steps.discover import targets
from support import ROOT

GOOGLES = {"cloud.google.com", "monitoring.googleapis.com", "networking.gke.io"}
"""Groups whose controllers GKE brings with any version that the machines run on."""


def test_whoever_sees_to_a_kind_of_the_fleet_is_listed() -> None:
    context = Context(ROOT, load_hardware(ROOT), load_models(ROOT), [], jobs=2)
    listed = {group for one in controllers() for group in one.groups}
    for path, overlay in pipeline.rendered(context, targets(ROOT)).items():
        assert not isinstance(overlay, str)
        own = {r.group for r in overlay.resources if "." in r.group and not r.group.endswith(".k8s.io")}
        theirs = {r.group for r in overlay.resources if r.group.endswith(".x-k8s.io")}
        assert (own | theirs) - listed - GOOGLES == set(), path


@pytest.mark.parametrize("one", controllers(), ids=lambda one: one.name)
def test_each_is_seen_by_something_and_its_sources_stay_as_they_were(one: object) -> None:
    assert one.groups or one.drivers  # type: ignore[attr-defined]
    for url in one.urls:  # type: ignore[attr-defined]
        assert "/main/" not in url and "/master/" not in url, "a branch moves on: name a tag or a commit"


def test_a_wrong_fact_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not mistakes()
    text = FILE.read_text().replace("minimum:", "minimal:", 1)
    (tmp_path / "controllers.yaml").write_text(text)
    monkeypatch.setattr("servelint.catalogue.controllers.FILE", tmp_path / "controllers.yaml")
    assert "unknown field" in str(mistakes())


def test_versions_are_compared_as_numbers() -> None:
    assert order("1.9") < order("1.31") < order("1.33.2-gke.1111000") < order("1.33.4-gke.1036000")
    assert minor("1.33.2-gke.1111000") == "1.33"
    lustre = next(one for one in controllers() if one.drivers)
    assert (lustre.below("amd64"), lustre.below("arm64")) == ("1.33", "1.34")


def test_a_volume_needs_its_driver_and_an_object_its_group() -> None:
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "a"}}
    csi = {"csi": {"driver": "lustre.csi.storage.gke.io", "volumeHandle": "a/b/c"}}
    claimed = Resource({**volume, "kind": "PersistentVolumeClaim", "spec": csi})
    service = Resource(
        {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "metadata": {"name": "a"}}
    )
    assert [one.name for one in used([Resource({**volume, "spec": csi}), claimed, service, service])] == [
        "the Managed Lustre CSI driver", "KServe",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "said", "judged"),
    [
        ("overlays/a3ultra/llama-3-1-8b-instruct/triton-kserve", "", ("1.32", schema.NEWEST)),
        ("overlays/a3ultra/deepseek-r1/sglang-serve", "", ("1.31", schema.NEWEST)),
        ("overlays/clusters/a3ultra-able", "", ("1.32", schema.NEWEST)),
        ("overlays/clusters/mixed-dog", "", ("1.32", schema.NEWEST)),
        ("overlays/a4x/deepseek-r1-nvfp4/trtllm-bench", "", ("1.34", schema.NEWEST)),
        ("overlays/clusters/a3ultra-able", "1.34", ("1.34",)),
        ("overlays/clusters/a3ultra-able", "1.2", ("1.32", schema.NEWEST)),
    ],
)
def test_an_overlay_is_judged_for_what_its_controllers_run_on(
    path: str, said: str, judged: tuple[str, ...], copy: Callable[[], Path]
) -> None:
    root = copy()
    if said:
        site = root / path / "site.yaml"
        site.write_text(site.read_text().replace("data:\n", f'data:\n  kubernetes: "{said}"\n'))
    context = Context(root, load_hardware(root), load_models(root), [])
    wanted = [target for target in targets(root) if target.path == path]
    (overlay,) = pipeline.rendered(context, wanted).values()
    assert not isinstance(overlay, str) and overlay.kubernetes == judged


def test_the_page_of_clusters_has_the_table() -> None:
    text = (ROOT / docs.CLUSTERS).read_text()
    assert between(text, "controllers", docs.controllers_table()) == text, "run `make docs`"

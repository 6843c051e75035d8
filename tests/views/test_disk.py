"""What a pod may write to the node's disk: caches of buckets, downloads, volumes and requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from servelint.catalogue.load import load_hardware, load_models
from servelint.model import Overlay, Resource
from servelint.rules import all_rules
from servelint.steps import lint

ROOT = Path(__file__).parents[2]
HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
BUCKET = {"driver": "gcsfuse.csi.storage.gke.io", "volumeAttributes": {"bucketName": "b"}}
CACHE = {"name": "gke-gcsfuse-cache", "emptyDir": {"sizeLimit": "1Ti"}}


def said(
    volumes: list[dict[str, Any]] | None = None,
    resources: dict[str, Any] | None = None,
    annotations: dict[str, str] | None = None,
    model: str | None = None,
    mounts: dict[str, str] | None = None,
) -> list[str]:
    container = {
        "name": "engine", "image": "i", "resources": {"limits": {"nvidia.com/gpu": "8"}, **(resources or {})},
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in (mounts or {}).items()],
    }  # fmt: skip
    body = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "server", "annotations": annotations or {}},
        "spec": {"containers": [container], "volumes": volumes or []},
    }  # fmt: skip
    overlay = Overlay(
        "overlays/disk", "leaf", (Resource(body),), HARDWARE["a3ultra"], MODELS.get(model or ""), kubernetes=("1.33",)
    )
    return [hit.problem.message for hit in lint.lint(overlay, [all_rules()["overfull-disk"]])]


def bucket(**attributes: str) -> dict[str, Any]:
    return {"name": "weights", "csi": {**BUCKET, "volumeAttributes": {"bucketName": "b", **attributes}}}


UNLIMITED = {"gke-gcsfuse/ephemeral-storage-limit": "0"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"volumes": [bucket()]}, None),
        ({"volumes": [bucket(fileCacheCapacity="4Gi")]}, None),
        ({"volumes": [bucket(fileCacheCapacity="500Gi")]}, "its sidecar may write 5 GiB"),
        ({"volumes": [bucket(fileCacheCapacity="-1")]}, "has no limit, but its sidecar may write 5 GiB"),
        ({"volumes": [bucket(fileCacheCapacity="-1")], "annotations": UNLIMITED}, None),
        ({"volumes": [bucket(fileCacheCapacity="-1")], "annotations": UNLIMITED, "model": "deepseek-r1"}, None),
        ({"volumes": [bucket(mountOptions="implicit-dirs,file-cache:max-size-mb:200000")]}, "may take 195.3 GiB"),
        ({"volumes": [bucket(mountOptions="file-cache:max-size-mb:200000")], "annotations": UNLIMITED}, None),
        ({"volumes": [bucket(fileCacheCapacity="500Gi"), CACHE]}, None),
        ({"volumes": [bucket(fileCacheCapacity="2Ti"), CACHE]}, "volume gke-gcsfuse-cache holds 1024 GiB"),
        ({"annotations": {"gke-gcsfuse/file-cache-capacity": "500Gi"}}, "may take 500 GiB"),
        ({"resources": {"requests": {"ephemeral-storage": "2000Gi"}}}, None),
        ({"volumes": [{"name": "a", "emptyDir": {"sizeLimit": "8Ti"}}, {"name": "b", "emptyDir": {"sizeLimit": "8Ti"}}]},
         "may hold 16384 GiB"),
        ({"volumes": [{"name": "a", "emptyDir": {"medium": "Memory", "sizeLimit": "80Ti"}}]}, None),
        ({"volumes": [{"name": "a", "emptyDir": {"sizeLimit": "100Gi"}}],
          "resources": {"limits": {"ephemeral-storage": "50Gi"}}}, "evicted at 50 GiB"),
        ({"model": "deepseek-r1"}, None),
        ({"model": "deepseek-r1", "resources": {"limits": {"nvidia.com/gpu": "8", "ephemeral-storage": "100Gi"}}},
         "/root/.cache/huggingface gets a model"),
        ({"model": "deepseek-r1", "volumes": [{"name": "c", "emptyDir": {"sizeLimit": "100Gi"}}],
          "mounts": {"c": "/root/.cache"}}, "volume c holds 100 GiB"),
        ({"model": "deepseek-r1", "volumes": [{"name": "c", "emptyDir": {"sizeLimit": "1Ti"}}],
          "mounts": {"c": "/root/.cache"}}, None),
        ({"model": "deepseek-r1", "volumes": [{"name": "c", "emptyDir": {"sizeLimit": "100Gi"}},
          {"name": "m", "persistentVolumeClaim": {"claimName": "m"}}], "mounts": {"c": "/root/.cache", "m": "/m"}}, None),
        # A volume without a name is no mount's: it neither holds the cache nor is it a reason to look no further.
        ({"model": "deepseek-r1", "volumes": [{"emptyDir": {"sizeLimit": "4Gi"}}]}, None),
        ({"model": "deepseek-r1", "volumes": [{"name": None, "emptyDir": {"sizeLimit": "4Gi"}}]}, None),
        ({"model": "deepseek-r1", "volumes": [{"emptyDir": {"sizeLimit": "4Gi"}}],
          "resources": {"limits": {"nvidia.com/gpu": "8", "ephemeral-storage": "100Gi"}}}, "evicted at 100 GiB"),
    ],
)  # fmt: skip
def test_disk(arguments: dict[str, Any], expected: str | None) -> None:
    found = said(**arguments)
    assert (not found) if expected is None else (len(found) == 1 and expected in found[0]), found

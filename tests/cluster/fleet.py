"""The fleet's renders as objects, complete enough for a cluster."""

from __future__ import annotations

import os
import re
from pathlib import Path

from servelint.model import Resource
from servelint.sources import Reader
from servelint.steps import pipeline, render
from servelint.steps.discover import targets

SITE = {
    "SITE_BUCKET": "test-bucket",
    "SITE_DISK_CAPACITY": "150Gi",
    "SITE_DISK_HANDLE": "projects/test/zones/us-central1-a/disks/test",
    "SITE_DISK_ZONE": "us-central1-a",
    "SITE_LUSTRE_CAPACITY": "18000Gi",
    "SITE_LUSTRE_FILESYSTEM": "testfs",
    "SITE_LUSTRE_HANDLE": "test/us-central1-a/test",
    "SITE_LUSTRE_IP": "10.0.0.2",
    "SITE_PATH": "overlays/clusters/test",
    "SITE_QUEUE": "test",
    "SITE_REGISTRY": "us-docker.pkg.dev/test/images",
    "SITE_REPOSITORY": "https://git.example.com/test/serving-fleet.git",
}
"""A site that is no cluster's, for what is rendered outside clusters: there a marker stands where a cluster will
write its own value, and some markers are meant to be refused, such as that of a quantity."""
MARKER = re.compile(r"SITE_[A-Z]+(?:_[A-Z]+)*")


def renders(root: Path) -> dict[str, tuple[Resource, ...]]:
    """The objects of every overlay, cluster and sync folder by its path; markers only in clusters left as they are."""
    found = targets(root)
    reader = Reader(root)
    rendered = render.render(root, found, {t.path: reader.tree(t.path) for t in found}, os.cpu_count() or 1)
    objects = {}
    for target in found:
        text = rendered[target.path].text
        assert text is not None, f"{target.path}: {rendered[target.path].error}"
        if not target.path.startswith("overlays/clusters/"):
            unknown = sorted(set(MARKER.findall(text)) - SITE.keys())
            assert not unknown, f"{target.path}: SITE in {Path(__file__).name} has no value for {', '.join(unknown)}"
            text = MARKER.sub(lambda marker: SITE[marker[0]], text)
        objects[target.path] = pipeline.parse(text)
    return objects

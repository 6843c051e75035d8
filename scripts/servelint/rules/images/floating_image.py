"""An image tag that moves.

The same manifest runs one engine today and another after the next restart: benchmark numbers cannot be repeated, a
rollback changes nothing, and `latest` makes every restart depend on the registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model import Overlay, Problem, is_marker
from ..examples import server
from .malformed_image import valid

SEVERITY = "warning"
HINT = "Pin a release tag or, better, a digest."
SOURCE = "https://kubernetes.io/docs/concepts/containers/images/"
COVERS = ("REF-08",)

GOOD = server(image="lmsysorg/sglang:v0.4.6.post4-cu124")
BAD = server(image="lmsysorg/sglang:latest")

MOVING = frozenset({
    "latest", "nightly", "main", "master", "dev", "develop", "edge", "canary", "head", "stable", "trunk", "rolling",
    "beta", "lts",
})  # fmt: skip
# A date, a build number or a commit pins a nightly. A version begins with a number (24.05, v0.4.6, 3-slim) or stands
# after a dash with a dot in it; the 12.4 of cu12.4 and the 3 of kimi-k3 are no versions of the image.
BUILD = re.compile(r"(?<![0-9a-z])(?:\d{6,}|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}|\d{4}[-.]\d\d[-.]\d\d)(?![0-9a-z])")
VERSION = re.compile(
    r"^[vr]?\d+(?![0-9a-z])|(?<![0-9a-z])[vr]?\d+\.\d+|(?<![0-9a-z])(?:release|build|rev)[-_.]?\d|(?<![0-9a-z])b\d{3,}"
)


def tag_of(image: str) -> str | None:
    """The tag of an image; None if a digest pins it."""
    name, _, digest = image.partition("@")
    return None if digest else name.rpartition("/")[2].partition(":")[2]


def moves(tag: str) -> bool:
    tag = tag.lower()
    if BUILD.search(tag):
        return False
    return bool(MOVING & set(re.split(r"[-_.+]", tag))) or not VERSION.search(tag)


def check(overlay: Overlay) -> Iterator[Problem]:
    for pod in overlay.pods:
        for container in pod.containers:
            image = container.image.strip()
            tag, at = tag_of(image), (*container.pointer, "image")
            if tag is None or is_marker(tag or image) or not valid(image):
                continue
            if not tag:
                yield Problem(container.resource, at, f"image {image} has no tag, so it is latest")
            elif moves(tag):
                yield Problem(container.resource, at, f"tag {tag} of image {image} moves")

"""An image tag that moves.

The same manifest runs one engine today and another after the next restart: benchmark numbers cannot be repeated, a
rollback changes nothing, and `latest` makes every restart depend on the registry.
"""

from ...model import Overlay, Problem, Problems, is_marker
from ...views.images import moves, tag_of, valid
from ..examples import server

SEVERITY = "warning"
HINT = "Pin a release tag or, better, a digest."
SOURCE = "https://kubernetes.io/docs/concepts/containers/images/"
COVERS = ("REF-08",)

GOOD = server(image="lmsysorg/sglang:v0.4.6.post4-cu124")
BAD = server(image="lmsysorg/sglang:latest")


def check(overlay: Overlay) -> Problems:
    for container in overlay.containers:
        image = container.image.strip()
        tag, at = tag_of(image), (*container.pointer, "image")
        if tag is None or is_marker(tag or image) or not valid(image):
            continue
        if not tag:
            yield Problem(container.resource, at, f"image {image} has no tag, so it is latest")
        elif moves(tag):
            yield Problem(container.resource, at, f"tag {tag} of image {image} moves")

"""An image that is no valid reference.

The kubelet answers InvalidImageName and never tries again; the pod keeps its node. Upper-case letters, blanks and
variables that nothing replaces are the usual reasons.
"""

from ...model import Overlay, Problem, Problems
from ...views.images import valid
from ..examples import server

SEVERITY = "error"
HINT = "Write registry/path:tag with a lower-case path, or registry/path@sha256:<64 hexadecimal digits>."
SOURCE = "https://github.com/distribution/reference/blob/main/regexp.go"
COVERS = ("REF-08",)

GOOD = server(image="registry.example.com:5000/serving/sglang:v0.4.6")
BAD = server(image="registry.example.com:5000/serving/SGLang:v0.4.6")


def check(overlay: Overlay) -> Problems:
    for container in overlay.containers:
        if container.image.strip() and not valid(container.image):
            at, message = (*container.pointer, "image"), f"image {container.image!r} is no valid reference"
            yield Problem(container.resource, at, message)

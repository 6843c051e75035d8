"""An image that is no valid reference.

The kubelet answers InvalidImageName and never tries again; the pod keeps its node. Upper-case letters, blanks and
variables that nothing replaces are the usual reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model import Overlay, Problem
from ..examples import server

SEVERITY = "error"
HINT = "Write registry/path:tag with a lower-case path, or registry/path@sha256:<64 hexadecimal digits>."
SOURCE = "https://github.com/distribution/reference/blob/main/regexp.go"
COVERS = ("REF-08",)

GOOD = server(image="registry.example.com:5000/serving/sglang:v0.4.6")
BAD = server(image="registry.example.com:5000/serving/SGLang:v0.4.6")

_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
# A host is told from the first part of a path by a dot, a port or its name.
_HOST = rf"(?:{_WORD}(?:\.{_WORD})+|localhost|{_WORD}(?=:\d)|\[[0-9a-f:]+\])(?::\d+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REFERENCE = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@(?:sha256:[0-9a-f]{{64}}|sha512:[0-9a-f]{{128}}))?",
    re.ASCII,
)


def valid(image: str) -> bool:
    # A marker stands for what a cluster fills in; whether it is left over there is another rule's question.
    return bool(REFERENCE.fullmatch(re.sub(r"SITE_[A-Z0-9_]+", "site", image)))


def check(overlay: Overlay) -> Iterator[Problem]:
    for pod in overlay.pods:
        for container in pod.containers:
            if container.image.strip() and not valid(container.image):
                at, message = (*container.pointer, "image"), f"image {container.image!r} is no valid reference"
                yield Problem(container.resource, at, message)

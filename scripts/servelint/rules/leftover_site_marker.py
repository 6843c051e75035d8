"""A marker that the cluster should have replaced is still there.

Outside clusters, values that only a cluster knows are SITE_ markers. One that reaches a cluster is a bucket, a queue or
a registry that does not exist: the pod waits for it, and the sync shows green.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..model import Overlay, Pointer, Problem

SEVERITY = "error"
HINT = "Give the cluster's site ConfigMap the value, and add the base/site component that spreads it."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/"
COVERS = ("CFG-07",)
CONTEXT = {"kind": "cluster"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - {name: engine, image: us-docker.pkg.dev/team/images/trtllm:v0.17.0}
"""
BAD = GOOD.replace("us-docker.pkg.dev/team/images", "SITE_REGISTRY")

# Not a shell's $SITE_NAME or ${SITE_NAME}, nor a part of a longer name.
MARKER = re.compile(r"(?<![\w${])SITE_[A-Z0-9_]+\b(?!=)")


def check(overlay: Overlay) -> Iterator[Problem]:
    if not overlay.final:
        return
    for resource in overlay.resources:
        seen = set()
        for text, at in _strings(resource.body, ()):
            for marker in MARKER.findall(text):
                # Once a resource: the one replacement that is missing mends every place.
                if marker not in seen and not _is_variable(at):
                    seen.add(marker)
                    yield Problem(resource, at, f"the marker {marker} was not replaced")


def _strings(value: Any, at: Pointer) -> Iterator[tuple[str, Pointer]]:
    if isinstance(value, str):
        yield value, at
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*at, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _strings(inner, (*at, i))


def _is_variable(at: Pointer) -> bool:
    """Whether a string names an environment variable: env[i].name."""
    return len(at) > 2 and at[-1] == "name" and at[-3] == "env"

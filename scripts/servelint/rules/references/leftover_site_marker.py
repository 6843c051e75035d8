"""A marker that the cluster should have replaced is still there.

Outside clusters, values that only a cluster knows are SITE_ markers. One that reaches a cluster is a bucket, a queue or
a registry that does not exist: the pod waits for it, and the sync shows green.
"""

import re

from ...model import Overlay, Part, Pointer, Problem, Problems, texts
from ...views.images import split
from ...views.provision import all_of, filling
from ..examples import server

SEVERITY = "error"
HINT = "Give the cluster's site ConfigMap the value, and add the base/site component that spreads it."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/"
COVERS = ("CFG-07",)
CONTEXT = {"kind": "cluster"}

GOOD = server(image="us-docker.pkg.dev/team/images/trtllm:v0.17.0")
BAD = server(image="SITE_REGISTRY/trtllm:v0.17.0")

# Not a shell's $SITE_NAME or ${SITE_NAME}, nor a part of a longer name.
MARKER = re.compile(r"(?<![\w${])SITE_[A-Z0-9_]+\b(?!=)")


def check(overlay: Overlay) -> Problems:
    if not overlay.final:
        return
    absent = {f"SITE_{key.replace('-', '_').upper()}": one for one in _absent(overlay) for key in one[1]}
    lacked: dict[tuple[str, tuple[str, ...]], dict[str, int]] = {}
    for resource in overlay.resources:
        seen = set()
        for text, at in texts(resource.body):
            for marker in MARKER.findall(text):
                # Once a resource: the one replacement that is missing mends every place.
                if marker in seen or _is_variable(at):
                    continue
                seen.add(marker)
                if marker in absent:
                    count = lacked.setdefault(absent[marker], {})
                    count[marker] = count.get(marker, 0) + 1
                    continue
                part: Part | None = "name" if at[-1] == "image" and marker in split(text)[0] else None
                yield Problem(resource, at, f"the marker {marker} was not replaced", part=part)
    for (folder, keys), count in lacked.items():
        objects = max(count.values())
        where = f"in {objects} objects" if objects > 1 else "in one object"
        markers = f"{all_of(list(count))} {'stay' if len(count) > 1 else 'stays'}"
        text = f"{markers} {where}: add {all_of(filling(overlay, folder, keys))}"
        unread = tuple(("unread-site-key", ("data", key)) for key in keys)
        yield Problem(None, ("components",), text, overlay.built[overlay.path][0], explains=unread)


def _absent(overlay: Overlay) -> list[tuple[str, tuple[str, ...]]]:
    """Components that would replace markers in a cluster and that it leaves out. The first that has a key counts."""
    return [one for one in reversed(overlay.site) if overlay.kind == "cluster" and one[0] not in overlay.built]


def _is_variable(at: Pointer) -> bool:
    """Whether a string names an environment variable: env[i].name."""
    return len(at) > 2 and at[-1] == "name" and at[-3] == "env"

"""Flux replaces the shell variables of what it delivers.

With `postBuild` every ${NAME} in the rendered text is Flux's: in a launcher script, a pod's arguments, an annotation.
What is in none of its lists becomes the empty string, or stops the sync in strict mode. `source "${NCCL_INIT_SCRIPT}"`
is then `source ""`, in a pod that has taken its node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..model import Overlay, Pointer, Problem, Resource, mapping, mappings
from ..views.delivery import Delivery, delivered, deliveries

SEVERITY = "error"
HINT = (
    "Leave postBuild out, write $NAME or $${NAME}, or annotate the object with"
    " kustomize.toolkit.fluxcd.io/substitute: disabled."
)
SOURCE = "https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution"
COVERS = ("GIT-02",)

_SYNC = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: fleet, namespace: flux-system}
spec: {path: ./overlays/example-1, interval: 10m, prune: true, postBuild: {substitute: {ZONE: a}}}
"""
_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    args: ['source "$${NCCL_INIT_SCRIPT}" && exec "$SERVER" --zone "${ZONE}"']
"""
GOOD = (_SYNC, _POD)
BAD = (_SYNC, _POD.replace("$${", "${"))

VARIABLE = re.compile(r"(?<!\$)\$\{([^}]*)\}?")
NAME = re.compile(r"[#^,]*([A-Za-z_][A-Za-z0-9_]*)")
DEFAULT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*:?[-=?+]")
SWITCH = "kustomize.toolkit.fluxcd.io/substitute"


def _variables(delivery: Delivery) -> set[str] | None:
    """The names that Flux knows; None if it substitutes nothing, or from something that no manifest shows."""
    build = mapping(delivery.spec.get("postBuild"))
    known = {str(name) for name in mapping(build.get("substitute"))}
    sources = mappings(build.get("substituteFrom"))
    for _, source in sources:
        found = delivery.overlay.named(str(source.get("kind")), str(source.get("name")))
        if found is not None:
            known |= {str(k) for field in ("data", "stringData") for k in mapping(found.body.get(field))}
    return known if known or sources else None


def _hidden(delivery: Delivery) -> bool:
    """Whether some of the names are not in sight."""
    sources = mappings(mapping(delivery.spec.get("postBuild")).get("substituteFrom"))
    return any(delivery.overlay.named(str(s.get("kind")), str(s.get("name"))) is None for _, s in sources)


def _texts(node: Any, at: Pointer = ()) -> Iterator[tuple[str, Pointer]]:
    if isinstance(node, str):
        yield node, at
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from _texts(value, (*at, key))


def _shell(text: str) -> bool:
    """Whether a text is a script or a command line, whose variables are its own for certain."""
    return "\n" in text or " " in text.strip()


def _lost(resource: Resource, known: set[str], hidden: bool) -> Iterator[tuple[str, Pointer]]:
    for text, at in _texts(resource.body):
        for match in VARIABLE.finditer(text):
            name = NAME.match(match[1])
            if name and name[1] in known:
                continue
            # A whole value that is one variable was meant for a list that is not in sight.
            if hidden and (not _shell(text) or DEFAULT.match(match[1])):
                continue
            yield match[0], at


def check_fleet(overlays: Sequence[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    for overlay in overlays:
        for delivery in deliveries(overlay):
            known = _variables(delivery) if delivery.tool == "Flux" else None
            if known is None:
                continue
            for target in delivered(delivery, overlays):
                for resource in target.resources:
                    switches = (mapping(resource.labels).get(SWITCH), resource.annotations.get(SWITCH))
                    if "disabled" in switches:
                        continue
                    lost = list(_lost(resource, known, _hidden(delivery)))
                    if lost:
                        names = ", ".join(list(dict.fromkeys(text for text, _ in lost))[:4])
                        by = f"Kustomization {delivery.resource.name} in {overlay.path}"
                        yield (
                            target,
                            Problem(resource, lost[0][1], f"{by} substitutes variables, and has none for {names}"),
                        )

"""Kustomize cannot build the overlay.

Neither can Argo CD or Flux: the cluster keeps what it has, and every later change to the overlay waits behind this one.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Problem
from ..render import Rendered

SEVERITY = "error"
HINT = "Run `kubectl kustomize` on the overlay and mend what it names."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/"
COVERS = ()

GOOD = {
    "overlays/h/m/w/kustomization.yaml": (
        "resources: [pod.yaml]\n"
        'patches:\n- target: {kind: Pod}\n  patch: \'[{"op": "remove", "path": "/metadata/labels"}]\'\n'
    ),
    "overlays/h/m/w/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: b}}\n",
}
BAD = {**GOOD, "overlays/h/m/w/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"}


def check_build(rendered: Rendered) -> Iterator[Problem]:
    if rendered.error is not None:
        yield Problem(None, (), rendered.error)

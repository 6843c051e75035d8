"""A kustomization names a path that Argo CD, Flux and a laptop do not agree on.

An absolute path or a link that leaves the repository reads the machine that renders. A file outside the
kustomization's own folder builds with Flux, which lifts the load restriction, and fails with Argo CD, which does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Problem
from ..sources import Tree

SEVERITY = "error"
HINT = "Move the file into the kustomization's folder, or name a folder that has a kustomization.yaml of its own."
SOURCE = "https://kubectl.docs.kubernetes.io/faq/kustomize/#security-file-foo-is-not-in-or-below-bar"
COVERS = ("KZ-14",)

GOOD = {
    "overlays/h/m/w/kustomization.yaml": "resources: [pod.yaml]\n",
    "overlays/h/m/w/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
    "overlays/h/m/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
}
BAD = {**GOOD, "overlays/h/m/w/kustomization.yaml": "resources: [../pod.yaml]\n"}


def check_sources(tree: Tree) -> Iterator[Problem]:
    for fault in tree.faults:
        if fault.kind == "outside":
            yield Problem(None, (), fault.message, fault.file, fault.line)

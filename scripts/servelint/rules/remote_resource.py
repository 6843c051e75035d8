"""A kustomization builds on something outside this repository.

What a pull request shows is then not what the cluster gets: the remote changes without a commit here, Kustomize gives
up on it after 27 seconds, and Argo CD keeps a copy for a day. It is also someone else's code in this cluster.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Problem
from ..sources import Tree

SEVERITY = "error"
HINT = "Write what is needed into base/; nothing here is fetched at render time."
SOURCE = "https://github.com/argoproj/argo-cd/issues/5010"
COVERS = ("KZ-13",)

GOOD = {
    "overlays/h/m/w/kustomization.yaml": "resources: [pod.yaml]\n",
    "overlays/h/m/w/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
}
BAD = {**GOOD, "overlays/h/m/w/kustomization.yaml": "resources: ['github.com/example/base?ref=main']\n"}


def check_sources(tree: Tree) -> Iterator[Problem]:
    for fault in tree.faults:
        if fault.kind == "remote":
            yield Problem(None, (), fault.message, fault.file, fault.line)

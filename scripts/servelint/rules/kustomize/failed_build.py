"""Kustomize cannot build the overlay.

Neither can Argo CD or Flux: the cluster keeps what it has, and every later change to the overlay waits behind this one.
"""

from ...kustomize.process import Rendered
from ...model import Problem, Problems
from ..examples import POD, tree

SEVERITY = "error"
HINT = "Run `kubectl kustomize` on the overlay and mend what it names."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/"

_PATCH = """\
resources: [pod.yaml]
patches: [{target: {kind: Pod}, patch: '[{"op": "remove", "path": "/metadata/labels"}]'}]
"""
GOOD = tree(_PATCH, {"pod.yaml": POD.replace("name: p", "name: p, labels: {a: b}")})
BAD = tree(_PATCH)


def check_build(rendered: Rendered) -> Problems:
    if rendered.error is not None:
        yield Problem(None, (), rendered.error)

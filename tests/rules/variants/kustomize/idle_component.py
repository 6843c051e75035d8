"""What idle-component tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.kustomize.idle_component import BAD, BAD_CONTEXT

_TOP = ("overlays/clusters/c/kustomization.yaml", 4)
_CLUSTER = {
    "kind": "cluster", "path": "overlays/clusters/c", "built": {"overlays/clusters/c": _TOP, "a": _TOP},
    "idle": BAD_CONTEXT["idle"], "platform": (("b", ("b",), (("ServiceAccount", "x"),), (("a", ("key",)),)),),
}  # fmt: skip

ALSO_GOOD = [
    (BAD, {"built": BAD_CONTEXT["built"]}), (server(pod="serviceAccountName: x"), _CLUSTER),
]  # fmt: skip
ALSO_BAD = [(BAD, _CLUSTER), (server(pod="serviceAccountName: y"), _CLUSTER)]

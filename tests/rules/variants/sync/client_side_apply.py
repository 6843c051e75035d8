"""What client-side-apply tells apart beyond its own examples."""

from servelint.rules.examples import marked, other
from servelint.rules.sync.client_side_apply import _APP, _CONFIG, BAD

_SET = other("ApplicationSet", "template: {spec: {syncPolicy: {syncOptions: [PruneLast=true]}}}")

ALSO_GOOD = [
    (_CONFIG,), (marked(_CONFIG, "annotations: {argocd.argoproj.io/sync-options: ServerSideApply=true}"), BAD[1]),
    (marked(_CONFIG, "annotations: {argocd.argoproj.io/sync-options: Replace=true}"), BAD[1]),
    (_CONFIG.replace("xxxx", ""), BAD[1]),
    (_CONFIG.replace("x", "xxxxx"), BAD[1]),  # `oversized-configmap` says it
]  # fmt: skip
ALSO_BAD = [
    (_CONFIG, _SET), ((_CONFIG,), {"kind": "manifest"}), (_CONFIG, _APP, _SET),
    (_CONFIG, other("Application", "project: a")),
]  # fmt: skip

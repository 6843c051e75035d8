"""What lost-state tells apart beyond its own examples."""

from servelint.rules.change.lost_state import _CLAIM, _POD
from servelint.rules.examples import LOCAL_QUEUE, marked, other, server, together, volume_claim

_KEPT = "annotations: {argocd.argoproj.io/sync-options: Prune=false, kustomize.toolkit.fluxcd.io/prune: disabled}"
_SPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: serving\n"
_STATEFUL = server(kind="StatefulSet", spec="volumeClaimTemplates: [{metadata: {name: a}}]")
_FLUX = other("Kustomization", "path: a, prune: true")
_APP = other("Application", "source: {path: a}")
_FINAL = "finalizers: [resources-finalizer.argocd.argoproj.io]"
_BOUND = volume_claim(spec="volumeName: model")

ALSO_GOOD = [
    (_POD, together(_POD, _CLAIM)), (server(kind="StatefulSet"), _POD), (_STATEFUL, _STATEFUL),
    (together(LOCAL_QUEUE, _POD), LOCAL_QUEUE), (together(_CLAIM, _CLAIM.replace("name: model", "name: b")), together(
        _CLAIM.replace("name: model", "name: b"), _CLAIM)),
]  # fmt: skip
ALSO_BAD = [
    (together(_POD, _CLAIM), together(_POD, _CLAIM.replace("name: model", "name: models"))),
    (together(_POD, marked(_SPACE, "")), _POD), (_STATEFUL, _POD), (together(LOCAL_QUEUE, _POD), _POD),
    (together(_POD, _CLAIM.replace("{name: model}", f"{{name: model, {_KEPT}}}")), _POD),
    (together(_POD, _FLUX), _POD), (together(_POD, _FLUX.replace("path", "deletionPolicy: Orphan, path")), _POD),
    (together(_POD, _APP), _POD), (together(_POD, marked(_APP, _FINAL)), _POD),
    (together(_POD, _BOUND), _POD), (together(_POD, other("Network", "type: L3", api="networking.gke.io/v1")), _POD),
]  # fmt: skip

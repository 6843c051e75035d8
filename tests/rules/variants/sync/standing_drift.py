"""What standing-drift tells apart beyond its own examples."""

from servelint.rules.examples import marked, other, together
from servelint.rules.sync.standing_drift import _APP, _BARE, _QUEUE, _SECRET

_CLIENT = _APP.replace("[ServerSideApply=true]", "[]")
_COMPARED = _APP.replace("spec:", "  annotations: {argocd.argoproj.io/compare-options: ServerSideDiff=true}\nspec:", 1)
_SET = other("ApplicationSet", "template: {spec: {source: {path: overlays/example-1}}}")
_IGNORED = _APP.replace("source:", "ignoreDifferences: [{group: external-secrets.io, kind: ExternalSecret}], source:")
_POD = "containers: [{name: a, image: a:v1, ports: [{containerPort: 80}]}]"
_GROUP = f"""\
apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata: {{name: a}}
spec: {{leaderWorkerTemplate: {{size: 2, workerTemplate: {{spec: {{{_POD}}}}}}}}}
"""
_MODE = "annotations: {serving.kserve.io/deploymentMode: RawDeployment}"
_SERVED = marked(other("InferenceService", "predictor: {}"), _MODE)

ALSO_GOOD = [
    (_BARE,), (_APP.replace("example-1", "example-2"), _BARE), (_COMPARED, _BARE), (_IGNORED, _BARE),
    (_CLIENT, together(_SECRET, _QUEUE)), (_APP, _QUEUE.replace("100k", "SITE_CPUS")), (_APP, _GROUP),
    (other("Kustomization", "path: overlays/example-1"), _BARE), (_SERVED,),
    (_APP, _SERVED.replace("RawDeployment", "Standard")),
]  # fmt: skip
ALSO_BAD = [
    (_APP, _SECRET.replace(", metadataPolicy: None", "")), (_APP, _QUEUE.replace("100k", "'100000'")),
    (_APP, _QUEUE.replace("100k", "56")), (_APP, _QUEUE.replace("100k", "0.5")), (_CLIENT, _BARE), (_SET, _BARE),
    (_APP.replace("source:", "ignoreDifferences: [{group: batch, kind: Job}], source:"), _BARE), (_CLIENT, _GROUP),
    (_APP, _SERVED),
]  # fmt: skip

"""What refused-by-quota tells apart beyond its own examples."""

from servelint.rules.examples import bucket_pod, marked, server, volume_claim
from servelint.rules.examples import together as manifest
from servelint.rules.server.refused_by_quota import _SERVER, _quota

_RANGE = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: a}\nspec: {limits: [{type: Container, default: {%s}}]}\n"
_PRIORITY = ", scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [%s]}]}"
_HIGH = server(pod="priorityClassName: high")
_BUCKET = bucket_pod(annotations='gke-gcsfuse/volumes: "true", gke-gcsfuse/memory-limit: "0"')

ALSO_GOOD = [
    _quota("limits.memory: 64Ti", _RANGE % "memory: 2Ti", _SERVER), _quota("requests.nvidia.com/gpu: '16'"),
    _quota("limits.memory: 1Ti", more=_PRIORITY % "high"), _quota("pods: '2'"), _quota("count/jobs.batch: '1'"),
    _quota("limits.memory: 64Ti", more=", scopes: [Terminating]"), _quota("services: '0'"),
    _quota("limits.memory: 64Ti", server(gpus=0, pod="resources: {limits: {memory: 1Ti}}")),
    _quota("requests.storage: 18000Gi", volume_claim()), _quota("pods: SITE_PODS"),
    _quota("limits.memory: 64Ti", more=", scopes: [BestEffort]"),
    manifest(marked(_quota("pods: '1'", ""), "namespace: a"), marked(_SERVER, "namespace: b")),
    _quota("limits.memory: 64Ti", more=_PRIORITY.replace("In, values: [%s]", "Exists")),
]  # fmt: skip
ALSO_BAD = [
    _quota("cpu: '999'", server()), _quota("requests.cpu: '95'"), _quota("requests.cpu: '100'"), _quota("pods: '1'"),
    _quota("requests.nvidia.com/gpu: '12'"), _quota("count/deployments.apps: '0'"), _quota("memory: 1500Gi"),
    _quota("requests.storage: 1Ti", volume_claim()), _quota("persistentvolumeclaims: '0'", volume_claim()),
    _quota("limits.memory: 64Ti", _RANGE % "cpu: '96'", _SERVER), _quota("limits.memory: 1Ti", _BUCKET),
    _quota("limits.memory: 64Ti", more=", scopes: [NotTerminating]"),
    _quota("pods: '1'", *(server(kind="Job", name=name) for name in "ab")),
    _quota("x.storageclass.storage.k8s.io/requests.storage: 1Ti", volume_claim(of="x")),
    _quota("limits.memory: 64Ti", _HIGH, more=_PRIORITY % "high"),
    _quota("limits.memory: 64Ti", _HIGH, more=_PRIORITY.replace("In, values: [%s]", "Exists")),
]  # fmt: skip

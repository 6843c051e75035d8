"""What surge-in-queue tells apart beyond its own examples."""

from servelint.rules.examples import QUEUED, marked, other, server, together
from servelint.rules.rollout.surge_in_queue import BAD, GOOD

_SCALER = other(
    "HorizontalPodAutoscaler",
    "maxReplicas: 4, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: server}",
    api="autoscaling/v2",
)
_KEDA = other("ScaledObject", "scaleTargetRef: {name: server}, triggers: []", api="keda.sh/v1alpha1")
_SERVICE = marked(
    other("InferenceService", "predictor: {minReplicas: 1, maxReplicas: 2, deploymentStrategy: {type: Recreate}, %s}")
    % "model: {modelFormat: {name: triton}, resources: {limits: {nvidia.com/gpu: 1}}}",
    QUEUED,
)

ALSO_GOOD = [
    BAD.replace("queue-name", "other"), BAD.replace("nvidia.com/gpu", "cpu"),
    BAD.replace("type: RollingUpdate", "rollingUpdate: {maxSurge: 0}"),
    BAD.replace("replicas: 8", "replicas: 2"),  # `surge-on-full-pool` says it
    together(GOOD, _SCALER.replace("maxReplicas: 4", "minReplicas: 4, maxReplicas: 4")),
    together(GOOD, _SCALER.replace("name: server}", "name: other}")),
    _SERVICE.replace("maxReplicas: 2", "maxReplicas: 1"), _SERVICE.replace("maxReplicas: 2, ", ""),
    together(GOOD, _KEDA.replace("{scale", "{minReplicaCount: 100, scale")), together(GOOD, _SCALER.replace("maxReplicas: 4", "maxReplicas: 1")),
    together(GOOD, _KEDA.replace("{scale", "{minReplicaCount: 2, maxReplicaCount: 2, scale")), _SERVICE.replace("minReplicas: 1", "minReplicas: 2"),
    together(GOOD, _KEDA.replace("{scale", "{maxReplicaCount: 0, scale")), together(GOOD, _SCALER.replace("kind: Deployment", "kind: StatefulSet")),
    marked(server(kind="Deployment", spec="replicas: 8\nstrategy: {type: Recreate}\nmaxReplicas: 9"), QUEUED),
]  # fmt: skip
ALSO_BAD = [together(GOOD, _SCALER), together(GOOD, _KEDA), _SERVICE, _SERVICE.replace("minReplicas: 1, ", ""),
    together(GOOD, _KEDA.replace("{scale", "{maxReplicaCount: 1, scale")), together(GOOD, _KEDA.replace("{scale", "{minReplicaCount: 2, scale")),
    together(GOOD, _SCALER.replace("{maxReplicas: 4", "{minReplicas: 2, maxReplicas: 4")),
]  # fmt: skip

"""What replicas-on-one-disk tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import other, server, together, volume_claim
from servelint.rules.examples import together as manifest


def _set(mode: str, spec: str = "replicas: 2", kind: str = "Deployment", gpus: int = 8, name: str = "model") -> str:
    pod = f"volumes: [{{name: model, persistentVolumeClaim: {{claimName: {name}}}}}]"
    return manifest(server(kind=kind, spec=spec, pod=pod, gpus=gpus), volume_claim(mode=mode))


_TARGET = "scaleTargetRef: {kind: Deployment, name: server}, maxReplicas: 3"
_SCALER = other("HorizontalPodAutoscaler", _TARGET, "a", "autoscaling/v2")

ONE = _set("ReadWriteOnce", "replicas: 1")


def predictor(fields: str) -> str:
    """An InferenceService that loads from a claim with eight GPUs."""
    volume = "volumes: [{name: model, persistentVolumeClaim: {claimName: model}}]"
    container = "containers: [{name: a, image: b, resources: {limits: {nvidia.com/gpu: 8}}}]"
    return together(
        other("InferenceService", f"predictor: {{{fields}, {volume}, {container}}}"), volume_claim(mode="ReadWriteOnce")
    )


ALSO_GOOD = [
    _set("ReadWriteOnce", "replicas: 1"), _set("ReadWriteOnce", gpus=4), _set("ReadWriteOnce", gpus=0),
    _set("ReadWriteOnce, ReadOnlyMany"), _set("ReadWriteOnce", name="other"),
    _set("ReadWriteOnce", "parallelism: 1", "Job"),
    together(_set("ReadWriteOnce", "replicas: 1"), _SCALER.replace("server", "other")),
    _set("ReadWriteOncePod", "replicas: 1"), _set("ReadWriteOncePod", gpus=0), _set(""), predictor("maxReplicas: 1"),
    _set("ReadWriteOnce").replace("metadata: {name: model}", "metadata: {name: model, namespace: a}").replace("name: server\n", "name: server\n  namespace: b\n", 1),
    together(ONE, _SCALER.replace(", maxReplicas: 3", "")),
]  # fmt: skip
ALSO_BAD = [
    _set("ReadWriteOncePod", gpus=4), together(_set("ReadWriteOnce", "replicas: 1"), _SCALER),
    together(_set("ReadWriteOnce", ""), _SCALER), _set("ReadWriteOnce", gpus=5),
    _set("ReadWriteOnce", "parallelism: 2", "Job"),
    predictor("maxReplicas: 2"), predictor("minReplicas: 2"),
    together(ONE, _SCALER.replace("HorizontalPodAutoscaler", "ScaledObject").replace("maxReplicas", "maxReplicaCount")),
]  # fmt: skip

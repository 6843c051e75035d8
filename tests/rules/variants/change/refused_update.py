"""What refused-update tells apart beyond its own examples."""

from servelint.rules.change.refused_update import _SERVER, BAD
from servelint.rules.examples import LOCAL_QUEUE, marked, other, server, volume_claim

_STATEFUL = server(kind="StatefulSet", spec="serviceName: server\nreplicas: 1")
_JOB = server(kind="Job")
_FORCED = marked(_JOB, "annotations: {kustomize.toolkit.fluxcd.io/force: enabled}")
_CLAIM = volume_claim(size="100Gi", of="premium-rwo")
_CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nimmutable: true\ndata: {a: b}\n"
_OPEN = _CONFIG.replace("immutable: true\n", "")
_VOLUME = other("PersistentVolume", "csi: {driver: a, volumeHandle: b}, capacity: {storage: 1Gi}", api="v1")

ALSO_GOOD = [
    (_SERVER, _SERVER), (_SERVER, BAD[1].replace("name: server", "name: other", 1)), (_JOB, _JOB),
    (_STATEFUL, _STATEFUL.replace("replicas: 1", "replicas: 2")),
    (_FORCED, _FORCED.replace("backoffLimit", "a").replace("model-path m", "model-path n")),
    (_CLAIM, _CLAIM.replace("100Gi", "200Gi")), (_OPEN, _OPEN.replace("a: b", "a: c")),
    (_VOLUME, _VOLUME.replace("1Gi", "2Gi")), (_SERVER, _SERVER.replace("apps/v1", "example.com/v1")),
]  # fmt: skip
ALSO_BAD = [
    (_STATEFUL, _STATEFUL.replace("serviceName: server", "serviceName: other")), (_JOB, _JOB.replace('"m"', '"n"')),
    (_CLAIM, _CLAIM.replace("100Gi", "50Gi")), (_CLAIM, _CLAIM.replace("premium-rwo", "standard-rwo")),
    (_CONFIG, _CONFIG.replace("a: b", "a: c")), (_VOLUME, _VOLUME.replace("volumeHandle: b", "volumeHandle: c")),
    (LOCAL_QUEUE, LOCAL_QUEUE.replace("clusterQueue: gpus", "clusterQueue: other")),
    (marked(_SERVER, "namespace: a"), marked(BAD[1], "namespace: a")),
]  # fmt: skip

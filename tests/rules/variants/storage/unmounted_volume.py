"""What unmounted-volume tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import marked, other, server, together, volume_claim
from servelint.rules.storage.unmounted_volume import GOOD

_TWO = "volumes: [{name: model, persistentVolumeClaim: {claimName: model}}, {name: logs, emptyDir: {}}]"


def _mounts(names: str, volumes: str = _TWO, metadata: str = "", spec: str = "", kind: str = "Pod") -> str:
    mounts = ", ".join(f"{{name: {name}, mountPath: /{name}}}" for name in names.split())
    return server(container=f"volumeMounts: [{mounts}]", pod=volumes, metadata=metadata, spec=spec, kind=kind)


_CACHE = "volumes: [{name: gke-gcsfuse-cache, emptyDir: {}}]"
_MADE = "serviceName: a\nvolumeClaimTemplates: [{metadata: {name: own}, spec: {}}]"
_NONE = "volumes: []"

SIDECAR = "annotations: {gke-gcsfuse/volumes: 'true'}"


def loads(uri: str, claim: str = "model") -> str:
    model = f"predictor: {{model: {{modelFormat: {{name: a}}, storageUri: '{uri}'}}}}"
    return together(other("InferenceService", model), volume_claim(claim))


ALSO_GOOD = [
    _mounts("", _CACHE, "annotations: {gke-gcsfuse/volumes: 'true'}"), together(GOOD, volume_claim()),
    together(server(), volume_claim()),
    _mounts("", _CACHE, "annotations: {gke-gcsfuse/additional-volume-mounts: 'a:/b, gke-gcsfuse-cache:/c'}"),
    _mounts("", _TWO, "annotations: {sidecar.istio.io/userVolumeMount: a}"),
    _mounts("own", _NONE, spec=_MADE, kind="StatefulSet"),
    server(container="volumeDevices: [{name: a, devicePath: /a}]", pod="volumes: [{name: a, emptyDir: {}}]"),
    _mounts("", "volumes: []", spec="serviceName: a\nvolumeClaimTemplates: [{spec: {}}]", kind="StatefulSet"),
    loads("pvc://model/a"), loads("s3://model/a"), _mounts("", _CACHE, SIDECAR, kind="Deployment"),
    marked(_mounts("", _CACHE, kind="Deployment"), SIDECAR), _mounts("own", "volumes: []", spec="volumeClaimTemplates: [{metadata: {name: own}}]", kind="Deployment"),
]  # fmt: skip
ALSO_BAD = [
    _mounts("", _CACHE), together(GOOD, volume_claim("other")), _mounts("", _NONE, spec=_MADE, kind="StatefulSet"),
    _mounts("", _CACHE, "annotations: {gke-gcsfuse/additional-volume-mounts: 'a:/b'}"),
    loads("pvc://model/a", "other"), marked(_mounts("", "volumes: [{name: a, emptyDir: {}}]", kind="Deployment"), SIDECAR),
    together(marked(_mounts("model logs"), "namespace: b"), volume_claim().replace("{name: model}", "{name: model, namespace: a}")),
]  # fmt: skip

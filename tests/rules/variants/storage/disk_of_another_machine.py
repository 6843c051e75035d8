"""What disk-of-another-machine tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import server, volume_claim
from servelint.rules.examples import together as manifest

_MOUNT = "volumes: [{name: model, persistentVolumeClaim: {claimName: model}}]"


def _claimed(of: str, kind: str = "", pod: str = "") -> str:
    head = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\n"
    made_by = f"{head}provisioner: pd.csi.storage.gke.io\nparameters: {{type: {kind}}}\n" if kind else ""
    return manifest(*([made_by] if made_by else []), volume_claim(of=of), pod or server(pod=_MOUNT))


_OWN = (
    "volumes: [{name: model, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: %s, accessModes:"
    " [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]"
)
_UNNAMED = _claimed("fast").replace('  storageClassName: "fast"\n', "")

ALSO_GOOD: tuple[object, ...] = [
    _claimed("fast"), (_claimed("premium-rwo"), {}), _claimed("standard-rwo", pod=server(pod=_MOUNT, gpus=0)),
    _claimed("fast", "pd-ssd").replace("pd.csi.storage.gke.io", "example.com/disk"), server(pod=_OWN % "fast"),
    _UNNAMED.replace("accessModes", "volumeName: model\n  accessModes"), _claimed("fast", "dynamic"),
]  # fmt: skip
ALSO_BAD = [
    _claimed("premium-rwo"), _claimed("standard-rwo"), _claimed("standard"), server(pod=_OWN % "premium-rwo"), _UNNAMED,
    server(kind="StatefulSet", spec=(
        "volumeClaimTemplates: [{metadata: {name: model}, spec: {storageClassName: premium-rwo, accessModes:"
        " [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]"
    )),
]  # fmt: skip

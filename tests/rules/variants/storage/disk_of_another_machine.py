"""What disk-of-another-machine tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.storage.disk_of_another_machine import _MOUNT, _claimed

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

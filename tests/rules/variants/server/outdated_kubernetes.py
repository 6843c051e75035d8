"""What outdated-kubernetes tells apart beyond its own examples."""

from servelint.rules.examples import other, server

_LUSTRE = other("PersistentVolume", "csi: {driver: lustre.csi.storage.gke.io, volumeHandle: a}", api="v1")

ALSO_GOOD = [_LUSTRE.replace("lustre.csi", "pd.csi"), (server(), {"hardware": "a3ultra"})]
ALSO_BAD = [
    _LUSTRE, other("ComputeDomain", "channel: {resourceClaimTemplate: {name: a}}"), (server(), {"hardware": "a4x"}),
]  # fmt: skip

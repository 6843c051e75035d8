"""What refused-by-driver tells apart beyond its own examples."""

from servelint.rules.examples import lustre, volume_claim
from servelint.rules.examples import together as manifest
from servelint.rules.storage.refused_by_driver import BAD, DRIVER, GOOD

_CLASS = f"apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: fast}}\nprovisioner: {DRIVER}\n"
_FILE_SYSTEM = "driver: pd.csi.storage.gke.io\n    fsType: "

ALSO_GOOD = [
    GOOD.replace("ReadWriteOnce", "ReadOnlyMany"), GOOD.replace("ReadWriteOnce", "ReadWriteOncePod"), lustre(),
    BAD.replace("persistentVolumeReclaimPolicy", "volumeMode: Block\n  persistentVolumeReclaimPolicy"),
    GOOD.replace("driver: pd.csi.storage.gke.io", f"{_FILE_SYSTEM}xfs"),
    manifest(_CLASS, volume_claim(of="fast", mode="ReadWriteOnce")), manifest(_CLASS, volume_claim(of="slow")),
    manifest(_CLASS.replace(DRIVER, "example.com/nfs"), volume_claim(of="fast")),
    manifest(_CLASS, volume_claim(of="fast", spec="volumeName: model")),
    manifest(_CLASS, volume_claim(of="fast", spec="volumeMode: Block")),
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("[ReadWriteOnce]", "[ReadOnlyMany, ReadWriteMany]"), manifest(_CLASS, volume_claim(of="fast")),
    GOOD.replace("driver: pd.csi.storage.gke.io", f"{_FILE_SYSTEM}ext5"),
    BAD.replace("persistentVolumeReclaimPolicy", "volumeMode: Filesystem\n  persistentVolumeReclaimPolicy"),
]  # fmt: skip

"""An init container uses a bucket before the container that mounts it has started.

The gcsfuse sidecar serves init containers only as a native sidecar, which starts before them. An annotation that
switches this off, or a cluster older than 1.29, leaves the sidecar among the main containers: the init container waits
for a mount that begins when it has ended, and the pod stays in Init on its node.
"""

from ...model import Overlay, Problem, Problems
from ...views.buckets import PREFIX, buckets
from ..examples import bucket_pod

SEVERITY = "warning"
HINT = "Leave gke-gcsfuse/enable-native-sidecar out, or use the bucket in a main container only."
SOURCE = "https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/issues/38"
COVERS = ("STO-03",)

_FETCH = "initContainers: [{name: fetch, image: a, volumeMounts: [{name: model, mountPath: /m}]}]"
_SWITCHED = 'gke-gcsfuse/volumes: "true", gke-gcsfuse/enable-native-sidecar: '
GOOD = bucket_pod(_FETCH, annotations=_SWITCHED + '"true"')
BAD = bucket_pod(_FETCH, annotations=_SWITCHED + '"false"')

SWITCH = PREFIX + "enable-native-sidecar"
NATIVE_SINCE = (1, 29)


def check(overlay: Overlay) -> Problems:
    old = [v for v in overlay.kubernetes if tuple(int(n) for n in v.split(".") if n.isdigit()) < NATIVE_SINCE]
    for pod in overlay.pods:
        off = str(pod.annotations.get(SWITCH)).lower() == "false"
        names = {bucket.name for bucket in buckets(overlay, pod) if not bucket.shared} if off or old else set()
        for container in pod.containers:
            for at, mount in container.mounts if container.init else ():
                if str(mount.get("name")) in names:
                    why = f"{SWITCH} is false" if off else f"Kubernetes {old[0]} has no native sidecars"
                    text = f"init container {container.name} mounts bucket volume {mount['name']}, but {why}"
                    yield Problem(pod.resource, at, text)

"""Several GPU pods mount one disk that attaches to a single node.

A claim that offers ReadWriteOnce alone goes to one node at a time, and ReadWriteOncePod to one pod. Pods that fill a
host each are on different nodes, so the second replica stays in ContainerCreating on a node that it holds; an
autoscaler that may add one does the same when the load is highest.
"""

from ...model import Overlay, Pod, Pointer, Problem, Problems, Resource, mapping, whole
from ...views import kserve
from ...views.placement import machines
from ...views.selection import together
from ..examples import server, volume_claim
from ..examples import together as manifest

SEVERITY = "error"
HINT = "Run one replica, or put the data on a volume that many nodes can mount (ReadOnlyMany, ReadWriteMany)."
SOURCE = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes"
COVERS = ("ROL-01",)

_MOUNT = "volumes: [{name: model, persistentVolumeClaim: {claimName: model}}]"
GOOD = manifest(server(kind="Deployment", spec="replicas: 2", pod=_MOUNT), volume_claim(mode="ReadWriteMany"))
BAD = GOOD.replace("ReadWriteMany", "ReadWriteOnce")

LARGEST_HOST = 8
"""GPUs of the largest host of these fleets, where the machine is not known."""
SINGLE = ("ReadWriteOnce", "ReadWriteOncePod")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        claim = _single(overlay, pod)
        if claim is None:
            continue
        most, pointer = _most(overlay, pod)
        gpus, known = kserve.gpus(overlay, pod), machines(overlay, pod)
        per_host = max((hardware.gpus for hardware in known), default=LARGEST_HOST)
        modes = claim.spec["accessModes"]
        if gpus and most > 1 and (most * gpus > per_host or modes == ["ReadWriteOncePod"]):
            where = "one pod" if modes == ["ReadWriteOncePod"] else "one node"
            text = f"may have {most} pods of {gpus} GPUs, but claim {claim.name} ({', '.join(modes)}) serves {where}"
            yield Problem(pod.resource, pointer, text)


def _single(overlay: Overlay, pod: Pod) -> Resource | None:
    """The first claim of a pod that no second node can mount."""
    names = {str(mapping(v.get("persistentVolumeClaim")).get("claimName", "")) for _, v in pod.volumes.values()}
    for claim in overlay.of("PersistentVolumeClaim"):
        modes = claim.spec.get("accessModes")
        near = claim.name in names and together(claim.namespace, pod.resource.namespace)
        if near and isinstance(modes, list) and modes and all(mode in SINGLE for mode in modes):
            return claim
    return None


def _most(overlay: Overlay, pod: Pod) -> tuple[int, Pointer]:
    """The largest number of pods of a template, and where it stands."""
    resource = pod.resource
    places: list[Pointer] = [("spec", "replicas")]
    if resource.kind == "InferenceService":
        places = [(*pod.pointer[:2], "minReplicas"), (*pod.pointer[:2], "maxReplicas")]
    elif resource.kind in ("Job", "CronJob", "JobSet"):
        places = [(*pod.pointer[:-2], "parallelism")]
    found = [(whole(resource.at(at)) or 0, at) for at in places]
    for scaler in overlay.of("HorizontalPodAutoscaler", "ScaledObject"):
        target = mapping(scaler.spec.get("scaleTargetRef"))
        if (target.get("kind", "Deployment"), target.get("name")) == (resource.kind, resource.name):
            most = whole(scaler.spec.get("maxReplicas", scaler.spec.get("maxReplicaCount"))) or 0
            at: Pointer = ("spec", "replicas") if "replicas" in resource.spec else ("spec",)
            found.append((most, at))
    return max(found, key=lambda item: item[0])

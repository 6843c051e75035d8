"""A GPU workload does not go through the queue that shares out the GPUs.

Kueue admits only what carries `kueue.x-k8s.io/queue-name` on the workload itself. A workload without it takes GPUs that
the quota has promised to another, and the other one is admitted to nodes that are no longer free.
"""

from ...model import Overlay, Pod, Pointer, Problem, Problems, mapping
from ...views import kserve
from ..examples import LOCAL_QUEUE, marked, server, together

SEVERITY = "error"
HINT = "Put the label kueue.x-k8s.io/queue-name on the workload's own metadata."
SOURCE = "https://kueue.sigs.k8s.io/docs/tasks/run/deployment/"
COVERS = ("KUE-01",)

LABEL = "kueue.x-k8s.io/queue-name"
_LABELS = f"labels: {{{LABEL}: gpus}}"
GOOD = together(LOCAL_QUEUE, marked(server(kind="Job"), _LABELS))
BAD = together(LOCAL_QUEUE, server(kind="Job"))

ROOT = (
    "Pod", "Deployment", "StatefulSet", "Job", "JobSet", "LeaderWorkerSet", "InferenceService", "RayJob", "RayCluster",
    "RayService", "MPIJob", "PyTorchJob", "TFJob", "JAXJob", "TrainJob", "AppWrapper",
)  # fmt: skip
"""Kinds that Kueue queues by their own label; it does not know DaemonSets."""


def _place(pod: Pod) -> Pointer | None:
    """The metadata that carries the label."""
    if pod.resource.kind == "CronJob":
        return ("spec", "jobTemplate", "metadata")
    return ("metadata",) if pod.resource.kind in ROOT else None


def _queued(pod: Pod, place: Pointer) -> bool:
    places = [mapping(pod.resource.at(place))]
    # KServe hands its predictor's labels on; Kueue takes the pods of Deployments and StatefulSets one by one as well.
    if pod.resource.kind in ("InferenceService", "Deployment", "StatefulSet"):
        places.append(pod.metadata)
    return any(mapping(metadata.get("labels")).get(LABEL) for metadata in places)


def check(overlay: Overlay) -> Problems:
    found = [(pod, place) for pod in overlay.pods if (place := _place(pod)) and kserve.gpus(overlay, pod)]
    # Every cluster of the fleet shares its GPUs by Kueue. Elsewhere a queue or a queued sibling tells.
    queues = list(overlay.of("LocalQueue", "ClusterQueue"))
    managed = overlay.kind != "manifest" or queues or any(_queued(pod, place) for pod, place in found)
    # Kueue gives what names no queue the one called "default", where there is one.
    defaults = {queue.namespace for queue in queues if queue.kind == "LocalQueue" and queue.name == "default"}
    reported: set[int] = set()
    for pod, place in found:
        resource = pod.resource
        if not managed or _queued(pod, place) or resource.namespace in defaults or id(resource) in reported:
            continue
        reported.add(id(resource))
        labels = mapping(mapping(resource.at(place)).get("labels"))
        misplaced = pod.labels.get(LABEL) and pod.meta_pointer != place
        written = place if resource.at(place) is not None else place[:-1]
        at = (*pod.meta_pointer, "labels", LABEL) if misplaced else (*place, "labels") if labels else written
        why = f"carries {LABEL} on its pod template only" if misplaced else f"its metadata has no label {LABEL}"
        yield Problem(resource, at, f"{resource.title} asks for GPUs, but {why}")

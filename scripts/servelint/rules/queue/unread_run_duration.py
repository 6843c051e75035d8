"""A limit for a queued machine's run time that Kueue does not read, or cannot use.

Kueue copies annotations that begin with provreq.kueue.x-k8s.io/ from the queued object into its request for machines.
On the pod template of a Job nobody reads them, without a queue there is no request, and a value that is no number of
seconds makes the request fail: the machine is not found, or is taken away in the middle of a run.
"""

from ...model import Overlay, Pod, Pointer, Problem, Problems, is_marker, whole
from ...views import queues
from ..examples import QUEUED, marked, server

SEVERITY = "warning"
HINT = "Write the seconds in quotes on the object that Kueue queues: a Job's own metadata, the pods of a Deployment."
SOURCE = "https://kueue.sigs.k8s.io/docs/concepts/admission_check/provisioning_request/"
COVERS = ("KUE-06",)

_LASTS = "annotations: {provreq.kueue.x-k8s.io/maxRunDurationSeconds: '3600'}"
GOOD = marked(server(kind="Job"), f"{QUEUED}\n{_LASTS}")
BAD = marked(server(kind="Job"), _LASTS)

PREFIX = "provreq.kueue.x-k8s.io/"
DURATION = PREFIX + "maxRunDurationSeconds"
LONGEST = 7 * 24 * 3600
"""Seconds that Google lends a flex-start machine at most."""
BY_POD = ("Deployment", "ReplicaSet", "StatefulSet", "InferenceService", "Pod")
"""Kinds that Kueue queues by their pods, so that it reads the pods' annotations."""


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        yield from _of_pod(pod)


def _of_pod(pod: Pod) -> Problems:
    resource = pod.resource
    own: Pointer = ("metadata", "annotations")
    if resource.kind == "CronJob":
        own = ("spec", "jobTemplate", "metadata", "annotations")
    template = (*pod.meta_pointer, "annotations")
    # KServe copies an InferenceService's annotations to its pods.
    read = {template, own} if resource.kind == "InferenceService" else {template if resource.kind in BY_POD else own}
    for at in dict.fromkeys((("metadata", "annotations"), own, template)):
        written = resource.at(at)
        for key, value in written.items() if isinstance(written, dict) else ():
            if not str(key).startswith(PREFIX):
                continue
            pointer, seconds = (*at, key), whole(value)
            if queues.label(pod) is None:
                text = f"{key} is read for queued workloads only, and no queue is named"
                yield Problem(resource, pointer, text)
            elif at not in read:
                place = "jobTemplate" if resource.kind == "CronJob" else f"{resource.kind}'s own metadata"
                place = "pod template" if resource.kind in BY_POD else place
                yield Problem(resource, pointer, f"{key} stands where Kueue does not read it: it reads the {place}")
            elif key == DURATION and not is_marker(str(value)) and not 0 < (seconds or 0) <= LONGEST:
                text = f"{key} is {value!r}, which is no number of seconds from 1 to {LONGEST}"
                yield Problem(resource, pointer, text)

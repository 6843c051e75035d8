"""A group of pods runs one engine, and one of them may restart alone.

The ranks share one communicator, which is made once, when all of them start. With restartPolicy None a LeaderWorkerSet
leaves the others running when a pod of the group fails: they wait in a collective for a rank that does not exist any
more, while the new one waits for a rendezvous that nobody joins. The group holds its hosts and serves nothing until
somebody deletes it.
"""

from ...model import Overlay, Pod, Problem, Problems, mapping
from ...views.engines import engine_of
from ...views.groups import claims, group_of, on_ray
from ...views.parallel import parallels
from ..examples import server

SEVERITY = "error"
HINT = "Use RecreateGroupOnPodRestart, the default: a group starts again as a whole."
SOURCE = "https://lws.sigs.k8s.io/docs/concepts/"
COVERS = ("PAR-05",)

GOOD = server("--tp-size 16 --nnodes 2", kind="LeaderWorkerSet", spec="restartPolicy: RecreateGroupOnPodRestart")
BAD = GOOD.replace("RecreateGroupOnPodRestart", "None")

WHERE = ("spec", "leaderWorkerTemplate", "restartPolicy")


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of("LeaderWorkerSet"):
        if mapping(resource.spec.get("leaderWorkerTemplate")).get("restartPolicy") != "None":
            continue
        pods = overlay.pods_in(resource)
        if any(spans(overlay, pod) for pod in pods):
            text = "a pod that fails restarts alone, and the other ranks of its group wait for it in their communicator"
            yield Problem(resource, WHERE, text)


def spans(overlay: Overlay, pod: Pod) -> bool:
    """Whether an engine in a pod has ranks in the other pods of its group."""
    for container in pod.main:
        engine, group = engine_of(overlay, container), group_of(overlay, container)
        if engine is None or group is None or group.pods < 2 or not container.gpus:
            continue
        told = any(claim.what == "hosts" and claim.number > 1 for claim in claims(overlay, container))
        largest = max((run.world for run in parallels(overlay, engine)), default=0)
        if told or on_ray(engine) or largest > container.gpus:
            return True
    return False

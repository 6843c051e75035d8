"""One engine is spread over the replicas of a Deployment.

Replicas do not join: each is a server of its own that wants all the GPUs of the model and has those of one host. Two
nodes are paid for, and both end in the same error. Pods of one engine need a kind that knows them as a group, with a
leader and a rank for each: LeaderWorkerSet, JobSet, MPIJob, or a StatefulSet whose pods are told their number.
"""

from ...model import Overlay, Problem, Problems
from ...views.engines import engines
from ...views.groups import spans_replicas
from ...views.parallel import parallels
from ..examples import server

SEVERITY = "error"
HINT = "Use a LeaderWorkerSet whose size is the number of hosts, or lower the parallel sizes to the GPUs of one host."
SOURCE = "https://lws.sigs.k8s.io/docs/overview/"
COVERS = ("PAR-04",)

GOOD = server("--tp-size 16 --nnodes 2", kind="LeaderWorkerSet")
BAD = server("--tp-size 16", kind="Deployment", spec="replicas: 2")


def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        container = engine.container
        largest = max(parallels(overlay, engine), key=lambda run: run.world, default=None)
        if largest is None or engine.role == "build" or not spans_replicas(overlay, engine, largest.world):
            continue
        replicas = container.resource.spec.get("replicas")
        culprit = largest.culprit()
        where = (culprit.resource, culprit.pointer) if culprit else (container.resource, container.gpu_pointer)
        are = f"the {replicas} replicas of a {container.resource.kind} are {replicas} servers of {container.gpus} GPUs"
        yield Problem(*where, f"{engine.name} needs {largest.world} GPUs, but {are}")

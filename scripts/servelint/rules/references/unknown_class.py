"""A queue, priority class or storage class that this set neither declares nor knows to exist.

Whoever runs the cluster may have made it; if not, Kueue keeps the workload suspended, the API server refuses its pods,
or its claim stays Pending, each for ever and each in a place where nobody looks.
"""

from ...model import Overlay, Problem, Problems, Provision
from ...views.provision import provider, wanted
from ...views.references import CLASSES, Reference, kinds_declared, missing, references
from ..examples import server
from .dangling_reference import of_platform

SEVERITY = "warning"
HINT = "Correct the name, render the object, or declare it as external."
SOURCE = "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/"
COVERS = ("REF-04",)

GOOD = server(pod="priorityClassName: system-node-critical")
BAD = server(pod="priorityClassName: system-nod-critical")

# Queues and stores belong to the cluster's administrators as a rule; only a cluster's overlay has to have them.
OF_THE_CLUSTER = CLASSES - {"StorageClass", "PriorityClass", "RuntimeClass"}


def check(overlay: Overlay) -> Problems:
    rendered, lacked = kinds_declared(overlay), dict[Provision, list[Reference]]()
    for reference in references(overlay):
        kind, name = reference.kind, reference.name
        # Beside others of its kind a missing one is certain, and an error of its own.
        if kind not in CLASSES or kind in rendered or (kind in OF_THE_CLUSTER and overlay.kind != "cluster"):
            continue
        if missing(overlay, reference):
            folder = provider(overlay, kind, name)
            if folder is not None:
                lacked.setdefault(folder, []).append(reference)
                continue
            message = f"names {kind} {name}, which this set does not declare"
            yield Problem(reference.resource, reference.pointer, message)
    for folder, of in lacked.items():
        if folder not in wanted(overlay):  # `dangling-reference` says it
            yield of_platform(overlay, folder, of)

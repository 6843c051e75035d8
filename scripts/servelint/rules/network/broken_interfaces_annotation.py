"""The pod's list of network interfaces cannot be read.

GKE takes networking.gke.io/interfaces as JSON in a string, which no schema looks into. A comma too many, a missing
network or an interface named twice is found only when the pod is admitted or its network is set up, and the pod stays
without the networks that its GPUs need.
"""

from ...model import Overlay, Problem, Problems
from ...views.interfaces import annotated, entries
from ..examples import interfaces, server

SEVERITY = "error"
HINT = 'Write a JSON list of {"interfaceName": ..., "network": ...} with every interface once.'
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/setup-multinetwork-support-for-pods"
COVERS = ("NET-01", "NET-02")

GOOD = server(metadata=interfaces(eth0="default", eth2="rdma-0"))
BAD = GOOD.replace("}]'", "},]'")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        for resource, pointer, text in annotated(pod):
            _, mistake = entries(text)
            if mistake:
                yield Problem(resource, pointer, mistake)

"""Places that state how many hosts or processes an engine has state different numbers.

The size of a LeaderWorkerSet, the engine's --nnodes, the hosts of mpirun, a ComputeDomain's numNodes and the product of
the parallel sizes are one number in several places. Where they differ, every rank waits at the rendezvous for one that
never comes, up to an hour, while all hosts are held.
"""

from ...model import Container, Overlay, Problem, Problems, once_a_place
from ...views.engines import engine_of
from ...views.groups import Group, claims, domains, group_of
from ...views.parallel import parallels
from ..examples import server

SEVERITY = "error"
HINT = "State the number of hosts once, and let the other places take it from there: LWS_GROUP_SIZE, a replacement."
SOURCE = "https://lws.sigs.k8s.io/docs/reference/labels-annotations-and-environment-variables/"
COVERS = ("PAR-05",)

GOOD = server("--tp-size 16 --nnodes 2", kind="LeaderWorkerSet")
BAD = server("--tp-size 16 --nnodes 4", kind="LeaderWorkerSet")


@once_a_place  # of two numbers in one text the first is the one to correct
def check(overlay: Overlay) -> Problems:
    for container in (container for pod in overlay.pods for container in pod.main):
        yield from _problems(overlay, container)
    for domain, number, users in domains(overlay):
        groups = [found for container in users if (found := group_of(overlay, container))]
        # Groups that share a domain fill it together.
        together = sum({id(group.resource): group.pods for group in groups}.values())
        if groups and number != together and not any(group.agrees(number) for group in groups):
            message = f"numNodes is {number}, but {groups[0].text} are all that claim a channel of it"
            yield Problem(domain, ("spec", "numNodes"), message)


def _problems(overlay: Overlay, container: Container) -> Problems:
    group = group_of(overlay, container)
    stated = list(claims(overlay, container))
    if group is None:
        yield from _apart(overlay, container)
        return
    if group.resource.kind == "StatefulSet" and all(claim.number == 1 for claim in stated):
        return  # servers beside each other
    worlds = _worlds(overlay, container)
    for claim in stated:
        if claim.what == "hosts" and not group.agrees(claim.number):
            message = f"is told of {claim.number} hosts, but is one of the pods of {group.text}"
            yield Problem(claim.resource, claim.pointer, message)
        elif claim.what == "processes" and not _fits(group, claim.number, worlds):
            message = f"starts {claim.number} processes, but {group.text} has {group.gpus} GPUs"
            yield Problem(claim.resource, claim.pointer, message)


def _worlds(overlay: Overlay, container: Container) -> set[int]:
    engine = engine_of(overlay, container)
    return {run.world for run in parallels(overlay, engine)} if engine else set()


def _fits(group: Group, processes: int, worlds: set[int]) -> bool:
    """Whether a number of processes is one for each GPU or each host, or what the engine asks for by its sizes."""
    if not group.gpus:
        return True
    # More processes than GPUs, and as many as the sizes ask for: `gpu-shortage` says it.
    return processes in (group.gpus, group.pods, 1) or processes in worlds


def _apart(overlay: Overlay, container: Container) -> Problems:
    """A host of an engine whose hosts are workloads of their own: there must be as many as each is told of."""
    if container.resource.kind not in ("Deployment", "Pod", "Job"):
        return
    for claim in claims(overlay, container):
        if claim.what != "hosts":
            continue
        peers = {
            id(other.resource)
            for pod in overlay.pods
            for other in pod.main
            if any(stated.what == "hosts" and stated.number == claim.number for stated in claims(overlay, other))
        }
        if len(peers) < claim.number:
            message = f"is told of {claim.number} hosts, but of these only {len(peers)} can be seen here"
            yield Problem(claim.resource, claim.pointer, message)

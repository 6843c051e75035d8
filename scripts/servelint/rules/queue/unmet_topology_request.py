"""A workload asks Kueue for a topology that its queue does not have, or asks where Kueue does not look.

Kueue reads kueue.x-k8s.io/podset-* from the metadata of the pod template. On the workload itself it is ignored, and the
pods of a group land in different blocks at half the speed. A level that the Topology of the flavor does not list, or a
flavor without a Topology, keeps the workload suspended for ever.
"""

from ...model import Overlay, Pod, Problem, Problems, Resource, mapping, mappings, whole
from ...views import queues
from ..examples import LOCAL_QUEUE, QUEUED, marked, other, server, together

SEVERITY = "error"
HINT = "Put the annotation on the pod template, and let it name a level of the Topology that the flavor refers to."
SOURCE = "https://kueue.sigs.k8s.io/docs/concepts/topology_aware_scheduling/"
COVERS = ("KUE-02",)

_QUEUE = together(
    LOCAL_QUEUE,
    other(
        "ClusterQueue",
        "resourceGroups: [{coveredResources: [nvidia.com/gpu],\n"
        "flavors: [{name: h200, resources: [{name: nvidia.com/gpu, nominalQuota: 16}]}]}]",
        name="gpus",
    ),
    other("ResourceFlavor", "topologyName: gke, nodeLabels: {machine: h200}", name="h200"),
    other("Topology", "levels: [{nodeLabel: block}, {nodeLabel: host}]", name="gke", api="kueue.x-k8s.io/v1beta2"),
)
_ASKS = "annotations:\n  kueue.x-k8s.io/podset-required-topology: block"
_JOB = marked(server(kind="Job", metadata=_ASKS), QUEUED)
GOOD = together(_QUEUE, _JOB)
BAD = GOOD.replace("required-topology: block", "required-topology: subblock")

PREFIX = "kueue.x-k8s.io/podset-"
ANY = "unconstrained-topology"
"""Nothing but "true" means something. Source: https://github.com/kubernetes-sigs/kueue/pull/15848"""
WHERE = ("required-topology", "preferred-topology", ANY)
SLICE, SLICE_SIZE = "slice-required-topology", "slice-size"


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        resource = pod.resource
        if pod.meta_pointer != ("metadata",):
            for key in _asked(resource.annotations):
                message = f"{PREFIX}{key} stands on the {resource.kind}, where Kueue does not read it"
                yield Problem(resource, ("metadata", "annotations", PREFIX + key), message)
        asked = _asked(pod.annotations)
        at = (*pod.meta_pointer, "annotations")
        ways = [key for key in WHERE if key in asked and asked[key] != "false"]
        if not ways and asked.get(ANY) == "false":
            message = f"{PREFIX}{ANY} is false, which asks for a topology of no level: Kueue does not admit it"
            yield Problem(resource, (*at, PREFIX + ANY), message)
        if len(ways) > 1:
            message = f"asks for {' and '.join(PREFIX + way for way in ways)}, which exclude each other"
            yield Problem(resource, (*at, PREFIX + ways[1]), message)
        if SLICE_SIZE in asked and (SLICE not in asked or (whole(asked[SLICE_SIZE]) or 0) < 1):
            why = "is no number above 0" if SLICE in asked else f"means nothing without {PREFIX}{SLICE}"
            yield Problem(resource, (*at, PREFIX + SLICE_SIZE), f"{PREFIX}{SLICE_SIZE} {asked[SLICE_SIZE]} {why}")
        elif SLICE in asked and SLICE_SIZE not in asked:
            yield Problem(resource, (*at, PREFIX + SLICE), f"{PREFIX}{SLICE} says nothing without {PREFIX}{SLICE_SIZE}")
        unmet = _unmet(overlay, pod, asked)
        if unmet:
            yield Problem(resource, (*at, PREFIX + unmet[0]), unmet[1])


def _asked(annotations: dict[str, object]) -> dict[str, str]:
    known = (*WHERE, SLICE, SLICE_SIZE)
    return {key: str(annotations[PREFIX + key]) for key in known if PREFIX + key in annotations}


def _unmet(overlay: Overlay, pod: Pod, asked: dict[str, str]) -> tuple[str, str] | None:
    """The annotation that no flavor of the pod's queue can meet, and why."""
    queue = queues.cluster_queue(overlay, pod)
    wanted = [key for key in (*WHERE, SLICE) if key in asked and asked[key] != "false"]
    if queue is None or not wanted:
        return None
    suiting = [
        flavor.body
        for _, flavors in queues.groups(overlay, queue)
        for flavor in flavors
        if flavor.body is None or queues.unsuitable(overlay, pod, flavor) is None
    ]
    known = [_levels(overlay, flavor) if flavor else None for flavor in suiting]
    if not known or None in known:
        return None  # a flavor or a Topology that stands elsewhere
    if not any(known):
        return wanted[0], f"asks for a topology, but no flavor of ClusterQueue {queue.name} refers to a Topology"
    for key in wanted:
        level = asked[key]
        if key != ANY and not any(level in (levels or ()) for levels in known):
            has = ", ".join(dict.fromkeys(name for levels in known for name in levels or ()))
            return key, f"asks for level {level}, but the Topology of ClusterQueue {queue.name} has {has}"
    return None


def _levels(overlay: Overlay, flavor: Resource) -> list[str] | None:
    """The levels of a flavor's Topology: none if it has no Topology, None if that is not rendered."""
    name = flavor.spec.get("topologyName")
    if not name:
        return []
    topology = overlay.named("Topology", str(name))
    if topology is None:
        return None
    return [str(mapping(level).get("nodeLabel")) for _, level in mappings(topology.spec.get("levels"))]

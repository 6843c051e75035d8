"""The leader of a group is to be ready before its workers are made, and it gets ready with them only.

With startupPolicy LeaderReady the controller makes the workers when the leader pod is Ready. Rank 0 of an engine that
spans the group answers its readiness probe once all ranks have joined, so both wait for each other until the startup
probe gives up, and again after that. It is the same with a StatefulSet, which makes its pods in turn, each when the one
before is Ready, unless its podManagementPolicy is Parallel.
"""

from ...model import Overlay, Pod, Pointer, Problem, Problems, mapping, whole
from ...views.engines import engine_of
from ..examples import server
from .lone_rank_restart import spans

SEVERITY = "error"
HINT = (
    "Start them together: startupPolicy LeaderCreated, the default, or podManagementPolicy Parallel of a StatefulSet."
)
SOURCE = "https://github.com/kubernetes-sigs/lws/blob/main/pkg/controllers/pod_controller.go"
COVERS = ("PAR-05",)

GOOD = server(
    "--tp-size 16 --nnodes 2",
    kind="LeaderWorkerSet",
    container="readinessProbe: {httpGet: {path: /health, port: 30000}}",
).replace("spec:\n", "spec:\n  startupPolicy: LeaderCreated\n", 1)
BAD = GOOD.replace("LeaderCreated", "LeaderReady")

PROBES = ("readinessProbe", "startupProbe")


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of("LeaderWorkerSet"):
        template = mapping(resource.spec.get("leaderWorkerTemplate"))
        size = 1 if template.get("size") is None else whole(template["size"])
        leader = _leader(overlay.pods_in(resource))
        if resource.spec.get("startupPolicy") != "LeaderReady" or size == 1 or leader is None:
            continue
        if _probed(leader) and spans(overlay, leader):
            text = "workers are made when the leader is Ready, and the leader waits for its workers before it is"
            yield Problem(resource, ("spec", "startupPolicy"), text)
    yield from _ordered(overlay)


def _probed(pod: Pod) -> bool:
    return any(mapping(container.body.get(probe)) for container in pod.main for probe in PROBES)


def _ordered(overlay: Overlay) -> Problems:
    for resource in overlay.of("StatefulSet"):
        policy, pods = resource.spec.get("podManagementPolicy", "OrderedReady"), overlay.pods_in(resource)
        if policy != "OrderedReady" or (whole(resource.spec.get("replicas")) or 1) < 2 or not pods:
            continue
        found = [engine for container in pods[0].main if (engine := engine_of(overlay, container)) is not None]
        if _probed(pods[0]) and any(engine.get("nnodes") is not None for engine in found):
            text = "makes its pods in turn, and the first is Ready only when the others have joined it"
            at: Pointer = ("spec", "podManagementPolicy") if "podManagementPolicy" in resource.spec else ("spec",)
            yield Problem(resource, at, f"StatefulSet {resource.name} {text}")


def _leader(pods: tuple[Pod, ...]) -> Pod | None:
    """The template of a group's first pod: the workers' where there is none of its own."""
    own = (pod for pod in pods if "leaderTemplate" in pod.pointer)
    return next(own, None) or next(iter(pods), None)

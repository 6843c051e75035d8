"""The leader of a group is to be ready before its workers are made, and it gets ready with them only.

With startupPolicy LeaderReady the controller makes the workers when the leader pod is Ready. Rank 0 of an engine that
spans the group answers its readiness probe once all ranks have joined, so both wait for each other until the startup
probe gives up, and again after that.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Overlay, Pod, Problem, mapping, whole
from ..examples import server
from .lone_rank_restart import spans

SEVERITY = "error"
HINT = "Use startupPolicy LeaderCreated, the default: leader and workers start together."
SOURCE = "https://github.com/kubernetes-sigs/lws/blob/main/pkg/controllers/pod_controller.go"
COVERS = ("PAR-05",)

_PROBE = "readinessProbe: {httpGet: {path: /health, port: 30000}}"


def _group(policy: str, arguments: str = "--tp-size 16 --nnodes 2", probe: str = _PROBE) -> str:
    made = server(arguments, kind="LeaderWorkerSet", container=probe)
    return made.replace("spec:\n", f"spec:\n  startupPolicy: {policy}\n", 1)


GOOD = _group("LeaderCreated")
BAD = _group("LeaderReady")
ALSO_GOOD = (
    _group("LeaderReady", probe=""), _group("LeaderReady", "--tp-size 8"),
    BAD.replace("size: 2\n", "size: 1\n"), GOOD.replace("  startupPolicy: LeaderCreated\n", ""),
)  # fmt: skip
ALSO_BAD = (_group("LeaderReady", "--tp-size 16"), _group("LeaderReady", probe=_PROBE.replace("readiness", "startup")))

PROBES = ("readinessProbe", "startupProbe")


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.of("LeaderWorkerSet"):
        template = mapping(resource.spec.get("leaderWorkerTemplate"))
        size = 1 if template.get("size") is None else whole(template["size"])
        leader = _leader(overlay.pods_in(resource))
        if resource.spec.get("startupPolicy") != "LeaderReady" or size == 1 or leader is None:
            continue
        probed = any(mapping(container.body.get(probe)) for container in leader.main for probe in PROBES)
        if probed and spans(overlay, leader):
            text = "workers are made when the leader is Ready, and the leader waits for its workers before it is"
            yield Problem(resource, ("spec", "startupPolicy"), text)


def _leader(pods: tuple[Pod, ...]) -> Pod | None:
    """The template of a group's first pod: the workers' where there is none of its own."""
    own = (pod for pod in pods if "leaderTemplate" in pod.pointer)
    return next(own, None) or next(iter(pods), None)

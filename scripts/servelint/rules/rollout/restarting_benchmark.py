"""A benchmark or an engine build runs in a kind that restarts what has finished.

A Deployment knows no success: the benchmark ends, kubelet starts it again, and it runs on eight GPUs until someone
notices, over its own results.
"""

import re

from ...engines import started
from ...model import Overlay, Problem, Problems
from ...views.commands import commands
from ...views.engines import engine_of
from ..examples import workload

SEVERITY = "error"
HINT = "Make it a Job with `restartPolicy: Never` and a small backoffLimit."
SOURCE = "https://github.com/kubernetes/kubernetes/issues/24725"
COVERS = ("ROL-08",)

_POD = "containers: [{name: engine, image: a, command: [bash, -c, 'exec trtllm-bench --model m throughput']}]"
GOOD = workload(_POD, kind="Job")
BAD = workload(_POD, kind="Deployment")

RESTARTS = (
    "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "LeaderWorkerSet", "Rollout",
    "InferenceService",
)  # fmt: skip
STAYS = re.compile(r"\bsleep\s+inf(inity)?\b|\btail\s+-[fF]\b")
"""Commands that keep a finished container running, so that its results can be looked at."""
PROGRAMS = re.compile(
    r"(?:^|[\s;&|(/]|-m\s)(lm[_-]eval|guidellm\s+benchmark|aiperf\s+profile|evalscope\s+(?:eval|perf)"
    r"|(?:all_reduce|all_gather|reduce_scatter|alltoall|sendrecv|broadcast)_perf)(?:\s|$)"
)
"""Benchmarks of any engine, and of the network."""


def check(overlay: Overlay) -> Problems:
    for container in (container for pod in overlay.pods for container in pod.main):
        pod, resource, engine = container.pod, container.resource, engine_of(overlay, container)
        bare = resource.kind == "Pod" and pod.spec.get("restartPolicy") in (None, "Always")
        if (engine and engine.role == "serve") or not (bare or resource.kind in RESTARTS):
            continue
        script = engine.script if engine else " ".join(text for text, _ in container.words)
        program = PROGRAMS.search(script)
        # A script that starts a server as well, or that waits at its end, does not finish.
        starts = (started(command.texts) for command in commands(overlay, container))
        serves = any(start is not None and start.command.role == "serve" for start in starts)
        if (engine is None and program is None) or serves or STAYS.search(script):
            continue
        what = "engine build" if engine and engine.role == "build" else "benchmark"
        name = engine.name if engine else program[1].split()[0] if program else ""
        at = ("spec", "restartPolicy") if "restartPolicy" in pod.spec else ("spec",)
        text = f"{name} {what} in container {container.name} starts again each time it has finished, because a"
        yield Problem(resource, at if bare else ("kind",), f"{text} {resource.kind} restarts its containers")

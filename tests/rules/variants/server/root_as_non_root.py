"""What root-as-non-root tells apart beyond its own examples."""

from servelint.rules.examples import server

_HERE = "securityContext: {runAsNonRoot: true}"

ALSO_GOOD = [
    server(), server(image="example.com/team/engine:1", pod=_HERE), server(pod="securityContext: {runAsUser: 0}"),
    server(pod=_HERE, container="securityContext: {runAsNonRoot: false}"),
    server(pod=_HERE, container="securityContext: {runAsUser: 1000}"),
]  # fmt: skip
ALSO_BAD = [
    server(container=_HERE), server(kind="LeaderWorkerSet", pod=_HERE), server(engine="vllm", pod=_HERE),
    server(image="example.com/team/engine:1", pod="securityContext: {runAsNonRoot: true, runAsUser: 0}"),
    server(image="mirror.example.com/lmsysorg/sglang:v0.5.0", pod=_HERE),
    server(pod="securityContext: {runAsUser: 1000}", container="securityContext: {runAsNonRoot: true, runAsUser: 0}"),
]  # fmt: skip

"""What overlong-derived-name tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import marked, server
from servelint.rules.server.overlong_derived_name import BAD


def _named(kind: str, length: int, spec: str = "") -> str:
    return server(kind=kind, spec=spec).replace("  name: server\n", f"  name: {'a' * length}\n", 1)


def _queued(length: int) -> str:
    """In Kueue, which makes a label of the name."""
    return marked(_named("LeaderWorkerSet", length), "labels: {kueue.x-k8s.io/queue-name: gpus}")


def _jobs(length: int, replicas: int = 1, completions: int = 1) -> str:
    job = f"replicas: {replicas}, template: {{spec: {{completions: {completions}, template: {{spec: {{}}}}}}}}"
    head = f"apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: {'a' * length}}}\n"
    return f"{head}spec: {{replicatedJobs: [{{name: workers, {job}}}]}}\n"


ALSO_GOOD = [
    _named("StatefulSet", 52), _named("Deployment", 63), BAD.replace("size: 2", "size: 1"), _jobs(43),
    _named("StatefulSet", 10).replace("a" * 10, "SITE_NAME-" + "a" * 60), _queued(39),
]  # fmt: skip
ALSO_BAD = [
    _named("LeaderWorkerSet", 51), _named("StatefulSet", 54), _named("StatefulSet", 53), _jobs(60), _jobs(45, 11),
    _named("LeaderWorkerSet", 51).replace("spec:\n", "spec:\n  replicas: 11\n", 1),
    _named("LeaderWorkerSet", 5).replace("aaaaa", "1aaaa", 1),
    _named("LeaderWorkerSet", 54).replace("size: 2", "size: 1"), _queued(40), _queued(52),
    _queued(39).replace("spec:\n", "spec:\n  replicas: 11\n", 1),
]  # fmt: skip

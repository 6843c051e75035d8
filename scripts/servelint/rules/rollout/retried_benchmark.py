"""A benchmark or an engine build is run again by its own Job.

A Job tries a failed pod again, six times unless backoffLimit says less: the same failure costs the same hours seven
times, on all GPUs, and every try writes over the results of the one before. More than one completion without an index
runs the same benchmark several times, and a CronJob that allows it starts the next run beside one that is not done.
"""

from collections.abc import Iterator

from ...model import Overlay, Pod, Pointer, Problem, Problems, Resource, mapping, whole
from ...views.engines import engines
from ..examples import workload

SEVERITY = "warning"
HINT = "Set backoffLimit: 0 and one completion, and in a CronJob concurrencyPolicy: Forbid."
SOURCE = "https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy"
COVERS = ("ROL-08",)

_POD = 'containers: [{name: engine, image: a, command: [trtllm-bench], resources: {limits: {nvidia.com/gpu: "8"}}}]'
GOOD = workload(_POD, kind="Job", spec="backoffLimit: 0")
BAD = workload(_POD, kind="Job")

MOST = 3
"""Tries that somebody may want: a node that fails under a benchmark is worth another one."""
USUAL = 6


def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        resource = engine.container.resource
        if engine.role != "serve" and engine.container.gpus:
            yield from (Problem(resource, *again) for again in _again(engine.container.pod, resource))


def _again(pod: Pod, resource: Resource) -> Iterator[tuple[Pointer, str]]:
    at = pod.pointer[:-2]
    job = mapping(resource.at(at))
    in_job = resource.kind in ("Job", "CronJob", "JobSet")
    given = job.get("backoffLimit")
    limit = USUAL if given is None else whole(given)
    # Rules for single failures say more than a number, and with an index every pod has its own.
    ruled = job.get("podFailurePolicy") or job.get("backoffLimitPerIndex") is not None
    if in_job and limit is not None and limit > MOST and not ruled:
        where = (*at, "backoffLimit") if given is not None else (*pod.pointer, "restartPolicy")
        where = where if resource.at(where) is not None else at
        says = f"backoffLimit is {limit}{' by default' if given is None else ''}"
        yield where, f"{says}, so a benchmark that fails is run {limit + 1} times"
    for name in ("completions", "parallelism"):
        count = whole(job.get(name))
        if in_job and count is not None and count > 1 and job.get("completionMode") != "Indexed":
            yield (*at, name), f"{name} is {count} without an index, so the same benchmark runs {count} times"
            break
    policy = resource.spec.get("concurrencyPolicy")
    if resource.kind == "CronJob" and policy in (None, "Allow"):
        where = ("spec", "concurrencyPolicy") if policy else ("spec", "schedule")
        text = "concurrencyPolicy is Allow, so a run that takes longer than its schedule gets a second one beside it"
        yield where if resource.at(where) is not None else ("spec",), text
    restarts = whole(mapping(resource.spec.get("failurePolicy")).get("maxRestarts"))
    if resource.kind == "JobSet" and restarts is not None and restarts > MOST:
        text = f"maxRestarts is {restarts}: a benchmark that fails runs that often"
        yield ("spec", "failurePolicy", "maxRestarts"), text

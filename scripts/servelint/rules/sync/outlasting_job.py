"""Flux waits for a Job that may run longer than it waits.

To Flux a Job is healthy when it has completed. With `wait: true` a benchmark of a day, or one that stands in a queue,
keeps its Kustomization unready until the timeout and fails it then, again at every retry: the alert for real failures
is always on, and what depends on the Kustomization is never applied.
"""

from typing import Any

from ...model import Fleet, Overlay, Pointer, Remark, Remarks, mappings, whole
from ...views.amounts import seconds
from ...views.delivery import Delivery, delivered, deliveries
from ..examples import other, server

SEVERITY = "warning"
HINT = "Give the Job an activeDeadlineSeconds below the timeout, raise the timeout, or set wait: false."
SOURCE = "https://github.com/fluxcd/kustomize-controller/issues/373"
COVERS = ("GIT-07",)

_SYNC = other("Kustomization", "path: ./overlays/example-1, timeout: 2h, interval: 10m, wait: true", name="fleet")
_JOB = server(kind="Job", spec="activeDeadlineSeconds: 7200")
_LONG = _JOB.replace("7200", "7201")
GOOD = (_SYNC, _JOB)
BAD = (_SYNC, _LONG)


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """waits: of each Flux Kustomization, how long, and for which Jobs (every: for all). jobs: that may run long."""
    waits = []
    for delivery in deliveries(overlay):
        limit = seconds(delivery.spec.get("timeout", delivery.spec.get("interval")))
        checks = mappings(delivery.spec.get("healthChecks"))
        named = [name for _, c in checks if c.get("kind") == "Job" and isinstance(name := c.get("name"), str)]
        every = delivery.spec.get("wait") is True and not _judged_otherwise(delivery)
        if delivery.tool == "Flux" and limit is not None and (named or every):
            name = str(delivery.resource.metadata.get("name"))
            waits.append({"path": delivery.path, "name": name, "limit": limit, "every": every, "named": named})
    jobs = []
    for job in overlay.of("Job"):
        deadline = whole(job.spec.get("activeDeadlineSeconds"))
        # A short Job without a deadline, a migration or a download, is waited for on purpose.
        if deadline is not None or any(pod.gpus for pod in overlay.pods_in(job)):
            jobs.append({"place": overlay.place(job), "name": job.name, "deadline": deadline})
    return {"waits": waits, "jobs": jobs} if waits or jobs else None


def _judged_otherwise(delivery: Delivery) -> bool:
    """Whether the Kustomization says itself when a Job is healthy."""
    return any(item.get("kind") == "Job" for _, item in mappings(delivery.spec.get("healthCheckExprs")))


def judge(fleet: Fleet) -> Remarks:
    for fact in fleet.facts:
        for wait in fact.value["waits"]:
            flux = f"Flux waits {wait['limit']:g} s for {wait['name']} in {fact.path}"
            for target in delivered(wait["path"], fleet):
                for job in target.value["jobs"]:
                    deadline = job["deadline"]
                    waited_for = wait["every"] or job["name"] in wait["named"]
                    if waited_for and (deadline is None or deadline > wait["limit"]):
                        may = f"may run {deadline} s" if deadline is not None else "may run without end"
                        at: Pointer = ("spec", "activeDeadlineSeconds") if deadline is not None else ("spec",)
                        yield Remark(target.path, job["place"], at, f"Job {job['name']} {may}, but {flux}")

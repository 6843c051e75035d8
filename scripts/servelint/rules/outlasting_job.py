"""Flux waits for a Job that may run longer than it waits.

To Flux a Job is healthy when it has completed. With `wait: true` a benchmark of a day, or one that stands in a queue,
keeps its Kustomization unready until the timeout and fails it then, again at every retry: the alert for real failures
is always on, and what depends on the Kustomization is never applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Overlay, Problem, Resource, mapping, mappings, whole
from ..views.amounts import seconds
from ..views.delivery import Delivery, delivered, deliveries

SEVERITY = "warning"
HINT = "Give the Job an activeDeadlineSeconds below the timeout, raise the timeout, or set wait: false."
SOURCE = "https://github.com/fluxcd/kustomize-controller/issues/373"
COVERS = ("GIT-07",)

_SYNC = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: fleet, namespace: flux-system}
spec: {path: ./overlays/example-1, interval: 10m, timeout: 2h, wait: true, prune: true}
"""
_JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: bench}
spec:
  activeDeadlineSeconds: 3600
  template:
    spec: {restartPolicy: Never, containers: [{name: engine, image: "lmsysorg/sglang:v0.4.6.post4-cu124"}]}
"""
GOOD = (_SYNC, _JOB)
BAD = (_SYNC, _JOB.replace("3600", "86400"))


def _waited_for(delivery: Delivery, job: Resource) -> bool:
    """Whether the Kustomization checks the Job's health."""
    checks = mappings(delivery.spec.get("healthChecks"))
    named = any((check.get("kind"), check.get("name")) == ("Job", job.name) for _, check in checks)
    return named or (delivery.spec.get("wait") is True and not _judged_otherwise(delivery))


def _judged_otherwise(delivery: Delivery) -> bool:
    """Whether the Kustomization says itself when a Job is healthy."""
    return any(item.get("kind") == "Job" for _, item in mappings(delivery.spec.get("healthCheckExprs")))


def check_fleet(overlays: Sequence[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    for overlay in overlays:
        for delivery in deliveries(overlay):
            limit = seconds(delivery.spec.get("timeout", delivery.spec.get("interval")))
            if delivery.tool != "Flux" or limit is None:
                continue
            for target in delivered(delivery, overlays):
                for job in target.of("Job"):
                    deadline = whole(job.spec.get("activeDeadlineSeconds"))
                    if not _waited_for(delivery, job) or (deadline is not None and deadline <= limit):
                        continue
                    # A short Job without a deadline, a migration or a download, is waited for on purpose.
                    long = deadline is not None or any(p.gpus for p in target.pods if p.resource is job)
                    if long:
                        may = f"may run {deadline} s" if deadline is not None else "may run without end"
                        wait = f"Flux waits {limit:g} s for {mapping(delivery.resource.metadata).get('name')}"
                        at = ("spec", "activeDeadlineSeconds") if deadline is not None else ("spec",)
                        yield target, Problem(job, at, f"Job {job.name} {may}, but {wait} in {overlay.path}")

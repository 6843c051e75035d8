"""A Job that Git can create but never change.

A Job's template is immutable. When its image or arguments change under the same name the API server refuses the
update, the sync fails, and everything after it in the same application waits for a person to delete the Job.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem, Resource

SEVERITY = "error"
HINT = (
    "Annotate the Job with argocd.argoproj.io/sync-options: Force=true,Replace=true and with"
    " kustomize.toolkit.fluxcd.io/force: enabled."
)
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/"
COVERS = ("GIT-04",)

GOOD = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: bench
  annotations:
    argocd.argoproj.io/sync-options: Force=true,Replace=true
    kustomize.toolkit.fluxcd.io/force: enabled
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: engine, image: "lmsysorg/sglang:v0.4.6.post4-cu124"}]
"""
BAD = GOOD.replace("    kustomize.toolkit.fluxcd.io/force: enabled\n", "")
CONTEXT = {"kind": "leaf"}

ARGO, FLUX = "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/"


def _argo_replaces(job: Resource) -> bool:
    options = {option.strip() for option in str(job.annotations.get(ARGO + "sync-options", "")).split(",")}
    if {"Force=true", "Replace=true"} <= options:
        return True
    if not {ARGO + "hook", "helm.sh/hook"} & job.annotations.keys():
        return False
    # Without a policy Argo CD deletes a hook before it creates the next one.
    policies = str(job.annotations.get(ARGO + "hook-delete-policy") or "BeforeHookCreation")
    return "BeforeHookCreation" in policies or ("HookSucceeded" in policies and "HookFailed" in policies)


def _flux_replaces(job: Resource) -> bool:
    force, policy = (str(job.annotations.get(FLUX + key, "")).lower() for key in ("force", "ssa"))
    # Compared without case, and with this one word: "true" does nothing (kustomize-controller, EnabledValue).
    return force == "enabled" or policy in ("ifnotpresent", "ignore")


def _hashed(name: str) -> bool:
    """Whether the name ends in a content hash, so that changed content is another Job."""
    end = name.rpartition("-")[2]
    return len(end) >= 8 and end.isalnum() and sum(c.isdigit() for c in end) >= 2 and not end.isdigit()


def check(overlay: Overlay) -> Iterator[Problem]:
    for job in overlay.of("Job", "JobSet"):
        if "generateName" in job.metadata or _hashed(job.name):
            continue
        tools = (("Argo CD", ARGO, _argo_replaces(job)), ("Flux", FLUX, _flux_replaces(job)))
        # The fleet's clusters use either tool. A manifest from elsewhere tells by its annotations which one, if any.
        missing = [
            tool
            for tool, prefix, replaces in tools
            if not replaces and (overlay.kind != "manifest" or any(key.startswith(prefix) for key in job.annotations))
        ]
        if missing:
            yield Problem(
                job,
                ("metadata", "annotations") if job.annotations else ("metadata",),
                f"{job.kind} {job.name} cannot be changed under its name, and nothing tells {' and '.join(missing)} to"
                " replace it",
            )

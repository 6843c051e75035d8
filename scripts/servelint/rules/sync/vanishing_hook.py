"""A hook is gone before Argo CD has seen that it ended.

Argo CD asks for the state of a hook and goes on when it has succeeded. A Job that deletes itself some seconds after its
end is missing by then: the sync waits for it without an end, and nothing after it is applied.
"""

from ...model import Overlay, Problem, Problems, whole
from ...views.waves import HOOKS
from ..examples import marked, server

SEVERITY = "warning"
HINT = "Leave ttlSecondsAfterFinished out, and let a hook-delete-policy remove the Job."
SOURCE = "https://github.com/argoproj/argo-helm/issues/2887"
COVERS = ("GIT-07",)

_HOOK = "annotations: {argocd.argoproj.io/hook: PreSync}"
GOOD = marked(server(kind="Job", spec="ttlSecondsAfterFinished: 3600"), _HOOK)
BAD = GOOD.replace("3600", "0")

SOON = 600
"""Seconds in which a busy application controller may not have looked: it reconciles every three minutes or so."""


def check(overlay: Overlay) -> Problems:
    for job in overlay.of("Job", "JobSet"):
        seconds = whole(job.spec.get("ttlSecondsAfterFinished"))
        if seconds is not None and seconds < SOON and any(key in job.annotations for key in HOOKS):
            text = f"{job.title} is a hook that is deleted {seconds} s after its end, which Argo CD may not see"
            yield Problem(job, ("spec", "ttlSecondsAfterFinished"), text)

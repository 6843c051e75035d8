"""A Job that Git can create but never change.

A Job's template is immutable. When its image or arguments change under the same name the API server refuses the
update, the sync fails, and everything after it in the same application waits for a person to delete the Job.
"""

from ...model import Overlay, Problem, Problems
from ...views.delivery import KEYS, unreplaced
from ..examples import marked, server

SEVERITY = "error"
HINT = (
    "Annotate the Job with argocd.argoproj.io/sync-options: Force=true,Replace=true and with"
    " kustomize.toolkit.fluxcd.io/force: enabled."
)
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/"
COVERS = ("GIT-04",)

_FORCE = "argocd.argoproj.io/sync-options: Force=true,Replace=true"
GOOD = marked(server(kind="Job"), f"annotations:\n  {_FORCE}\n  kustomize.toolkit.fluxcd.io/force: enabled")
BAD = GOOD.replace("force: enabled", "force: disabled")
CONTEXT = {"kind": "leaf"}


def _hashed(name: str) -> bool:
    """Whether the name ends in a content hash, so that changed content is another Job."""
    end = name.rpartition("-")[2]
    return len(end) >= 8 and end.isalnum() and sum(c.isdigit() for c in end) >= 2 and not end.isdigit()


def check(overlay: Overlay) -> Problems:
    for job in overlay.of("Job", "JobSet"):
        if "generateName" in job.metadata or _hashed(job.name):
            continue
        # The fleet's clusters use either tool. A manifest from elsewhere tells by its annotations which one, if any.
        used = [
            tool
            for tool, begin in KEYS.items()
            if overlay.kind != "manifest" or any(key.startswith(begin) for key in job.annotations)
        ]
        missing = " and ".join(tool for tool in unreplaced(job.annotations) if tool in used)
        if missing:
            at = ("metadata", "annotations") if job.annotations else ("metadata",)
            text = f"{job.title} cannot be changed under its name, and nothing tells {missing} to replace it"
            yield Problem(job, at, text)

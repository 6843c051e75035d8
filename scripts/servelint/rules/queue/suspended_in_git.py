"""Git says whether a Job is suspended, which is Kueue's to say.

Kueue suspends what it queues and resumes it when there is quota. With `suspend: true` in Git a sync suspends the
admitted Job again and its pods are deleted in the middle of a run; with `suspend: false` a sync starts a Job that has
no quota. Without Kueue a Job that is suspended in Git never runs at all.
"""

from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping
from ...views import queues
from ..examples import QUEUED, marked, server

SEVERITY = "error"
HINT = "Leave `suspend` out of Git: Kueue's webhook sets it."
SOURCE = "https://github.com/argoproj/argo-cd/issues/19126"
COVERS = ("KUE-04",)

_SUSPENDED = server(kind="Job", spec="suspend: true")
GOOD = marked(server(kind="Job"), QUEUED)
BAD = marked(_SUSPENDED, QUEUED)
CONTEXT = {"kind": "leaf"}

# Where each kind that Kueue queues keeps the switch.
AT: dict[str, Pointer] = {
    **dict.fromkeys(("Job", "JobSet", "RayJob", "RayCluster", "TrainJob", "Workload"), ("spec", "suspend")),
    **{f"{name}Job": ("spec", "runPolicy", "suspend") for name in ("MPI", "PyTorch", "TF", "XGBoost", "Paddle", "JAX")},
    "CronJob": ("spec", "jobTemplate", "spec", "suspend"),
}


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of(*AT):
        at = AT[resource.kind]
        given, queued = resource.at(at), _queued(resource)
        if not isinstance(given, bool):
            continue
        if queued and not _ignored(overlay):
            does = "suspends it again after" if given else "starts it before"
            text = f"suspend: {str(given).lower()} in Git {does} Kueue has admitted the {resource.kind}"
            yield Problem(resource, at, text)
        elif given and not queued and overlay.kind != "manifest":  # elsewhere somebody may resume it by hand
            yield Problem(resource, at, f"{resource.kind} is suspended in Git, so every sync keeps it from running")


def _queued(resource: Resource) -> bool:
    template = mapping(resource.at(("spec", "jobTemplate", "metadata", "labels")))
    return bool(resource.labels.get(queues.LABEL) or template.get(queues.LABEL))


def _ignored(overlay: Overlay) -> bool:
    """Whether an Argo CD Application of the set leaves the field alone, in its diff and in its syncs."""
    for app in overlay.of("Application", "ApplicationSet"):
        spec = app.spec if app.kind == "Application" else mapping(mapping(app.spec.get("template")).get("spec"))
        options = mapping(spec.get("syncPolicy")).get("syncOptions")
        listed = str(spec.get("ignoreDifferences") or "")
        if "/suspend" in listed and "RespectIgnoreDifferences=true" in (options if isinstance(options, list) else ()):
            return True
    return False

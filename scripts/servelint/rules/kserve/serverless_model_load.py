"""Knative gives a model ten minutes to load.

Without deploymentMode Standard (formerly RawDeployment) KServe may run the predictor as a Knative service. A revision
that is not ready within its progress deadline, 600 seconds unless an annotation says more, is given up: the pod is
deleted in the middle of its load, on a cold node even before its image is there.
"""

from ...model import Container, Overlay, Pointer, Problem, Problems, Resource, mapping
from ...views import kserve, loading
from ...views.amounts import seconds
from ..examples import marked, other

SEVERITY = "error"
HINT = "Annotate serving.kserve.io/deploymentMode: Standard, or a serving.knative.dev/progress-deadline for the load."
SOURCE = "https://github.com/kserve/kserve/issues/3795"
COVERS = ("KS-04",)

_SERVICE = other("InferenceService", 'predictor: {model: {resources: {limits: {nvidia.com/gpu: "8"}}}}')
_MODE = "annotations:\n  serving.kserve.io/deploymentMode: Standard"
GOOD = marked(_SERVICE, _MODE)
BAD = GOOD.replace("Standard", "Knative")

DEADLINE = "serving.knative.dev/progress-deadline"
DEFAULT = 600
"""Knative's progress-deadline in seconds. Source: https://github.com/knative/serving/blob/main/config/core/configmaps/deployment.yaml"""


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        resource = pod.resource
        if resource.kind != "InferenceService" or pod.pointer != ("spec", "predictor") or not kserve.gpus(overlay, pod):
            continue
        mode = kserve.mode(resource) or _default(overlay)
        if mode not in ("", "Knative") or kserve.workers(overlay, pod):  # KServe runs groups without Knative only
            continue
        needed = max((_needed(overlay, container) for container in kserve.main(overlay, pod)), default=0)
        given, at = _deadline(resource)
        deadline = seconds(given) if given is not None else DEFAULT
        if deadline is not None and deadline < needed:
            who = "Knative" if mode else "KServe's default mode, Knative unless the cluster changed it,"
            text = f"{who} gives it up after {deadline:g} s, but it may take {needed} s until it answers"
            yield Problem(resource, at, text)


def _needed(overlay: Overlay, container: Container) -> int:
    """Seconds that the startup probe grants, or else that a cold load takes."""
    patience = loading.patience(container.body.get("startupProbe"))
    if patience is not None:
        return patience
    return loading.likely(overlay, container) if container.gpus else 0


def _deadline(resource: Resource) -> tuple[object, Pointer]:
    """The annotation on the service or its predictor, and where the mode or the deadline stands or should."""
    for at in (("spec", "predictor", "annotations"), ("metadata", "annotations")):
        written = mapping(resource.at(at))
        if DEADLINE in written:
            return written[DEADLINE], (*at, DEADLINE)
    mode = ("metadata", "annotations", "serving.kserve.io/deploymentMode")
    return None, mode if resource.at(mode) is not None else ("metadata", "name")


def _default(overlay: Overlay) -> str:
    """The mode of services that name none, if KServe's configuration is rendered."""
    for config in overlay.of("ConfigMap"):
        text = mapping(config.body.get("data")).get("deploy") if config.name == "inferenceservice-config" else None
        if isinstance(text, str) and "defaultDeploymentMode" in text:
            return "Knative" if '"Serverless"' in text or '"Knative"' in text else "Standard"
    return ""

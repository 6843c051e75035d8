"""An InferenceService's name is too long for what KServe makes of it.

KServe labels the pods isvc.<name>-predictor and serves them as <name>-predictor-<namespace>, each at most 63
characters. The API server takes the InferenceService; its Deployment is refused again and again, and no pod comes.
"""

from ...model import Overlay, Problem, Problems
from ...views.derived import overlong
from ..examples import other

SEVERITY = "error"
HINT = "Shorten the base's name or the overlay's prefix."
SOURCE = "https://github.com/kserve/kserve/blob/master/pkg/controller/v1beta1/inferenceservice/components/predictor.go"

GOOD = other("InferenceService", "predictor: {model: {modelFormat: {name: triton}}}", name="a" * 48)
BAD = GOOD.replace("a" * 48, "a" * 49)


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of("InferenceService"):
        if (made := overlong(resource)) is not None:
            yield Problem(resource, ("metadata", "name"), str(made))

"""An InferenceService's name is too long for what KServe makes of it.

KServe labels the pods isvc.<name>-predictor and serves them as <name>-predictor-<namespace>, each at most 63
characters. The API server takes the InferenceService; its Deployment is refused again and again, and no pod comes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Overlay, Problem, is_marker
from ..examples import marked, other

SEVERITY = "error"
HINT = "Shorten the base's name or the overlay's prefix."
SOURCE = "https://github.com/kserve/kserve/blob/master/pkg/controller/v1beta1/inferenceservice/components/predictor.go"
COVERS = ()

GOOD = other("InferenceService", "predictor: {model: {modelFormat: {name: triton}}}", name="a" * 48)
BAD = GOOD.replace("a" * 48, "a" * 49)
ALSO_GOOD = (marked(GOOD, "namespace: SITE_NAMESPACE"), marked(GOOD, "namespace: four"))
ALSO_BAD = (marked(GOOD, "namespace: serving"),)

MOST = 63
"""Characters of a label's value and of one part of a host name (RFC 1123)."""


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.of("InferenceService"):
        made = [f"isvc.{resource.name}-predictor"]
        if resource.namespace and not is_marker(resource.namespace):
            made.append(f"{resource.name}-predictor-{resource.namespace}")
        longest = max(made, key=len)
        if len(longest) > MOST:
            text = f"KServe makes {longest} of it, {len(longest)} characters of at most {MOST}"
            yield Problem(resource, ("metadata", "name"), text)

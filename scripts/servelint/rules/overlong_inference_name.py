"""An InferenceService's name is too long for what KServe makes of it.

KServe labels the pods isvc.<name>-predictor and serves them as <name>-predictor-<namespace>, each at most 63
characters. The API server takes the InferenceService; its Deployment is refused again and again, and no pod comes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem, is_marker

SEVERITY = "error"
HINT = "Shorten the base's name or the overlay's prefix."
SOURCE = "https://github.com/kserve/kserve/blob/master/pkg/controller/v1beta1/inferenceservice/components/predictor.go"
COVERS = ()

GOOD = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: llama-3-1-8b-instruct, namespace: serving}
spec: {predictor: {model: {modelFormat: {name: triton}, runtime: triton}}}
"""
BAD = GOOD.replace("llama-3-1-8b-instruct", "llama-3-1-8b-instruct-on-one-gpu-of-a-shared-host")

MOST = 63
"""Characters of a label's value and of one part of a host name (RFC 1123)."""


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.of("InferenceService"):
        made = [f"isvc.{resource.name}-predictor"]
        if resource.namespace and not is_marker(resource.namespace):
            made.append(f"{resource.name}-predictor-{resource.namespace}")
        longest = max(made, key=len)
        if len(longest) > MOST:
            yield Problem(
                resource,
                ("metadata", "name"),
                f"KServe makes {longest} of it, {len(longest)} characters of at most {MOST}",
            )

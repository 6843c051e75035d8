"""An image may not be built for the processor of the node.

What people say of its tag speaks against it, and the registry was not asked. If they are right the pod never starts:
"no matching manifest for linux/arm64", on a node that is held meanwhile. `docker manifest inspect` tells in a second.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views.processors import misfits

SEVERITY = "warning"
HINT = "Look at the tag's manifest in the registry, and take a tag that states the processor if there is one."
SOURCE = "https://github.com/SemiAnalysisAI/InferenceX/pull/1582"
COVERS = ("ARC-01",)
CONTEXT = {"hardware": "a4x"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: vllm/vllm-openai:v0.21.0-ubuntu2404
    resources: {limits: {nvidia.com/gpu: "4"}}
"""
BAD = GOOD.replace("-ubuntu2404", "")


def check(overlay: Overlay) -> Iterator[Problem]:
    for container, processor, image in misfits(overlay):
        if not image.certain:
            message = f"image {container.image} may not be built for {processor} ({image.why})"
            yield Problem(container.resource, (*container.pointer, "image"), message)

"""An image is not built for the processor of the node.

A4X has Arm processors. The node comes up, and then the image cannot be pulled, "no matching manifest for linux/arm64",
or its first program ends in an exec format error. One image is enough, also that of an init container. What an image is
built for stands in its name, or in the table of public images of this validator; of other images nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views.processors import misfits

SEVERITY = "error"
HINT = "Take a tag that is built for the machine's processor, or one for both."
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/prepare-arm-workloads-for-deployment"
COVERS = ("ARC-01",)
CONTEXT = {"hardware": "a4x"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.5.14-cu130
    resources: {limits: {nvidia.com/gpu: "4"}}
"""
BAD = GOOD.replace("v0.5.14-cu130", "v0.4.6.post4-cu124")


def check(overlay: Overlay) -> Iterator[Problem]:
    for container, processor, image in misfits(overlay):
        if image.certain:
            only = ", ".join(sorted(image.architectures))
            message = f"image {container.image} is built for {only} alone ({image.why}), but the node is {processor}"
            yield Problem(container.resource, (*container.pointer, "image"), message)

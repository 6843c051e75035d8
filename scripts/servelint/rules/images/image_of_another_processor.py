"""An image is not built for the processor of the node.

A4X has Arm processors. The node comes up, and then the image cannot be pulled, "no matching manifest for linux/arm64",
or its first program ends in an exec format error. One image is enough, also that of an init container. What an image is
built for stands in its name, or in the table of public images of this validator; of other images nothing is said. It is
a warning where no more is known than what people say of the tag: `docker manifest inspect` tells in a second.
"""

from ...model import Overlay, Problem, Problems
from ...views.processors import misfits
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Take a tag that is built for the machine's processor, or one for both.",
    "Look at the tag's manifest in the registry, and take a tag that states the processor if there is one.",
)
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/prepare-arm-workloads-for-deployment"
COVERS = ("ARC-01",)
FORMERLY = (("image-of-doubtful-processor", "warning"),)
CONTEXT = {"hardware": "a4x"}

GOOD = server(image="lmsysorg/sglang:v0.5.14-cu130", gpus=4)
BAD = server(image="lmsysorg/sglang:v0.4.6.post4-cu124", gpus=4)


def check(overlay: Overlay) -> Problems:
    for container, processor, image in misfits(overlay):
        at = (container.resource, (*container.pointer, "image"))
        if image.certain:
            only = ", ".join(sorted(image.architectures))
            message = f"image {container.image} is built for {only} alone ({image.why}), but the node is {processor}"
            yield Problem(*at, message)
        else:
            message = f"image {container.image} may not be built for {processor} ({image.why})"
            yield Problem(*at, message, severity="warning")

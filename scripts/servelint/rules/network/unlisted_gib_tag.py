"""The image of Google's NCCL plug-in has a tag that nobody has seen.

A tag that does not exist leaves the pod in Init:ImagePullBackOff while it holds its node. Tags that are younger than
this list are no mistake: add them to hardware/<hw>/hardware.yaml once the image has been pulled.
"""

from ...model import Overlay, Problem, Problems, in_each, is_marker
from ...views.gib import is_gib
from ...views.images import split
from ..examples import server

SEVERITY = "warning"
HINT = "Use the tag that hardware/<hw>/hardware.yaml names."
SOURCE = "https://github.com/GoogleCloudPlatform/container-engine-accelerators/blob/master/gpudirect-rdma/nccl-rdma-installer.yaml"
COVERS = ("ARC-03",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

_IMAGE = "us-docker.pkg.dev/gce-ai-infra/gpudirect-gib/nccl-plugin-gib"
GOOD = server(pod=f"initContainers: [{{name: gib, image: '{_IMAGE}:v1.1.1'}}]")
BAD = GOOD.replace(":v1.1.1", ":v1.11")

SEEN = ("v1.0.3", "v1.0.5", "v1.0.6", "v1.0.7", "v1.1.0", "v1.1.1")
"""Tags in Google's samples and recipes."""
ARM_SEEN = ("v1.0.6", "v1.0.7", "v1.1.0", "v1.1.2")
"""The same of the image for Arm, where v1.1.1 was never seen: v1.1.0 is in Google's installer for A4X, and v1.1.2 with
its digest in the image inventory of https://github.com/NVIDIA/aicr."""


def check(overlay: Overlay) -> Problems:
    for container in overlay.containers:
        repository, tag = split(container.image)
        if not is_gib(repository) or not tag or "@" in container.image or is_marker(container.image):
            continue
        arm = repository.endswith("-arm64")
        known = list(ARM_SEEN if arm else SEEN)
        every = in_each(overlay.all_hardware, "gib")
        own = [gib for _, gib in every if gib and gib.image.endswith("-arm64") == arm]
        known += [gib.tag for gib in own if gib.tag not in known]
        if tag not in known:
            message = f"tag {tag} of {repository} is not among those seen: {', '.join(known)}"
            yield Problem(container.resource, (*container.pointer, "image"), message)

"""The image that installs Google's NCCL plug-in is not the one of the machine.

There is one image for x86 and one for Arm, in one folder of one registry. Any other path does not exist, and an image
of the other architecture does not start: the pod stays in Init while it holds its node. Mirrors are accepted as long as
the image's own name is right.
"""

import re

from ...model import Overlay, Problem, Problems
from ...views.gib import is_gib
from ...views.images import split
from ...views.placement import machines
from ..examples import server

SEVERITY = "error"
HINT = "Use the gib image and tag that hardware/<hw>/hardware.yaml names."
SOURCE = "https://github.com/GoogleCloudPlatform/container-engine-accelerators/blob/master/gpudirect-rdma/nccl-rdma-installer.yaml"
COVERS = ("ARC-03",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

_IMAGE = "us-docker.pkg.dev/gce-ai-infra/gpudirect-gib/nccl-plugin-gib"
GOOD = server(pod=f"initContainers: [{{name: gib, image: '{_IMAGE}:v1.1.1'}}]")
BAD = GOOD.replace("nccl-plugin-gib:", "nccl-plugin-gib-arm64:")

GOOGLE = "us-docker.pkg.dev/gce-ai-infra/"


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        # Of a machine with another transport no image is the right one, and none is the wrong one.
        known = [(hardware.name, hardware.gib.image) for hardware in machines(overlay, pod) if hardware.gib]
        if not known or len(known) < len(machines(overlay, pod)):
            continue
        machine, expected = known[0]
        for container in pod.containers:
            repository = split(container.image)[0]
            name = repository.rpartition("/")[2]
            if re.search(r"tcpx|tcpgpudmarxd", name):
                message = f"image {repository} is for machines without RDMA, and {machine} needs {expected}"
                yield Problem(pod.resource, (*container.pointer, "image"), message, part="name")
            if is_gib(repository) and not any(_fits(repository, image) for _, image in known):
                message = f"image {repository} is not {expected}, which {machine} needs"
                yield Problem(pod.resource, (*container.pointer, "image"), message, part="name")


def _fits(repository: str, expected: str) -> bool:
    folder, _, name = repository.rpartition("/")
    base, _, arch = expected.rpartition("/")[2].partition("-arm64")
    suffix = "-arm64" if expected.endswith("-arm64") else ""
    # The diagnostic image holds the plug-in too, and tests beside it.
    names = {f"{base}{suffix}{arch}", f"{base}-diagnostic{suffix}"}
    return name in names and (folder == expected.rpartition("/")[0] or not repository.startswith(GOOGLE))

"""The image that installs Google's NCCL plug-in is not the one of the machine.

There is one image for x86 and one for Arm, in one folder of one registry. Any other path does not exist, and an image
of the other architecture does not start: the pod stays in Init while it holds its node. Mirrors are accepted as long as
the image's own name is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views.gib import is_gib, split
from ..views.placement import machines

SEVERITY = "error"
HINT = "Use the gib image and tag that hardware/<hw>/hardware.yaml names."
SOURCE = "https://github.com/GoogleCloudPlatform/container-engine-accelerators/blob/master/gpudirect-rdma/nccl-rdma-installer.yaml"
COVERS = ("ARC-03",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  initContainers:
  - name: gib
    image: us-docker.pkg.dev/gce-ai-infra/gpudirect-gib/nccl-plugin-gib:v1.1.1
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    resources: {limits: {nvidia.com/gpu: "8"}}
"""
BAD = GOOD.replace("nccl-plugin-gib:", "nccl-plugin-gib-arm64:")

GOOGLE = "us-docker.pkg.dev/gce-ai-infra/"


def check(overlay: Overlay) -> Iterator[Problem]:
    for pod in overlay.pods:
        known = machines(overlay, pod)
        for container in pod.containers:
            repository = split(container.image)[0]
            name = repository.rpartition("/")[2]
            if known and re.search(r"tcpx|tcpgpudmarxd", name) and all(hardware.rdma_interfaces for hardware in known):
                message = (
                    f"image {repository} is for machines without RDMA, and {known[0].name} needs {known[0].gib.image}"
                )
                yield Problem(pod.resource, (*container.pointer, "image"), message)
            if not known or not is_gib(repository):
                continue
            if not any(_fits(repository, hardware.gib.image) for hardware in known):
                message = f"image {repository} is not {known[0].gib.image}, which {known[0].name} needs"
                yield Problem(pod.resource, (*container.pointer, "image"), message)


def _fits(repository: str, expected: str) -> bool:
    folder, _, name = repository.rpartition("/")
    base, _, arch = expected.rpartition("/")[2].partition("-arm64")
    suffix = "-arm64" if expected.endswith("-arm64") else ""
    # The diagnostic image holds the plug-in too, and tests beside it.
    names = {f"{base}{suffix}{arch}", f"{base}-diagnostic{suffix}"}
    return name in names and (folder == expected.rpartition("/")[0] or not repository.startswith(GOOGLE))

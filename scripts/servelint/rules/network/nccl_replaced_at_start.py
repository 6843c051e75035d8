"""A container exchanges NCCL or the GPU driver when it starts.

The network plug-in is built against one NCCL, the image against another, and the driver belongs to the node. A library
that is installed or preloaded at start fits at most one of them: the first collective crashes, or hangs until the
watchdog ends the run, after the whole load.
"""

import re

from ...model import Container, Overlay, Problem, Problems
from ...views.environment import variables
from ...views.gib import mounted
from ...views.shell import bare, commands, scripts, source, words
from ..examples import workload

SEVERITY = "error"
HINT = "Build the image with the NCCL that it is to run, take gIB as Google ships it, and leave the driver to the node."
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/tree/main/inference"
COVERS = ("NET-06",)

_GPUS = "resources: {limits: {nvidia.com/gpu: 8}}"
_SHELL = f"containers: [{{name: engine, image: a, command: [bash, -c, '%s && exec serve'], {_GPUS}}}]"
GOOD = workload(_SHELL % "apt-get install -y numactl")
BAD = workload(_SHELL % "apt-get install -y libnccl2=2.26.2-1+cuda12.8")

INSTALLERS = frozenset({
    "apt", "apt-get", "aptitude", "apk", "yum", "dnf", "zypper", "pip", "pip3", "pipx", "uv", "conda", "mamba", "dpkg",
    "rpm", "micromamba",
})  # fmt: skip
PACKAGE = r"(^|/)(libnccl\S*|nvidia-nccl\S*|nccl([=<>~!].*)?|nccl[-_]\S+|nvidia-driver\S*|cuda-drivers\S*|libcuda1\S*)$"
LONGEST = 4096
"""Bytes of a path, and more than any package's name has."""
LIBRARY = r"libnccl(-net|-tuner)?[^:\s]*\.so|libcuda\.so"


def check(overlay: Overlay) -> Problems:
    for script in scripts(overlay):
        for node in commands(script):
            what = _exchanged(bare(words(node)))
            if what and (script.container is None or script.container.pod.gpus):
                shown = " ".join(source(node).split())[:80]
                at = script.at(node.row)
                yield Problem(script.resource, at, f"{script.place(node)}`{shown}` exchanges {what} at every start")
    for pod in overlay.gpu_pods:
        for container in pod.main:
            yield from _preloaded(overlay, container)


def _exchanged(given: list[str]) -> str | None:
    head, rest = (given[0], given[1:]) if given else ("", [])
    if re.fullmatch(r"python(3(\.\d+)?)?", head) and rest[:2] == ["-m", "pip"]:
        head, rest = "pip", rest[2:]
    if head == "ubuntu-drivers" and {"install", "autoinstall"} & set(rest):
        return "the driver"
    if head not in INSTALLERS or not {"install", "add", "-i", "-U", "upgrade"} & set(rest):
        return None
    named = (word for word in rest if len(word) <= LONGEST and not word.startswith("-"))
    return next((word for word in named if re.search(PACKAGE, word)), None)


def _preloaded(overlay: Overlay, container: Container) -> Problems:
    gib = mounted(container)
    value, at = variables(overlay, container).get("LD_PRELOAD", ("", container.pointer))
    for library in re.split(r"[:\s]+", value):
        own = gib is not None and any(library.startswith(f"{folder}/") for folder in gib.folders)
        # The copy that GKE mounts from the node fits the node.
        of_the_node = own or library.startswith("/usr/local/nvidia/")
        if len(library) <= LONGEST and re.search(LIBRARY, library) and not of_the_node:
            text = f"LD_PRELOAD puts {library} before the NCCL or driver that the image and gIB were built with"
            yield Problem(container.resource, at, text)

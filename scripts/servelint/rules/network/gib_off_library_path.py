"""Google's NCCL plug-in is mounted, but the loader does not look there.

NCCL loads its network plug-in through LD_LIBRARY_PATH. A second LD_LIBRARY_PATH in env (the last one wins), or an
export in the start script that names only the driver's folder, drops gIB: NCCL takes TCP sockets, ten times slower
between hosts, and nothing fails.
"""

import posixpath
import re

from ...model import Overlay, Problem, Problems
from ...views.environment import UNKNOWN, texts, variables
from ...views.gib import SCRIPT, VARIABLE, Mounted, mounted, spoken, unseen
from ...views.startup import Run, runs
from ..examples import server

SEVERITY = "error"
HINT = 'Keep gib\'s lib64 on the path: export LD_LIBRARY_PATH="$NCCL_LIBRARY_PATH:$LD_LIBRARY_PATH".'
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/src/launchers/trtllm-launcher.sh"
COVERS = ("NET-04",)

GOOD = server(
    container="env: [{name: NCCL_LIBRARY_PATH, value: '/usr/local/gib/lib64:/usr/local/nvidia/lib64'}]\n"
    "volumeMounts: [{name: gib, mountPath: /usr/local/gib}]",
).replace(
    '["python3", "-m", "sglang.launch_server", "--model-path", "m"]',
    """[/bin/bash, -c, 'export LD_LIBRARY_PATH="$NCCL_LIBRARY_PATH:$LD_LIBRARY_PATH" && exec python3 serve.py']""",
)
BAD = GOOD.replace("/usr/local/gib/lib64:", "")

PATH = "LD_LIBRARY_PATH"


def check(overlay: Overlay) -> Problems:
    for pod in overlay.gpu_pods:
        for container in pod.main:
            gib = mounted(container)
            if gib is None or not container.gpus:
                continue
            # ldconfig, a preloaded library and a plug-in given by its full path need no LD_LIBRARY_PATH.
            running, given = texts(overlay, container), variables(overlay, container)
            by_path = any("gib" in given.get(name, ("",))[0] for name in ("LD_PRELOAD", "NCCL_NET_PLUGIN"))
            if by_path or any("ldconfig" in text.text or "LD_PRELOAD" in text.text for text in running):
                continue
            programs = runs(overlay, container)
            if programs is None or any(_finds(program, gib) for program in programs):
                continue
            value = programs[-1].values.get(PATH, "") if programs else given.get(PATH, ("",))[0]
            if not value and unseen(container, running):
                continue
            at = container.words[-1][1] if container.words else container.pointer
            place = (container.resource, given[PATH][1] if PATH in given else at)
            resource, pointer = programs[-1].places.get(PATH, place) if programs else place
            shown = value.replace(UNKNOWN, "").strip(":")
            says = f"{PATH} is {shown}" if shown else f"{PATH} is not set"
            yield Problem(resource, pointer, f"{says} when {container.name} starts, without {gib.path}/lib64")


def _finds(program: Run, gib: Mounted) -> bool:
    """Whether a program finds the plug-in, or may do so in a way that is not followed; an image's own path has none."""
    folders = [posixpath.normpath(folder) for folder in program.values.get(PATH, "").split(":") if folder]
    if any(folder in gib.folders for folder in folders):
        return True
    # Each file stands twice among those read: as written, and with its variables put in.
    read = [written + known for written, known in zip(program.read[::2], program.read[1::2], strict=True)]
    if any(SCRIPT not in file and VARIABLE not in file for file in read):
        return True
    return program.file is not None and _sets_path(program.file[1], gib)


def _sets_path(script: str, gib: Mounted) -> bool:
    """Whether a launcher in Python sets the path itself, and not to a text that leaves the plug-in out."""
    if PATH not in spoken(script):
        return False
    fixed = re.findall(rf"""\[["']{PATH}["']\]\s*=\s*["']([^"']*)["']\s*$""", script, re.MULTILINE)
    return not fixed or any(folder in gib.folders for value in fixed for folder in value.split(":"))

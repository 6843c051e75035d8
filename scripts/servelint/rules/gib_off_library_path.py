"""Google's NCCL plug-in is mounted, but the loader does not look there.

NCCL loads its network plug-in through LD_LIBRARY_PATH. A second LD_LIBRARY_PATH in env (the last one wins), or an
export in the start script that names only the driver's folder, drops gIB: NCCL takes TCP sockets, ten times slower
between hosts, and nothing fails.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ..model import Container, Overlay, Pointer, Problem, Resource
from ..views.environment import UNKNOWN, Text, expand, is_shell, shell_words, sourced, texts, variables
from ..views.gib import SCRIPT, VARIABLE, mounted, unseen

SEVERITY = "error"
HINT = 'Keep gib\'s lib64 on the path: export LD_LIBRARY_PATH="$NCCL_LIBRARY_PATH:$LD_LIBRARY_PATH".'
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/src/launchers/trtllm-launcher.sh"
COVERS = ("NET-04",)

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [/bin/bash, -c, 'export LD_LIBRARY_PATH="$NCCL_LIBRARY_PATH:$LD_LIBRARY_PATH" && exec python3 serve.py']
    env:
    - {name: NCCL_LIBRARY_PATH, value: "/usr/local/gib/lib64:/usr/local/nvidia/lib64"}
    resources: {limits: {nvidia.com/gpu: "8"}}
    volumeMounts:
    - {name: gib, mountPath: /usr/local/gib}
  volumes:
  - {name: gib, emptyDir: {}}
"""
BAD = GOOD.replace("/usr/local/gib/lib64:/usr/local/nvidia/lib64", "/usr/local/nvidia/lib64")

PATH = "LD_LIBRARY_PATH"


def check(overlay: Overlay) -> Iterator[Problem]:
    for pod in overlay.gpu_pods:
        for container in pod.main:
            gib = mounted(container)
            if gib is None or not container.gpus:
                continue
            running = texts(overlay, container)
            # ldconfig, a preloaded library and a plug-in given by its full path need no LD_LIBRARY_PATH.
            given = variables(overlay, container)
            by_path = any("gib" in given.get(name, ("",))[0] for name in ("LD_PRELOAD", "NCCL_NET_PLUGIN"))
            if by_path or any(_own_way(text) for text in running):
                continue
            value, resource, pointer = _effective(container, running, {k: v for k, (v, _) in given.items()}, given)
            folders = [posixpath.normpath(folder) for folder in value.split(":") if folder]
            if any(folder in gib.folders for folder in folders) or (not value and unseen(container, running)):
                continue
            shown = value.replace(UNKNOWN, "").strip(":")
            says = f"{PATH} is {shown}" if shown else f"{PATH} is not set"
            yield Problem(resource, pointer, f"{says} when {container.name} starts, without {gib.path}/lib64")


def _effective(
    container: Container, running: list[Text], values: dict[str, str], given: dict[str, tuple[str, Pointer]]
) -> tuple[str, Resource, Pointer]:
    """The last value that env or a shell assignment gives the path, and where that stands."""
    fallback = (*container.pointer, "env") if "env" in container.body else container.pointer
    place = (container.resource, given[PATH][1]) if PATH in given else (container.resource, fallback)
    for text in running:
        for word in shell_words(text.text) if is_shell(text) else ():
            name, sign, value = word.partition("=")
            if sign and name.rstrip("+").isidentifier():
                before = values.get(name[:-1], "") if name.endswith("+") else ""
                values[name.rstrip("+")] = before + expand(value, values)
                if name.rstrip("+") == PATH:
                    place = (text.resource, text.pointer)
    return values.get(PATH, ""), *place


def _own_way(text: Text) -> bool:
    """Whether a text finds libraries in a way that is not followed here. The image's own variables hold no gib."""
    if text.path and not is_shell(text):
        return PATH in text.text or "ldconfig" in text.text
    foreign = [file for file in sourced(text) if SCRIPT not in file and VARIABLE not in file]
    return bool(foreign) or "ldconfig" in text.text or "LD_PRELOAD" in text.text

"""A container installs software when it starts, and goes on if that fails.

With `|| true` behind it a failed installation is silent: the engine runs without the package, slower or with another
result, or it stops half an hour later for want of it. On another day the same manifest runs with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views.installs import installs

SEVERITY = "error"
HINT = "Let the container fail where its software cannot be installed, or put the software into the image."
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/tree/main/inference"
COVERS = ("ROL-14",)

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [bash, -c]
    args: ["pip install hf_transfer==0.1.9 && exec python3 -m sglang.launch_server --model-path m"]
"""
BAD = GOOD.replace("hf_transfer==0.1.9 &&", "hf_transfer || true;")


def check(overlay: Overlay) -> Iterator[Problem]:
    for install in installs(overlay):
        if install.masked:
            yield Problem(
                install.resource, install.pointer, f"{install.place}`{install.shown}` may fail without a word"
            )

"""A container installs software when it starts, and does not say which version.

Every restart may run something else than the one before, so two benchmarks cannot be compared; and while the package
index is away nothing starts at all, on nodes that are paid for. What the image holds costs nothing at start.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem
from ..views.installs import installs

SEVERITY = "warning"
HINT = "Put the software into the image, or at least pin each package to a version."
SOURCE = "https://pip.pypa.io/en/stable/topics/repeatable-installs/"
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
BAD = GOOD.replace("==0.1.9", "")


def check(overlay: Overlay) -> Iterator[Problem]:
    for install in installs(overlay):
        if install.loose and not install.masked:
            what = ", ".join(install.loose[:5])
            message = f"{install.place}`{install.shown}` installs {what} in whatever version there is at the time"
            yield Problem(install.resource, install.pointer, message)

"""A container installs software when it starts, and what runs then is left to chance.

With `|| true` behind it a failed installation is silent: the engine runs without the package, slower or with another
result, or it stops half an hour later for want of it. On another day the same manifest runs with it.

Without a version, a warning, every restart may run something else than the one before, so two benchmarks cannot be
compared; and while the package index is away nothing starts at all, on nodes that are paid for. What the image holds
costs nothing at start.
"""

from ...model import Overlay, Problem, Problems
from ...views.installs import installs
from ..examples import workload

SEVERITY = ("error", "warning")
HINT = (
    "Let the container fail where its software cannot be installed, or put the software into the image.",
    "Put the software into the image, or at least pin each package to a version.",
)
SOURCE = "https://pip.pypa.io/en/stable/topics/repeatable-installs/"
COVERS = ("ROL-14",)
FORMERLY = (("masked-install", "error"), ("install-at-start", "warning"))

_RUN = """\
containers:
- name: engine
  image: lmsysorg/sglang:v0.4.6.post4-cu124
  command: [bash, -c]
  args: ["%s exec python3 -m sglang.launch_server --model-path m"]
"""
GOOD = workload(_RUN % "pip install hf_transfer==0.1.9 &&")
BAD = workload(_RUN % "pip install hf_transfer || true;")


def check(overlay: Overlay) -> Problems:
    for install in installs(overlay):
        shown = f"{install.place}`{install.shown}`"
        if install.masked:
            yield Problem(install.resource, install.pointer, f"{shown} may fail without a word")
        elif install.loose:
            message = f"{shown} installs {', '.join(install.loose[:5])} in whatever version there is at the time"
            yield Problem(install.resource, install.pointer, message, severity="warning")

"""A parallel size is no positive whole number.

The engine's parser refuses 8.0 and auto, and a size of 0 or -8 leaves no GPU to run on: it stops when it starts, after
the node has come up and the image has been pulled. Until then nothing can tell how many GPUs the engine needs.
"""

from ...model import Overlay, Problem, Problems
from ...views.engines import engines
from ...views.parallel import illegal_sizes
from ..examples import server

SEVERITY = "error"
HINT = "Write the number of GPUs as a whole number above zero, or delete the line for the engine's default of one."
SOURCE = "https://docs.python.org/3/library/argparse.html#type"
COVERS = ("PAR-01",)

GOOD = server("--tp-size 8")
BAD = server("--tp-size 8.0")

NAMES = {"tp": "tensor-parallel", "pp": "pipeline-parallel", "dp": "data-parallel", "cp": "context-parallel"}


def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        for size, flag in illegal_sizes(overlay, engine):
            given = "has no value" if flag.value is True and not flag.section else f"is {flag.value!r}"
            yield Problem(flag.resource, flag.pointer, f"the {NAMES[size]} size {given}: no positive whole number")

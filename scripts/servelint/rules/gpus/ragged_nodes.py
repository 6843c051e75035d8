"""An engine over several hosts takes no whole number of them.

Twelve GPUs on hosts of eight are one host and a half: a chart that divides makes one host of it and drops four GPUs,
and pods of six leave two GPUs of each host that nobody else can use, for such pods take a host's network whole. The
engine's ranks are also no longer grouped as NVLink groups the GPUs.
"""

from ...model import Overlay, Problem, Problems
from ...views.engines import engines
from ...views.parallel import ragged
from ..examples import server

SEVERITY = "error"
HINT = "Choose parallel sizes whose product is a multiple of the GPUs of a host, and let each pod take a whole host."
SOURCE = "https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/overview.html"
COVERS = ("PAR-03",)
CONTEXT = {"hardware": "a3ultra"}

GOOD = server("--tp-size 16 --nnodes 2", kind="LeaderWorkerSet")
BAD = server("--tp-size 12 --nnodes 2", kind="LeaderWorkerSet", gpus=6)


def check(overlay: Overlay) -> Problems:
    for engine in engines(overlay):
        found = ragged(overlay, engine)
        if found is None:
            continue
        run, hardware = found
        culprit, container = run.culprit(), engine.container
        where = (culprit.resource, culprit.pointer) if culprit else (container.resource, container.gpu_pointer)
        hosts = f"{run.world / hardware.gpus:.2f}".rstrip("0").rstrip(".")
        hosts += f" hosts of {hardware.gpus} GPUs ({hardware.name})"
        yield Problem(*where, f"{engine.name} takes {run.world} GPUs, which are {hosts}")

"""The environment script of Google's NCCL plug-in is there, but nothing reads it.

set_nccl_env.sh sets the tuner and the network parameters for the machine. NCCL_INIT_SCRIPT is only a name: unless the
shell that starts the engine has sourced the file, NCCL runs with its defaults, slower between hosts or hanging. A file
that is sourced in a subshell, in a script of its own process, after an exec or in another container helps nobody.
"""

import posixpath

from ...model import Overlay, Problem, Problems
from ...views.environment import texts, variables
from ...views.gib import SCRIPT, VARIABLE, mounted, spoken, unseen
from ...views.startup import Run, runs
from ..examples import server

SEVERITY = "error"
HINT = 'Begin the start command with: source "$NCCL_INIT_SCRIPT" &&.'
SOURCE = (
    "https://github.com/GoogleCloudPlatform/container-engine-accelerators/blob/master/gpudirect-rdma/nccl-test-a4.yaml"
)
COVERS = ("NET-05",)

SETS = (
    "NCCL_NET", "NCCL_CROSS_NIC", "NCCL_NET_GDR_LEVEL", "NCCL_P2P_NET_CHUNKSIZE", "NCCL_NVLS_CHUNKSIZE",
    "NCCL_IB_ADAPTIVE_ROUTING", "NCCL_IB_QPS_PER_CONNECTION", "NCCL_IB_TC", "NCCL_IB_FIFO_TC", "NCCL_TUNER_CONFIG_PATH",
)  # fmt: skip
"""What the script sets. With half of it in env somebody does the script's work by hand, as some images do."""

_ENV = "env: [{name: NCCL_INIT_SCRIPT, value: /usr/local/gib/scripts/set_nccl_env.sh}]"
_DIRECT = server(container=_ENV)
GOOD = _DIRECT.replace('["python3"', """[/bin/bash, -c, 'source "$NCCL_INIT_SCRIPT" && exec "$@"', "--", "python3\"""")
BAD = GOOD.replace('source "$NCCL_INIT_SCRIPT" && ', "")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.gpu_pods:
        for container in pod.main:
            gib, given = mounted(container), variables(overlay, container)
            if not container.gpus or (gib is None and VARIABLE not in given):
                continue
            running = texts(overlay, container)
            by_hand = sum(name in given or any(f"{name}=" in t.text for t in running) for name in SETS) * 2 >= len(SETS)
            if by_hand or SCRIPT in given.get("BASH_ENV", ("",))[0] or unseen(container, running):
                continue
            programs = runs(overlay, container)
            if programs and not any(_has_read(program) for program in programs):
                pointer = given[VARIABLE][1] if VARIABLE in given else gib.pointer if gib else container.pointer
                what = f"{VARIABLE} is set" if VARIABLE in given else f"gIB is mounted at {gib.path if gib else ''}"
                shown = posixpath.basename(programs[-1].words[0])
                message = f"{what}, but the shell that starts {shown} in {container.name} has not sourced the script"
                yield Problem(container.resource, pointer, message)


def _has_read(program: Run) -> bool:
    """Whether a program runs in an environment with the script in it; a launcher in Python may see to that itself."""
    if any(VARIABLE in file or SCRIPT in file for file in program.read):
        return True
    return program.file is not None and any(VARIABLE in text or SCRIPT in text for text in spoken(program.file[1]))

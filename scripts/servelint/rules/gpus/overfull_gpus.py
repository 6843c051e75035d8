"""Weights and KV cache do not fit the GPUs.

The engine runs out of memory after it has read the checkpoint, ten to forty minutes into the pod's life, and the
restart does the same again. The planner (scripts/servelint/planner) counts the weights of the fullest GPU, in the
precisions of their parts, and what the engine's memory fraction leaves for the cache. It is an error if the weights
alone are too much, if nothing is left for the cache, or if the cache holds less than one request of the configured
context: then the server refuses what it was set up for.

The planner is right within some two percent of a GPU's memory; within that, drivers, NCCL buffers and CUDA graphs
decide, and it is a warning: a server that starts today runs out of memory after the next image update, or with the
first long prompt. So it is where SGLang's fraction leaves too little for a pass and for its CUDA graphs, which stand
outside its static pool.

Some of what stands outside is known to the byte: SGLang's table of requests has a column for each token of the context,
FlashAttention a table of pages for each request of a captured step, and up to 0.4.6 for chunked attention (Llama 4) one
that grows with the square of the context: 118 GiB for a million tokens. Where these do not fit, it is an error.
"""

from ...model import Overlay, Problem, Problems
from ...planner.overlay import memory_breaches
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Spread the model over more GPUs, raise the memory fraction, or lower the context; "
    "scripts/plan.py has the figures.",
    "Leave more room: a smaller context, a lower or higher memory fraction as the message says, or more GPUs.",
)
SOURCE = "https://github.com/SemiAnalysisAI/InferenceX/pull/1157"
COVERS = ("MEM-01", "MEM-02")
FORMERLY = (("tight-gpu-memory", "warning"),)
CONTEXT = {"hardware": "a3ultra", "model": "llama-3-1-405b"}

GOOD = server("--tp-size 8 --context-length 65536")
BAD = server("--tp-size 8 --mem-fraction-static 0.72 --context-length 131072")


def check(overlay: Overlay) -> Problems:
    for item, breach in memory_breaches(overlay):
        if not item.advertised(breach):
            yield Problem(*item.place(breach), breach.message, severity=breach.severity)

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

from __future__ import annotations

from collections.abc import Iterator

from ...model import Overlay, Problem
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

R1 = {"hardware": "a3ultra", "model": "deepseek-r1"}
SCOUT = {"hardware": "a3ultra", "model": "llama-4-scout-instruct"}
OWN = {"hardware": "a3ultra", "model": "llama-3-1-405b"}
NEW = "lmsysorg/sglang:v0.5.14-cu129"
GOOD = server("--tp-size 8 --context-length 65536")
BAD = server("--tp-size 8 --mem-fraction-static 0.72 --context-length 131072")
ALSO_GOOD = (
    server("--tp-size 8 --mem-fraction-static 0.85"),
    (server("--tp 8 --context-length 100000"), SCOUT),
    (server("--tp 8 --mem-fraction-static 0.7"), OWN),
    (
        server(
            "--tp 8 --context-length 1000000 --mem-fraction-static 0.7 --cuda-graph-max-bs 16 --max-running-requests 99"
        ),
        SCOUT,
    ),
    server("--tp 4 --pp 2 --mem-fraction-static 0.85", image=NEW),
    server("--tp 8 --enable-lora --max-lora-rank 16 --context-length 8192", image=NEW),
    server("--tp 8 --enable-lora --max-loras-per-batch 64 --context-length 8192", image=NEW),
    (server("--tp 4 --pp 2 --mem-fraction-static 0.85", image=NEW), {**R1, "hardware": "a4high"}),
    (server("--tensor-parallel-size 8 --max-model-len 1000000", engine="vllm"), SCOUT),
)
ALSO_BAD = (
    server("--tp-size 8 --mem-fraction-static 0.995"),
    server("--tp-size 4", gpus=4),
    (server("--tp 8 --mem-fraction-static 0.5"), R1),
    (server("--tp 4 --pp 2 --mem-fraction-static 0.5", image=NEW), R1),
    (server("--tp 8"), SCOUT),
    (server("--tp 8 --context-length 1000000 --mem-fraction-static 0.8"), SCOUT),
    (
        server("--tp 8 --mem-fraction-static 0.75 --moe-a2a-backend deepep --ep-num-redundant-experts 512", image=NEW),
        R1,
    ),
    server("--tp 7 --mem-fraction-static 0.3"),
    server("--tp 8 --enable-lora --max-lora-rank 256 --max-loras-per-batch 64 --lora-target-modules all", image=NEW),
    (server("--tensor-parallel-size 8", engine="vllm"), SCOUT),
)


def check(overlay: Overlay) -> Iterator[Problem]:
    for item, breach in memory_breaches(overlay):
        if not item.advertised(breach):
            yield Problem(*item.place(breach), breach.message, severity=breach.severity)

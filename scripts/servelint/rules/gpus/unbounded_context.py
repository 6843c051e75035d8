"""No context length is set, and the KV cache is smaller than the model's own.

Without a limit the engine advertises all that the model was made for, up to ten million tokens, and finds out when the
first long request comes: SGLang rejects it, TensorRT-LLM silently shortens what it serves. A written limit says what
the server is for, and lets this validator hold the cache against it.
"""

from ...model import Overlay, Problem, Problems
from ...planner.overlay import memory_breaches
from ..examples import server

SEVERITY = "warning"
HINT = "Set the longest request that is to be served: context-length (SGLang), max_seq_len (TensorRT-LLM)."
SOURCE = "https://docs.sglang.ai/advanced_features/server_arguments.html"
COVERS = ("MEM-02",)
CONTEXT = {"hardware": "a3ultra", "model": "llama-3-1-405b", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server("--tp-size 8 --context-length 8192 --mem-fraction-static 0.7")
BAD = server("--tp-size 8 --mem-fraction-static 0.7")


def check(overlay: Overlay) -> Problems:
    for item, breach in memory_breaches(overlay):
        if item.advertised(breach) and item.engine.role == "serve":
            yield Problem(*item.place(breach), breach.message)

"""What foreign-parser tells apart beyond its own examples."""

from servelint.rules.engine.foreign_parser import _NEW, BAD
from servelint.rules.examples import llm, server

_QWEN, _OSS, _KIMI = {"model": "qwen3-235b-a22b"}, {"model": "gpt-oss-120b"}, {"model": "kimi-k2-instruct"}
_LLAMA4 = {"model": "llama-4-scout-instruct"}

ALSO_GOOD = [
    (BAD, {"model": None}), (BAD, {"model": "llama-4-scout"}), server("--tool-call-parser auto", image=_NEW),
    server("--tool-call-parser $PARSER", image=_NEW), server("--tool-call-parser of_a_plugin", image=_NEW),
    (server("--tool-call-parser qwen", image=_NEW), _QWEN), (server("--tool-call-parser qwen25"), _QWEN),
    (server("--tool-call-parser hermes --reasoning-parser qwen3", engine="vllm"), _QWEN),
    (server("--tool-call-parser openai --reasoning-parser openai_gptoss", engine="vllm"), _OSS),
    (server("--tool-call-parser gpt-oss --reasoning-parser gpt-oss", image=_NEW), _OSS),
    (server("--tool-call-parser kimi_k2", image=_NEW), _KIMI),
    (server("--tool-call-parser llama4_pythonic", engine="vllm"), _LLAMA4),
    server("--reasoning-parser deepseek_r1", engine="vllm"), llm("max_seq_len: 4096", "--reasoning_parser deepseek-r1"),
    BAD.replace("launch_server", "bench_serving"),
]  # fmt: skip
ALSO_BAD = [
    server("--tool-call-parser deepseekv31", image=_NEW), server("--tool-call-parser kimi_k2", image=_NEW),
    server("--reasoning-parser qwen3", image=_NEW), server("--reasoning-parser gpt-oss", image=_NEW),
    (server("--tool-call-parser qwen3_coder", image=_NEW), _QWEN),
    (server("--reasoning-parser kimi", image=_NEW), _QWEN), (server("--reasoning-parser qwen3", engine="vllm"), _OSS),
    (server("--tool-call-parser hermes", engine="vllm"), _OSS), (server("--reasoning-parser kimi", image=_NEW), _KIMI),
    (server("--tool-call-parser deepseekv3", image=_NEW), _KIMI),
    (server("--tool-call-parser llama3_json", engine="vllm"), _OSS),
    server("--tool-call-parser $PARSER", image=_NEW, container="env: [{name: PARSER, value: kimi_k2}]"),
]  # fmt: skip

"""What untrusted-code tells apart beyond its own examples."""

from servelint.rules.engine.untrusted_code import _NEW, BAD
from servelint.rules.examples import llm, server

_R1 = {"hardware": "a4high", "model": "deepseek-r1"}

ALSO_GOOD = [
    (BAD, _R1), (BAD, {"kind": "leaf"}), (BAD, {"model": "gpt-oss-120b"}), server("--tp-size 8 $MORE", image=_NEW),
    server("--tokenizer-path /tokenizer", image=_NEW), server("--skip-tokenizer-init", image=_NEW),
    llm("trust_remote_code: true"), llm("enable_attention_dp: true", "--trust_remote_code"),
    server("--tensor-parallel-size 8 --trust-remote-code", engine="vllm"),
    server("--tensor-parallel-size 8 --config /not/mounted.yaml", engine="vllm"),
    BAD.replace("launch_server", "bench_serving"), server("--tp_size 8 --backend tensorrt", engine="trtllm"),
]  # fmt: skip
ALSO_BAD = [
    llm("enable_attention_dp: true"), llm("trust_remote_code: false"), server("--tp_size 8", engine="trtllm"),
    server("--tensor-parallel-size 8", engine="vllm"), server("--no-trust-remote-code", engine="vllm"),
    server("--model-path m", image=_NEW),
]  # fmt: skip

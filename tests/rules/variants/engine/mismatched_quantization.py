"""What mismatched-quantization tells apart beyond its own examples."""

from servelint.rules.engine.mismatched_quantization import BAD
from servelint.rules.examples import server

_INT4, _PLAIN, _MODELOPT = {"model": "kimi-k2-5"}, {"model": "qwen3-32b"}, {"model": "llama-3-3-70b-instruct-fp8"}

ALSO_GOOD = [
    server(), server("--quantization fp8 --kv-cache-dtype fp4_e2m1"), server("--quantization of_no_known_precision"),
    (BAD, {"kind": "leaf"}), (BAD, {"model": "llama-3-1-8b-instruct"}), server("--quantization $METHOD"),
    (server("--quantization compressed-tensors"), _INT4), (server("--quantization fp8", engine="vllm"), _PLAIN),
    (server("--quantization modelopt_fp8"), _MODELOPT), (server("--quantization modelopt", engine="vllm"), _MODELOPT),
    (server("--quantization bitsandbytes", engine="vllm"), _PLAIN), (server("--quantization modelopt_fp8"), _PLAIN),
    (server("--quantization mxfp4", engine="vllm"), {"model": "gpt-oss-120b"}),
]  # fmt: skip
ALSO_BAD = [
    (server("--quantization awq"), _INT4), (server("--quantization fp8"), _INT4), server("--quantization awq"),
    (server("--quantization awq_marlin"), _PLAIN), (server("--quantization gptq", engine="vllm"), _PLAIN),
    (server("--quantization compressed-tensors", engine="vllm"), _MODELOPT), server("--quantization gptq_marlin"),
    (server("--quantization modelopt", engine="vllm"), {"model": "gpt-oss-120b"}),
    (server("--quantization fp8", engine="vllm"), {"model": "gpt-oss-20b"}),
]  # fmt: skip

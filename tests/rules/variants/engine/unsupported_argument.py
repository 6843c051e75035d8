"""What unsupported-argument tells apart beyond its own examples."""

from servelint.rules.examples import llm, server

_NEW = "lmsysorg/sglang:v0.5.9"
_LLAMA, _SCOUT = ({"hardware": "a3ultra", "model": model} for model in ("llama-3-1-8b-instruct", "llama-4-scout"))
_B200, _BARE = {"hardware": "a4high", "model": "deepseek-r1"}, {"hardware": "a3ultra"}

ALSO_GOOD = [
    server(), (server("--attention-backend fa3"), _LLAMA),
    (server("--attention-backend cutlass_mla", image=_NEW), _B200),
    (server("--attention-backend flashmla", image=_NEW), _B200),
    (server("--attention-backend cutlass_mla"), {"kind": "leaf"}), (server("--quantization nvfp4", image=_NEW), _BARE),
    (server("--quantization modelopt_fp4"), {"hardware": "a4high"}),
    (server("--quantization modelopt_fp4", engine="vllm"), _BARE),
    (server("--attention-backend trtllm_mha", image="lmsysorg/sglang:v0.5.15"), _LLAMA),
    (server("--kv-cache-dtype fp4_e2m1", image=_NEW), {"hardware": "a4high"}), llm("moe_config: {backend: CUTLASS}"),
    (llm("moe_config: {backend: DEEPGEMM}"), _B200),
    (llm("moe_config: {backend: CUTLASS}", image="nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc5"), _B200),
    (server("--attention-backend flashinfer"), _SCOUT), (server("--attention-backend fa3", image=_NEW), _SCOUT),
    server("--pp-size 2", image=_NEW), server("--pp-size 1"), (server("--pp-size 2"), _LLAMA),
    server("--quantization awq"),
    (server("--quantization fp8"), _BARE),
]  # fmt: skip
ALSO_BAD = [
    server("--attention-backend fa3 --decode-attention-backend cutlass_mla"),
    server("--prefill-attention-backend trtllm_mla", image=_NEW),
    (server("--attention-backend fa3"), {"hardware": "a4high"}),
    (server("--attention-backend flashmla"), {"hardware": "a4high"}),
    (server("--attention-backend trtllm_mha", image=_NEW), _LLAMA), (server("--attention-backend flashmla"), _LLAMA),
    (server("--moe-runner-backend flashinfer_trtllm", image=_NEW), _BARE), llm("moe_config: {backend: TRTLLM}"),
    (server("--quantization modelopt_fp4"), _BARE), (server("--kv-cache-dtype fp4_e2m1"), _BARE),
    (llm("kv_cache_config: {dtype: nvfp4}"), _BARE), (llm("moe_config: {backend: CUTLASS}"), _B200),
    (server("--attention-backend trtllm_mha", image="lmsysorg/sglang:v0.5.15"), {"model": "deepseek-r1"}),
    (server("--attention-backend flashinfer", image=_NEW), _SCOUT), server("--pp-size 2"),
    (server("--quantization awq"), _LLAMA), (llm("moe_config: {backend: DEEPGEMM}"), _LLAMA),
]  # fmt: skip

"""What contradictory-arguments tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import launched, llm, server

_RC = "nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc5"


def _triton(*models: str) -> str:
    return launched({"engine.yaml": "fill_template:\n  " + "\n  ".join(models)}, "tritonserver", _TRITON)


def _bench(command: str) -> str:
    return launched({"a": ""}, f"trtllm-bench --model m {command}", "nvcr.io/nvidia/tensorrt-llm/release:0.20.0")


_TRITON = "nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3"
_CALLED = "tensorrt_llm: {decoupled_mode: false, triton_max_batch_size: 8}"

ALSO_GOOD = [
    _bench("build --max_batch_size 8"), _bench("throughput --enable_chunked_context"),
    _bench("throughput --disable_chunked_context"), server("--chunked-prefill-size -1 --page-size 48"),
    server("--page-size 64 --attention-backend flashmla"), server("--page-size 48 --attention-backend fa3"),
    server("--attention-backend flashmla"),
    server("--speculative-algorithm EAGLE --speculative-num-steps 3 --speculative-eagle-topk 1"),
    server("--speculative-algorithm NGRAM --speculative-num-draft-tokens 4"), server("--enable-hierarchical-cache"),
    server("--tp-size 8 --nnodes 2"), server("--tp-size 8 --ep-size 4"),
    server("--tp-size 8 --ep-size 8 --enable-ep-moe"), server("--enable-deepep-moe"),
    llm("cuda_graph_config: {max_batch_size: 8}"),
    llm("cuda_graph_config: {max_batch_size: 8, batch_sizes: [4, 8]}", image=_RC),
    llm("cuda_graph_config: {max_batch_size: 8, batch_sizes: [4, many]}", image=_RC),
    llm("moe_config: {backend: WIDEEP}\nenable_attention_dp: true"), llm("moe_config: {backend: CUTLASS}"),
    llm("max_batch_size: 8", "--max_batch_size 8.0"), llm("max_batch_size: null", "--max_batch_size 8"),
    server("--max_batch_size 8", engine="trtllm"), _triton(_CALLED, "ensemble: {triton_max_batch_size: 8}"),
    _triton(_CALLED, "tensorrt_llm_bls: {decoupled_mode: False, accumulate_tokens: false}"),
]  # fmt: skip
ALSO_BAD = [
    _bench("build --max_batch_size 8 --target_input_len 9"),
    _bench("throughput --enable_chunked_context --disable_chunked_context"),
    server("--page-size 32 --attention-backend flashmla"), server("--page-size 32 --decode-attention-backend flashmla"),
    server("--speculative-num-draft-tokens 4"), server("--speculative-algorithm EAGLE --speculative-eagle-topk 1"),
    server("--enable-hierarchical-cache --disable-radix-cache"), server("--tp-size 8 --nnodes 3"),
    server("--tp-size 8 --ep-size 4 --enable-ep-moe"), server("--tp-size 8 --ep-size 4 --enable-deepep-moe"),
    server("--deepep-mode normal"),
    llm("cuda_graph_config: {max_batch_size: 8, batch_sizes: [4, 16]}", image=_RC),
    llm("cuda_graph_config: {max_batch_size: 8, batch_sizes: [4, 8]}"), llm("moe_config: {backend: WIDEEP}"),
    llm("moe_config: {backend: WIDEEP}\nenable_attention_dp: false"), llm("max_batch_size: 8", "--max_batch_size 16"),
    llm("kv_cache_config: {free_gpu_memory_fraction: 0.8}", "--kv_cache_free_gpu_memory_fraction 0.9"),
    _triton(_CALLED, "ensemble: {triton_max_batch_size: 16}"),
    _triton(_CALLED, "tensorrt_llm_bls: {decoupled_mode: true}"),
    _triton(_CALLED, "tensorrt_llm_bls: {accumulate_tokens: true}"),
]  # fmt: skip

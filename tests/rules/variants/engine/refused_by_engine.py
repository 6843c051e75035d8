"""What refused-by-engine tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import UNKNOWN as NOTHING
from servelint.rules.examples import llm, server

_9, _14, _23 = (f"lmsysorg/sglang:v{version}" for version in ("0.5.9", "0.5.14", "0.5.23"))


def _run(arguments: str, image: str = _14) -> str:
    return server(arguments, image=image)


_GPT, _HOPPER = ({"hardware": hw, "model": "gpt-oss-120b"} for hw in ("a4high", "a3ultra"))
_LLAMA, _FP4 = ({"hardware": "a4high", "model": model} for model in ("llama-3-3-70b-instruct", "deepseek-r1-nvfp4"))
_TREE = "--speculative-algorithm EAGLE --speculative-num-steps 3 --speculative-eagle-topk 4"
_PAGES = "--attention-backend triton --chunked-prefill-size 8192"
_DRAFTS = "max_draft_len: 3, speculative_model_dir: /m"


def _vllm(arguments: str, version: str = "0.27.1") -> str:
    return server(f"--tensor-parallel-size 8 {arguments}", engine="vllm", image=f"vllm/vllm-openai:v{version}")


_SHARED = "--decode-context-parallel-size"

ALSO_GOOD = [
    (_run("--attention-backend triton"), _GPT), (_run("--attention-backend flashinfer"), _LLAMA),
    (_run("--attention-backend flashinfer", "lmsysorg/sglang:latest"), _GPT),
    (_run("--attention-backend flashinfer", "lmsysorg/sglang:v0.9.0"), _GPT),
    (_run("--attention-backend flashinfer --prefill-attention-backend fa4 --decode-attention-backend triton"), _GPT),
    (_run("--attention-backend flashinfer"), NOTHING), (_run("--attention-backend $BACKEND"), _GPT),
    (_run("--tp-size 8 --moe-runner-backend triton_kernel"), _HOPPER),
    (_run("--tp-size 8 --moe-runner-backend triton_kernel --ep-size $EP"), _HOPPER),
    _run("--tp-size 8 --moe-runner-backend cutlass"), _run("--tp-size 8 --ep-size 8 --moe-runner-backend deep_gemm"),
    (_run("--tp-size 8 --ep-size 8 --moe-runner-backend cutlass"), {"hardware": "a3ultra", "model": "deepseek-r1"}),
    _run("--tp-size 8 --moe-runner-backend flashinfer_trtllm"), (_run("--moe-runner-backend flashinfer_cutlass"), _FP4),
    (_run("--moe-runner-backend flashinfer_cutedsl --quantization modelopt_fp4"), _FP4),
    (_run("--moe-runner-backend flashinfer_cutedsl"), _FP4), (_run("--moe-runner-backend flashinfer_cutedsl"), NOTHING),
    _run("--tp-size 8 --dp-size 8 --enable-dp-attention --moe-a2a-backend flashinfer"),
    _run("--tp-size 8 --moe-a2a-backend flashinfer $MORE"),
    _run("--tp-size 8 --attn-dp-size 8 --moe-a2a-backend flashinfer --moe-runner-backend deep_gemm", _23),
    _run("--tp-size 8 --enable-deterministic-inference --attention-backend triton"),
    (_run("--tp-size 8 --enable-deterministic-inference"), _LLAMA), _run(f"{_TREE} --attention-backend triton"),
    _run(f"{_TREE} --attention-backend fa4"), _run(f"{_TREE.replace('4', '1')} --attention-backend trtllm_mla"),
    _run("--tp-size 8 --dp-size 2 --nnodes 2 --enable-dp-attention"),
    _run("--tp-size 8 --attn-dp-size 2 --nnodes 2", _23), _run("--tp-size 8 --dp-size 2 --nnodes 1"),
    _run("--tp-size 8 --dp-size 2 --nnodes $N"), _run("--tp-size 8 --nnodes 2"),
    _run("--pp-size 2 --enable-mixed-chunk"),
    _run("--speculative-algorithm EAGLE --pp-size 2", _23), server("--lora-paths a --disable-radix-cache"),
    (_run("--lora-paths a"), _LLAMA), (_run("--lora-paths a --speculative-algorithm NGRAM"), _LLAMA),
    _run("--speculative-algorithm DFLASH --speculative-draft-model-path a/b"), _run("--kv-cache-dtype fp8_e4m3"),
    server("--enable-deepep-moe --deepep-mode normal --enable-dp-attention --dp-size 2 --tp-size 8"),
    _run("--served-model-name r1"), _run("--served-model-name s3://models/r1:2"),
    _run("--enable-priority-scheduling --schedule-policy lof"), _run("--export-metrics-to-file $MORE"),
    _run("--disable-cuda-graph-padding"), _run("--export-metrics-to-file --export-metrics-to-file-dir /logs"),
    server("--tensor-parallel-size 8 --data-parallel-size 2 --nnodes 2", engine="vllm"),
    _run("--tp-size 8 --enable-two-batch-overlap --moe-a2a-backend deepep"), _run("--enable-lora --lora-paths a=/a"),
    _run("--enable-ssl-refresh --ssl-certfile /c --ssl-keyfile /k"), (_run("--quantization awq"), NOTHING),
    _run("--enable-two-batch-overlap $MORE"), _run("--enable-two-batch-overlap", "lmsysorg/sglang:v0.6.1"),
    server("--tp-size 8 --dp-size 2 --enable-dp-attention --enable-dp-lm-head"), server("--enable-dp-lm-head $MORE"),
    server("--enable-dp-lm-head", image="lmsysorg/sglang:v0.3.9"), server("--quantization fp8"),
    (server("--quantization awq"), NOTHING), server("--moe-dense-tp-size 1"),
    _run("--tp-size 6 --pp-size 2 --nnodes 3"), _run("--tp-size $TP --nnodes 3"), _run("--page-size 3"),
    _run(f"{_PAGES} --page-size 64"), _run(f"{_PAGES} --page-size $SIZE"),
    _run("--attention-backend trtllm_mla --chunked-prefill-size 8192 --page-size 3"),
    (_run("--moe-runner-backend flashinfer_cutlass --quantization mxfp8"), _LLAMA),
    _run("--attention-backend trtllm_mla --kv-cache-dtype fp8_e5m2 "
         "--prefill-attention-backend triton --decode-attention-backend triton"),
]  # fmt: skip
ALSO_GOOD += [
    llm(f"speculative_config: {{decoding_type: Eagle, {_DRAFTS}}}"), llm("stream_interval: 10"),
    llm("speculative_config: {decoding_type: MTP, num_nextn_predict_layers: 3}"), llm("load_format: auto"),
    llm("speculative_config: {decoding_type: NGram, max_draft_len: 3}"), llm("batch_wait_max_tokens_ratio: 0.5"),
    llm("attention_dp_config: {timeout_iters: -1}"), llm("kv_cache_config: {max_attention_window: [128, 32768]}"),
    llm(f"speculative_config: {{decoding_type: Eagle3, {_DRAFTS}}}", image="tensorrt-llm/release:1.3.0rc20"),
    llm("speculative_config: {decoding_type: $KIND}"), llm("speculative_config: {decoding_type: Eagle}", "$MORE"),
    llm("speculative_config:"), llm("ray_worker_extension_cls: a.B\norchestrator_type: ray"),
]  # fmt: skip
ALSO_GOOD += [
    _vllm(f"{_SHARED} 8"), (_vllm(f"{_SHARED} 2"), NOTHING), _vllm("--max-num-seqs 1"), _vllm("--max-num-seqs $N"),
    (_vllm(f"{_SHARED} 2", "0.26.0"), _LLAMA), _vllm("--gpu-memory-utilization 1"), _vllm("--max-model-len -1"),
]  # fmt: skip
ALSO_BAD = [
    _run("--tp-size 8 --enable-two-batch-overlap"), _run("--enable-lora"), _run("--enable-ssl-refresh"),
    _run("--enable-hierarchical-cache --disable-radix-cache"), (_run("--quantization awq"), _GPT),
    _run("--enable-two-batch-overlap", "lmsysorg/sglang:v0.5.12"),
    server("--enable-dp-lm-head"), server("--enable-dp-lm-head", image="lmsysorg/sglang:v0.4.8"),
    server("--quantization awq"), server("--moe-dense-tp-size 2"),
    (_run("--attention-backend flashinfer"), _GPT), (_run("--attention-backend flashinfer", _9), _HOPPER),
    (_run("--attention-backend fa3 --decode-attention-backend flashinfer"), _HOPPER),
    (_run("--tp-size 8 --ep-size 8 --moe-runner-backend triton_kernel"), _HOPPER),
    (_run("--tp-size 8 --moe-a2a-backend deepep --moe-runner-backend triton_kernel"), _HOPPER),
    _run("--tp-size 8 --ep-size 8 --moe-runner-backend cutlass"),
    _run("--tp-size 8 --moe-runner-backend flashinfer_cutlass"),
    (_run("--tp-size 8 --moe-runner-backend flashinfer_cutedsl"), _GPT),
    (_run("--tp-size 8 --ep-size 4 --moe-runner-backend flashinfer_cutlass"), _FP4),
    (_run("--tp-size 8 --moe-runner-backend flashinfer_cutedsl --moe-a2a-backend mooncake"), _FP4),
    (_run("--tp-size 8 --moe-a2a-backend flashinfer"), _FP4),
    (_run("--tp-size 8 --dp-size 4 --enable-dp-attention --moe-a2a-backend flashinfer"), _FP4),
    _run("--tp-size 8 --dp-size 8 --enable-dp-attention --moe-a2a-backend flashinfer --moe-runner-backend deep_gemm"),
    _run("--tp-size 8 --enable-deterministic-inference --attention-backend trtllm_mla"),
    _run("--tp-size 8 --enable-deterministic-inference --attention-backend flashinfer"),
    _run("--tp-size 8 --enable-deterministic-inference"), (_run("--enable-deterministic-inference"), _GPT),
    _run(f"{_TREE} --attention-backend trtllm_mla"), _run(_TREE), _run(f"{_TREE} --attention-backend flashmla"),
    _run(f"{_TREE} --attention-backend fa4 --page-size 32"),
    _run(f"{_TREE} --attention-backend fa3 --page-size 32", _9),
    (_run(f"{_TREE} --attention-backend trtllm_mha"), _LLAMA), _run("--tp-size 8 --dp-size 2 --nnodes 2", _9),
    server("--dp-size 2 --nnodes 2 --tp-size 8", kind="StatefulSet", image="lmsysorg/sglang:latest"),
    server("--speculative-algorithm EAGLE --pp-size 2"),
    _run("--pp-size 2 --enable-mixed-chunk", _9), _run("--speculative-algorithm EAGLE --pp-size 2"),
    _run("--tp-size 8 --dp-size 2 --enable-dp-attention --speculative-algorithm STANDALONE"),
    _run("--tp-size 8 --dp-size 2 --enable-dp-attention --speculative-algorithm NGRAM"),
    _run("--speculative-algorithm DFLASH"), (_run("--lora-paths a --speculative-algorithm EAGLE3"), _LLAMA),
    server("--lora-paths a"), server("--enable-deepep-moe --enable-dp-attention --dp-size 2 --tp-size 8"),
    server("--enable-deepep-moe --deepep-mode auto --enable-dp-attention --dp-size 2 --tp-size 8"),
    _run("--attention-backend flex_attention --speculative-algorithm EAGLE"),
    _run("--attention-backend trtllm_mla --kv-cache-dtype fp8_e5m2"),
    _run("--prefill-attention-backend cutedsl_mla"), _run("--served-model-name r1:latest"),
    _run("--enable-priority-scheduling --schedule-policy lpm"), _run("--export-metrics-to-file"),
    _run("--disable-cuda-graph-padding --enable-torch-compile"),
    _run("--tp-size 8 --nnodes 3"), server("--tp-size 8 --nnodes 3"), _run(f"{_PAGES} --page-size 3"),
]  # fmt: skip
ALSO_BAD += [
    (_vllm(f"{_SHARED} 2"), _LLAMA), _vllm(f"{_SHARED} 3"), _vllm(f"{_SHARED} 0"), _vllm("--max-num-seqs 0"),
    _vllm("--gpu-memory-utilization 92", "0.33.0"), _vllm("--pipeline-parallel-size 0"),
]  # fmt: skip
ALSO_BAD += [
    llm("speculative_config: {decoding_type: EAGLE3, max_draft_len: 3}"),
    llm("speculative_config: {decoding_type: Eagle, max_draft_len: 3}"),
    llm("speculative_config: {decoding_type: Eagle, speculative_model_dir: /m}"),
    llm(f"speculative_config: {{decoding_type: Eagle, use_dynamic_tree: true, {_DRAFTS}}}"),
    llm(f"speculative_config: {{decoding_type: Draft_Target, {_DRAFTS}}}"), llm("stream_interval: 0"),
    llm("attention_dp_config: {enable_balance: true, timeout_iters: -1}"), llm("load_format: safetensors"),
    llm("kv_cache_config: {max_attention_window: []}"), llm("batch_wait_max_tokens_ratio: 2"),
    llm("kv_cache_config: {max_attention_window: [0]}"), llm("batch_wait_timeout_ms: -1"),
    llm("ray_worker_extension_cls: a.B"), llm("kv_cache_config: {max_gpu_total_bytes: -1}"),
]  # fmt: skip

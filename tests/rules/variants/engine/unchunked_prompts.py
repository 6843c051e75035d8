"""What unchunked-prompts tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import UNKNOWN, launched, llm, server


def _built(more: str) -> str:
    command = "trtllm-build --checkpoint_dir /c --max_num_tokens 4096 --max_input_len 16384"
    return launched({"a": ""}, f"{command} {more}", "nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3")


def _vllm(more: str) -> str:
    return server(f"--max-num-batched-tokens 4096 {more}", engine="vllm")


ALSO_GOOD = [
    llm("max_batch_size: 8", "--max_num_tokens 8192 --max_seq_len 131072 --enable_chunked_prefill"),
    llm("max_num_tokens: 32768", "--max_num_tokens 8192 --max_seq_len 32768"), llm("max_batch_size: 8"),
    (llm("max_num_tokens: 8192"), UNKNOWN), llm("max_seq_len: 8192"), llm("max_input_len: 8192\nmax_seq_len: 16384"),
    llm("backend: tensorrt", "--max_seq_len 131072 --backend tensorrt"),
    server("--max_seq_len 131072 --extra_llm_api_options /models/llm.yaml", engine="trtllm"),
    _built("--use_paged_context_fmha enable"), _built(""), _vllm(""), _vllm("--enable-chunked-prefill"),
    _vllm("--no-enable-chunked-prefill --max-model-len 4096"),
    _vllm("--no-enable-chunked-prefill --max-model-len auto"),
    server("--no-enable-chunked-prefill", engine="vllm"),
]  # fmt: skip
ALSO_BAD = [
    llm("max_batch_size: 8", "--max_seq_len 131072"), llm("max_num_tokens: 4096"),
    llm("max_input_len: 16384\nmax_num_tokens: 8192"), _built("--use_paged_context_fmha disable"),
    server("--max_seq_len 32768", engine="trtllm"), _vllm("--no-enable-chunked-prefill"),
    _vllm("--no-enable-chunked-prefill --max-model-len 8192"),
]  # fmt: skip

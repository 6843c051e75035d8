"""What the tools print: their key words, with the figures of the recipes or with figures that fit together."""

from __future__ import annotations

import json
from typing import Any

RULE = "=" * 59


def titled(name: str) -> str:
    return f"{RULE}\n= {name}\n{RULE}\n"


# 001: an engine build before the run, estimates that are no results, 0.17's one throughput.
A3_ULTRA = (
    "[TensorRT-LLM] TensorRT-LLM version: 0.16.0\n"
    "[05/28/2025-22:40:29] [TRT-LLM] [I]\n"
    + titled("DATASET DETAILS")
    + "Max Sequence Length:    256\nNumber of Sequences:    30000\n"
    + f"{RULE}\n\n"
    "[05/28/2025-22:40:29] [TRT-LLM] [I] Estimated total available memory for KV cache: 717.36 GB\n"
    "[05/28/2025-22:40:29] [TRT-LLM] [I] Estimated max number of requests in KV cache memory: 11076.91\n"
    "Total latency: 2219.111s\n\n"
    + titled("ENGINE BUILD INFO")
    + "Model Name:             meta-llama/Llama-3.1-405B\n\n"
    + titled("ENGINE CONFIGURATION DETAILS")
    + f"Max Batch Size:                 4096\nQuantization:                   FP8\n{RULE}\n\n"
    "[05/28/2025-23:24:36] [TRT-LLM] [I] Request submission complete. [count=30000, time=0.0121s, rate=2484491.39 req/s]\n"
    "[05/28/2025-23:40:59] [TRT-LLM] [I]\n\n"
    + titled("ENGINE DETAILS")
    + "Model:                  meta-llama/Llama-3.1-405B\n"
    "Engine Directory:       /ssd/meta-llama/Llama-3.1-405B/tp_8_pp_1\n"
    "TensorRT-LLM Version:   0.17.0.post1\nDtype:                  bfloat16\n"
    "KV Cache Dtype:         FP8\nQuantization:           FP8\nMax Sequence Length:    256\n\n"
    + titled("WORLD + RUNTIME INFORMATION")
    + "TP Size:                8\nPP Size:                1\nMax Runtime Batch Size: 4096\n"
    "KV Memory Percentage:   95.00%\nIssue Rate (req/sec):   3.1860E+14\n\n"
    + titled("PERFORMANCE OVERVIEW")
    + "Number of requests:             30000\nAverage Input Length (tokens):  128.0000\n"
    "Average Output Length (tokens): 128.0000\nToken Throughput (tokens/sec):  3914.4509\n"
    "Request Throughput (req/sec):   30.5816\nTotal Latency (ms):             980980.5121\n\n"
    f"{RULE}\n\n[05/28/2025-23:40:59] [TRT-LLM] [I] Thread proxy_dispatch_result_thread stopped.\n"
)

# 000: the PyTorch backend. In the place of its figures the document has X.XX; these fit together.
A4X_FIGURES = {
    "request": "78.1250", "output": "10000.0000", "total": "20000.0000", "seconds": "12800.0000", "average": "12400.0000",
    "user": "10.3226", "gpu": "2500.0000", "p50": "12390.0000", "p99": "12799.0000",
}  # fmt: skip


def a4x(figures: dict[str, str] | None = None, streaming: bool = False) -> str:
    """The log of 000. figures: in the place of A4X_FIGURES, or ``{}`` for the document's own placeholders."""
    said = dict.fromkeys(A4X_FIGURES, "X.XX") if figures == {} else {**A4X_FIGURES, **(figures or {})}
    more = (
        "Average time-to-first-token [TTFT] (ms):          900.5000\n"
        "Average time-per-output-token [TPOT] (ms):        90.5512\n"
        "Per User Output Speed (tps/user):                 11.0435\n\n"
        "-- Per-Request Time-per-Output-Token [TPOT] Breakdown (ms)\n\n"
        "[TPOT] MINIMUM: 80.0000\n[TPOT] P99    : 95.0000\n\n"
        "-- Per-Request Time-to-First-Token [TTFT] Breakdown (ms) \n\n[TTFT] P50    : 880.0000\n\n"
        if streaming
        else "\n"
    )
    machine = titled("MACHINE DETAILS ") + "NVIDIA GB200, memory 184.00 GB, 4.00 GHz\n\n" if streaming else ""
    return (
        "Running benchmark for nvidia/DeepSeek-R1-NVFP4-v2 with ISL=128, OSL=128, TP=4, EP=4, PP=1\n\n"
        + titled("PYTORCH BACKEND")
        + "Model:\t\t\tnvidia/DeepSeek-R1-NVFP4-v2\nModel Path:\t\t/ssd/nvidia/DeepSeek-R1-NVFP4-v2\n"
        "TensorRT LLM Version:\t1.2\nDtype:\t\t\tbfloat16\nKV Cache Dtype:\t\tFP8\nQuantization:\t\tNVFP4\n\n"
        + machine
        + titled("REQUEST DETAILS ")
        + "Number of requests:             1000\nNumber of concurrent requests:  985.9849\n"
        "Average Input Length (tokens):  128.0000\nAverage Output Length (tokens): 128.0000\n"
        + titled("WORLD + RUNTIME INFORMATION ")
        + "TP Size:                4\nPP Size:                1\nEP Size:                4\n"
        "Scheduling Policy:      GUARANTEED_NO_EVICT\nKV Memory Percentage:   85.00%\nIssue Rate (req/sec):   8.3913E+13\n\n"
        + titled("PERFORMANCE OVERVIEW ")
        + f"Request Throughput (req/sec):                     {said['request']}\n"
        f"Total Output Throughput (tokens/sec):             {said['output']}\n"
        f"Total Token Throughput (tokens/sec):              {said['total']}\n"
        f"Total Latency (ms):                               {said['seconds']}\n"
        f"Average request latency (ms):                     {said['average']}\n"
        f"Per User Output Throughput [w/ ctx] (tps/user):   {said['user']}\n"
        f"Per GPU Output Throughput (tps/gpu):              {said['gpu']}\n{more}"
        "-- Request Latency Breakdown (ms) -----------------------\n\n"
        f"[Latency] P50    : {said['p50']}\n[Latency] P99    : {said['p99']}\n\n"
        + titled("DATASET DETAILS")
        + "Dataset Path:         /ssd/token-norm-dist.json\nNumber of Sequences:  1000\n\n"
        "-- Percentiles statistics ---------------------------------\n\n"
        "        Input              Output           Seq. Length\n" + "-" * 59 + "\n"
        f"MIN:   128.0000           128.0000           256.0000\n{RULE}\n"
    )


# 003, whole: one table.
A4_HIGH = """\
======================= Benchmark Result =======================
Engine Information:
  Model name: deepseek-ai/DeepSeek-R1
  Engine precision: float8
  Tensor parallelism: 8
  Pipeline parallelism: 1

Performance Summary:
  Input length: 512 tokens
  Output length: 128 tokens
  Batch size: 8
  Number of iterations: 10

  Throughput metrics:
    Average generation throughput: 172.4 tokens/sec
    Average end-to-end throughput: 101.8 tokens/sec

  Latency metrics:
    Average time to first token: 752 ms
    Average inter-token latency: 5.8 ms

  Memory metrics:
    GPU memory used: 62.3 GB
    GPU memory utilization: 93.4%

Detailed breakdown:
  Average prompt processing time: 325 ms
  Total e2e processing time: 1068 ms
=================================================================
"""

# 004 names the command (1,100 prompts of 1,000 and 1,000 tokens) and prints no result; these figures fit together.
SGLANG: dict[str, Any] = {
    "backend": "sglang", "dataset_name": "random", "request_rate": float("inf"), "max_concurrency": None,
    "sharegpt_output_len": None, "random_input_len": 1000, "random_output_len": 1000, "random_range_ratio": 1.0,
    "duration": 440.0, "completed": 1100, "total_input_tokens": 1100000, "total_output_tokens": 1100000,
    "total_output_tokens_retokenized": 1098000, "request_throughput": 2.5, "input_throughput": 2500.0,
    "output_throughput": 2500.0, "mean_e2e_latency_ms": 300000.0, "median_e2e_latency_ms": 310000.0,
    "mean_ttft_ms": 60000.0, "median_ttft_ms": 61000.0, "std_ttft_ms": 9.0, "p99_ttft_ms": 120000.0,
    "mean_tpot_ms": 250.0, "median_tpot_ms": 251.0, "p99_tpot_ms": 300.0, "mean_itl_ms": 249.0,
    "p95_itl_ms": 280.0, "p99_itl_ms": 290.0, "concurrency": 750.0,
}  # fmt: skip
VLLM: dict[str, Any] = {
    "date": "20260101-000000", "endpoint_type": "vllm", "backend": "vllm", "model_id": "meta-llama/Llama-3.3-70B-Instruct",
    "tokenizer_id": "meta-llama/Llama-3.3-70B-Instruct", "num_prompts": 100, "request_rate": "inf", "max_concurrency": 16,
    "duration": 50.0, "completed": 99, "failed": 1, "total_input_tokens": 99000, "total_output_tokens": 49500,
    "request_throughput": 1.98, "request_goodput": None, "output_throughput": 990.0, "total_token_throughput": 2970.0,
    "mean_ttft_ms": 100.0, "median_ttft_ms": 90.0, "std_ttft_ms": 5.0, "p99_ttft_ms": 200.0, "mean_tpot_ms": 12.5,
    "median_tpot_ms": 12.0, "p99_tpot_ms": 20.0, "mean_itl_ms": 12.4, "p99_itl_ms": 40.0, "mean_e2el_ms": 6000.0,
}  # fmt: skip


def jsonl(*runs: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(run)}\n" for run in runs)


def table(sglang: bool = True) -> str:
    """What the client prints at its end."""
    rows = {
        **({"Backend:": "sglang", "Traffic request rate:": "inf", "Max request concurrency:": "not set"} if sglang else {}),
        "Successful requests:": 1100, "Benchmark duration (s):": "440.00", "Total input tokens:": 1100000,
        "Total generated tokens:": 1100000, "Request throughput (req/s):": "2.50", "Output token throughput (tok/s):": "2500.00",
        "Total token throughput (tok/s):" if sglang else "Total Token throughput (tok/s):": "5000.00",
    }  # fmt: skip
    lines = [f"{key:<40} {value:<10}" for key, value in rows.items()]
    last = "E2E Latency" if sglang else "E2EL"
    lines += [
        f"{'Time to First Token':-^50}",
        f"{'Mean TTFT (ms):':<40} {60000.0:<10.2f}",
        f"{'P99 TTFT (ms):':<40} {120000.0:<10.2f}",
    ]
    lines += [f"{'End-to-End Latency':-^50}", f"{f'Median {last} (ms):':<40} {310000.0:<10.2f}"]
    return "\n".join([f"{' Serving Benchmark Result ':=^50}", *lines, "=" * 50, ""])

"""Results of the clients of servers: SGLang's and vLLM's, as files and as they print them; the A4 High table."""

from __future__ import annotations

import pytest
from samples import A4_HIGH, SGLANG, VLLM, jsonl, table

from servelint.benchmarks import generation_table, serving_json, serving_table
from servelint.benchmarks.record import Latency, NotAResult, Record


def only(found: list[Record | NotAResult]) -> Record:
    (run,) = found
    assert isinstance(run, Record), (run.line, run.cause)
    return run


def test_sglangs_file() -> None:
    run = only(list(serving_json.parse(jsonl(SGLANG), "a.jsonl")))
    assert (run.tool, run.engine, run.model) == ("sglang.bench_serving", "sglang", None)
    assert (run.isl, run.osl, run.requests, run.duration_s, run.concurrency) == (1000, 1000, 1100, 440, 750)
    assert (run.request_throughput, run.output_throughput, run.total_throughput) == (2.5, 2500, 5000)
    assert run.ttft == Latency(mean=60000, p50=61000, p99=120000)
    assert run.itl == Latency(mean=249, p95=280, p99=290) and run.e2e.p50 == 310000
    assert run.output_per_user == 4.0


def test_vllms_file() -> None:
    run = only(list(serving_json.parse(jsonl(VLLM), "a.json")))
    assert (run.tool, run.engine, run.model) == ("vllm bench serve", "vllm", "meta-llama/Llama-3.3-70B-Instruct")
    assert (run.isl, run.osl, run.requests, run.failed, run.concurrency) == (1000, 500, 99, 1, 16)
    assert (run.output_throughput, run.total_throughput, run.output_per_user) == (990, 2970, 80)
    assert run.tpot == Latency(mean=12.5, p50=12, p99=20) and run.e2e.mean == 6000


def test_each_line_is_a_run() -> None:
    runs = list(serving_json.parse(jsonl(SGLANG, SGLANG | {"duration": 441.0}), "a.jsonl"))
    assert [(run.line, run.duration_s) for run in runs if isinstance(run, Record)] == [(1, 440), (2, 441)]


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        (jsonl(SGLANG) + jsonl(SGLANG)[:90], 2, "is not JSON at character"),
        (jsonl(SGLANG)[:200] + jsonl(VLLM), 1, "is not JSON"),
        (jsonl({k: v for k, v in SGLANG.items() if k != "duration"}), 1, "has no duration"),
        (jsonl(SGLANG | {"completed": 0}), 1, "no request succeeded"),
        (jsonl(SGLANG | {"mean_ttft_ms": float("nan")}), 1, "mean_ttft_ms: nan is no figure"),
        (jsonl(SGLANG | {"duration": "X.XX"}), 1, "duration: X.XX is no figure"),
        (jsonl(SGLANG | {"completed": 1.5}), 1, "completed: 1.5 is no count"),
        (jsonl(SGLANG | {"output_throughput": 250.0}), 1, "and the report says 250"),
        (jsonl(SGLANG) + "[1]\n", 2, "is no object"),
        ("[" * 100_000, 1, "is not JSON"),
        ('{"a": ' + "9" * 5000 + "}", 1, "is not JSON"),
    ],
)
def test_a_file_that_is_no_result_is_named_with_its_line(text: str, line: int, cause: str) -> None:
    wrong = [run for run in serving_json.parse(text, "a.jsonl") if isinstance(run, NotAResult)]
    assert [run.line for run in wrong] == [line] and cause in wrong[0].cause


@pytest.mark.parametrize("sglang", [True, False])
def test_the_printed_table(sglang: bool) -> None:
    text = "INFO: chatter\n" + table(sglang)
    run = only(list(serving_table.parse(text.split("\n"), "log")))
    assert run.tool == ("sglang.bench_serving" if sglang else "vllm bench serve")
    assert (run.isl, run.osl, run.requests, run.duration_s, run.line) == (1000, 1000, 1100, 440, 2)
    assert (run.output_throughput, run.total_throughput, run.request_throughput) == (2500, 5000, 2.5)
    assert run.ttft == Latency(mean=60000, p99=120000) and run.e2e == Latency(p50=310000)


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        (table()[:-60], len(table()[:-60].split("\n")), "does not end"),
        (table().replace("440.00 ", "X.XX   "), 6, "X.XX stands in the place of a figure"),
        (table().replace("Request throughput", "WARNING\nRequest throughput"), 9, "stands inside the table"),
        (table().replace("Total input", "Successful requests:   7\nTotal input"), 7, "stands twice"),
        ("\n".join(table().split("\n")[:5]) + "\n" + table(), 6, "begins inside the one of line 1"),
    ],
)
def test_a_table_that_is_no_result_is_named_with_its_line(text: str, line: int, cause: str) -> None:
    wrong = [run for run in serving_table.parse(text.split("\n"), "log") if isinstance(run, NotAResult)]
    assert [run.line for run in wrong] == [line], wrong[0].cause
    assert cause in wrong[0].cause


def test_the_table_of_the_a4_high_recipe() -> None:
    run = only(list(generation_table.parse(A4_HIGH.split("\n"), "log")))
    assert (run.model, run.quantization, run.tp, run.gpus) == ("deepseek-ai/DeepSeek-R1", "float8", 8, 8)
    assert (run.isl, run.osl, run.concurrency, run.requests) == (512, 128, 8, 80)
    assert (run.generation_throughput, run.output_throughput) == (172.4, 101.8)
    assert (run.ttft.mean, run.itl.mean, run.e2e.mean) == (752, 5.8, 1068)
    assert run.output_per_user == pytest.approx(run.generation_throughput, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        (A4_HIGH[:-70], 28, "does not end"),
        (A4_HIGH.replace("101.8", "X.XX"), 16, "X.XX stands in the place of a figure"),
        (A4_HIGH.replace("  Batch size: 8\n", ""), 1, "has no row 'Batch size'"),
        (A4_HIGH.replace("  Batch size: 8\n", "  Batch size: 8\n  Batch size: 9\n"), 12, "does not belong"),
    ],
)
def test_a4_high_tables_that_are_none(text: str, line: int, cause: str) -> None:
    wrong = [run for run in generation_table.parse(text.split("\n"), "log") if isinstance(run, NotAResult)]
    assert [run.line for run in wrong] == [line], wrong[0].cause
    assert cause in wrong[0].cause

"""Logs of trtllm-bench: the right figures of both engine paths, and a line for each way in which a log is none."""

from __future__ import annotations

from typing import Any

import pytest
from samples import A3_ULTRA, RULE, a4x

from servelint.benchmarks import trtllm_bench
from servelint.benchmarks.record import Latency, NotAResult, Record


def runs(log: str) -> list[Record | NotAResult]:
    return list(trtllm_bench.parse(log.split("\n"), "log"))


def record(log: str) -> Record:
    (found,) = runs(log)
    assert isinstance(found, Record), (found.line, found.cause)
    return found


def wrong(log: str) -> tuple[str, str]:
    """The text of the line that is named, and the cause; of the only thing found."""
    (found,) = runs(log)
    assert isinstance(found, NotAResult)
    return log.split("\n")[found.line - 1], found.cause


def test_the_log_of_the_a3_ultra_recipe() -> None:
    found = record(A3_ULTRA)
    assert (found.output_throughput, found.request_throughput) == (3914.4509, 30.5816)
    assert found.duration_s == pytest.approx(980.9805121, abs=1e-9)
    assert (found.model, found.engine, found.engine_version) == ("meta-llama/Llama-3.1-405B", "trtllm", "0.17.0.post1")
    assert (found.backend, found.quantization, found.kv_cache_dtype, found.dtype) == (
        "tensorrt",
        "FP8",
        "FP8",
        "bfloat16",
    )
    assert (found.isl, found.osl, found.requests, found.tp, found.pp, found.gpus) == (128, 128, 30000, 8, 1, 8)
    assert found.output_per_gpu == pytest.approx(489.3064, abs=1e-4)
    assert found.total_throughput == pytest.approx(2 * 3914.4509)
    assert A3_ULTRA.split("\n")[found.line - 1] == "= ENGINE DETAILS"


def test_estimates_are_no_results() -> None:
    """717.36 GB, 11076.91 requests and a rate of 2484491.39 stand before the report."""
    estimates = {717.36, 681.49, 11076.91, 4096, 2484491.39, 2219.111}
    assert not estimates & set(vars(record(A3_ULTRA)).values())
    assert runs(A3_ULTRA[: A3_ULTRA.index("= ENGINE DETAILS")]) == []


def test_the_log_of_the_a4x_recipe() -> None:
    found = record(a4x())
    assert (found.backend, found.engine_version, found.quantization) == ("pytorch", "1.2", "NVFP4")
    assert (found.tp, found.ep, found.gpus, found.requests, found.concurrency) == (4, 4, 4, 1000, 985.9849)
    assert (found.output_throughput, found.total_throughput, found.request_throughput) == (10000, 20000, 78.125)
    assert (found.output_per_gpu, found.output_per_user) == (2500, 10.3226)
    assert found.e2e == Latency(mean=12400, p50=12390, p99=12799)


def test_a_streamed_run_has_its_latencies() -> None:
    found = record(a4x(streaming=True))
    assert found.ttft == Latency(mean=900.5, p50=880)
    assert found.tpot == Latency(mean=90.5512, minimum=80, p99=95)
    assert found.output_per_user == 11.0435 and found.gpu == "NVIDIA GB200"


def test_two_runs_of_one_log() -> None:
    first, second = runs(a4x() + a4x({"p99": "12700.0000"}))
    assert isinstance(first, Record) and isinstance(second, Record)
    assert (first.e2e.p99, second.e2e.p99) == (12799, 12700) and first.line < second.line


def test_placeholders_are_named_at_the_first_of_them() -> None:
    line, cause = wrong(a4x({}))
    assert line.startswith("Request Throughput") and "X.XX" in cause


LOGGED = "[05/28/2025-23:40:59] [TRT-LLM] [I] Cancelling all 0 tasks to complete."


@pytest.mark.parametrize(
    ("log", "line", "cause"),
    [
        (a4x()[: a4x().index("Total Latency")], "", "does not end"),
        (a4x()[: a4x().index("= WORLD") - 60], "", "does not end"),
        (a4x()[: a4x().index("12799") + 3], "[Latency] P99    : 127", "does not end"),
        (a4x().replace("Total Latency (ms):  ", "Total (ms):  "), RULE, "has no Total Latency (ms)"),
        (a4x().replace("12800.0000", ""), None, "has no figure"),
        (a4x().replace("Total Output Throughput", "Other"), RULE, "has no throughput of tokens"),
        (a4x()[a4x().index("= REQUEST") :], "= PERFORMANCE OVERVIEW ", "the beginning of this report is missing"),
        (a4x().replace("PP Size:  ", f"{LOGGED}\nPP Size:  "), LOGGED, "stands inside the report"),
        (a4x().replace("TP Size:  ", "TP Size:   4\nTP Size:  "), "TP Size:                4", "stands twice"),
        (a4x().replace("[Latency] P99", "[Latency] P50"), "[Latency] P50    : 12799.0000", "stands twice"),
        (a4x().replace("PP Size:  ", "12 of 30\nPP Size:  "), "12 of 30", "stands inside the report"),
        (a4x({"total": "2000nan"}), "Total Token Throughput (tokens/sec):              2000nan", "is no figure"),
        (a4x({"total": "nan"}), "Total Token Throughput (tokens/sec):              nan", "is no figure"),
        (a4x().replace("requests:             1000", "requests:             10.5"), None, "is no count"),
        (a4x().replace("requests:             1000", "requests:             0"), "= PYTORCH BACKEND", "no request succeeded"),
        (a4x({"output": "900.0000"}), "= PYTORCH BACKEND", "and the report says 900"),
    ],
)  # fmt: skip
def test_what_is_no_result_is_named_with_its_line(log: str, line: str | None, cause: str) -> None:
    at, why = wrong(log)
    assert cause in why
    assert line is None or at == line


def test_a_report_that_begins_inside_another_is_named_and_is_read() -> None:
    log = a4x()[: a4x().index("= WORLD") - 60] + a4x().partition("\n")[2]
    first, second = runs(log)
    assert isinstance(first, NotAResult) and "begins inside the one of line" in first.cause
    assert isinstance(second, Record) and log.split("\n")[second.line - 1] == "= PYTORCH BACKEND"


def test_keys_that_are_not_known_are_no_harm() -> None:
    changed: Any = a4x().replace("EP Size:", "CP Size:                1\nEP Size:")
    assert record(changed) == record(a4x())
    assert RULE in changed

"""What ``sglang.bench_serving --output-file`` appends, a JSON object a run, and ``vllm bench serve --save-result``.

https://github.com/sgl-project/sglang/blob/v0.4.6.post4/python/sglang/bench_serving.py
https://github.com/vllm-project/vllm/blob/main/vllm/benchmarks/serve.py
vLLM's names its model; SGLang's what prompts were asked for.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from .record import Latency, NotAResult, Record, check, derived

LATENCY = re.compile(r"(mean|median|max|p\d+(?:\.\d+)?)_(ttft|tpot|itl|e2el|e2e_latency)_ms")
NAMES = {"ttft": "ttft", "tpot": "tpot", "itl": "itl", "e2el": "e2e", "e2e_latency": "e2e"}
PARTS = {"mean": "mean", "median": "p50", "p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99", "max": "maximum"}
NEEDED = (
    "completed",
    "duration",
    "request_throughput",
    "output_throughput",
    "total_input_tokens",
    "total_output_tokens",
)
AGAIN = "the file is damaged or cut off: fetch it again, or run the benchmark again"


def parse(text: str, source: str) -> Iterator[Record | NotAResult]:
    """Each run of a file of JSON, one object or one a line, as a record or as what is wrong with it."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        for at, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield _line(line, at, source)
        return
    yield _of(whole, 1, source)


def _line(line: str, at: int, source: str) -> Record | NotAResult:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return NotAResult(at, f"is not JSON at character {error.colno}: {error.msg}", AGAIN)
    except (ValueError, RecursionError) as error:
        return NotAResult(at, f"is not JSON: {error}", AGAIN)
    return _of(value, at, source)


def _of(value: Any, line: int, source: str) -> Record | NotAResult:
    if not isinstance(value, dict):
        return NotAResult(line, "is no object", "name the file that the benchmark wrote")
    missing = [key for key in NEEDED if value.get(key) is None]
    if missing:
        return NotAResult(line, f"has no {missing[0]}", "name the file that the benchmark wrote, of a run that ended")
    try:
        return _record(value, line, source)
    except NotAResult as error:
        return error


def _record(said: dict[str, Any], line: int, source: str) -> Record:
    def figure(key: str) -> float | None:
        value = said.get(key)
        if value is None or value in ("inf", math.inf):
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
            raise NotAResult(line, f"{key}: {str(value)[:40]} is no figure", AGAIN)
        return float(value)

    def count(key: str) -> int | None:
        value = figure(key)
        if value is not None and value != int(value):
            raise NotAResult(line, f"{key}: {value} is no count", AGAIN)
        return None if value is None else int(value)

    vllm = "model_id" in said
    done = count("completed") or 0
    latencies: dict[str, dict[str, float]] = {name: {} for name in NAMES.values()}
    for key in said:
        if (found := LATENCY.fullmatch(key)) and found[1] in PARTS and (value := figure(key)) is not None:
            latencies[NAMES[found[2]]][PARTS[found[1]]] = value
    backend = said.get("backend") or said.get("endpoint_type")
    made = Record(
        source=source,
        line=line,
        tool="vllm bench serve" if vllm else "sglang.bench_serving",
        engine="vllm" if vllm else str(backend or "sglang"),
        backend=str(backend) if backend else None,
        model=str(said["model_id"]) if vllm else None,
        isl=(figure("total_input_tokens") or 0) / done if done else None,
        osl=(figure("total_output_tokens") or 0) / done if done else None,
        requests=done,
        failed=count("failed"),
        max_concurrency=count("max_concurrency"),
        concurrency=figure("concurrency") or figure("max_concurrency"),
        duration_s=figure("duration"),
        request_throughput=figure("request_throughput"),
        output_throughput=figure("output_throughput"),
        total_throughput=figure("total_token_throughput") or figure("total_throughput"),
        ttft=Latency(**latencies["ttft"]),
        tpot=Latency(**latencies["tpot"]),
        itl=Latency(**latencies["itl"]),
        e2e=Latency(**latencies["e2e"]),
    )
    check(made)
    return derived(made)

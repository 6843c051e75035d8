"""The table that ``sglang.bench_serving`` and ``vllm bench serve`` print; SGLang's client began as a copy of vLLM's.

https://github.com/sgl-project/sglang/blob/v0.4.6.post4/python/sglang/bench_serving.py
https://github.com/vllm-project/vllm/blob/main/vllm/benchmarks/serve.py
Only SGLang's names its backend.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from .figures import number, whole
from .record import Latency, NotAResult, Record, check, derived

BEGINS = re.compile(r"=+ Serving Benchmark Result =+")
RULE = re.compile(r"={20,}")
SECTION = re.compile(r"-+[A-Za-z].*-+")
ROW = re.compile(r"([A-Za-z][^:]*):\s*(.*)$")
LATENCY = re.compile(r"(mean|median|max|p\d+(?:\.\d+)?) (ttft|tpot|itl|e2el|e2e latency) \(ms\)")
NAMES = {"ttft": "ttft", "tpot": "tpot", "itl": "itl", "e2el": "e2e", "e2e latency": "e2e"}
PARTS = {"mean": "mean", "median": "p50", "p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99", "max": "maximum"}
WORDS = ("not set", "none", "inf")
CUT = "the output is cut off: fetch all of it, or run the benchmark again"
MIXED = "two outputs ran into each other: take that of one process"


def parse(lines: Sequence[str], source: str) -> Iterator[Record | NotAResult]:
    """Each table as a record, or as what is wrong with it."""
    starts = [at for at, line in enumerate(lines) if BEGINS.fullmatch(line.strip())]
    for at, after in pairwise([*starts, len(lines)]):
        try:
            rows = _rows(lines, at, after)
            yield _record(rows, source, at + 1)
        except NotAResult as error:
            yield error


def _rows(lines: Sequence[str], start: int, after: int) -> dict[str, tuple[str, int]]:
    rows: dict[str, tuple[str, int]] = {}
    for at in range(start + 1, after):
        line = lines[at].strip()
        if RULE.fullmatch(line):
            return rows
        if not line or SECTION.fullmatch(line):
            continue
        row = ROW.fullmatch(line)
        if row is None:
            raise NotAResult(at + 1, f"{line[:60]!r} stands inside the table of line {start + 1}", MIXED)
        key = row[1].strip().lower()
        if key in rows:
            raise NotAResult(at + 1, f"{row[1].strip()} stands twice in the table of line {start + 1}", MIXED)
        rows[key] = (row[2], at + 1)
    if after < len(lines):
        raise NotAResult(after + 1, f"a table begins inside the one of line {start + 1}", MIXED)
    raise NotAResult(after, f"the table of line {start + 1} does not end", CUT)


def _record(rows: dict[str, tuple[str, int]], source: str, line: int) -> Record:
    def figure(key: str) -> float | None:
        return number(*rows[key], key) if key in rows and rows[key][0].strip() not in WORDS else None

    def count(key: str) -> int | None:
        return whole(*rows[key], key) if key in rows and rows[key][0].strip() not in WORDS else None

    for key in ("successful requests", "benchmark duration (s)", "output token throughput (tok/s)"):
        if key not in rows:
            raise NotAResult(line, f"the table has no row {key!r}", CUT)
    done = count("successful requests") or 0
    latencies: dict[str, dict[str, float]] = {name: {} for name in NAMES.values()}
    for key, (text, at) in rows.items():
        if (found := LATENCY.fullmatch(key)) and found[1] in PARTS:
            latencies[NAMES[found[2]]][PARTS[found[1]]] = number(text, at, key)
    sglang = "backend" in rows
    told = count("max request concurrency") or count("maximum request concurrency")
    made = Record(
        source=source,
        line=line,
        tool="sglang.bench_serving" if sglang else "vllm bench serve",
        engine=rows["backend"][0].strip() if sglang else "vllm",
        backend=rows["backend"][0].strip() if sglang else None,
        isl=(count("total input tokens") or 0) / done if done else None,
        osl=(count("total generated tokens") or 0) / done if done else None,
        requests=done,
        failed=count("failed requests"),
        max_concurrency=told,
        concurrency=figure("concurrency") or told,
        duration_s=figure("benchmark duration (s)"),
        request_throughput=figure("request throughput (req/s)"),
        output_throughput=figure("output token throughput (tok/s)"),
        total_throughput=figure("total token throughput (tok/s)"),
        ttft=Latency(**latencies["ttft"]),
        tpot=Latency(**latencies["tpot"]),
        itl=Latency(**latencies["itl"]),
        e2e=Latency(**latencies["e2e"]),
    )
    check(made)
    return derived(made)

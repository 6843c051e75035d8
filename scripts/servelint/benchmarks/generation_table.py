"""The table of the A4 High recipe, which calls its tool ``tensorrt_llm.tools.benchmark``: sections of indented rows.

Its "generation throughput" is that of one sequence, 1000 over its inter-token latency; its "end-to-end" one is over the
whole run. A batch in each iteration makes the requests.
"""

import re
from collections.abc import Iterator, Sequence

from .figures import number, whole
from .record import Latency, NotAResult, Record, check, derived

BEGINS = re.compile(r"=+ Benchmark Result =+")
RULE = re.compile(r"={20,}")
ROW = re.compile(r"([A-Za-z][^:]*):\s*(.*)$")
UNITS = re.compile(r" ?(tokens/sec|tokens|ms|GB|%)$")
CUT = "the output is cut off: fetch all of it, or run the benchmark again"
NEEDED = ("Input length", "Output length", "Batch size", "Number of iterations", "Average end-to-end throughput")


def parse(lines: Sequence[str], source: str) -> Iterator[Record | NotAResult]:
    """Each table as a record, or as what is wrong with it."""
    for at, line in enumerate(lines):
        if BEGINS.fullmatch(line.strip()):
            try:
                yield _record(_rows(lines, at), source, at + 1)
            except NotAResult as error:
                yield error


def _rows(lines: Sequence[str], start: int) -> dict[str, tuple[str, int]]:
    rows: dict[str, tuple[str, int]] = {}
    for at in range(start + 1, len(lines)):
        line = lines[at].strip()
        if RULE.fullmatch(line):
            return rows
        row = ROW.fullmatch(line)
        if (line and row is None) or (row is not None and row[2] and row[1] in rows):
            raise NotAResult(
                at + 1,
                f"{line[:60]!r} does not belong into the table of line {start + 1}",
                "two outputs ran into each other: take that of one process",
            )
        if row is not None and row[2]:
            rows[row[1]] = (UNITS.sub("", row[2].strip()), at + 1)
    raise NotAResult(len(lines), f"the table of line {start + 1} does not end", CUT)


def _record(rows: dict[str, tuple[str, int]], source: str, line: int) -> Record:
    for key in NEEDED:
        if key not in rows:
            raise NotAResult(line, f"the table has no row {key!r}", CUT)

    def figure(key: str) -> float | None:
        return number(*rows[key], key) if key in rows else None

    def count(key: str) -> int | None:
        return whole(*rows[key], key) if key in rows else None

    tp, pp = count("Tensor parallelism"), count("Pipeline parallelism")
    batch, iterations = count("Batch size") or 0, count("Number of iterations") or 0
    made = Record(
        source=source,
        line=line,
        tool="tensorrt_llm.tools.benchmark",
        engine="trtllm",
        model=rows["Model name"][0] if "Model name" in rows else None,
        quantization=rows["Engine precision"][0] if "Engine precision" in rows else None,
        gpus=tp * (pp or 1) if tp else None,
        tp=tp,
        pp=pp,
        isl=figure("Input length"),
        osl=figure("Output length"),
        requests=batch * iterations,
        max_concurrency=batch,
        concurrency=float(batch),
        output_throughput=figure("Average end-to-end throughput"),
        generation_throughput=figure("Average generation throughput"),
        ttft=Latency(mean=figure("Average time to first token")),
        itl=Latency(mean=figure("Average inter-token latency")),
        e2e=Latency(mean=figure("Total e2e processing time")),
    )
    check(made)
    return derived(made)

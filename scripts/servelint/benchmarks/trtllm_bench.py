"""The report at the end of a ``trtllm-bench throughput`` log: of built engines and of the PyTorch backend.

The titles and keys are the tool's, from version 0.17 (one throughput, no percentiles) to 1.2:
https://github.com/NVIDIA/TensorRT-LLM/blob/main/tensorrt_llm/bench/dataclasses/reporting.py. A log holds much that
looks like a figure before it: estimates of memory and batch size, the data set, the engine's limits. Only what stands
between the report's first title and the rule that ends it is read; every line there must be of a report.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from .figures import PLACEHOLDER, number, whole
from .record import Latency, NotAResult, Record, check, derived

BEGINS = ("ENGINE DETAILS", "PYTORCH BACKEND", "TENSORRT BACKEND", "AUTODEPLOY BACKEND")
PERFORMANCE, DATASET = "PERFORMANCE OVERVIEW", "DATASET DETAILS"
RULE = re.compile(r"={20,}")
TITLE = re.compile(r"= ([A-Z].*)")
KEY = re.compile(r"([A-Za-z][^:]*):(?:\s+(.*))?$")
PERCENTILE = re.compile(r"\[(Latency|TPOT|TTFT|GTPS|DT|ADT|DAR|AL)\] +(\w+) *:\s*(.*)$")
PARTS = {
    "P50": "p50", "P90": "p90", "P95": "p95", "P99": "p99",
    "MINIMUM": "minimum", "MAXIMUM": "maximum", "AVERAGE": "mean",
}  # fmt: skip
LOGGED = re.compile(r"\[\d\d/\d\d/\d{4}-\d\d:\d\d:\d\d\] \[TRT-LLM\]")
OF_TOOL = re.compile(r"trtllm-bench|\[TRT-LLM\]")
"""What a log of the tool has somewhere, even one that ends before its report."""
VERSION = ("TensorRT-LLM Version", "TensorRT LLM Version")
NEEDED = ("Request Throughput (req/sec)", "Total Latency (ms)")
CUT = "the log is cut off: fetch all of it, or run the experiment again"
MIXED = "two logs ran into each other: take the log of one process"


@dataclass
class _Report:
    """What a report said so far: keys with value and line, percentiles with theirs."""

    line: int
    said: dict[str, tuple[str, int]] = field(default_factory=dict)
    parts: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    gpu: str | None = None

    def text(self, *keys: str) -> str | None:
        found = next((self.said[key][0] for key in keys if key in self.said), None)
        return found if found not in ("", "None") else None

    def figure(self, *keys: str) -> float | None:
        return next((number(*self.said[key], key) for key in keys if key in self.said), None)

    def count(self, *keys: str) -> int | None:
        return next((whole(*self.said[key], key) for key in keys if key in self.said), None)

    def latency(self, name: str, mean: str = "") -> Latency:
        found = {
            PARTS[part]: number(text, line, f"[{name}] {part}")
            for (of, part), (text, line) in self.parts.items()
            if of == name and part in PARTS
        }
        if "mean" not in found and (said := self.figure(mean)) is not None:
            found["mean"] = said
        return Latency(**found)


def parse(lines: Sequence[str], source: str) -> Iterator[Record | NotAResult]:
    """Each report of a log as a record, or as what is wrong with it. lines: as a pod's log has them, prefixes gone."""
    starts = [at for at, line in enumerate(lines) if _title(line) in BEGINS]
    yield from _headless(lines, 0, starts[0] if starts else len(lines))
    for start, after in pairwise([*starts, len(lines)]):
        try:
            report, end = _report(lines, start, after)
            yield _record(report, source, end)
        except NotAResult as error:
            yield error
        else:
            yield from _headless(lines, end, after)


def _headless(lines: Sequence[str], start: int, end: int) -> Iterator[NotAResult]:
    """Reports of which only the end is there, as `kubectl logs --tail` gives it."""
    for at in range(start, end):
        if _title(lines[at]) == PERFORMANCE:
            yield NotAResult(at + 1, "the beginning of this report is missing", CUT)


def _title(line: str) -> str:
    found = TITLE.fullmatch(line.strip())
    return found[1].strip() if found else ""


def _report(lines: Sequence[str], start: int, after: int) -> tuple[_Report, int]:
    """The report that begins with the title at ``start``, and the index after it. after: where the next one begins, or
    the end of the log. Raises NotAResult for a line that does not belong into it."""
    report, section = _Report(start + 1), ""
    for at in range(start, after):
        line = lines[at].strip()
        if title := _title(line):
            section = title
        elif RULE.fullmatch(line):
            if not _title(lines[at - 1]) and not _title_follows(lines, at):
                return report, at + 1
        elif line:
            _take(report, section, line, at + 1)
    if after < len(lines):
        raise NotAResult(after + 1, f"a report begins inside the one of line {start + 1}", MIXED)
    if section != DATASET:  # a figure that is cut off is a figure as well
        _figures(report)
        raise NotAResult(after, f"the report of line {start + 1} does not end", CUT)
    return report, after


def _title_follows(lines: Sequence[str], rule: int) -> bool:
    """Whether a rule is the upper one of a title, other rules and empty lines aside."""
    below = (line.strip() for line in lines[rule + 1 : rule + 6])
    return bool(_title(next((line for line in below if line and not RULE.fullmatch(line)), "")))


def _take(report: _Report, section: str, line: str, at: int) -> None:
    """Notes what a line of a report says. Raises NotAResult if it can be none of this report."""
    if LOGGED.match(line):
        raise NotAResult(at, f"a line of the log stands inside the report of line {report.line}", MIXED)
    if section == DATASET or line.startswith("--"):
        return
    if section == "MACHINE DETAILS":
        report.gpu = line.split(",")[0] if "," in line else None
    elif found := PERCENTILE.fullmatch(line):
        _note(report, report.parts, (found[1], found[2].upper()), found[3], at)
    elif found := KEY.fullmatch(line):
        _note(report, report.said, found[1].strip(), (found[2] or "").strip(), at)
    else:
        raise NotAResult(at, f"{line[:60]!r} stands inside the report of line {report.line}", MIXED)


def _note(report: _Report, said: dict[Any, tuple[str, int]], key: Any, text: str, at: int) -> None:
    if key in said:
        name = key if isinstance(key, str) else "[{}] {}".format(*key)
        raise NotAResult(at, f"{name} stands twice in the report of line {report.line}", MIXED)
    said[key] = (text, at)


def _figures(report: _Report) -> None:
    """Raises NotAResult at the first figure of the report for which a placeholder stands."""
    for key, (text, at) in sorted(report.said.items(), key=lambda item: item[1][1]):
        if PLACEHOLDER.fullmatch(text):
            number(text, at, key)


def _record(report: _Report, source: str, last: int) -> Record:
    _figures(report)
    for key in NEEDED:
        if key not in report.said:
            raise NotAResult(last, f"the report of line {report.line} has no {key}", CUT)
    total = report.figure("Total Token Throughput (tokens/sec)")
    # 0.17 has one throughput, of the tokens that were generated.
    output = report.figure("Total Output Throughput (tokens/sec)", "Token Throughput (tokens/sec)")
    if output is None:
        raise NotAResult(last, f"the report of line {report.line} has no throughput of tokens", CUT)
    tp, pp = report.count("TP Size"), report.count("PP Size")
    made = derived(
        Record(
            source=source,
            line=report.line,
            tool="trtllm-bench",
            engine="trtllm",
            engine_version=report.text(*VERSION),
            backend="tensorrt" if "Engine Directory" in report.said else "pytorch",
            model=report.text("Model"),
            gpu=report.gpu,
            gpus=tp * (pp or 1) if tp else None,
            tp=tp,
            pp=pp,
            ep=report.count("EP Size"),
            dtype=report.text("Dtype"),
            quantization=report.text("Quantization"),
            kv_cache_dtype=report.text("KV Cache Dtype"),
            isl=report.figure("Average Input Length (tokens)"),
            osl=report.figure("Average Output Length (tokens)"),
            requests=report.count("Number of requests"),
            concurrency=report.figure("Number of concurrent requests"),
            duration_s=(report.figure("Total Latency (ms)") or 0) / 1000,
            request_throughput=report.figure("Request Throughput (req/sec)"),
            output_throughput=output,
            total_throughput=total,
            output_per_gpu=report.figure("Per GPU Output Throughput (tps/gpu)"),
            output_per_user=report.figure(
                "Per User Output Speed (tps/user)", "Per User Output Throughput [w/ ctx] (tps/user)"
            ),
            ttft=report.latency("TTFT", "Average time-to-first-token [TTFT] (ms)"),
            tpot=report.latency("TPOT", "Average time-per-output-token [TPOT] (ms)"),
            e2e=report.latency("Latency", "Average request latency (ms)"),
        )
    )
    check(made)
    return made

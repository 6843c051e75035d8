"""One run of a benchmark, whatever tool wrote it down.

What a tool did not say is None, never a guess; what follows from what it said by its own definition (a rate a GPU) is
computed, and said to be.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

AGREE = 0.05
"""How far a tool's throughput may be from its tokens over its seconds. Each rounds to two digits at the worst."""


@dataclass(frozen=True)
class Latency:
    """Milliseconds over the requests of a run."""

    mean: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """One run.

    ``source`` and ``line`` say where its report begins. ``isl`` and ``osl`` are mean tokens of a prompt and an answer;
    throughputs are tokens a second of all GPUs together over the whole run, ``generation_throughput`` those of one
    sequence while it is generated. ``max_concurrency`` is what the client was told, ``concurrency`` what was measured,
    or told where nobody measured. ``gpus`` are those of the server, tp * pp where the tool says these. ``hardware``,
    ``overlay``, ``revision``, ``start`` come from the manifest beside the result, or from who asks.
    """

    source: str
    line: int
    tool: str
    engine: str
    engine_version: str | None = None
    backend: str | None = None
    model: str | None = None
    model_revision: str | None = None
    hardware: str | None = None
    gpu: str | None = None
    gpus: int | None = None
    tp: int | None = None
    pp: int | None = None
    ep: int | None = None
    dtype: str | None = None
    quantization: str | None = None
    kv_cache_dtype: str | None = None
    isl: float | None = None
    osl: float | None = None
    requests: int | None = None
    failed: int | None = None
    max_concurrency: int | None = None
    concurrency: float | None = None
    duration_s: float | None = None
    request_throughput: float | None = None
    output_throughput: float | None = None
    total_throughput: float | None = None
    generation_throughput: float | None = None
    output_per_gpu: float | None = None
    output_per_user: float | None = None
    ttft: Latency = field(default_factory=Latency)
    tpot: Latency = field(default_factory=Latency)
    itl: Latency = field(default_factory=Latency)
    e2e: Latency = field(default_factory=Latency)
    overlay: str | None = None
    revision: str | None = None
    start: str | None = None
    experiment: str | None = None


@dataclass(frozen=True)
class Unread:
    """What should have been a result and is none: one message with its place and its cure."""

    source: str
    line: int
    cause: str
    cure: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.cause}; {self.cure}"


class NotAResult(ValueError):
    """Raised by the reader of a format. ``line`` is 1-based."""

    def __init__(self, line: int, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.line, self.cause, self.cure = line, cause, cure


def derived(record: Record) -> Record:
    """The record with the rates that follow from its own figures.

    A GPU's share is output throughput over GPUs, as trtllm-bench defines "Per GPU Output Throughput":
    https://github.com/NVIDIA/TensorRT-LLM/blob/main/tensorrt_llm/bench/dataclasses/reporting.py. A user's rate is
    1000 over the mean milliseconds between tokens; the first token is not in it. Total is output and input together.
    """
    found: dict[str, Any] = {}
    if record.output_per_gpu is None and record.output_throughput is not None and record.gpus:
        found["output_per_gpu"] = record.output_throughput / record.gpus
    between = record.tpot.mean or record.itl.mean
    if record.output_per_user is None and between:
        found["output_per_user"] = 1000 / between
    if record.total_throughput is None and record.output_throughput and record.duration_s and record.isl and record.osl:
        found["total_throughput"] = record.output_throughput * (record.isl + record.osl) / record.osl
    return replace(record, **found)


def check(record: Record) -> None:
    """Raises NotAResult if the figures cannot be of one run: two logs that ran into each other read like one."""
    if record.requests == 0:
        raise NotAResult(record.line, "no request succeeded", "see why in the server's log, and run it again")
    if not (record.requests and record.osl and record.duration_s and record.output_throughput):
        return
    made = record.requests * record.osl / record.duration_s
    if abs(made - record.output_throughput) > AGREE * record.output_throughput:
        raise NotAResult(
            record.line,
            f"{record.requests} answers of {record.osl:g} tokens in {record.duration_s:g} s are {made:.2f} tokens a"
            f" second, and the report says {record.output_throughput:g}",
            "figures of two runs may be mixed: take the log of one",
        )


LATENCIES = ("ttft", "tpot", "itl", "e2e")
COLUMNS: tuple[str, ...] = tuple(
    column
    for name in (item.name for item in fields(Record))
    for column in ([f"{name}_{part.name}_ms" for part in fields(Latency)] if name in LATENCIES else [name])
)
"""Every figure of a record by a flat name: the columns of CSV and Parquet, the keys of JSON, what compare and plot
take."""


def flat(record: Record) -> dict[str, Any]:
    """A record by COLUMNS."""
    values: list[Any] = []
    for item in fields(Record):
        value = getattr(record, item.name)
        values += [getattr(value, part.name) for part in fields(Latency)] if isinstance(value, Latency) else [value]
    return dict(zip(COLUMNS, values, strict=True))


KINDS: dict[str, type] = {
    column: float if column.endswith("_ms") else {"str": str, "int": int}.get(str(kind).split(" ")[0], float)
    for column, kind in {
        **dict.fromkeys(COLUMNS, "float"),
        **{item.name: item.type for item in fields(Record) if item.name not in LATENCIES},
    }.items()
}
"""The type of each column, for tables that need one though all its values are missing."""

FIGURES: tuple[str, ...] = tuple(
    column
    for column in COLUMNS
    if KINDS[column] is float and column not in ("isl", "osl", "concurrency", "generation_throughput", "duration_s")
)
"""What a run measured, apart from what it was asked."""

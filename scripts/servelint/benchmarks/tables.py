"""Records as tables: for people, as CSV, as Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from ..borders.printing import printable
from .record import COLUMNS, KINDS, Record, flat

INSTALL = "run `make bench-tools`, which installs it from requirements-bench.txt"


class NotInstalled(Exception):
    """A library that only this needs is not there; the message says how it comes."""


SHOWN = (
    ("model", lambda r: r.model),
    ("hardware", lambda r: r.hardware or r.gpu),
    ("engine", lambda r: " ".join(filter(None, (r.engine, r.engine_version)))),
    ("GPUs", lambda r: r.gpus),
    ("ISL", lambda r: r.isl),
    ("OSL", lambda r: r.osl),
    ("requests", lambda r: r.requests),
    ("at a time", lambda r: r.concurrency),
    ("req/s", lambda r: r.request_throughput),
    ("output tok/s", lambda r: r.output_throughput),
    ("a GPU", lambda r: r.output_per_gpu),
    ("a user", lambda r: r.output_per_user),
    ("TTFT ms", lambda r: r.ttft.mean),
    ("TPOT ms", lambda r: r.tpot.mean if r.tpot.mean is not None else r.itl.mean),
    ("latency ms", lambda r: r.e2e.mean),
    ("source", lambda r: f"{r.source}:{r.line}"),
)  # fmt: skip
"""Columns for people. JSON, CSV and Parquet have them all."""


def amount(value: Any) -> str:
    """A figure with as many digits as tell, and thousands apart; ``-`` for what nobody said."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return (
            f"{value:,.0f}"
            if value == int(value) and abs(value) < 1e15
            else f"{value:,.{4 if abs(value) < 1e3 else 1}f}"
        )
    return f"{value:,}" if isinstance(value, int) else printable(str(value))


def text(records: Sequence[Record]) -> str:
    """A table for people; a column that no run fills is left out."""
    rows = [[read(record) for _, read in SHOWN] for record in records]
    kept = [i for i in range(len(SHOWN)) if any(row[i] not in (None, "") for row in rows)]
    cells = [[SHOWN[i][0] for i in kept], *([amount(row[i]) for i in kept] for row in rows)]
    wide = [max(len(row[i]) for row in cells) for i in range(len(kept))]
    right = [any(isinstance(row[i], (int, float)) for row in rows) for i in kept]
    lines = (
        "  ".join(
            f"{cell:>{width}}" if r else f"{cell:<{width}}" for cell, width, r in zip(row, wide, right, strict=True)
        )
        for row in cells
    )
    return "\n".join(line.rstrip() for line in lines) + "\n"


def as_csv(records: Sequence[Record]) -> str:
    """CSV of all columns, with a head; what nobody said is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat(record) for record in records)
    return out.getvalue()


def as_parquet(records: Sequence[Record]) -> bytes:
    """Parquet of all columns, each of one type (string, int64, double). Raises NotInstalled."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise NotInstalled(f"--format parquet needs pyarrow ({error}); {INSTALL}") from None
    types = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    schema = pyarrow.schema([(column, types[KINDS[column]]) for column in COLUMNS])
    table = pyarrow.Table.from_pylist([flat(record) for record in records], schema=schema)
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())

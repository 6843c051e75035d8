"""Records as tables: for people, as CSV, as Parquet."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from ..borders.printing import printable
from .compare import Change, Step, named
from .record import COLUMNS, KINDS, Record, flat
from .roofline import Limit

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


def changes(found: Sequence[Change]) -> str:
    """What became of each figure, for people: those that are worse beyond the threshold are marked."""
    lines: list[str] = []
    for what in dict.fromkeys(one.what for one in found):
        own = [one for one in found if one.what == what]
        rows = [("figure", "A", "B", "change", "spread A", "spread B", "")]
        rows += [
            (
                one.figure, amount(one.a), amount(one.b), f"{one.share:+.1%}", _percent(one.spread_a),
                _percent(one.spread_b), "worse" if one.beyond else "",
            )
            for one in own
        ]  # fmt: skip
        wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines.append(printable(named(what)))
        for row in rows:
            cells = [
                f"{row[0]:<{wide[0]}}",
                *(f"{cell:>{width}}" for cell, width in zip(row[1:6], wide[1:6], strict=True)),
            ]
            lines.append("  ".join(["", *cells, row[6]]).rstrip())
    beyond = sum(one.beyond for one in found)
    lines.append(f"{len(found)} figures, {beyond} worse beyond the threshold")
    return "\n".join(lines) + "\n"


def history(steps: Sequence[Step], figure: str) -> str:
    """The runs of an overlay, for people."""
    rows = [("start", "revision", "experiment", figure, "change")]
    for step in steps:
        run = step.record
        change = "-" if step.share is None else f"{step.share:+.1%}"
        rows.append((run.start or "-", run.revision or "-", run.experiment or run.source, amount(step.value), change))
    wide = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = ("  ".join(f"{row[i]:<{wide[i]}}" if i < 3 else f"{row[i]:>{wide[i]}}" for i in range(5)) for row in rows)
    return "".join(f"{printable(line.rstrip())}\n" for line in lines)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def limits(found: Sequence[Limit]) -> str:
    """Each run with the figures of its limit, for people; sources by number below."""
    sources: dict[str, int] = {}
    lines: list[str] = []
    for one in found:
        rows = [
            (
                f.name,
                f"{amount(f.value)} {f.unit}".strip(),
                f.formula,
                f"[{sources.setdefault(f.source, len(sources) + 1)}]",
            )
            for f in one.figures
        ]
        wide = [max(len(row[i]) for row in rows) for i in range(3)]
        lines.append(f"{one.record.source}:{one.record.line}: {one.record.model}")
        lines += [f"  {a:<{wide[0]}}  {b:>{wide[1]}}  {c:<{wide[2]}}  {d}" for a, b, c, d in rows]
        beyond = "; a fact or the log is wrong, or tokens were guessed or reused" if one.share > 1 else ""
        lines.append(f"{amount(one.measured)} tokens/s are {one.share:.1%} of what {one.binds} allows{beyond}")
        lines.append("")
    lines += [f"[{number}] {source}" for source, number in sources.items()]
    return "\n".join(map(printable, lines)) + "\n"


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

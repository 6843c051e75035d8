"""The command line of bench.py: results of benchmarks, read, compared and drawn.

exit 0 done · 1 something could not be read, or is beyond a threshold · 2 nothing could be done
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..benchmarks import reading, tables
from ..benchmarks.record import Record, flat
from ..borders.printing import as_json
from .console import Parser, Usage, refuse_empty, say, write, write_bytes
from .validate import BLOCKED, CLEAN, guarded

DESCRIPTION = """\
Reads results of benchmarks: logs of trtllm-bench, files and tables of sglang.bench_serving and vllm bench serve, the
table of the A4 High recipe. PATH is a file, a folder or gs://…; a manifest.json beside results says what ran."""
EPILOG = """\
exit 0 done, 1 something could not be read or is beyond a threshold, 2 nothing could be done

  python scripts/bench.py read gs://my-bucket/benchmark_logs --format csv"""


def _paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder or gs://…")
    given = parser.add_argument_group("what no result says", "taken where neither a result nor its manifest says it")
    given.add_argument("--model", metavar="ID", help="as the engine was given it")
    given.add_argument("--hardware", metavar="HW", help="folder name below hardware/")
    given.add_argument("--gpus", type=int, metavar="N", help="of the server")
    given.add_argument("--engine-version", metavar="X.Y.Z")


def parser() -> Parser:
    made = Parser(
        prog="bench.py", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    verbs = made.add_subparsers(dest="verb", required=True, metavar="VERB")
    one = verbs.add_parser("read", help="every run as one record", allow_abbrev=False)
    _paths(one)
    one.add_argument("--format", choices=("text", "json", "csv", "parquet"), default="text")
    one.add_argument("--output", metavar="FILE", help="write to FILE instead of stdout")
    return made


def collected(args: argparse.Namespace, paths: list[str]) -> tuple[list[Record], reading.Found]:
    """The runs at ``paths`` with what the options add; what could not be read is said on stderr. Raises Usage."""
    if args.gpus is not None and not 1 <= args.gpus <= 10**6:
        raise Usage("--gpus must be at least 1, and a number that a server could have")
    try:
        found = reading.read(paths)
    except reading.NoSuchPlace as error:
        raise Usage(str(error)) from None
    say(*map(str, found.unread))
    if found.others:
        rest = f" and {len(found.others) - 3} more" if len(found.others) > 3 else ""
        say(f"bench.py: holds no benchmark: {', '.join(found.others[:3])}{rest}")
    given = {name: getattr(args, name) for name in ("model", "hardware", "gpus", "engine_version")}
    return reading.fill(found.records, **given), found


def _read(args: argparse.Namespace, root: Path) -> int:
    if args.format == "parquet" and args.output is None and sys.stdout is not None and sys.stdout.isatty():
        raise Usage("--format parquet is not for a terminal; add --output FILE")
    records, found = collected(args, args.paths)
    if found.failed:
        say(f"bench.py: failed runs, without a result: {', '.join(found.failed)}")
    if not records and not found.unread:
        raise Usage(f"{', '.join(args.paths)}: no benchmark is here; name result files, or a folder that holds them")
    if args.format == "parquet":
        write_bytes(tables.as_parquet(records), args.output)
    elif args.format == "csv":
        write(tables.as_csv(records), args.output)
    elif args.format == "json":
        body: dict[str, Any] = {
            "version": 1,
            "records": [flat(record) for record in records],
            "unread": [vars(one) for one in found.unread],
            "failed": found.failed,
        }
        write(as_json(body, indent=1), args.output)
    elif records:
        write(tables.text(records), args.output)
    return BLOCKED if found.unread else CLEAN


VERBS: dict[str, Callable[[argparse.Namespace, Path], int]] = {"read": _read}


def _run(argv: list[str] | None, root: Path) -> int:
    args = parser().parse_args(argv)
    refuse_empty(args)
    try:
        return VERBS[args.verb](args, root)
    except tables.NotInstalled as error:
        raise Usage(str(error)) from None


def main(argv: list[str] | None = None, root: Path | None = None) -> int:
    """Does one verb; returns the exit status. ``root``: the repository, by default the one that holds this file."""
    root = (root or Path(__file__).parents[3]).resolve()
    return guarded("bench.py", lambda: _run(argv, root))

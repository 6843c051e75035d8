"""The command line of bench.py: results of benchmarks, read, compared and drawn.

exit 0 done · 1 something could not be read, or is beyond a threshold · 2 nothing could be done
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..benchmarks import compare, plotting, reading, roofline, tables
from ..benchmarks.record import Record, flat
from ..borders.printing import as_json
from ..catalogue.load import load_hardware, load_models
from .console import Parser, Usage, refuse_empty, say, write, write_bytes
from .validate import BLOCKED, CLEAN, guarded

DESCRIPTION = """\
Reads results of benchmarks: logs of trtllm-bench, files and tables of sglang.bench_serving and vllm bench serve, the
table of the A4 High recipe. PATH is a file, a folder or gs://…; a manifest.json beside results says what ran."""
EPILOG = """\
exit 0 done, 1 something could not be read or is beyond a threshold, 2 nothing could be done

  python scripts/bench.py read gs://my-bucket/benchmark_logs --format csv
  python scripts/bench.py compare results/before results/after --threshold 3
  python scripts/bench.py plot results --output runs.png
  python scripts/bench.py limit results/log.txt --hardware a3ultra
  python scripts/bench.py history overlays/a3ultra/deepseek-r1/sglang-bench gs://my-bucket/benchmark_logs"""


def _paths(parser: argparse.ArgumentParser, names: tuple[str, ...] = ()) -> None:
    for name in names:
        parser.add_argument(name, metavar=name.upper(), help="a file, a folder or gs://…")
    if not names:
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
    two = verbs.add_parser(
        "compare", help="two sets of runs; what was asked alike, figure by figure", allow_abbrev=False
    )
    _paths(two, ("a", "b"))
    two.add_argument(
        "--threshold", type=float, default=5.0, metavar="PERCENT", help="how much worse B may be (default: 5)"
    )
    two.add_argument(
        "--figure", action="append", choices=compare.COMPARED, metavar="NAME",
        help="compare this column of the CSV only; may be given again",
    )  # fmt: skip
    two.add_argument("--format", choices=("text", "json"), default="text")
    two.add_argument("--output", metavar="FILE", help="write to FILE instead of stdout")
    picture = verbs.add_parser("plot", help="throughput against latency, as PNG or SVG", allow_abbrev=False)
    _paths(picture)
    picture.add_argument(
        "--latency", choices=tuple(plotting.LATENCY), help="of the x axis (default: what most runs have)"
    )
    picture.add_argument("--output", metavar="FILE", required=True, help="ends in .png or .svg")
    bound = verbs.add_parser("limit", help="how much of what the GPUs could do a run reached", allow_abbrev=False)
    _paths(bound)
    bound.add_argument("--format", choices=("text", "json"), default="text")
    bound.add_argument("--output", metavar="FILE", help="write to FILE instead of stdout")
    past = verbs.add_parser("history", help="one figure of an overlay's runs, in their order", allow_abbrev=False)
    past.add_argument("overlay", metavar="OVERLAY", help="overlays/<hw>/<model>/<workload>, or its instance label")
    _paths(past)
    past.add_argument(
        "--figure", choices=compare.COMPARED, default="output_throughput", metavar="NAME", help="a column of the CSV",
    )  # fmt: skip
    past.add_argument("--output", metavar="FILE", help="draw it, to a file that ends in .png or .svg")
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


def _compare(args: argparse.Namespace, root: Path) -> int:
    if not 0 <= args.threshold < 1000:
        raise Usage("--threshold must be a percentage of at least 0")
    (a, _), (b, broken) = collected(args, [args.a]), collected(args, [args.b])
    before, after = compare.groups(a), compare.groups(b)
    gone = [compare.named(what) for what in before if what not in after]
    if not before or len(gone) == len(before):
        has = ("; ".join(map(compare.named, runs)) or "no run" for runs in (before, after))
        raise Usage(f"nothing was asked alike: {args.a} has {next(has)}, and {args.b} has {next(has)}")
    found = compare.changes(a, b, args.threshold / 100, args.figure or compare.COMPARED)
    if not found:
        raise Usage("no figure is in both; name another with --figure, or compare results of one tool")
    if args.format == "json":
        changes = [{**vars(one), "what": compare.named(one.what)} for one in found]
        write(as_json({"version": 1, "changes": changes, "missing": gone}, indent=1), args.output)
    else:
        write(tables.changes(found), args.output)
    say(*(f"bench.py: {args.b} has no run of: {what}" for what in gone))
    return BLOCKED if gone or broken.unread or any(one.beyond for one in found) else CLEAN


def _plot(args: argparse.Namespace, root: Path) -> int:
    form = args.output.rpartition(".")[2].lower()
    if form not in ("png", "svg"):
        raise Usage(f"--output {args.output}: name a file that ends in .png or .svg")
    records, found = collected(args, args.paths)
    shown = plotting.picture(records, found.failed, args.latency)
    say(*(f"bench.py: not drawn: {what}" for what in shown.missing))
    if not shown.points:
        raise Usage(
            "no run has a latency and a throughput to draw; trtllm-bench needs --streaming for times to first token"
        )
    write_bytes(plotting.draw(shown, form), args.output)
    return BLOCKED if found.unread else CLEAN


def _limit(args: argparse.Namespace, root: Path) -> int:
    records, found = collected(args, args.paths)
    models, hardware = load_models(root), load_hardware(root)
    limits: list[roofline.Limit] = []
    unknown = 0
    for record in records:
        try:
            limits.append(roofline.limit(record, models, hardware))
        except roofline.NoLimit as error:
            unknown += 1
            say(f"{record.source}:{record.line}: {error}")
    if not limits:
        raise Usage("no run has a limit that is known")
    if args.format == "json":
        body = [
            {
                "source": one.record.source, "line": one.record.line,
                "figures": [vars(figure) for figure in one.figures],
                "compute": one.compute, "memory": one.memory, "binds": one.binds,
                "measured": one.measured, "share": one.share,
            }
            for one in limits
        ]  # fmt: skip
        write(as_json({"version": 1, "limits": body}, indent=1), args.output)
    else:
        write(tables.limits(limits), args.output)
    return BLOCKED if unknown or found.unread or any(one.share > 1 for one in limits) else CLEAN


def _instance(overlay: str) -> str:
    """The label that the pods of an overlay have, which is the folder of its results."""
    parts = overlay.strip("/").split("/")
    if len(parts) >= 4 and parts[-4] == "overlays":
        hardware, model, workload = parts[-3:]
        return f"{model}-{workload}-{hardware}"
    if len(parts) == 1:
        return parts[0]
    raise Usage(f"{overlay}: name overlays/<hw>/<model>/<workload>, or the instance label of its pods")


def _history(args: argparse.Namespace, root: Path) -> int:
    form = (args.output or "x.svg").rpartition(".")[2].lower()
    if form not in ("png", "svg"):
        raise Usage(f"--output {args.output}: name a file that ends in .png or .svg")
    instance = _instance(args.overlay)
    records, found = collected(args, args.paths)
    steps = compare.history([record for record in records if record.overlay == instance], args.figure)
    if not steps:
        raise Usage(
            f"{', '.join(args.paths)}: no run of {instance} has {args.figure}; its results lie below <overlay>/"
        )
    if args.output:
        write_bytes(plotting.draw_history(steps, args.figure, instance, form), args.output)
    else:
        write(tables.history(steps, args.figure))
    return BLOCKED if found.unread else CLEAN


VERBS: dict[str, Callable[[argparse.Namespace, Path], int]] = {
    "read": _read, "compare": _compare, "plot": _plot, "limit": _limit, "history": _history,
}  # fmt: skip


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

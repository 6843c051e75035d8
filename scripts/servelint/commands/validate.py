"""The command line of validate.py. Findings go to stdout; progress and errors to stderr.

exit 0 clean · 1 blocking findings · 2 could not validate
"""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from .. import __version__, lines
from ..borders.printing import printable
from ..catalogue.load import CatalogueError
from ..kustomize.process import DEADLINE
from ..model import NotValidated
from ..steps import changed, clock, crash, pipeline, report, request
from ..steps.discover import MOST, MOST_FILES
from ..steps.render import BUDGET
from . import explain, profile, replay, stopping
from .console import Parser, Usage, coloured, refuse_empty, say, write

CLEAN, BLOCKED, FAILED = 0, 1, 2
BETWEEN = 0.1
"""Seconds between two pictures of the bar."""
DESCRIPTION = """\
Renders, schema-checks and lints overlays of the serving fleet: overlays/<hardware>/<model>/<workload>,
overlays/clusters/<cluster> and what they bootstrap from."""


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="validate.py", description=DESCRIPTION, epilog="exit 0 clean, 1 blocking findings, 2 could not validate",
        allow_abbrev=False,
    )  # fmt: skip
    add = parser.add_argument
    add("overlays", nargs="*", metavar="OVERLAY", help="folders to validate (default: every overlay and cluster)")
    add(
        "--format",
        choices=("auto", *report.FORMATS),
        default="auto",
        help="auto is github under GITHUB_ACTIONS, else text",
    )
    add(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="of text on stdout; auto is colour on a terminal, unless NO_COLOR, FORCE_COLOR or CLICOLOR say otherwise",
    )
    add("--output", metavar="FILE", help="write the report to FILE instead of stdout")
    add("--changed-since", metavar="REF", help="only overlays that differ, or build on what differs, from this commit")
    add(
        "--kubernetes-version",
        metavar="X.Y",
        help="validate for this version only (default: oldest of the hardware, and newest)",
    )
    add("--jobs", type=int, metavar="N", default=os.cpu_count() or 1, help="Kustomize processes at a time")
    add("--no-cache", action="store_true", help="render everything anew")
    add(
        "--deadline",
        type=float,
        metavar="SECONDS",
        default=DEADLINE,
        help=f"for the whole run; what is not judged by then is a finding (default: {DEADLINE:g})",
    )
    add(
        "--budget",
        type=float,
        metavar="MIB",
        default=BUDGET >> 20,
        help=f"what all overlays may render to; what is beyond is a finding (default: {BUDGET >> 20})",
    )
    add(
        "--most-overlays",
        type=int,
        metavar="N",
        default=MOST,
        help=f"that a fleet may have; with more nothing is validated (default: {MOST:,})",
    )
    add(
        "--most-files",
        type=int,
        metavar="N",
        default=MOST_FILES,
        help=f"that it may have had at the commit of --changed-since (default: {MOST_FILES:,})",
    )
    add("--strict", action="store_true", help="warnings block too")
    add(
        "--shard",
        metavar="I/N",
        help="the Ith of N parts of about the same cost, for as many machines with one cache; a run without it, after"
        " them, judges what overlays are together",
    )
    add("--profile", action="store_true", help="say on stderr where the time goes: steps, dearest rules and overlays")
    add("--rule", action="append", default=[], metavar="ID", help="run only this rule (repeatable)")
    add("--skip", action="append", default=[], metavar="ID", help="do not run this rule (repeatable)")
    add("--list-rules", action="store_true", help="list the rules and stop; --format json for programs")
    add("--explain", metavar="ID", help="explain a rule and stop")
    add("--version", action="store_true", help="name the version and stop")
    add(
        "--manifest",
        action="append",
        default=[],
        metavar="FILE",
        help="validate rendered YAML from anywhere; - is stdin (repeatable: several are one set)",
    )
    add("--hardware", metavar="HW", help="with --manifest: folder name below hardware/")
    add("--model", metavar="MODEL", help="with --manifest: folder name below models/")
    add("--workload", metavar="WORKLOAD", help="with --manifest: what it runs, as the folders below base/ name it")
    return parser


def _spelt(option: str) -> str:
    """An option of a run as it is written here."""
    words = {"overlays": "OVERLAY", "manifests": "--manifest", "rules": "--rule"}
    return words.get(option) or f"--{option.replace('_', '-')}"


@contextlib.contextmanager
def _progress(total: int) -> Iterator[pipeline.Progress]:
    """A bar on a terminal, nothing in a pipe.

    It is drawn when something happens, and not too often: a thread that drew it would keep this process from judging in
    several.
    """
    if not sys.stderr.isatty():
        yield pipeline.nobody
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("judge", total=total)
        drawn = 0.0

        def show(count: int, waited_for: str) -> None:
            nonlocal drawn
            bar.update(task, advance=count, description=escape(printable(waited_for)) or None)
            if time.monotonic() - drawn > BETWEEN:
                bar.refresh()
                drawn = time.monotonic()

        yield show


def manifests(paths: list[str]) -> list[pipeline.Manifest]:
    """What ``--manifest`` names; of each no more is read than all together may have.

    Raises Usage, also for a file that is named twice: its objects would be there twice.
    """
    found: list[pipeline.Manifest] = []
    known: dict[tuple[int, int], str] = {}
    left = request.MAX_MANIFEST
    for path in paths:
        name = "<stdin>" if path == "-" else path
        try:
            raw, file = _bytes(path, left + 1)
            text = raw.decode("utf-8")
        except OSError as error:
            raise Usage(f"{name}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise Usage(f"{name}: is not UTF-8 at byte {error.start}") from None
        if file in known:
            twice = "twice" if known[file] == name else f"already, as {known[file]}"
            raise Usage(f"{name}: is given {twice}")
        known[file] = name
        left -= len(raw)
        if left < 0:
            raise request.too_large(name, alone=not found)
        found.append(pipeline.Manifest(name, text))
    return found


def _bytes(path: str, most: int) -> tuple[bytes, tuple[int, int]]:
    """At most so many bytes of a file or of stdin, and which file that is. Raises OSError, and Usage without stdin."""
    if path != "-":
        with open(path, "rb") as file:
            info = os.fstat(file.fileno())
            return file.read(most), (info.st_dev, info.st_ino)
    if sys.stdin is None:
        raise Usage("<stdin>: is closed")
    info = os.fstat(sys.stdin.fileno())
    return sys.stdin.buffer.read(most), (info.st_dev, info.st_ino)


def _run(argv: list[str] | None, root: Path) -> int:
    args = _parser().parse_args(argv)
    refuse_empty(args)
    if args.list_rules:
        write(explain.listing(args.format == "json"), args.output)
        return CLEAN
    if args.explain:
        write(explain.explanation(request.rule(args.explain)[0]), args.output)
        return CLEAN
    if args.version:
        write(f"servelint {__version__}\n", args.output)
        return CLEAN
    options = request.Options(
        overlays=tuple(args.overlays),
        manifests=tuple(args.manifest),
        hardware=args.hardware,
        model=args.model,
        workload=args.workload,
        changed_since=args.changed_since,
        kubernetes_version=args.kubernetes_version,
        rules=tuple(args.rule),
        skip=tuple(args.skip),
        strict=args.strict,
        jobs=args.jobs,
        cache=not args.no_cache,
        deadline=args.deadline,
        budget=args.budget,
        most_overlays=args.most_overlays,
        most_files=args.most_files,
        shard=args.shard,
    )
    context = replace(request.context(root, options, _spelt), seen=replay.seen(root) if argv is None else {})
    if options.manifests:
        result = request.of_manifests(context, options, manifests(args.manifest))
    else:
        with clock.step("discover"):
            wanted = request.wanted(context, options, Path.cwd())
        with _progress(len(wanted)) as progress:
            result = request.of_overlays(context, wanted, progress)
    if args.profile:
        say(*profile.rows(result.spent))
    style = args.format
    if style == "auto":
        style = "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"
    if style == "text":
        text = report.text(result, coloured(args.color, args.output))
    else:
        text = report.FORMATS[style](result)
    write(text, args.output)
    for one in result.crashes:
        say(f"validate.py: {one}")
    status = {"clean": CLEAN, "blocked": BLOCKED, "none": FAILED}[result.verdict]
    if result.is_repeatable and argv is None:
        replay.keep(text, status, sys.argv[1:])
    return status


def main(argv: list[str] | None = None, root: Path | None = None) -> int:
    """Validates; returns the exit status. ``root``: the repository, by default the one that holds this file."""
    root = (root or Path(__file__).parents[3]).resolve()
    return guarded("validate.py", lambda: _run(argv, root))


def guarded(name: str, work: Callable[[], int]) -> int:
    """Runs an entry point: whatever keeps it from an answer is one message on stderr, and FAILED."""

    def fail(*rows: str) -> int:
        say(*rows)
        return FAILED

    try:
        with stopping.by_signals():
            return work()
    except CatalogueError as error:
        return fail(*map(str, error.mistakes))
    except changed.NoSuchState as error:
        return fail(f"{name}: --changed-since: {error}")
    except crash.RuleCrashed as error:
        return fail(*(f"{name}: {row}" for row in str(error).split("\n")))
    except (NotValidated, Usage) as error:
        return fail(f"{name}: {error}")
    except lines.BadYaml as error:
        return fail(f"{name}: line {error.line}: is not YAML: {error.cause}")
    except OSError as error:
        return fail(f"{name}: {error.filename or 'input or output'}: {error.strerror or error}")
    except KeyboardInterrupt as stopped:
        return fail(f"{name}: {stopped or 'interrupted'}")
    except (RecursionError, MemoryError) as error:
        return fail(f"{name}: the input is too large or too deep: {type(error).__name__}")
    except BaseException as error:
        if not crash.is_crash(error):
            raise
        return fail(f"{name}: {crash.of_run(error)}")

"""The command line of validate.py. Findings go to stdout; progress and errors to stderr.

exit 0 clean · 1 blocking findings · 2 could not validate
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

from . import changed, explain, lines, pipeline, report, schema
from .catalogue import CatalogueError, load_hardware, load_models
from .discover import NothingFound, discover, targets
from .lint import RuleCrashed
from .render import KustomizeMissing
from .rules import Rule, all_rules
from .sources import KUSTOMIZATION_NAMES, MAX_BYTES
from .waive import BadExceptions

CLEAN, BLOCKED, FAILED = 0, 1, 2
UNUSED = "unused-exception"
OF_SOURCES = ("check_sources", "check_build")
MAX_MANIFEST = 16 * MAX_BYTES

DESCRIPTION = """\
Renders, schema-checks and lints overlays of the serving fleet: overlays/<hardware>/<model>/<workload>,
overlays/clusters/<cluster> and what they bootstrap from."""


class Usage(ValueError):
    """Bad usage; the message says what to write instead."""


class Parser(argparse.ArgumentParser):
    """Bad usage is one message, not a screen of help."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise Usage(message)


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
    add("--output", metavar="FILE", help="write the report to FILE instead of stdout")
    add("--changed-since", metavar="REF", help="only overlays that differ, or build on what differs, from this commit")
    add(
        "--kubernetes-version",
        metavar="X.Y",
        help="validate for this version only (default: oldest of the hardware, and newest)",
    )
    add("--jobs", type=int, metavar="N", default=os.cpu_count() or 1, help="Kustomize processes at a time")
    add("--no-cache", action="store_true", help="render everything anew")
    add("--strict", action="store_true", help="warnings block too")
    add("--rule", action="append", default=[], metavar="ID", help="run only this rule (repeatable)")
    add("--skip", action="append", default=[], metavar="ID", help="do not run this rule (repeatable)")
    add("--list-rules", action="store_true", help="list the rules and stop; --format json for programs")
    add("--explain", metavar="ID", help="explain a rule and stop")
    add("--manifest", metavar="FILE", help="validate rendered YAML from anywhere; - is stdin")
    add("--hardware", metavar="HW", help="with --manifest: folder name below hardware/")
    add("--model", metavar="MODEL", help="with --manifest: folder name below models/")
    add("--workload", metavar="WORKLOAD", help="with --manifest: what it runs, as the folders below base/ name it")
    return parser


def near(name: str, known: list[str]) -> str:
    """The end of a message about an unknown name: what was meant, or all there is."""
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known)}"


def _rule(rule_id: str) -> Rule:
    known = all_rules()
    if rule_id not in known:
        close = get_close_matches(rule_id, list(known), n=1)
        raise Usage(f"no rule {rule_id!r}{f'; did you mean {close[0]}?' if close else '; see --list-rules'}")
    return known[rule_id]


def _rules(only: list[str], skip: list[str], manifest: bool) -> list[Rule]:
    """The rules to run. Raises Usage where nothing could come of the choice: silence would read as a verdict."""
    skipped = [_rule(rule_id) for rule_id in skip]
    for rule in map(_rule, only):
        if rule.id == UNUSED:
            raise Usage(f"--rule {UNUSED} says something only of a run of all rules: leave out --rule and --skip")
        if manifest and rule.scope in OF_SOURCES:
            raise Usage(f"--rule {rule.id} looks at sources, and --manifest has none")
    chosen = [rule for rule in all_rules().values() if (not only or rule.id in only) and rule not in skipped]
    if not chosen:
        raise Usage("--rule and --skip leave no rule to run")
    return chosen


def _workloads(root: Path) -> list[str]:
    """What may run: the workloads of the overlays, and the bases that one could be made of."""
    bases = [path.parent.name for name in KUSTOMIZATION_NAMES for path in root.glob(f"base/*/{name}")]
    return sorted({*bases, *(target.workload for target in targets(root) if target.workload)})


def refuse_empty(args: argparse.Namespace) -> None:
    """An empty value is a variable of a script that was not set; what would run then is not what was asked for."""
    for name, value in vars(args).items():
        if "" in (value if isinstance(value, list) else [value]):
            raise Usage(f"{'OVERLAY' if name in ('overlay', 'overlays') else '--' + name.replace('_', '-')} is empty")


def _check(args: argparse.Namespace, hardware: list[str], models: list[str], workloads: list[str]) -> None:
    if args.jobs < 1:
        raise Usage("--jobs must be at least 1")
    if args.kubernetes_version and args.kubernetes_version not in schema.VERSIONS:
        raise Usage(f"no schemas for Kubernetes {args.kubernetes_version}; known: {', '.join(schema.VERSIONS)}")
    for option, known in (("hardware", hardware), ("model", models), ("workload", workloads)):
        name = getattr(args, option)
        if name and not args.manifest:
            raise Usage(f"--{option} goes with --manifest")
        if name and name not in known:
            raise Usage(f"--{option}: there is no {name!r}{near(name, known)}")
    if args.manifest and args.overlays:
        raise Usage("--manifest and OVERLAY exclude each other")
    if args.manifest and args.changed_since:
        raise Usage("--manifest and --changed-since exclude each other")
    if args.manifest and not args.hardware:
        raise Usage("--manifest needs --hardware: the rules judge against a machine")


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("render", total=total)
        yield lambda count: bar.advance(task, count)


def _manifest(path: str) -> tuple[str, str]:
    """Name and text of a manifest; it is measured before it is parsed."""
    name = "<stdin>" if path == "-" else path
    try:
        if path == "-":
            raw = sys.stdin.buffer.read(MAX_MANIFEST + 1)
        else:
            with open(path, "rb") as file:
                raw = file.read(MAX_MANIFEST + 1)
        if len(raw) > MAX_MANIFEST:
            raise Usage(f"{name}: larger than {MAX_MANIFEST:,} bytes")
        text = raw.decode("utf-8")
    except OSError as error:
        raise Usage(f"{name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Usage(f"{name}: is not UTF-8 at byte {error.start}") from None
    unsafe = lines.measure(text, most_documents=100_000, most_nodes=5_000_000)
    if unsafe:
        raise Usage(f"{name}: {unsafe}")
    return name, text


def write(text: str, output: str | None) -> None:
    """To stdout, or to a file that appears whole or not at all."""
    if output is None:
        # Bytes, so that neither the locale nor the platform decides about them.
        sys.stdout.flush()
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(text)
        else:
            buffer.write(text.encode("utf-8", "replace"))
            buffer.flush()
        return
    path = Path(output)
    if path.is_symlink() or (path.exists() and not path.is_file()):  # a link, a pipe, a device: never replaced
        with path.open("w", encoding="utf-8") as file:
            file.write(text)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _run(argv: list[str] | None, root: Path) -> int:
    args = _parser().parse_args(argv)
    refuse_empty(args)
    if args.list_rules:
        write(explain.listing(args.format == "json"), args.output)
        return CLEAN
    if args.explain:
        write(explain.explanation(_rule(args.explain)), args.output)
        return CLEAN
    hardware, models = load_hardware(root), load_models(root)
    _check(args, sorted(hardware), sorted(models), _workloads(root))
    context = pipeline.Context(
        root=root,
        hardware=hardware,
        models=models,
        rules=_rules(args.rule, args.skip, bool(args.manifest)),
        kubernetes=args.kubernetes_version,
        jobs=args.jobs,
        cache=not args.no_cache,
        strict=args.strict,
    )
    today = datetime.datetime.now(datetime.UTC).date()
    if args.manifest:
        name, text = _manifest(args.manifest)
        result = pipeline.validate_text(context, name, text, args.hardware, args.model, args.workload, today)
    else:
        wanted = discover(root, args.overlays, Path.cwd())
        if args.changed_since:
            wanted = changed.since(root, args.changed_since, wanted)
        with _progress(len(wanted)) as progress:
            result = pipeline.validate(context, wanted, today, progress)
    style = args.format
    if style == "auto":
        style = "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"
    write(report.FORMATS[style](result), args.output)
    return BLOCKED if result.blocking() else CLEAN


def main(argv: list[str] | None = None, root: Path | None = None) -> int:
    """Validates; returns the exit status. ``root``: the repository, by default the one that holds this file."""
    root = (root or Path(__file__).parents[2]).resolve()
    return guarded("validate.py", lambda: _run(argv, root))


def guarded(name: str, work: Callable[[], int]) -> int:
    """Runs an entry point: whatever keeps it from an answer is one message on stderr, and FAILED."""

    def fail(message: str) -> int:
        print(message, file=sys.stderr)
        return FAILED

    try:
        return work()
    except CatalogueError as error:
        return fail(str(error))
    except changed.NoSuchState as error:
        return fail(f"{name}: --changed-since: {error}")
    except (NothingFound, Usage, KustomizeMissing, BadExceptions, RuleCrashed) as error:
        return fail(f"{name}: {error}")
    except lines.BadYaml as error:
        return fail(f"{name}: line {error.line}: is not YAML: {error.cause}")
    except BrokenPipeError:
        # The reader went away (`| head`): nothing is wrong here, but nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return fail(f"{name}: {error.filename or 'input or output'}: {error.strerror or error}")
    except KeyboardInterrupt:
        return fail(f"{name}: interrupted")
    except (RecursionError, MemoryError) as error:
        return fail(f"{name}: the input is too large or too deep: {type(error).__name__}")

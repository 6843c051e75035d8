"""Rewrites the lists of engine arguments from their pinned sources, or says which are out of date."""

import argparse
import zipfile
from collections.abc import Sequence
from pathlib import Path

import yaml

from ..catalogue.gcsfuse import FILE
from ..engines.lists import STORE
from ..vendoring import gcsfuse
from ..vendoring.arguments import build
from ..vendoring.schemas import Unusable
from . import console
from .validate import guarded


def run(argv: Sequence[str] | None) -> int:
    """Parses arguments and does the work; returns the exit status."""
    parser = console.Parser(
        prog="vendor_arguments.py", description="Regenerate the lists of engine arguments of the validator."
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the store is out of date")
    parser.add_argument("--offline", action="store_true", help="download nothing; keep the lists that come from wheels")
    parser.add_argument(
        "--source", action="append", default=[], metavar="NAME=PATH[@REVISION]",
        help="read the list NAME from a folder, a wheel, or a revision of a git repository",
    )  # fmt: skip
    parser.add_argument(
        "--gcsfuse", type=Path, metavar="PATH",
        help="read the mount options of gcsfuse, and nothing else, from the zip or the folder of its Go module",
    )  # fmt: skip
    parser.add_argument("--store", type=Path, default=STORE, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.gcsfuse is not None:
        return _gcsfuse(options.gcsfuse, options.check)
    try:
        given = dict(text.split("=", 1) for text in options.source)
    except ValueError:
        parser.error("--source takes NAME=PATH")
    try:
        files = build(options.store, given, options.offline)
        stale = [
            n for n, d in files.items() if not (options.store / n).exists() or (options.store / n).read_bytes() != d
        ]
        for name in stale if not options.check else ():
            (options.store / name).write_bytes(files[name])
    except (Unusable, zipfile.BadZipFile, yaml.YAMLError) as error:
        console.say(f"vendor_arguments: {error}")
        return 2
    except OSError as error:
        console.say(f"vendor_arguments: {error.strerror}: {Path(str(error.filename)).name}")
        return 2
    rows = [f"{'differs' if options.check else 'wrote'} {name}\n" for name in stale]
    total = f"{len(files)} files, {sum(map(len, files.values())) / 1e3:.0f} kB, {len(stale)} changed\n"
    console.write("".join([*rows, total]))
    return 1 if options.check and stale else 0


def _gcsfuse(path: Path, check: bool) -> int:
    """Writes the list of gcsfuse's options, or says whether it is out of date; returns the exit status."""
    try:
        data = gcsfuse.build(path)
    except (Unusable, zipfile.BadZipFile) as error:
        console.say(f"vendor_arguments: {error}")
        return 2
    except OSError as error:
        console.say(f"vendor_arguments: {error.strerror}: {Path(str(error.filename)).name}")
        return 2
    stale = not gcsfuse.is_current(data)
    if stale and not check:
        FILE.write_bytes(data)
    console.write(f"{'current' if not stale else 'differs' if check else 'wrote'} {FILE.name}\n")
    return 1 if check and stale else 0


def main() -> int:
    """The entry point, with the process's own arguments."""
    return guarded("vendor_arguments.py", lambda: run(None))

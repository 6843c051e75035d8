"""Rewrites the store of schemas from its pinned sources, or says what is out of date."""

import argparse
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..vendoring.schemas import (
    CORE,
    KSERVE,
    MODULES,
    STORE,
    Unusable,
    build,
    fetch_modules,
    fetch_wheels,
    merge,
    read_crds,
    stale,
    write,
)
from . import console
from .validate import guarded


def run(argv: Sequence[str] | None, stdin: Any) -> int:
    """Parses arguments and does the work; returns the exit status. stdin: bytes, or None if it is closed."""
    parser = console.Parser(prog="vendor_schemas.py", description="Regenerate the schemas of the validator.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the store is out of date")
    parser.add_argument("--stdin", action="store_true", help="add the CustomResourceDefinitions on standard input")
    parser.add_argument("--wheels", type=Path, help="a folder that has the pinned wheels already")
    parser.add_argument("--store", type=Path, default=STORE, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    try:
        if options.stdin:
            if stdin is None:
                raise Unusable("stdin is closed")
            files = merge(options.store, read_crds(stdin.read()))
        else:
            with tempfile.TemporaryDirectory() as folder:
                wheels = options.wheels or Path(folder)
                modules = fetch_modules(Path(folder), MODULES)
                if not options.wheels:
                    fetch_wheels(wheels, (CORE, KSERVE))
                files = build(options.store, wheels, modules)
        changed = stale(options.store, files) if options.check else write(options.store, files)
    except Unusable as error:
        console.say(f"vendor_schemas: {error}")
        return 2
    except zipfile.BadZipFile as error:
        console.say(f"vendor_schemas: a downloaded archive is damaged: {error}")
        return 2
    except OSError as error:
        console.say(f"vendor_schemas: {error.strerror}: {Path(str(error.filename)).name}")
        return 2
    rows = [f"{'differs' if options.check else 'wrote' if name in files else 'removed'} {name}\n" for name in changed]
    total = sum(map(len, files.values()))
    state = "out of date" if options.check else "changed"
    console.write("".join([*rows, f"{len(files)} files, {total / 1e6:.2f} MB, {len(changed)} {state}\n"]))
    return 1 if options.check and changed else 0


def main() -> int:
    """The entry point, with the process's own arguments."""
    return guarded("vendor_schemas.py", lambda: run(None, sys.stdin and sys.stdin.buffer))

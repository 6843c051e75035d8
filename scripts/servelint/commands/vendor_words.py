"""Rewrites the words that controllers read from their pinned sources, or says that they are out of date."""

import argparse
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from ..vendoring.schemas import Unusable, fetch_modules
from ..vendoring.words import MODULES, build
from ..views.words import STORE
from . import console
from .validate import guarded


def run(argv: Sequence[str] | None) -> int:
    """Parses arguments and does the work; returns the exit status."""
    parser = console.Parser(prog="vendor_words.py", description="Regenerate the words that controllers read.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the store is out of date")
    parser.add_argument("--store", type=Path, default=STORE, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory() as folder:
            text = build(fetch_modules(Path(folder), MODULES))
        stale = not options.store.exists() or options.store.read_bytes() != text
        if stale and not options.check:
            options.store.write_bytes(text)
    except (Unusable, zipfile.BadZipFile) as error:
        console.say(f"vendor_words: {error}")
        return 2
    except OSError as error:
        console.say(f"vendor_words: {error.strerror}: {Path(str(error.filename)).name}")
        return 2
    said = "differs" if options.check else "wrote"
    console.write(f"{said} {options.store.name}\n" if stale else "nothing changed\n")
    return 1 if options.check and stale else 0


def main() -> int:
    """The entry point, with the process's own arguments."""
    return guarded("vendor_words.py", lambda: run(None))

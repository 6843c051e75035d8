"""Asks the real engines: what their parsers take, and what their argument code refuses and replaces."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..borders.store import cache_folder
from ..catalogue.load import load_hardware, load_models
from ..engines import kinds
from ..engines.kind import Kind
from ..engines.lists import STORE, Pinned, Wheel
from ..vendoring.arguments import folder_source, name_of, read
from ..vendoring.oracle import environment, words
from ..vendoring.schemas import Unusable
from . import console
from .validate import guarded

ROOT = Path(__file__).resolve().parents[3]


def _pinned(only: Sequence[str]) -> Iterator[tuple[Kind, Pinned, Wheel]]:
    """The versions that the oracle can run."""
    for engine in kinds().values():
        for wanted in engine.pinned:
            named = not only or name_of(engine, wanted) in only
            if named and isinstance(wanted.origin, Wheel) and environment.locked(engine.name, wanted.version):
                yield engine, wanted, wanted.origin


def _rows(lists: dict[str, dict[str, Any]]) -> bytes:
    """One argument a line, as the lists themselves are written."""
    out = ["{"]
    for i, (name, said) in enumerate(sorted(lists.items())):
        rows = [f" {json.dumps(key)}: {json.dumps(more, sort_keys=True)}" for key, more in sorted(said.items())]
        out += [f"{json.dumps(name)}: {{", ",\n".join(rows), "}," if i + 1 < len(lists) else "}"]
    return ("\n".join([*out, "}"]) + "\n").encode()


def run(argv: Sequence[str] | None) -> int:
    """Parses arguments and does the work; returns the exit status."""
    parser = console.Parser(prog="oracle.py", description="Ask the real engines what they take and what they refuse.")
    parser.add_argument("only", nargs="*", metavar="ENGINE-VERSION", help="such as sglang-0.5.14; every one without")
    parser.add_argument("--cache", type=Path, default=cache_folder(ROOT, "oracle"), help="where environments are kept")
    parser.add_argument("--store", type=Path, default=STORE, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.cache is None:
        console.say("oracle: there is no folder for environments outside the checkout: name one with --cache")
        return 2
    try:
        for engine, wanted, wheel in _pinned(options.only):
            called = name_of(engine, wanted)
            site = environment.make(options.cache, engine.name, wheel)
            listed = read(wanted.lists, folder_source(site))
            hardware = load_hardware(ROOT)
            with tempfile.TemporaryDirectory() as folder:
                environment.checkpoints(Path(folder), load_models(ROOT))
                with environment.Sandbox(engine.name, site, next(iter(hardware.values()))) as box:
                    parsers = box.parsers()
            said = {name: heard for name, rows in parsers.items() if (heard := words.heard(rows, listed[name]))}
            (options.store / "spoken").mkdir(exist_ok=True)
            (options.store / "spoken" / f"{called}.json").write_bytes(_rows(said))
            console.write(
                f"{called}: its parser says more of {sum(map(len, said.values()))} arguments than its source\n"
            )
    except Unusable as error:
        console.say(f"oracle: {error}")
        return 2
    return 0


def main() -> int:
    """The entry point, with the process's own arguments."""
    return guarded("oracle.py", lambda: run(None))

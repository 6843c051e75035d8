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
from ..vendoring.arguments import PROVENANCE, folder_source, name_of, read
from ..vendoring.oracle import environment, probing, refusals, table, words
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


def _asked(
    cache: Path, engine: Kind, wanted: Pinned, wheel: Wheel, rounds: int, jobs: int
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """What one version says: files by their path below ``engines/``, and the figures of the run."""
    called = name_of(engine, wanted)
    site = environment.make(cache, engine.name, wheel)
    listed = read(wanted.lists, folder_source(site))
    models, hardware = load_models(ROOT), load_hardware(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = environment.checkpoints(Path(folder), models)
        with environment.Sandbox(engine.name, site, next(iter(hardware.values()))) as box:
            parsers = box.parsers()
        said = {name: heard for name, rows in parsers.items() if (heard := words.heard(rows, listed[name]))}
        files = {f"arguments/spoken/{called}.json": _rows(said)}
        options = probing.options(next(iter(parsers.values())))
        sites = probing.sites(site, environment.ASKING[engine.name], frozenset(options.rows))
        contexts, some = refusals.contexts(models, hardware, checkpoints)
        prober = refusals.Prober(engine.name, site, options, contexts, jobs)
        try:
            search = refusals.Search(prober, sites, lambda text: console.say(f"{called}: {text}"))
            found = table.tabled(search.run(some, rounds), contexts, options, search.by_place)
        finally:
            prober.close()
    files[f"refusals/{called}.json"] = table.file(engine.name, wanted.version, found)
    figures = {"rows": len(found), "probes": prober.probes, "contexts": len(contexts), "sites": len(sites)}
    return files, {**figures, "sha256": wheel.sha256, "words": sum(map(len, said.values()))}


def run(argv: Sequence[str] | None) -> int:
    """Parses arguments and does the work; returns the exit status."""
    parser = console.Parser(prog="oracle.py", description="Ask the real engines what they take and what they refuse.")
    parser.add_argument("only", nargs="*", metavar="ENGINE-VERSION", help="such as sglang-0.5.14; every one without")
    parser.add_argument("--cache", type=Path, default=cache_folder(ROOT, "oracle"), help="where environments are kept")
    parser.add_argument("--rounds", type=int, default=100, help="settings at random for each kind of model")
    parser.add_argument("--jobs", type=int, default=2, help="sandboxes side by side")
    parser.add_argument("--store", type=Path, default=STORE.parent, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.cache is None:
        console.say("oracle: there is no folder for environments outside the checkout: name one with --cache")
        return 2
    ledger = options.store / "arguments" / PROVENANCE
    try:
        for engine, wanted, wheel in _pinned(options.only):
            files, told = _asked(options.cache, engine, wanted, wheel, options.rounds, options.jobs)
            provenance = json.loads(ledger.read_text(encoding="utf-8"))  # now: a run takes long
            provenance.setdefault("oracle", {})[name_of(engine, wanted)] = told
            for name, data in files.items():
                (options.store / name).parent.mkdir(exist_ok=True)
                (options.store / name).write_bytes(data)
            ledger.write_text(json.dumps(provenance, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            console.write(f"{name_of(engine, wanted)}: {told['rows']} refusals after {told['probes']} probes\n")
    except Unusable as error:
        console.say(f"oracle: {error}")
        return 2
    return 0


def main() -> int:
    """The entry point, with the process's own arguments."""
    return guarded("oracle.py", lambda: run(None))

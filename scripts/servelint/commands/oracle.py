"""Asks the real engines: what their parsers take, and what their argument code refuses and replaces."""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ..borders.store import cache_folder
from ..catalogue.load import load_hardware, load_models
from ..engines import kinds
from ..engines.kind import Kind
from ..engines.lists import STORE, Pinned, Wheel
from ..vendoring.arguments import PROVENANCE, folder_source, name_of, read
from ..vendoring.oracle import environment, prober, probing, search, table, trial, words
from ..vendoring.schemas import Unusable
from . import console
from .validate import guarded

ROOT = Path(__file__).resolve().parents[3]


class Opened(NamedTuple):
    """One version, to be asked: its packages, what its parsers take, and the contexts that stand for all."""

    called: str
    site: Path
    parsers: dict[str, list[dict[str, Any]]]
    asking: prober.Prober
    some: list[int]
    starts: list[tuple[int, prober.Setting]]


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


def _servers(engine: Kind) -> Iterator[prober.Server]:
    """The servers of the fleet that an engine runs: overlays/<machine>/<model>/<engine>-serve. Raises ValueError."""
    sections = [command.name for command in engine.commands if command.role == "serve"]
    for path in sorted(ROOT.glob(f"overlays/*/*/{engine.name}-serve/engine.yaml")):
        machine, model = path.parts[-4:-2]
        stated = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield prober.Server(model, machine, next(stated[name] for name in sections if name in stated))


@contextmanager
def _opened(cache: Path, engine: Kind, wanted: Pinned, wheel: Wheel, jobs: int) -> Iterator[Opened]:
    """One version, to be asked."""
    site = environment.make(cache, engine.name, wheel)
    models, hardware = load_models(ROOT), load_hardware(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = environment.checkpoints(Path(folder), models)
        kept = f"{site.name}-{environment.digest(models, hardware)}"
        spoken, answers = cache / f"{kept}.parsers.json", cache / f"{kept}.answers.jsonl"
        first = next(iter(hardware.values()))
        boxes = {}
        if not spoken.exists():
            boxes[first.name] = environment.Sandbox(engine.name, site, first, jobs)
            spoken.write_text(json.dumps(boxes[first.name].parsers()))
        parsers = json.loads(spoken.read_text())
        contexts, some = prober.contexts(models, hardware, checkpoints)
        options = probing.options(next(iter(parsers.values())))
        asking = prober.Prober(engine.name, site, options, contexts, jobs, answers)
        asking.boxes |= boxes
        try:
            starts = prober.starts(_servers(engine), models, hardware, contexts, options)
            yield Opened(name_of(engine, wanted), site, parsers, asking, some, starts)
        finally:
            asking.close()


def _searched(one: Opened, engine: Kind, wanted: Pinned, rounds: int) -> tuple[dict[str, bytes], dict[str, Any]]:
    """What one version says: files by their path below ``engines/``, and the figures of the run."""
    listed = read(wanted.lists, folder_source(one.site))
    said = {name: heard for name, rows in one.parsers.items() if (heard := words.heard(rows, listed[name]))}
    files = {f"arguments/spoken/{one.called}.json": _rows(said)}
    options = one.asking.options
    sites = probing.sites(one.site, environment.ASKING[engine.name], frozenset(options.rows))
    searching = search.Search(one.asking, sites, lambda text: console.say(f"{one.called}: {text}"))
    found = table.tabled(searching.run(one.some, rounds, one.starts), one.asking.contexts, options, searching.by_place)
    files[f"refusals/{one.called}.json"] = table.file(engine.name, wanted.version, found)
    overridden = sum("becomes" in row for row in found)
    return files, {
        "rows": len(found) - overridden, "overrides": overridden, "probes": one.asking.probes,
        "contexts": len(one.asking.contexts), "starts": len(one.starts), "sites": len(sites),
        "words": sum(map(len, said.values())),
    }  # fmt: skip


def _tried(one: Opened, engine: Kind, wanted: Pinned, lines: int, seed: int) -> dict[str, int]:
    """How far the validator agrees with one version on random command lines; what it says wrongly goes to stdout."""
    found = trial.Trial(engine, wanted.version, one.asking, one.asking.options, seed).run(lines)
    for title, wrong in (
        ("accepted but refused here", found.alarms),
        ("replaced otherwise", found.misnamed),
        ("disproved", found.wrong),
    ):
        for line in wrong:
            console.write(f"{one.called}: {title}: {line}\n")
    console.write(f"{one.called}: {', '.join(f'{n} {name}' for name, n in found.figures.items())}\n")
    return found.figures


def run(argv: Sequence[str] | None) -> int:
    """Parses arguments and does the work; returns the exit status."""
    parser = console.Parser(prog="oracle.py", description="Ask the real engines what they take and what they refuse.")
    parser.add_argument("only", nargs="*", metavar="ENGINE-VERSION", help="such as sglang-0.5.14; every one without")
    parser.add_argument("--cache", type=Path, default=cache_folder(ROOT, "oracle"), help="where environments are kept")
    parser.add_argument("--rounds", type=int, default=100, help="settings at random for each kind of model")
    parser.add_argument("--trial", type=int, metavar="LINES", help="only judge so many random lines, beside the engine")
    parser.add_argument("--seed", type=int, default=1, help="of the trial")
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side for each machine")
    parser.add_argument("--store", type=Path, default=STORE.parent, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.cache is None:
        console.say("oracle: there is no folder for environments outside the checkout: name one with --cache")
        return 2
    ledger = options.store / "arguments" / PROVENANCE
    try:
        for engine, wanted, wheel in _pinned(options.only):
            with _opened(options.cache, engine, wanted, wheel, options.jobs) as one:
                if options.trial is None:
                    files, told = _searched(one, engine, wanted, options.rounds)
                    for name, data in files.items():
                        (options.store / name).parent.mkdir(exist_ok=True)
                        (options.store / name).write_bytes(data)
                    told |= {"sha256": wheel.sha256}
                    shown = f"{told['rows']} refusals and {told['overrides']} overrides after {told['probes']} probes"
                    console.write(f"{one.called}: {shown}\n")
                else:
                    told = {"trial": _tried(one, engine, wanted, options.trial, options.seed)}
            provenance = json.loads(ledger.read_text(encoding="utf-8"))  # now: a run takes long
            known = provenance.setdefault("oracle", {})
            # A new table has not been tried yet.
            known[one.called] = told if options.trial is None else known.get(one.called, {}) | told
            ledger.write_text(json.dumps(provenance, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except Unusable as error:
        console.say(f"oracle: {error}")
        return 2
    return 0


def main() -> int:
    """The entry point, with the process's own arguments."""
    return guarded("oracle.py", lambda: run(None))

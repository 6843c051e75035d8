"""The table of what an engine refuses, by probing its running code.

A **setting** is a set of options and values. In a **context**, a model on a machine with as many ranks of tensor
parallelism as GPUs, the engine accepts a setting or refuses it at a line of its argument code. Probed are single
options, then pairs that stand together before a refusal, then settings at random. Of each refusal the smallest setting
is kept. What makes the engine accept it again, found by the same means, is kept as its ``unless``: until so many random
settings in a row change nothing. What a refusal depends on of model and GPU follows from where it was seen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ...catalogue.facts import Hardware, Model
from ...engines.tables import ANY, weights
from .environment import ASKING, Sandbox
from .probing import Options, Site

Setting = frozenset[tuple[str, str | None]]
"""Fields of options with their values, as words; None is a switch that is on."""
BATCH = 500
CALM, SURE = 40, 20
"""Random settings in a row that leave a refusal as it is, before it is believed; of a next value of an option."""
DEEP, MOST_TRIED = 3, 60
"""How many steps a cure is followed over other refusals, and how many settings are tried at each."""
MOST_CURES = 12
"""A refusal with more is too conditional to be told, and is left out."""
KINDS = frozenset({"AssertionError", "NotImplementedError", "RuntimeError", "SystemExit", "ValueError"})


class Context(NamedTuple):
    """A checkpoint on a machine: what a refusal can depend on beside the arguments."""

    model: Model
    hardware: Hardware
    checkpoint: Path

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "major": self.hardware.capability[0],
            "architecture": self.model.architecture,
            "weights": weights(self.model),
        }


@dataclass
class Row:
    """One refusal: its smallest setting, where it was read, in which contexts it was seen, and what takes it away."""

    setting: Setting
    where: str
    seen: set[int] = field(default_factory=set)
    unseen: set[int] = field(default_factory=set)
    unless: list[Setting] = field(default_factory=list)


class Prober:
    """Asks one version in many contexts, and remembers."""

    def __init__(self, engine: str, site: Path, options: Options, contexts: Sequence[Context], jobs: int = 1) -> None:
        self.engine, self.site, self.options, self.contexts = engine, site, options, contexts
        self.jobs = jobs
        self.boxes: dict[str, list[Sandbox]] = {}
        self.threads = ThreadPoolExecutor(jobs)
        self.known: dict[tuple[int, Setting], str] = {}
        self.baseline: dict[int, set[str]] = {}

    def close(self) -> None:
        """Ends the sandboxes."""
        self.threads.shutdown()
        for box in (box for boxes in self.boxes.values() for box in boxes):
            box.__exit__(None, None, None)

    @property
    def probes(self) -> int:
        return sum(box.probes for boxes in self.boxes.values() for box in boxes)

    def _side_by_side(self, hardware: Hardware) -> list[Sandbox]:
        if hardware.name not in self.boxes:
            self.boxes[hardware.name] = [Sandbox(self.engine, self.site, hardware) for _ in range(self.jobs)]
        return self.boxes[hardware.name]

    def argv(self, at: int, setting: Setting) -> list[str]:
        """The command line of a setting in a context."""
        context = self.contexts[at]
        words = ["--model-path", str(context.checkpoint)]
        if not any(name == "tp_size" for name, _ in setting):
            words += ["--tp-size", str(context.hardware.gpus)]
        for name, value in sorted(setting, key=str):
            words += [f"--{self.options.name(name)}"] if value is None else [f"--{self.options.name(name)}={value}"]
        return words

    def verdicts(self, at: int, settings: Iterable[Setting]) -> list[str]:
        """For each setting where it is refused, "" if it is accepted, "?" if what came out says nothing."""
        wanted = list(settings)
        boxes = self._side_by_side(self.contexts[at].hardware)
        if at not in self.baseline:
            self.baseline[at] = set(boxes[0].judge([self.argv(at, frozenset())])[0]["touched"])
        missing = [s for s in dict.fromkeys(wanted) if (at, s) not in self.known]
        size = max(1, min(BATCH, -(-len(missing) // len(boxes))))
        parts = [missing[i : i + size] for i in range(0, len(missing), size)]
        for first in range(0, len(parts), len(boxes)):
            together = parts[first : first + len(boxes)]
            asked = [[self.argv(at, s) for s in part] for part in together]
            for part, answers in zip(together, self.threads.map(Sandbox.judge, boxes, asked), strict=True):
                self.known |= {(at, s): self._verdict(at, a) for s, a in zip(part, answers, strict=True)}
        return [self.known[at, s] for s in wanted]

    def _verdict(self, at: int, answer: dict[str, Any]) -> str:
        if answer["stage"] == "accepted":
            return ""
        if answer.get("error") not in KINDS or set(answer["touched"]) - self.baseline[at]:
            return "?"
        own = [f for f in answer["frames"] if not f[0].endswith(("/argparse.py", "/sandbox.py"))]
        if not own or not any(part in own[-1][0] for part in ASKING[self.engine]):
            return "?"
        file, line, text = own[-1]
        refuses = text.startswith(("raise", "assert", "parser.error"))
        return f"{Path(file).relative_to(self.site).as_posix()}:{line}" if refuses else "?"


class Search:
    """Finds the rows of one version."""

    def __init__(self, prober: Prober, sites: Sequence[Site], say: Callable[[str], object], seed: int = 1) -> None:
        self.prober, self.options, self.say = prober, prober.options, say
        self.sites = [s for s in sites if s.fields]
        self.by_place = {s.where: s for s in sites}
        self.random = random.Random(seed)
        self.rows: dict[tuple[Setting, str], Row] = {}
        self.near: dict[str, set[Any]] = {}
        for site in self.sites:
            for name, constants in site.constants.items():
                self.near.setdefault(name, set()).update(constants)
        self.figures: dict[str, int] = {}

    def values(self, name: str, site: Site | None = None, most: int = 8) -> list[str | None]:
        near = site.constants.get(name, ()) if site else self.near.get(name, ())
        return self.options.values(name, near, most)

    # --- finding ---

    def run(self, some: Sequence[int], rounds: int) -> list[Row]:
        """All rows. some: contexts in which pairs are tried; rounds: of settings at random in each of them."""
        every = range(len(self.prober.contexts))
        fields = sorted(set().union(*(site.fields for site in self.sites)))
        singles = [frozenset({(f, v)}) for f in fields for v in self.values(f, None, 64)]
        for at in some:
            self._learn(at, singles)
        self.say(f"{len(singles)} single arguments in {len(some)} contexts: {len(self.rows)} refusals")
        pairs = sorted(
            {p for site in self.sites for p in self._pairs(site, site.fields, site.fields)},
            key=lambda s: sorted(s, key=str),
        )
        for at in some[::2]:
            self._learn(at, pairs)
        self.say(f"{len(pairs)} pairs in {len(some[::2])}: {len(self.rows)} refusals")
        for at in some:
            self._learn(at, [self._any() for _ in range(rounds)])
        self.say(f"{rounds} settings at random in each of {len(some)}: {len(self.rows)} refusals")
        for at in every:
            self._replay(at)
        firsts: dict[Any, Row] = {}
        for row in sorted(self.rows.values(), key=lambda row: (row.where, sorted(row.setting, key=str))):
            if row.seen:
                alike = row.where, frozenset(name for name, _ in row.setting), frozenset(row.seen)
                self._cures(row, firsts.setdefault(alike, row))
        self.rows = {key: row for key, row in self.rows.items() if self._told(row)}
        self.say(f"{len(self.rows)} refusals are left, after {self.prober.probes} probes")
        return list(self.rows.values())

    def _told(self, row: Row) -> bool:
        """Whether a table can tell a row. Two numbers are a relation, which is transcribed."""
        numbers = [v for _, v in row.setting if v is not None and v.lstrip("-").isdigit()]
        return bool(row.seen) and len(row.unless) <= MOST_CURES and len(numbers) < 2

    def _pairs(self, site: Site, ones: set[str], others: set[str]) -> list[Setting]:
        """Pairs of values, one of each set of fields, in the order of the names."""
        names = {(min(one, other), max(one, other)) for one in ones for other in others if one != other}
        return [
            frozenset({(one, a), (other, b)})
            for one, other in sorted(names)
            for a in self.values(one, site, 4)
            for b in self.values(other, site, 4)
        ]

    def _any(self) -> Setting:
        """A setting at random: some of what stands together, and a few more."""
        site = self.random.choice(self.sites)
        names = self.random.sample(sorted(site.fields), min(len(site.fields), 3))
        names += self.random.sample(sorted(site.nearby), min(len(site.nearby), 2))
        return self._drawn(names, site)

    def _drawn(self, names: Iterable[str], site: Site | None) -> Setting:
        drawn: dict[str, str | None] = {}
        for name in names:
            values = self.values(name, site)
            if values:
                drawn[name] = self.random.choice(values)
        return frozenset(drawn.items())

    def _learn(self, at: int, settings: Sequence[Setting]) -> None:
        """Takes in where a context refuses settings, each made as small as it goes."""
        fresh = [s for s in settings if not self._explained(at, s)]
        for setting, verdict in zip(fresh, self.prober.verdicts(at, fresh), strict=True):
            if verdict not in ("", "?") and not self._explained(at, setting):
                small, place = self._smallest(at, setting, verdict)
                if small:
                    self.rows.setdefault((small, place), Row(small, place)).seen.add(at)

    def _explained(self, at: int, setting: Setting) -> bool:
        return any(at in row.seen and row.setting <= setting for row in self.rows.values())

    def _smallest(self, at: int, setting: Setting, place: str) -> tuple[Setting, str]:
        for item in sorted(setting, key=str):
            less = setting - {item}
            verdict = self.prober.verdicts(at, [less])[0]
            if verdict not in ("", "?"):
                return self._smallest(at, less, verdict)
        return setting, place

    def _replay(self, at: int) -> None:
        """In which contexts each row holds, each judged in a process of its own."""
        rows = list(self.rows.values())
        for row, verdict in zip(rows, self.prober.verdicts(at, [r.setting for r in rows]), strict=True):
            row.seen.discard(at)
            row.unseen.discard(at)
            if verdict == row.where:
                row.seen.add(at)
            elif verdict == "":
                row.unseen.add(at)

    # --- what takes a refusal away ---

    def _cures(self, row: Row, first: Row) -> None:
        """What takes a refusal away. first: the same one of another value, of which that is known."""
        site = self.by_place.get(row.where) or Site(row.where)
        own = {name for name, _ in row.setting}
        near = sorted((site.fields | site.nearby | site.origins) - own)
        at, calm, goal = min(row.seen), 0, SURE
        if row is first:
            goal = CALM
            close = sorted((site.fields | site.origins) - own)
            extras = [frozenset({(n, v)}) for n in close for v in self.values(n, site, 6)]
            extras = [
                *self._some(extras),
                *self._some(self._pairs(site, site.fields - own, (site.fields | site.origins) - own)),
            ]
            for _ in range(DEEP):
                self._tried(row, at, extras)
                extras = self._some([longer for extra in extras for longer in self._onward(row, at, extra, own)])
        row.unless += [cure for cure in first.unless if cure not in row.unless]
        while calm < goal and len(row.unless) <= MOST_CURES:
            at = self.random.choice(sorted(row.seen))
            extras = [self._extra(site, near, own) for _ in range(20)]
            calm = 0 if self._tried(row, at, [s for s in extras if s]) else calm + 20

    def _some(self, settings: Sequence[Setting]) -> list[Setting]:
        return list(settings) if len(settings) <= MOST_TRIED else self.random.sample(list(settings), MOST_TRIED)

    def _onward(self, row: Row, at: int, extra: Setting, own: set[str]) -> Iterator[Setting]:
        """Where something more moves a refusal to another line, what that line asks for may be the rest of a cure."""
        elsewhere = self.by_place.get(self.prober.known.get((at, row.setting | extra), ""))
        if elsewhere is not None and elsewhere.where != row.where:
            for name in sorted(elsewhere.fields - own - {one for one, _ in extra}):
                yield from (extra | {(name, value)} for value in self.values(name, elsewhere, 6))

    def _extra(self, site: Site, near: Sequence[str], own: set[str]) -> Setting:
        """What a server may be given beside a row's setting: of what stands with it, of its function, of anything."""
        groups = (sorted(site.fields - own), sorted(site.origins - own), near, sorted(self.near), ["tp_size"])
        names = [n for group in groups for n in self._few(group)]
        return frozenset((n, v) for n, v in self._drawn(names, site) if n not in own)

    def _few(self, names: Sequence[str]) -> list[str]:
        return self.random.sample(names, self.random.randint(0, min(len(names), 3)))

    def _tried(self, row: Row, at: int, extras: Sequence[Setting]) -> bool:
        """Whether some of these settings made the engine accept a row's; the smallest of each becomes an ``unless``."""
        extras = [e for e in extras if not any(_covers(cure, e) for cure in row.unless)]
        found = False
        for extra, verdict in zip(extras, self.prober.verdicts(at, [row.setting | e for e in extras]), strict=True):
            if verdict == "" and not any(_covers(cure, extra) for cure in row.unless):
                row.unless.append(self._least(row, at, extra))
                found = True
        return found

    def _least(self, row: Row, at: int, extra: Setting) -> Setting:
        for item in sorted(extra, key=str):
            less = extra - {item}
            if less and self.prober.verdicts(at, [row.setting | less])[0] == "":
                return self._least(row, at, less)
        return frozenset((name, self._kept(name, value)) for name, value in extra)

    def _kept(self, name: str, value: str | None) -> str | None:
        """A value of a few stands for itself; a number or a text for every one, which ANY says."""
        row = self.options.rows[name]
        return value if row["choices"] or row["nargs"] == 0 else ANY


def _covers(cure: Setting, extra: Setting) -> bool:
    """Whether a setting has all that a cure asks for."""
    given = dict(extra)
    return all(name in given and (value == ANY or given[name] == value) for name, value in cure)


def holds_for(row: Row, contexts: Sequence[Context]) -> dict[str, list[Any]] | None:
    """On what facts of model and GPU a refusal depends: the fewest that part where it was seen from where it was not;
    None if none do."""
    seen, unseen = [contexts[i].facts for i in row.seen], [contexts[i].facts for i in row.unseen]
    for names in ((), ("major",), ("architecture",), ("weights",), ("architecture", "major"), ("weights", "major"),
                  ("architecture", "weights"), ("architecture", "weights", "major")):  # fmt: skip
        inside = {tuple(facts[n] for n in names) for facts in seen}
        if not inside & {tuple(facts[n] for n in names) for facts in unseen}:
            return {"facts": list(names), "are": sorted(map(list, inside), key=str)} if names else {}
    return None


def contexts(
    models: Mapping[str, Model], hardware: Mapping[str, Hardware], checkpoints: Mapping[str, Path]
) -> tuple[list[Context], list[int]]:
    """One model of each kind on one machine of each generation of GPUs, and which of these stand for all: half of the
    kinds, once on each machine in turn."""
    kinds: dict[Any, str] = {}
    for name, model in sorted(models.items()):
        if name in checkpoints:
            kinds.setdefault((model.architecture, weights(model), bool(model.mtp_layers)), name)
    machines: dict[tuple[int, int], Hardware] = {}
    for machine in hardware.values():
        machines.setdefault(machine.capability, machine)
    found: list[Context] = []
    some: list[int] = []
    for i, name in enumerate(kinds.values()):
        for j, machine in enumerate(machines.values()):
            some += [len(found)] if i % 2 == 0 and i // 2 % len(machines) == j else []
            found.append(Context(models[name], machine, checkpoints[name]))
    return found, some

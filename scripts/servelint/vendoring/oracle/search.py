"""The search for what an engine refuses and what it overrides, by probing its running code.

Probed are single options, pairs and triples that stand together before a line that refuses or gives an option another
value, and settings at random. Of each effect the smallest setting is kept. What makes the engine accept it again, found
by the same means, is kept as its ``unless``: until so many random settings in a row change nothing. What an effect
depends on of model and GPU follows from where it was seen. Searches run side by side and ask in batches: a command line
costs two milliseconds, a process of its own twenty times that.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...engines.tables import ANY
from .prober import Context, Effect, Outcome, Prober, Setting, refused
from .probing import WIDE, Options, Site, silencing

CALM, SURE, TRIED = 100, 20, 20
"""Random settings in a row that leave an effect as it is, before it is believed; of a next value of an option; at once.
"""
MOST_TOGETHER = {2: 1500, 3: 600}
"""Settings of so many options that are tried in each context, out of all."""
STARTED = 3
"""Values of an option that are tried beside the arguments of each server of the fleet."""
MOST_CURES = 12
"""An effect with more is too conditional to be told, and is left out."""
MOVED = frozenset(
    {"chunked_prefill_size", "dp_size", "enable_dp_attention", "speculative_algorithm", "tool_call_parser"}
)
"""Fields that lose their value to one that means the same, in another field or by another name, whose loss is a rule of
its own (`illegal-dp-attention`), or that are shared out by design, as a chunk is among groups of DP attention."""

Asked = list[tuple[int, Setting]]
Steps = Generator[Asked, list[Outcome], None]


@dataclass
class Row:
    """One effect: its smallest setting, in which contexts it was seen, and what takes it away."""

    setting: Setting
    effect: Effect
    seen: set[int] = field(default_factory=set)
    unseen: set[int] = field(default_factory=set)
    unless: list[Setting] = field(default_factory=list)

    @property
    def where(self) -> str:
        return self.effect.where

    @property
    def kind(self) -> tuple[Effect, frozenset[str], frozenset[int]]:
        """What rows have in common that differ in values alone."""
        return self.effect, frozenset(name for name, _ in self.setting), frozenset(self.seen)

    def holds(self, outcome: Outcome) -> bool | None:
        """Whether an outcome is this effect; None if another refusal hides it."""
        if outcome is None or self.effect in outcome:
            return None if outcome is None else True
        return None if refused(outcome) else False


def side_by_side(prober: Prober, searches: Iterable[Steps]) -> None:
    """Runs searches to their ends; what they ask at one time is one batch."""
    merged = _merged(searches)
    asked = next(merged, None)
    with contextlib.suppress(StopIteration):
        while asked is not None:
            asked = merged.send(prober.outcomes(asked))


def _merged(searches: Iterable[Steps]) -> Steps:
    """Several searches as one."""
    going: list[tuple[Steps, Asked]] = []
    for search in searches:
        going += [(search, asked) for asked in itertools.islice(search, 1)]
    while going:
        answers = iter((yield [one for _, asked in going for one in asked]))
        waiting, going = going, []
        for search, asked in waiting:
            with contextlib.suppress(StopIteration):
                going.append((search, search.send([next(answers) for _ in asked])))


class Search:
    """Finds the rows of one version."""

    def __init__(self, prober: Prober, sites: Sequence[Site], say: Callable[[str], object], seed: int = 1) -> None:
        self.prober, self.options, self.say = prober, prober.options, say
        self.sites = [s for s in sites if s.fields | s.written]
        self.asked = frozenset[str]().union(*(site.fields | site.written for site in self.sites))
        self.by_place = {s.where: s for s in sites}
        self.random = random.Random(seed)
        self.rows: dict[tuple[Setting, Effect], Row] = {}
        self.near: dict[str, set[Any]] = {}
        for site in self.sites:
            for name, constants in site.constants.items():
                self.near.setdefault(name, set()).update(constants)

    def values(self, name: str, site: Site | None = None, most: int = 8) -> list[str | None]:
        near = site.constants.get(name, ()) if site else self.near.get(name, ())
        return self.options.values(name, near, most)

    # --- finding ---

    def run(self, some: Sequence[int], rounds: int, starts: Sequence[tuple[int, Setting]] = ()) -> list[Row]:
        """All rows. some: contexts in which settings are tried; rounds: of settings at random in each of them. starts:
        command lines that stand beside such settings too."""
        singles: list[Setting] = [
            frozenset({(f, v)})
            for f in sorted(self.options.rows)
            for v in self.values(f, None, 64 if f in self.asked else 4)
        ]
        self._learn("single arguments", some, singles)
        self._learn("pairs", some, self._together(2, 4))
        self._learn("triples", some, self._together(3, 2))
        self._learn("settings at random", some, [self._any() for _ in range(rounds)])
        side_by_side(self.prober, [self._effects(at, [start]) for at, start in starts])
        side_by_side(self.prober, [self._effects(at, self._beside(start, rounds)) for at, start in starts])
        self.say(f"beside the arguments of {len(starts)} servers: {len(self.rows)} effects")
        self._learn("other numbers", some, sorted(set(self._widened()), key=lambda s: sorted(s, key=str)))
        rows = sorted(self.rows.values(), key=lambda row: (row.effect, sorted(row.setting, key=str)))
        self._replay(rows)
        firsts: dict[Any, Row] = {}
        found = [(row, firsts.setdefault(row.kind, row)) for row in rows if self._told(row)]
        side_by_side(self.prober, [self._cures(row, row) for row, first in found if row is first])
        side_by_side(self.prober, [self._cures(row, first) for row, first in found if row is not first])
        self.say(f"what takes {len(found)} of them away, after {self.prober.probes} probes")
        return [row for row, _ in found if len(row.unless) <= MOST_CURES]

    def _widened(self) -> Iterator[Setting]:
        """The settings whose number becomes another one, with other numbers."""
        for row in self.rows.values():
            name = row.effect.field
            if name and self.options.number(name):
                yield from (frozenset((n, value if n == name else v) for n, v in row.setting) for value in WIDE)

    def _told(self, row: Row) -> bool:
        """Whether a table can tell a row. Two numbers are a relation, which is transcribed."""
        numbers = [v for _, v in row.setting if v is not None and v.lstrip("-").isdigit()]
        return bool(row.seen) and len(numbers) < 2 and holds_for(row, self.prober.contexts) is not None

    def _together(self, count: int, most: int) -> list[Setting]:
        """Settings of so many options that stand together, in an order of their own."""
        found = {s for site in self.sites for s in self._of(site, site.fields | site.written, count, most)}
        ordered = sorted(found, key=lambda s: sorted(s, key=str))
        return ordered if len(ordered) <= MOST_TOGETHER[count] else self.random.sample(ordered, MOST_TOGETHER[count])

    def _of(self, site: Site, names: Iterable[str], count: int, most: int) -> Iterator[Setting]:
        for some in itertools.combinations(sorted(names), count):
            if site.written and not site.written & set(some):
                continue
            for values in itertools.product(*(self.values(name, site, most) for name in some)):
                yield frozenset(zip(some, values, strict=True))

    def _any(self) -> Setting:
        """A setting at random: some of what stands together, and a few more."""
        site = self.random.choice(self.sites)
        close = sorted(site.fields | site.written)
        names = self.random.sample(close, min(len(close), 3))
        names += self.random.sample(sorted(site.nearby), min(len(site.nearby), 2))
        return self._drawn(names, site)

    def _drawn(self, names: Iterable[str], site: Site | None) -> Setting:
        drawn: dict[str, str | None] = {}
        for name in names:
            values = self.values(name, site)
            if values:
                drawn[name] = self.random.choice(values)
        return frozenset(drawn.items())

    def _beside(self, start: Setting, rounds: int) -> list[Setting]:
        """Command lines that differ from one in one option, or in some at random."""
        singles = [frozenset({(f, v)}) for f in sorted(self.asked) for v in self.values(f, None, STARTED)]
        changes = [*singles, *(self._any() for _ in range(rounds // 2))]
        return [frozenset({**dict(start), **dict(change)}.items()) for change in changes]

    def _learn(self, what: str, some: Sequence[int], settings: Sequence[Setting]) -> None:
        """Takes in what settings lead to, each made as small as it goes."""
        side_by_side(self.prober, [self._effects(at, settings) for at in some])
        self.say(f"{len(settings)} {what} in {len(some)} contexts: {len(self.rows)} effects")

    def _effects(self, at: int, settings: Sequence[Setting]) -> Steps:
        outcomes = yield [(at, setting) for setting in settings]
        yield from _merged(
            self._smallest(at, setting, effect)
            for setting, outcome in zip(settings, outcomes, strict=True)
            for effect in sorted(outcome or ())
            if effect.field not in MOVED
        )

    def _smallest(self, at: int, setting: Setting, effect: Effect) -> Steps:
        while setting and not self._explained(at, setting, effect):
            less = [setting - {item} for item in sorted(setting, key=str) if item[0] != effect.field]
            for smaller, outcome in zip(less, (yield [(at, one) for one in less]), strict=True):
                if (same := _same(effect, outcome)) is not None:
                    setting, effect = smaller, same
                    break
            else:
                self.rows.setdefault((setting, effect), Row(setting, effect)).seen.add(at)

    def _explained(self, at: int, setting: Setting, effect: Effect) -> bool:
        return any(
            at in row.seen and row.setting <= setting and row.effect[1:] == effect[1:] for row in self.rows.values()
        )

    def _replay(self, rows: Sequence[Row]) -> None:
        """In which contexts each row holds."""
        asked = [(at, row.setting) for row in rows for at in range(len(self.prober.contexts))]
        answers = iter(self.prober.outcomes(asked))
        for row in rows:
            held = {at: row.holds(next(answers)) for at in range(len(self.prober.contexts))}
            row.seen = {at for at, it in held.items() if it}
            row.unseen = {at for at, it in held.items() if it is False}

    # --- what takes an effect away ---

    def _cures(self, row: Row, first: Row) -> Steps:
        """What takes an effect away. first: the same one of another value, of which that is known."""
        site = self.by_place.get(row.where)
        read = silencing(site, self.options)
        if site is None or read is None:
            return  # no row of a table
        drawn = random.Random(f"{row.effect} {sorted(row.setting, key=str)}")
        read = read | {name for name, _ in row.setting}
        beside = (site.origins, site.nearby, self.options.rows.keys(), {self.options.width})
        groups = [sorted(group - read) for group in beside]
        row.unless += [cure for cure in first.unless if cure not in row.unless]
        calm = 0
        while calm < (CALM if row is first else SURE) and len(row.unless) <= MOST_CURES:
            at, before = drawn.choice(sorted(row.seen)), len(row.unless)
            yield from self._tried(row, at, [self._extra(drawn, site, groups) for _ in range(TRIED)])
            calm = calm + TRIED if len(row.unless) == before else 0

    def _extra(self, drawn: random.Random, site: Site, groups: Sequence[Sequence[str]]) -> Setting:
        """What a server may be given beside a row's setting: of what decides its fields, of its function, of anything.
        What its place reads need not be tried: a table is silent where that is stated."""
        names = [n for group in groups for n in drawn.sample(group, drawn.randint(0, min(len(group), 3)))]
        values = {name: self.values(name, site) for name in names}
        return frozenset((name, drawn.choice(some)) for name, some in values.items() if some)

    def _tried(self, row: Row, at: int, extras: Sequence[Setting]) -> Steps:
        """The smallest of each setting that made the engine accept a row's becomes an ``unless``."""
        extras = [e for e in extras if not any(covers(cure, e) for cure in row.unless)]
        outcomes = yield [(at, row.setting | extra) for extra in extras]
        for extra, outcome in zip(extras, outcomes, strict=True):
            if row.holds(outcome) is False and not any(covers(cure, extra) for cure in row.unless):
                yield from self._least(row, at, extra)

    def _least(self, row: Row, at: int, extra: Setting) -> Steps:
        less = [extra - {item} for item in sorted(extra, key=str)] if len(extra) > 1 else []
        for smaller, outcome in zip(less, (yield [(at, row.setting | one) for one in less]), strict=True):
            if row.holds(outcome) is False:
                yield from self._least(row, at, smaller)
                return
        row.unless.append(cure_of(extra, self.options))


def _same(effect: Effect, outcome: Outcome) -> Effect | None:
    """The effect in an outcome, wherever an engine refuses."""
    if not effect.field:
        return refused(outcome)
    return effect if outcome and effect in outcome else None


def cure_of(extra: Setting, options: Options) -> Setting:
    """A setting that takes an effect away, as a table tells it: a value of a few stands for itself, a number or a text
    for every one."""

    def kept(name: str, value: str | None) -> str | None:
        row = options.rows[name]
        return value if row["choices"] or row["nargs"] == 0 else ANY

    return frozenset((name, kept(name, value)) for name, value in extra)


def covers(cure: Setting, extra: Setting) -> bool:
    """Whether a setting has all that a cure asks for."""
    given = dict(extra)
    return all(name in given and (value == ANY or given[name] == value) for name, value in cure)


def holds_for(row: Row, contexts: Sequence[Context]) -> dict[str, list[Any]] | None:
    """On what facts of model and GPU an effect depends: the fewest that part where it was seen from where it was not;
    None if none do."""
    seen, unseen = [contexts[i].facts for i in row.seen], [contexts[i].facts for i in row.unseen]
    for names in ((), ("major",), ("architecture",), ("weights",), ("architecture", "major"), ("weights", "major"),
                  ("architecture", "weights"), ("architecture", "weights", "major")):  # fmt: skip
        inside = {tuple(facts[n] for n in names) for facts in seen}
        if not inside & {tuple(facts[n] for n in names) for facts in unseen}:
            return {"facts": list(names), "are": sorted(map(list, inside), key=str)} if names else {}
    return None

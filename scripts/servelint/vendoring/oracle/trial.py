"""What the validator's word is worth: random command lines, judged by the engine itself and by `refused-by-engine`.

The lines come from the choices and boundary values of the lists over the catalogue's models and machines; every second
one begins as a row of the table does, so that the table is put to the test and not its silence. The relations that were
transcribed are each proved on lines on which they speak.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...engines import tables
from ...engines.kind import Kind, Told
from ...model import whole
from .prober import Effect, Prober, Setting, refused
from .probing import Options
from .search import MOVED

DRAWS, LINES = 4000, 40
"""So often is a line drawn for a relation, until so many are found on which it speaks."""
MOST = 5
"""Options of a line beside those of a row."""


@dataclass
class Verdicts:
    """lines: on which the engine gave one. alarms: refused by the validator alone, as line and reason. refused: by the
    engine, of those that begin as no row does, and silent: by it alone. misnamed: values that become others than said.
    unsaid: of which nothing is said. wrong: lines on which a relation speaks and is not true."""

    lines: int = 0
    accepted: int = 0
    refused: int = 0
    silent: int = 0
    alarms: list[str] = field(default_factory=list)
    overridden: int = 0
    unsaid: int = 0
    misnamed: list[str] = field(default_factory=list)
    relations: int = 0
    proofs: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def figures(self) -> dict[str, int]:
        """For the ledger."""
        return {
            "lines": self.lines, "accepted": self.accepted, "accepted but refused here": len(self.alarms),
            "refused": self.lines - self.accepted, "refused beside the table's rows": self.refused,
            "of these silent here": self.silent,
            "values replaced": self.overridden, "replaced otherwise than said here": len(self.misnamed),
            "replaced but silent here": self.unsaid, "relations": self.relations, "proofs": self.proofs,
            "disproofs": len(self.wrong),
        }  # fmt: skip


class Trial:
    """Random lines for one version, on which engine and validator are compared."""

    def __init__(self, kind: Kind, version: str, prober: Prober, options: Options, seed: int) -> None:
        self.kind, self.version, self.prober, self.options = kind, version, prober, options
        self.seed, self.random = seed, random.Random(seed)
        self.fields = {name: field for field, row in options.rows.items() for name in row["names"]}
        self.found = Verdicts()

    def told(self, at: int, setting: Setting) -> Told:
        """What the validator knows of a line."""
        context, given = self.prober.contexts[at], dict(setting)

        def value(name: str) -> str:
            field = self.fields.get(name, name)
            if field in (self.options.width, self.options.name(self.options.width)) and field not in given:
                return str(context.hardware.gpus)
            said = given.get(field, "")
            return "true" if said is None else said

        return Told(
            value=value,
            version=self.version,
            model=context.model,
            majors=frozenset({context.hardware.capability[0]}),
            hosts=whole(value("nnodes")) or 1,
        )

    def run(self, lines: int) -> Verdicts:
        """All of it."""
        drawn = [self._drawn(i % 2 == 0) for i in range(lines)]
        for i, ((at, setting), outcome) in enumerate(zip(drawn, self.prober.outcomes(drawn), strict=True)):
            if outcome is not None:
                self._compared(at, setting, outcome, i % 2 == 0)
        refusing, replacing = self.kind.to_prove(self.version)
        self.found.relations = len(refusing) + len(replacing)
        for relation in refusing:
            self._proved(relation, lambda said, outcome: refused(outcome) is not None)
        for relation in replacing:
            self._proved(relation, self._replaced)
        return self.found

    def _compared(self, at: int, setting: Setting, outcome: frozenset[Effect], of_a_row: bool) -> None:
        told, line = self.told(at, setting), " ".join(self.prober.argv(at, setting)[2:])
        said = [f"{name} {why}" for name, why, certain in self.kind.refused(told) if certain]
        self.found.lines += 1
        if refused(outcome):
            self.found.refused += not of_a_row
            self.found.silent += not of_a_row and not said
            return
        replaced = {effect.field: effect.becomes for effect in outcome if effect.field not in MOVED}
        self.found.accepted += 1
        if said:
            self.found.alarms.append(f"{self.prober.contexts[at].model.id}: {line}: {said[0]}")
        named = {self.fields.get(name, name): what for name, what, certain in self.kind.overridden(told) if certain}
        self.found.overridden += len(replaced)
        self.found.unsaid += len(replaced.keys() - named.keys())
        for one, what in named.items():
            if not what.startswith(tables.becomes(replaced.get(one, "?"))):
                text = f"{self.prober.contexts[at].model.id}: {line}: {one} {what}, not {replaced.get(one)}"
                self.found.misnamed.append(text)

    def _drawn(self, of_a_row: bool) -> tuple[int, Setting]:
        """A context and a line."""
        at = self.random.randrange(len(self.prober.contexts))
        rows = tables.rows(self.kind.family, self.version)
        given = dict(self._of_row(self.random.choice(rows))) if of_a_row and rows else {}
        names = sorted(self.options.rows)
        for name in self.random.sample(names, min(len(names), self.random.randint(0, MOST))):
            if name not in given and (values := self.options.values(name)):
                given[name] = self.random.choice(values)
        return at, frozenset(given.items())

    def _of_row(self, row: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
        for name, values in row["with"].items():
            field = self.fields[name]
            value = self.random.choice(values)
            if value == tables.ANY:
                value = self.random.choice(self.options.values(field) or ["1"])
            yield field, None if self.options.rows[field]["nargs"] == 0 else value

    def _proved(self, relation: Callable[[Told], Any], shown: Callable[[Any, Any], bool]) -> None:
        """Lines on which a relation speaks, each of which has to prove it."""
        lines = dict(self._spoken(relation))
        for (at, setting), outcome in zip(lines, self.prober.outcomes(list(lines)), strict=True):
            if outcome is not None:
                self.found.proofs += 1
                if not shown(lines[at, setting], outcome):
                    line = " ".join(self.prober.argv(at, setting)[2:])
                    self.found.wrong.append(f"{self.prober.contexts[at].model.id}: {line}: {lines[at, setting]}")

    def _spoken(self, relation: Callable[[Told], Any]) -> Iterator[tuple[tuple[int, Setting], Any]]:
        """Drawn are the arguments that the relation asks for, which it is watched for. It draws for itself: one that is
        mended changes the lines of no other."""
        asked: set[str] = set()
        found, drawn = 0, random.Random(self.seed)
        for _ in range(DRAWS):
            at = drawn.randrange(len(self.prober.contexts))
            given = {}
            for name in sorted(asked):
                values = self._values(name)
                if values and drawn.random() < 0.7:
                    given[name] = drawn.choice(values)
            setting = frozenset(given.items())
            told = self.told(at, setting)
            said = relation(_watched(told, self.fields, self.options, asked))
            if said is not None:
                found += 1
                yield (at, setting), said
            if found >= LINES:
                return

    def _values(self, name: str) -> Sequence[str | None]:
        row = self.options.rows[name]
        if row["choices"] or row["nargs"] == 0:
            return self.options.values(name)
        if row["type"] in ("int", "human_readable_int"):
            return [str(n) for n in (-2, 0, 1, 2, 3, 4, 6, 8, 16, 32, 64, 100, 2048, 8192)]
        if row["type"] == "float":
            return ["-1", "0", "0.5", "1", "1.5"]
        return ["/x", "a:b"]

    def _replaced(self, said: tuple[str, int, str], outcome: Any) -> bool:
        """Whether a number is replaced as a relation says; a line that is refused for another reason shows nothing."""
        name, final, _ = said
        return bool(refused(outcome)) or any(e.field == self.fields[name] and e.becomes == str(final) for e in outcome)


def _watched(told: Told, fields: Mapping[str, str], options: Options, asked: set[str]) -> Told:
    """The same, which notes the fields that it is asked for."""

    def value(name: str) -> str | None:
        if fields.get(name) in options.rows:
            asked.add(fields[name])
        return told.value(name)

    return Told(value, told.version, told.model, told.majors, told.hosts, told.variables)

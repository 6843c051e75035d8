"""The comparison of engine and rules on random lines, on an engine of a few lines instead of a real one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from servelint.catalogue.load import load_hardware, load_models
from servelint.engines import tables
from servelint.engines.kind import Kind, Told
from servelint.vendoring.oracle import configs, prober, probing, trial
from support import ROOT


def row(name: str, **more: Any) -> dict[str, Any]:
    plain = {
        "names": [name, f"old-{name}"],
        "field": name.replace("-", "_"),
        "nargs": None,
        "type": "int",
        "choices": None,
    }
    return {**plain, "default": None, "action": "_StoreAction", "hidden": False, **more}


OPTIONS = probing.options(
    [row("mode", choices=["a", "b"], type="str"), row("fast", nargs=0, type=None), row("tp-size"), row("pages")]
)


class Toy(prober.Prober):
    """Refuses mode a unless it is fast, an odd number of pages beside mode b; one page becomes 64."""

    def outcomes(self, asked: Sequence[tuple[int, prober.Setting]]) -> list[prober.Outcome]:
        return [self._judged(dict(setting)) for _, setting in asked]

    def _judged(self, given: dict[str, str | None]) -> prober.Outcome:
        pages = given.get("pages")
        if given.get("mode") == "a" and "fast" not in given:
            return frozenset({prober.Effect("x.py:1")})
        if pages is not None and int(pages) % 2 and given.get("mode") == "b":
            return frozenset({prober.Effect("x.py:2")})
        return frozenset({prober.Effect("x.py:3", "pages", "64")} if pages == "1" else ())


class Engine(Kind):
    family = name = "toy"

    def __init__(self, relation: Callable[[Told], Any]) -> None:
        self.relation = relation

    def to_prove(self, version: str) -> tuple[Sequence[Callable[[Told], Any]], Sequence[Callable[[Told], Any]]]:
        return [self.relation], [lambda told: ("pages", 64, "") if told.value("old-pages") == "1" else None]


def odd(told: Told) -> tuple[str, str] | None:
    pages = told.value("pages")
    return ("pages", "is odd") if pages and int(pages) % 2 and told.value("mode") == "b" else None


def wrong(told: Told) -> tuple[str, str] | None:
    return ("pages", "is there") if told.value("pages") else None


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    monkeypatch.setattr(tables, "STORE", tmp_path)

    def write(rows: list[dict[str, Any]]) -> None:
        (tmp_path / "toy-1.0.json").write_text(json.dumps({"engine": "toy", "version": "1.0", "rows": rows}))
        tables.stored.cache_clear()
        tables.rows.cache_clear()

    yield write
    tables.stored.cache_clear()
    tables.rows.cache_clear()


def tried(relation: Callable[[Told], Any]) -> trial.Verdicts:
    models = {name: model for name, model in load_models(ROOT).items() if configs.known(model)}
    contexts, _ = prober.contexts(models, load_hardware(ROOT), dict.fromkeys(models, Path()))
    return trial.Trial(Engine(relation), "1.0", Toy("toy", Path(), OPTIONS, contexts), OPTIONS, 1).run(400)


RIGHT = [
    {"with": {"mode": ["a"]}, "where": "x.py:1", "unless": [{"fast": "true"}]},
    {"with": {"pages": ["1"]}, "where": "x.py:3", "argument": "pages", "becomes": "64"},
]


def test_rules_that_say_what_the_engine_says_have_no_alarm(store: Callable[[list[dict[str, Any]]], None]) -> None:
    store(RIGHT)
    found = tried(odd)
    assert not found.alarms and not found.misnamed and not found.wrong
    assert found.accepted > 100 and found.refused > found.silent > 0, "the relation is proved, and stands in no table"
    assert found.overridden > 10 and found.unsaid == 0 and found.relations == 2 and found.proofs > 20


def test_a_row_that_claims_too_much_is_an_alarm(store: Callable[[list[dict[str, Any]]], None]) -> None:
    store([{"with": {"mode": ["a"]}, "where": "x.py:1"}, {**RIGHT[1], "becomes": "32"}])
    found = tried(odd)
    assert any("--fast" in line and "mode is refused by toy 1.0" in line for line in found.alarms)
    assert all("becomes 32" in line for line in found.misnamed) and found.misnamed


def test_a_relation_that_speaks_on_an_accepted_line_is_disproved(store: Callable[[list[dict[str, Any]]], None]) -> None:
    store(RIGHT)
    assert any("is there" in line for line in tried(wrong).wrong)

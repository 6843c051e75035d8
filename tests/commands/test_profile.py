"""Where the time of a run goes, and what it waits for."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from servelint.commands import profile
from servelint.commands.validate import main
from servelint.steps import clock, pipeline, request
from support import ROOT

LEAF = "overlays/a3ultra/deepseek-r1/sglang-serve"
CLUSTER = "overlays/clusters/a4x-baker/sync"


def test_the_dearest_come_first_and_ten_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "SPENT", {"fleet": 2.5, "change": 0.25, "lint": 99.0})
    spent = {f"overlays/{i:02}": {"lint": 1.0 + i, "render": 0.5, f"rule r-{i:02}": 0.25 + i} for i in range(12)}
    said = [row.removeprefix("profile: ").split(" s  ") for row in list(profile.rows(spent))[1:]]
    assert said[:4] == [
        ["   78.000", "step lint"], ["    6.000", "step render"], ["    2.500", "step fleet"], ["    0.250", "step change"],
    ]  # fmt: skip
    assert [what for _, what in said[4:14]] == [f"rule r-{i:02}" for i in range(11, 1, -1)]
    assert [what for _, what in said[14:]] == [f"overlay overlays/{i:02}" for i in range(11, 1, -1)]
    assert said[14][0].strip() == "12.500"  # the rules of an overlay are part of its lint


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_says_where_its_time_went_and_nothing_else(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [LEAF, CLUSTER, "--no-cache", "--jobs", jobs]
    assert main(arguments) == 0
    plain = capsys.readouterr()
    assert main([*arguments, "--profile"]) == 0
    told = capsys.readouterr()
    assert told.out == plain.out and not plain.err
    rows = told.err.splitlines()
    assert rows[0].startswith("profile: 2 overlays judged anew")
    for step in ("discover", "read", "render", "lint", "locate", "fleet", "waive"):
        assert sum(row.endswith(f" step {step}") for row in rows) == 1, step
    assert sum(" s  rule " in row for row in rows) == profile.MOST
    assert {row.rpartition(" ")[2] for row in rows if " s  overlay " in row} == {LEAF, CLUSTER}


def test_progress_covers_every_overlay_and_says_what_is_waited_for() -> None:
    options = request.Options(overlays=(LEAF, CLUSTER), cache=False, jobs=1)
    context = request.context(ROOT, options)
    heard: list[tuple[int, str]] = []
    wanted = request.wanted(context, options, Path.cwd())
    pipeline.validate(context, wanted, datetime.date(2026, 11, 1), lambda count, what: heard.append((count, what)))
    assert sum(count for count, _ in heard) == 2
    assert {LEAF, CLUSTER} <= {what for count, what in heard if count == 0}
    done = [i for i, (count, _) in enumerate(heard) if count]
    assert heard[-1] == (0, "what overlays are together") and max(done) < len(heard) - 1
    assert heard.count((0, LEAF)) >= 3  # while it is read, judged, and its findings are placed

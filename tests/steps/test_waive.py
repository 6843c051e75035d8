"""Exceptions: which hold everywhere, what they then need, and how many findings each hides."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from servelint.commands.validate import main
from servelint.model import MANIFEST, Exception_, Finding, Ledger, Target
from servelint.rules import all_rules
from servelint.steps import waive
from servelint.steps.discover import targets
from support import ROOT

TODAY = datetime.date(2026, 1, 1)
FLEET = tuple(targets(ROOT))
LEAVES = [t.path for t in FLEET if t.kind == "leaf"]
SCOUT = "overlays/a3ultra/llama-4-scout/sglang-serve"


def entry(
    where: str, line: int = 1, days: int = 30, rule: str = "idle-gpus", severity: str | None = None
) -> Exception_:
    return Exception_(rule, where, "measured on purpose", TODAY + datetime.timedelta(days), line, severity=severity)


def boundless(*wheres: str, fleet: tuple[Target, ...] = FLEET) -> list[str]:
    entries = tuple(entry(where, line) for line, where in enumerate(wheres))
    return sorted(e.where for e in Ledger(entries, frozenset(), TODAY, True, fleet).boundless)


@pytest.mark.parametrize(
    "where",
    ["*", "**", "?*", "[!x]*", "[a-z]*", "*/*", "overlays/*", "overlays/**", "overlays/*/*/*", "overlays/?*/?*/?*", "overlays/[!q]*",
     "o*", "*[a-z]", "overlays/a*", "overlays/a[34]*/*", "overlays/a*-[a-z]*e*", "overlays/clusters/*", "overlays/clusters/[am]*",
     "*clusters*", "overlays/clusters/*/sync"],
)  # fmt: skip
def test_everywhere_is_what_is_reached_and_not_how_it_is_spelt(where: str) -> None:
    if where == "overlays/a*-[a-z]*e*":
        missed = [path for path in LEAVES if not entry(where).reaches(path)]
        assert missed and 10 * len(missed) <= len(LEAVES), "one left out makes no difference"
    assert boundless(where) == [where]


@pytest.mark.parametrize(
    "where",
    [SCOUT, f"*{SCOUT}", "overlays/a3ultra/*", "overlays/a4*", "*/sglang-serve", "overlays/*/deepseek-r1/*", "overlays/clusters/a3*",
     "base/sync/*", "nowhere/*", "overlays/clusters/a3ultra-able*"],
)  # fmt: skip
def test_a_part_of_the_fleet_is_not_everywhere(where: str) -> None:
    assert boundless(where) == []


@pytest.mark.parametrize(("where", "name", "covered"), [
    (SCOUT, "llama-4-scout-sglang-serve-a3ultra-server", True),
    ("overlays/a3ultra/llama-*/sglang-serve", "llama-4-scout-sglang-serve-a3ultra-server", True),
    (SCOUT, "llama-4-scout-instruct-sglang-serve-a3ultra-server", False),
    (SCOUT, "llama-4-scout-sglang-serve-a3ultra", False),
    ("overlays/clusters/a3ultra-able", "llama-4-scout-sglang-serve-a3ultra-server", True),
    ("overlays/clusters/a4x-baker", "llama-4-scout-sglang-serve-a3ultra-server", False),
])  # fmt: skip
def test_what_an_overlay_brings_into_a_cluster_needs_no_second_entry(where: str, name: str, covered: bool) -> None:
    found = Finding(
        "overlays/clusters/a3ultra-able", "f.yaml", 1, "idle-gpus", "apps/v1", "Deployment", "serving", name, "/spec",
        "is idle", "error", "use it", (),
    )  # fmt: skip
    assert entry(where).covers(found) is covered
    elsewhere = replace(found, overlay="overlays/a4x/llama-4-scout/sglang-serve")
    assert not entry(where).covers(elsewhere), "another machine's overlay has names of its own"


def test_wildcards_count_together() -> None:
    assert boundless("overlays/a3*", "overlays/a4*") == ["overlays/a3*", "overlays/a4*"]
    assert boundless("overlays/a3*", "overlays/a4h*") == []
    by_workload = ["*/sglang-*", "*/trtllm-*", "*/vllm-*"]
    assert boundless(*by_workload) == by_workload and boundless(by_workload[0]) == []
    apart = (entry("overlays/a3*"), entry("overlays/a4*", rule="idle-rdma"))
    assert not Ledger(apart, frozenset(), TODAY, True, FLEET).boundless, "two rules, each waived in a part"
    apart = (entry("overlays/a3*", severity="error"), entry("overlays/a4*", severity="warning"))
    assert not Ledger(apart, frozenset(), TODAY, True, FLEET).boundless, "two severities, each waived in a part"
    one = (entry("overlays/a3*"), entry("overlays/a4*", severity="warning"))
    assert Ledger(one, frozenset(), TODAY, True, FLEET).boundless == {*one}, "warnings are waived everywhere"


def test_a_name_in_full_is_never_everywhere_and_what_has_ended_waives_nothing() -> None:
    only = tuple(t for t in FLEET if t.path == SCOUT)
    assert boundless(SCOUT, fleet=only) == [] and boundless(f"{SCOUT}*", fleet=only) == [f"{SCOUT}*"]
    ended = (entry("*", days=-1),)
    assert not Ledger(ended, frozenset(), TODAY, True, FLEET).boundless


def test_a_wildcard_over_manifests_has_no_bounds() -> None:
    manifest = (Target("renders/a.yaml", MANIFEST),)
    assert boundless("renders/*.yaml", fleet=(*FLEET, *manifest)) == ["renders/*.yaml"]
    assert boundless("renders/a.yaml", fleet=(*FLEET, *manifest)) == []


@pytest.mark.parametrize(
    ("days", "owner", "said"),
    [(90, "me", None), (0, "me", None), (91, "me", "holds for 91 days more"), (90, None, "has no owner"),
     (91, None, "has no owner and holds for 91 days more")],
)  # fmt: skip
def test_everywhere_needs_an_owner_and_ends_within_a_quarter(days: int, owner: str | None, said: str | None) -> None:
    one = Exception_("idle-gpus", "*", "measured on purpose", TODAY + datetime.timedelta(days), 7, owner)
    found = list(all_rules()["boundless-exception"].run(Ledger((one,), frozenset(), TODAY, True, FLEET)))
    assert [problem.line for problem in found] == ([7] if said else [])
    assert not said or said in found[0].message


@pytest.mark.parametrize("owner", ["''", "' '", "[a]", "3", "null"])
def test_an_owner_is_somebody(owner: str, tmp_path: Path) -> None:
    (tmp_path / waive.FILE).write_text(
        f"- {{rule: idle-gpus, where: a, reason: measured on purpose, expires: '2999-01-01', owner: {owner}}}\n"
    )
    with pytest.raises(waive.BadExceptions, match="owner"):
        waive.load(tmp_path)


def test_two_exceptions_in_one_line_are_two(tmp_path: Path) -> None:
    both = "{rule: idle-gpus, where: a, reason: measured on purpose, expires: '2999-01-01'}"
    (tmp_path / waive.FILE).write_text(f"[{both}, {both.replace('where: a', 'where: b')}]\n")
    first, second = waive.load(tmp_path)
    ledger = Ledger((first, second), frozenset({first}), TODAY, True)
    (problem,) = all_rules()["unused-exception"].run(ledger)
    assert "in b" in problem.message


def test_the_report_counts_what_each_hides(capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]) -> None:
    fleet = copy()
    for path in (SCOUT, SCOUT.replace("scout", "maverick")):
        engine = fleet / path / "engine.yaml"
        engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 4"))
    soon = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=60)
    rows = [
        f"- {{rule: idle-gpus, where: 'overlays/*', reason: half is lent, expires: '{soon}', owner: '@example/serving'}}",
        f"- {{rule: idle-gpus, where: '{SCOUT}', reason: half is lent, expires: '{soon}'}}",
        f"- {{rule: surge-on-full-pool, where: '{SCOUT}', reason: half is lent, expires: '{soon}'}}",
    ]
    (fleet / waive.FILE).write_text("\n".join(rows))
    wanted = [SCOUT, SCOUT.replace("scout", "maverick")]
    assert main([*wanted, "--format", "json", "--rule", "idle-gpus"], root=fleet) == 0
    report = json.loads(capsys.readouterr().out)
    assert [(e["line"], e["hides"]) for e in report["exceptions"]] == [(1, 2), (2, 1), (3, 0)]
    assert report["summary"]["waived"] == 2
    assert main([*wanted, "--rule", "idle-gpus"], root=fleet) == 0
    first, second, empty, tally, advice, end = capsys.readouterr().out.split("\n")
    until = f"until {soon}"
    assert (
        first
        == f"exceptions.yaml:1: hides 2 findings of idle-gpus in overlays/* {until}, @example/serving answers for it"
    )
    assert second == f"exceptions.yaml:2: hides 1 finding of idle-gpus in {SCOUT} {until}"
    assert empty == end == "" and tally.endswith("0 errors, 0 warnings, 2 waived") and advice.startswith("next: ")


# --- ids that a rule had, and severities ------------------------------------------------------------------------------

MAVERICK = "overlays/a3ultra/llama-4-maverick-instruct/sglang-serve"
TIGHT, OVERFULL = ("context-length: 500000", "context-length: 1000000"), ("static: 0.85", "static: 0.75")
"""What leaves the planner in doubt (a warning), and what it is sure of (an error)."""


def excused(
    rows: str, change: tuple[str, str], fleet: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> list[Any]:
    """Exit status, what was found (with a star if it is excused), and the lines of the report on exceptions."""
    (fleet / MAVERICK / "engine.yaml").write_text((ROOT / MAVERICK / "engine.yaml").read_text().replace(*change))
    (fleet / waive.FILE).write_text(rows)
    status = main([MAVERICK, "--format", "json", *more], root=fleet)
    report = json.loads(capsys.readouterr().out)
    main([MAVERICK, *more], root=fleet)
    lines = [line for line in capsys.readouterr().out.split("\n") if line.startswith("exceptions.yaml:1: hides")]
    return [status, [f"{f['rule']} {f['severity']}{'*' if f['waived'] else ''}" for f in report["findings"]], lines]


def row(rule: str, more: str = "", expires: str = "2999-01-31") -> str:
    return f"- {{rule: {rule}, where: {MAVERICK}, reason: measured on purpose, expires: '{expires}'{more}}}\n"


@pytest.mark.parametrize(
    ("written", "more", "hidden", "told"),
    [
        ("tight-gpu-memory", "", ["warning"], "1 warning of tight-gpu-memory (now overfull-gpus)"),
        ("tight-gpu-memory", ", severity: warning", ["warning"], "1 warning of tight-gpu-memory (now overfull-gpus)"),
        ("overfull-gpus", ", severity: warning", ["warning"], "1 warning of overfull-gpus"),
        ("overfull-gpus", ", severity: error", ["error"], "1 error of overfull-gpus"),
        ("overfull-gpus", "", ["error", "warning"], "1 finding of overfull-gpus"),
    ],
)  # fmt: skip
def test_an_exception_excuses_what_its_id_and_severity_are_of(
    written: str, more: str, hidden: list[str], told: str, capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]
) -> None:
    fleet = copy()
    for severity, change in (("warning", TIGHT), ("error", OVERFULL)):
        status, found, lines = excused(row(written, more), change, fleet, capsys, "--rule", "overfull-gpus", "--strict")
        covers = severity in hidden
        assert (status, found) == (int(not covers), [f"overfull-gpus {severity}{'*' if covers else ''}"])
        assert lines == ([f"exceptions.yaml:1: hides {told} in {MAVERICK} until 2999-01-31"] if covers else [])


def test_reports_for_programs_have_both_ids(capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]) -> None:
    fleet = copy()
    excused(row("tight-gpu-memory"), TIGHT, fleet, capsys)
    for style in ("json", "sarif"):
        assert main([MAVERICK, "--format", style], root=fleet) == 0
        report = json.loads(capsys.readouterr().out)
        (told,) = report["exceptions"] if style == "json" else report["runs"][0]["properties"]["exceptions"]
        assert (told["rule"], told["written"], told["severity"]) == ("overfull-gpus", "tight-gpu-memory", "warning")


def test_rules_over_exceptions_know_the_ids_that_a_rule_had(tmp_path: Path) -> None:
    title = "tight-gpu-memory (now overfull-gpus)"
    everywhere = row("tight-gpu-memory").replace(MAVERICK, "'*'")
    (tmp_path / waive.FILE).write_text(row("tight-gpu-memory", expires="2001-01-31") + everywhere)
    entries = waive.load(tmp_path)
    ledger = Ledger(entries, frozenset(), TODAY, True, FLEET)
    for rule, found in (("expired", [1]), ("boundless", [2]), ("unused", [1, 2])):
        problems = list(all_rules()[f"{rule}-exception"].run(ledger))
        assert [problem.line for problem in problems] == found and all(title in p.message for p in problems)
    used = Ledger(entries, frozenset(entries), TODAY, True, FLEET)
    assert list(all_rules()["unused-exception"].run(used)) == []


def test_a_former_id_and_the_present_one_are_one_rule_everywhere() -> None:
    halves = (
        entry("overlays/a3*", rule="overfull-gpus"),
        entry("overlays/a4*", 2, rule="overfull-gpus", severity="warning"),
    )
    old = (halves[0], replace(halves[1], written="tight-gpu-memory"))
    assert Ledger(old, frozenset(), TODAY, True, FLEET).boundless == {*old}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (row("tight-gpu-memory", ", severity: error"), "every finding of tight-gpu-memory is of severity warning"),
        (row("idle-gpus", ", severity: error"), "every finding of idle-gpus is of severity warning"),
        (row("overfull-gpus", ", severity: fatal"), "severity: unallowed value fatal"),
        (row("tight-gpu-memories"), "there is no rule 'tight-gpu-memories'"),
        (row("failed-build"), "failed-build cannot be waived"),
    ],
)  # fmt: skip
def test_an_id_or_a_severity_that_the_rule_has_not_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / waive.FILE).write_text(text)
    with pytest.raises(waive.BadExceptions, match=f"^exceptions.yaml:1: .*{said}"):
        waive.load(tmp_path)


def test_a_former_id_of_what_cannot_be_waived_cannot_be_waived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = replace(all_rules()["remote-resource"], formerly=(("far-resource", None),))
    monkeypatch.setitem(all_rules(), "remote-resource", guard)
    (tmp_path / waive.FILE).write_text(row("far-resource"))
    with pytest.raises(waive.BadExceptions, match="far-resource cannot be waived"):
        waive.load(tmp_path)


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [("rule", 1, 100), ("where", 1, 300), ("reason", 10, 1_000), ("owner", 1, 100)],
)
def test_texts_are_neither_too_short_nor_too_long(key: str, least: int, most: int, tmp_path: Path) -> None:
    usual = {"rule": "idle-gpus", "where": "a", "reason": "measured on purpose", "expires": "2026-01-31"}
    for length in (least - 1, least, most, most + 1):
        (tmp_path / waive.FILE).write_text(json.dumps([{**usual, key: "a" * length}]))
        try:
            waive.load(tmp_path)
            refused = ""
        except waive.BadExceptions as error:
            refused = str(error)
        # An id of that length is no rule's, which is said only of an id that may be one.
        assert (f"{key}: " in refused) == (not least <= length <= most), (length, refused)


def test_more_entries_than_are_read(tmp_path: Path) -> None:
    one = {"rule": "idle-gpus", "where": "a", "reason": "measured on purpose", "expires": "2026-01-31"}
    (tmp_path / waive.FILE).write_text(json.dumps([one] * waive.MOST))
    assert len(waive.load(tmp_path)) == waive.MOST == 1_000
    (tmp_path / waive.FILE).write_text(json.dumps([one] * (waive.MOST + 1)))
    with pytest.raises(waive.BadExceptions, match="has 1,001 entries; at most 1,000 are read"):
        waive.load(tmp_path)

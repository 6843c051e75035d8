"""What grows in one place costs what its length says: four times as much takes about four times as long, by every rule.

Time is that of the processor, and is held against time: the larger of two sizes against the smaller. A rule that is
quick at the larger size is not held against anything, and one that seems slow is measured again before it is called so:
another process on the same core makes a measurement larger, never smaller.
"""

from __future__ import annotations

import datetime
import gc
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import growing
from servelint import lines
from servelint.catalogue.load import load_hardware, load_models
from servelint.rules import Rule, all_rules
from servelint.steps import pipeline, report
from servelint.steps.context import Context
from servelint.steps.request import MAX_MANIFEST, MAX_VALUES
from servelint.views import syntax
from support import PYTHON, ROOT, environment

TODAY = datetime.date(2026, 1, 1)
FLOOR = 0.08
"""Seconds at the larger size below which nothing is said of a rule."""
MOST = 8
"""Times as long that four times as much may take: n log n takes 5, n² takes 16."""
TRIES = 4
HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
CASES = {name: (case, n) for family, n in growing.FAMILIES for name, case in family().items()}


def spent(text: str, formats: tuple[str, ...] = tuple(report.FORMATS)) -> dict[str, float]:
    """Seconds of the processor by rule and, with a dot, by step. A text that is refused has cost the first step alone."""
    found: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        begin = time.process_time()
        try:
            return work()
        finally:
            found[name] = found.get(name, 0.0) + time.process_time() - begin

    def watched(rule: Rule) -> Rule:
        return replace(rule, run=lambda subject: iter(timed(rule.id, lambda: list(rule.run(subject)))))

    rules = [watched(rule) for rule in all_rules().values()]
    context = Context(ROOT, HARDWARE, MODELS, rules)
    given = [pipeline.Manifest("grown.yaml", text)]
    gc.collect()
    gc.disable()  # a collection takes a tenth of a second, and falls to whichever rule runs at the time
    try:
        if timed(".measure", lambda: lines.measure(text, 10**6, 10**7)):
            return found
        try:
            result = timed(".all", lambda: pipeline.validate_manifests(context, given, "a3ultra", None, None, TODAY))
        except pipeline.BadManifest:
            return found
        assert not result.crashes, result.crashes
        for style in formats:
            timed(f".report-{style}", lambda style=style: report.FORMATS[style](result))
    finally:
        gc.enable()
    found[".steps"] = found[".all"] - sum(each for name, each in found.items() if name[0] != ".")
    return found


def slower(case: growing.Case, n: int) -> dict[str, str]:
    """Rules and steps that are worse than linear between n / 4 and n, with what they took."""
    large = spent(case(n))
    suspects = {name for name, took in large.items() if took > FLOOR}
    small: dict[str, float] = {}
    for _ in range(TRIES):
        if not suspects:
            break
        again = spent(case(n // 4))
        # The least of several: of the larger size too, where it is still suspect.
        small = {name: min(took, small.get(name, took)) for name, took in again.items()}
        suspects = {name for name in suspects if large[name] > max(FLOOR, MOST * small.get(name, 0.0))}
        if suspects:
            large = {name: min(took, large.get(name, took)) for name, took in spent(case(n)).items()}
            suspects = {name for name in suspects if large[name] > max(FLOOR, MOST * small.get(name, 0.0))}
    return {name: f"{small.get(name, 0) * 1000:.0f} ms, then {large[name] * 1000:.0f} ms" for name in sorted(suspects)}


@pytest.fixture(scope="module", autouse=True)
def _warm() -> Iterator[None]:
    """What is loaded once is loaded before anything is measured, and is not gone through at each collection."""
    spent(growing.kinds()["many-InferenceService"](1))
    spent(growing.sets()["set-wrong"](2))
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("name", CASES)
def test_four_times_as_much_takes_about_four_times_as_long(name: str) -> None:
    assert slower(*CASES[name]) == {}


def test_what_is_worse_than_linear_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measurement itself: a rule that looks at every pair of words is told from the others."""

    def pairs(overlay: Any) -> Iterator[Any]:
        words = [
            w for pod in overlay.pods for c in pod.containers for k in ("command", "args") for w in c.body.get(k, ())
        ]
        assert sum(one == other for one in words for other in words) >= 0
        return iter(())

    known = all_rules()
    slow = replace(known["idle-gpus"], run=pairs)
    monkeypatch.setattr("test_growth.all_rules", lambda: {**known, slow.id: slow})
    assert set(slower(growing.arguments()["words-bare"], 4_000)) - {".all"} == {slow.id}


def test_there_are_cases_of_every_sort() -> None:
    assert {family.__name__: len(family()) for family, _ in growing.FAMILIES}.items() >= {"texts": 18}.items()
    assert len(CASES) > 400


# --- whole runs ------------------------------------------------------------------------------------------------------

SECONDS, BYTES = 60, 2**30
"""What any manifest may take, and what the two that were once slow may take at most is a sixth of that."""


def _run(text: str, folder: Path, seconds: int) -> tuple[int, str, str, int]:
    """Exit status, stdout, stderr and most bytes in memory of a validate.py that is killed after its CPU seconds.

    A small process starts it: to Linux the memory of a process begins with what it was forked from, and ours is large.
    """
    (folder / "m.yaml").write_text(text)
    command = ["scripts/validate.py", "--manifest", str(folder / "m.yaml"), "--hardware", "a3ultra", "--format", "json"]
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        subprocess.run(
            [PYTHON, "-c", BETWEEN, str(seconds), str(folder / "used"), PYTHON, *command],
            cwd=ROOT, env=environment(), stdout=out, stderr=err, check=True,
        )  # fmt: skip
    status, memory = map(int, (folder / "used").read_text().split())
    return status, (folder / "out").read_text(), (folder / "err").read_text(), memory


BETWEEN = """
import os, resource, sys
seconds, used, *command = sys.argv[1:]
child = os.fork()
if not child:
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    os.execv(command[0], command)
_, status, usage = os.wait4(child, 0)
open(used, "w").write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss * 1024}")
"""


@pytest.mark.parametrize("name, n", [("script-and", 40_000), ("script-words", 30_000), ("words-one-flag", 30_000)])
def test_what_once_took_minutes_takes_seconds(name: str, n: int, tmp_path: Path) -> None:
    status, out, err, memory = _run(CASES[name][0](n), tmp_path, SECONDS // 6)
    assert (status, err) in [(0, ""), (1, "")]
    assert json.loads(out)["summary"]["resources"] == len(growing.server())
    assert memory < BYTES


def _pods(size: int) -> str:
    one = "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{}}}\nspec: {{containers: [{{name: a, image: a}}]}}\n---\n"
    return "".join(one.format(i) for i in range(size // len(one)))


REFUSED = {
    "pods": (lambda: _pods(16 * 10**6), "larger than"),
    "fewer-pods": (lambda: _pods(10**6), "documents"),
    "one-config": (lambda: growing.manifest([{"kind": "ConfigMap", "data": {"a": "b" * 16 * 10**6}}]), "larger than"),
    "list": (lambda: growing.manifest([{"kind": "List", "items": [{"kind": "A"}] * 2_001}]), "2,001 objects"),
    "values": (lambda: f"a: [{'1,' * (MAX_VALUES + 1)}]\n", "values"),
    "deep": (lambda: f"a: {'[' * 1_000_000}", "nested deeper"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_much_is_refused_at_once(name: str, tmp_path: Path) -> None:
    text, why = REFUSED[name]
    status, out, err, memory = _run(text(), tmp_path, SECONDS // 6)
    assert (status, out) == (2, "")
    assert why in err
    assert err.count("\n") == 1
    assert memory < BYTES


def _wrong_pods() -> str:
    """As many objects as are taken, each wrong in seven ways."""
    one = (
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{}}}\nspec: {{x: 1, y: 2, containers: [{{name: a, image: a, foo: 1,"
        " ports: [{{containerPort: x}}], env: [{{name: A, value: 1}}]}}]}}\n---\n"
    )
    return "".join(one.format(i) for i in range(pipeline.MOST_OBJECTS)).removesuffix("---\n")


FULL = {
    "wrong-pods": _wrong_pods,
    "long-texts": lambda: growing.manifest(
        [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{i}"}, "data": {"a.txt": "a $B c\n" * 70_000}}
         for i in range(MAX_MANIFEST // 2**19 - 1)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FULL)
def test_a_full_manifest_ends(name: str, tmp_path: Path) -> None:
    status, out, err, memory = _run(FULL[name](), tmp_path, SECONDS)
    assert (status, err) in [(0, ""), (1, "")]
    assert len(json.loads(out)["findings"]) > 5
    assert memory < BYTES


# --- what no length bounds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200 + ")" * 200,
        "f() " * 20_000,
        "a|" * 20_000,
        ")" * 20_000,
        "a<<A " * 20_000,
        "true\n" * 60_000,
    ],
    ids=["deep", "functions", "unbroken", "closed", "heredocs", "long"],
)
def test_a_script_beyond_all_bounds_is_read_as_an_empty_one(text: str) -> None:
    root, sound = syntax.parsed(text)
    assert (root.type, root.children, sound) == ("program", [], False)


def test_a_long_chain_is_not_deep() -> None:
    root, sound = syntax.parsed("a && " * 5_000 + "b || c")
    (chain,) = root.children
    assert sound
    assert (chain.type, len(chain.children)) == ("list", 2 * 5_002 - 1)
    assert chain.children[-1].last and chain.children[0].first
    assert chain.children[3].next_sibling == chain.children[4]

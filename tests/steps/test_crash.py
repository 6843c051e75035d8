"""A rule that raises: it is named with its object, everything else is still said, and there is no verdict."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import pytest

from servelint.borders import itself
from servelint.commands import matrix
from servelint.commands.validate import main
from servelint.model import Fleet, Overlay, Problem, Remark, Resource
from servelint.rules import Rule, all_rules
from servelint.steps import crash, guard, locate
from servelint.steps.lint import lint, lint_fleet
from support import ROOT

LEAF = "overlays/a3ultra/deepseek-r1/sglang-serve"
OTHER = "overlays/a3ultra/deepseek-r1/sglang-bench"
CLUSTER = "overlays/clusters/a3ultra-able"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: good}
spec: {containers: [{name: a, image: nowhere}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bad, namespace: here}
spec: {containers: [{name: a, image: nowhere}]}
"""


class PanicException(BaseException):
    """As pyo3 raises when the Rust code behind a module panics."""


PanicException.__module__ = "pyo3_runtime"


@pytest.fixture
def crashing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replaces what a rule does."""

    monkeypatch.setattr(itself, "code", lambda: secrets.token_hex(8))  # no verdict of the rule as it is on the disk

    def put(rule_id: str, run: Callable[[Any], Any]) -> None:
        monkeypatch.setitem(all_rules(), rule_id, replace(all_rules()[rule_id], run=run))
        monkeypatch.setattr(guard, "rule_of", all_rules().__getitem__)  # it asks for its own without the others

    return put


def raising(error: BaseException, name: str = "bad") -> Callable[[Overlay], Iterator[Problem]]:
    """A rule that has said something before it stumbles over an object."""

    def check(overlay: Overlay) -> Iterator[Problem]:
        for resource in overlay.resources:
            if resource.name == name:
                raise error
            yield Problem(resource, ("metadata", "name"), "said before")

    return check


def everywhere(*_: object) -> object:
    return 1 / 0


def call(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments), root=root)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return status, out, err


def manifest(tmp_path: Path, text: str = POD) -> list[str]:
    file = tmp_path / "pods.yaml"
    file.write_text(text)
    return ["--manifest", str(file), "--hardware", "a3ultra"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StopIteration(), "RuntimeError: generator raised StopIteration"), (KeyError("name"), "KeyError: 'name'"),
        (RecursionError("maximum"), "RecursionError: maximum"), (MemoryError(), "MemoryError"),
        (OSError(2, "No such file"), "FileNotFoundError: [Errno 2] No such file"), (AssertionError(), "AssertionError"),
        (PanicException("index out of range"), "PanicException: index out of range"),
        (ValueError("two\nlines\x1b[31m"), "ValueError: two\\nlines\\x1b[31m"),
        (ValueError("x" * 10_000), "ValueError: " + "x" * crash.LONGEST + "…"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_is_2_with_rule_object_and_the_other_findings(
    error: BaseException,
    said: str,
    crashing: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    whole = manifest(tmp_path)
    before = json.loads(call(capsys, ROOT, *whole, "--format", "json")[1])["findings"]
    crashing("idle-gpus", raising(error))
    status, out, err = call(capsys, ROOT, *whole, "--format", "json")
    report = json.loads(out)
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith(f"validate.py: rule idle-gpus crashed on Pod/bad of {whole[1]}: {said} (")
    assert "no verdict" in err and "please report it with this manifest" in err
    own = [f for f in report["findings"] if f["rule"] == "idle-gpus"]
    assert [(f["resource"]["name"], f["message"]) for f in own] == [("good", "said before")]
    assert before and [f for f in report["findings"] if f not in own] == before
    (entry,) = report["crashes"]
    assert entry["rule"] == "idle-gpus" and entry["overlay"] == whole[1]
    assert entry["resource"] == {"apiVersion": "v1", "kind": "Pod", "namespace": "here", "name": "bad"}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)], ids=["interrupt", "exit"])
def test_an_end_on_purpose_is_no_crash(error: BaseException) -> None:
    overlay = Overlay("x", "leaf", (Resource({"kind": "Pod", "metadata": {"name": "bad"}}),), kubernetes=("1.33",))
    with pytest.raises(type(error)):
        lint(overlay, [replace(all_rules()["idle-gpus"], run=raising(error))])


def test_every_format_says_that_there_is_no_verdict(
    crashing: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    whole = manifest(tmp_path)
    crashing("idle-gpus", raising(ZeroDivisionError("by zero")))
    reports = {
        style: call(capsys, ROOT, *whole, "--strict", "--format", style)[1]
        for style in ("text", "github", "sarif", "junit")
    }
    *_, tally, advice = reports["text"].splitlines()
    assert advice.startswith("next: report what crashed")
    for style, last in (("text", tally), ("github", reports["github"].splitlines()[-1])):
        assert last.endswith("no verdict: 1 crash")
        assert "said before" in reports[style] and "floating-image" in reports[style]
    (annotation,) = [row for row in reports["github"].splitlines() if row.startswith("::error title=no verdict::")]
    assert "idle-gpus crashed on Pod/bad" in annotation
    (run,) = json.loads(reports["sarif"])["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "idle-gpus" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert {"idle-gpus", "floating-image"} <= {result["ruleId"] for result in run["results"]}
    suite = ElementTree.fromstring(reports["junit"])
    (error,) = suite.findall("testcase/error")
    assert suite.get("errors") == "1" and error.get("type") == "idle-gpus" and "Pod/bad" in str(error.get("message"))
    assert suite.findall("testcase/failure")


def test_without_a_crash_nothing_is_added(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for style, word in (("json", "crashes"), ("sarif", "invocations"), ("junit", "errors"), ("text", "verdict")):
        assert word not in call(capsys, ROOT, *manifest(tmp_path), "--format", style)[1]


def test_the_other_overlays_are_judged(
    crashing: Callable[..., None], capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]
) -> None:
    fleet = copy()
    for leaf in (LEAF, OTHER):
        file = fleet / leaf / "kustomization.yaml"
        file.write_text(file.read_text() + "commonLabels: {a: 'not a label'}\n")
    before = json.loads(call(capsys, fleet, LEAF, OTHER, "--format", "json", "--no-cache")[1])["findings"]
    crashing("idle-gpus", lambda overlay: 1 / 0 if overlay.path == LEAF else iter(()))
    status, out, err = call(capsys, fleet, LEAF, OTHER, "--format", "json", "--no-cache")
    assert {f["overlay"] for f in before} == {LEAF, OTHER}
    assert (status, json.loads(out)["findings"]) == (2, before)
    assert f"rule idle-gpus crashed on {LEAF}: ZeroDivisionError" in err and OTHER not in err


def over_the_fleet(facts: Callable[[Overlay], Any], judge: Callable[[Fleet], Iterator[Remark]]) -> Rule:
    """A rule that notes and judges in that way."""
    return replace(all_rules()["two-writers"], scope="judge", run=judge, module=cast(Any, SimpleNamespace(facts=facts)))


def some(path: str, *names: str) -> Overlay:
    bodies = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}} for name in names]
    return Overlay(path, "leaf", tuple(map(Resource, bodies)), kubernetes=("1.33",))


def test_a_rule_over_the_fleet_names_the_overlay_with_which_it_begins() -> None:
    def judge(fleet: Fleet) -> Iterator[Remark]:
        yield Remark(fleet.facts[0].path, 0, (), "said before")
        if sum(fact.value.count("shared") for fact in fleet.facts) > 1:
            raise KeyError("shared")

    rule = over_the_fleet(lambda overlay: [resource.name for resource in overlay.resources] or None, judge)
    crashes: list[crash.Crash] = []
    fleet = [some("1", "a", "shared"), some("3", "c", "shared", "d"), some("2", "b"), some("4"), some("5", "e")]
    assert [hit.problem.message for _, hit in lint_fleet(fleet, [rule], crashes.append)] == ["said before"]
    (found,) = crashes
    assert (found.rule, found.overlay, found.resource) == ("two-writers", "3", None)


def test_a_rule_that_cannot_note_an_overlay_names_the_object_and_judges_the_others() -> None:
    def facts(overlay: Overlay) -> list[str]:
        if any(resource.name == "bad" for resource in overlay.resources):
            raise KeyError("bad")
        return [resource.name for resource in overlay.resources]

    def judge(fleet: Fleet) -> Iterator[Remark]:
        yield from (Remark(fact.path, 0, (), ", ".join(fact.value)) for fact in fleet.facts)

    crashes: list[crash.Crash] = []
    fleet = [some("1", "a", "b"), some("2", "c", "bad", "d"), some("3", "e")]
    hits = lint_fleet(fleet, [over_the_fleet(facts, judge)], crashes.append)
    assert [(overlay.path, hit.problem.message) for overlay, hit in hits] == [("1", "a, b"), ("3", "e")]
    (found,) = crashes
    assert (found.rule, found.overlay, found.resource) == ("two-writers", "2", ("v1", "ConfigMap", "", "bad"))


def test_a_guard_that_crashes_keeps_its_overlay_from_kustomize(
    crashing: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    asked = tmp_path / "asked"
    fake = tmp_path / "kustomize"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {asked}\nexit 1\n')
    fake.chmod(0o755)
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", str(fake))
    crashing("remote-resource", everywhere)
    for only in ([], ["--rule", "idle-gpus"]):
        status, out, err = call(capsys, ROOT, LEAF, OTHER, "--format", "json", "--no-cache", *only)
        assert status == 2 and [f"remote-resource crashed on {leaf}:" in err for leaf in (LEAF, OTHER)] == [True, True]
        assert json.loads(out)["findings"] == [] and "Traceback" not in err
    assert not asked.exists()


def test_a_rule_of_sources_that_guards_nothing_keeps_nothing_back(
    crashing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    crashing("patch-without-target", everywhere)
    status, out, err = call(capsys, ROOT, LEAF, "--format", "json")
    (entry,) = json.loads(out)["overlays"]
    assert status == 2 and entry["resources"] > 0 and f"patch-without-target crashed on {LEAF}:" in err


def test_sources_that_cannot_be_read_for_a_fault_of_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from servelint.steps import guard

    tree_of = guard.tree_of
    monkeypatch.setattr(
        guard, "tree_of", lambda reader, target: 1 / 0 if target.path == LEAF else tree_of(reader, target)
    )
    status, out, err = call(capsys, ROOT, LEAF, OTHER, "--format", "json")
    counts = {o["path"]: o["resources"] for o in json.loads(out)["overlays"]}
    assert status == 2 and counts[LEAF] == 0 and counts[OTHER] > 0
    assert err.startswith(f"validate.py: step guard crashed on {LEAF}: ZeroDivisionError")


def test_a_finding_without_a_place_is_still_said(
    capsys: pytest.CaptureFixture[str], copy: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = copy()
    engine = fleet / LEAF / "engine.yaml"
    engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 16"))
    before = json.loads(call(capsys, fleet, LEAF, "--format", "json")[1])["findings"]
    monkeypatch.setattr(locate.Locator, "place", everywhere)
    status, out, err = call(capsys, fleet, LEAF, "--format", "json")
    found = json.loads(out)["findings"]
    assert status == 2 and "step locate crashed on ConfigMap/" in err
    assert {(f["rule"], f["message"]) for f in found} == {(f["rule"], f["message"]) for f in before} != set()
    assert {(f["file"], f["line"]) for f in found} == {(f"{LEAF}/kustomization.yaml", 1)}


def test_an_object_that_the_schemas_crash_on_is_left_out_and_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from servelint.server import conformance

    violations = conformance.violations

    def crash_on_bad(resource: Resource, versions: tuple[str, ...]) -> object:
        if resource.name == "bad":
            raise PanicException("unreachable")
        return violations(resource, versions)

    monkeypatch.setattr(conformance, "violations", crash_on_bad)
    status, out, err = call(capsys, ROOT, *manifest(tmp_path), "--format", "json")
    assert status == 2 and "rule schema-violation crashed on Pod/bad" in err
    assert {f["resource"]["name"] for f in json.loads(out)["findings"]} == {"good"}


def test_no_exception_is_called_unused_after_a_crash(
    crashing: Callable[..., None], capsys: pytest.CaptureFixture[str], copy: Callable[[], Path]
) -> None:
    fleet = copy()
    (fleet / "exceptions.yaml").write_text(
        f"- {{rule: idle-gpus, where: {LEAF}, reason: it was measured so, expires: '2999-01-01'}}\n"
    )
    assert "unused-exception" in call(capsys, fleet)[1]
    crashing("idle-gpus", everywhere)
    status, out, err = call(capsys, fleet)
    assert status == 2 and "unused-exception" not in out and "idle-gpus crashed" in err


def test_a_rule_over_exceptions_that_crashes(crashing: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    crashing("expired-exception", everywhere)
    status, out, err = call(capsys, ROOT, LEAF)
    assert status == 2 and "1 overlay" in out and "rule expired-exception crashed on exceptions.yaml" in err


def test_what_leaves_nothing_to_go_on_with_is_one_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from servelint.steps import platform

    monkeypatch.setattr(platform, "below", everywhere)
    status, out, err = call(capsys, ROOT, LEAF)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "the run crashed: ZeroDivisionError" in err and "please report it" in err


def test_the_matrix_calls_nothing_valid_that_was_not_judged(
    crashing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    crashing("idle-gpus", lambda overlay: 1 / 0 if overlay.path == LEAF else iter(()))
    status = matrix.main(["--format", "json"], root=ROOT)
    out, err = capsys.readouterr()
    assert (status, out) == (2, "") and f"idle-gpus crashed on {LEAF}" in err

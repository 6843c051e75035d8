"""Runs the rules. A rule sees whole overlays; what it says gets its identity here, never in the rule."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from ..kustomize.process import Rendered
from ..model import Change, Fact, Fleet, Overlay, Pointer, Problem, Remark, Resource, Target
from ..rules import Rule, all_rules
from . import clock, crash, schema


class Hit(NamedTuple):
    """A rule's problem, before it has a place."""

    rule: Rule
    problem: Problem

    @property
    def severity(self) -> str:
        return self.problem.severity or self.rule.severity


def run(rule: Rule, subject: object, step: str, on_crash: crash.OnCrash, on: Callable[[], crash.On]) -> list[Any]:
    """What a rule says of a subject, each thing once; of a rule that crashes, what it said until then."""
    found: list[Any] = []
    began = clock.now()
    try:
        found.extend(rule.run(subject))
    except BaseException as error:
        crash.hand(error, on_crash, step, on, rule.id)
    finally:
        clock.spent(f"rule {rule.id}", began)
    return list(dict.fromkeys(found))


def build(path: str, rendered: Rendered, on_crash: crash.OnCrash = crash.end) -> list[Hit]:
    """Problems of what Kustomize answered, said whichever rules were asked for: nothing else is judged then."""
    wanted = [rule for rule in all_rules().values() if rule.scope == "check_build"]
    on = crash.On(path)
    return [Hit(rule, problem) for rule in wanted for problem in run(rule, rendered, "render", on_crash, lambda: on)]


def lint(overlay: Overlay, rules: list[Rule], on_crash: crash.OnCrash = crash.end) -> list[Hit]:
    """Problems of one rendered overlay.

    Schema rules look at what was rendered. The others look at a copy without the values of a wrong type, so that each
    of them need not ask whether a list is a list; that such a value is wrong has been said already. Nor need a rule
    remember what it has said: the same of the same place counts once.
    """
    pruned, original = schema.well_typed(overlay, on_crash)
    found = []
    for rule in rules:
        if rule.scope == "check":
            subject = overlay if getattr(rule.module, "RAW", False) else pruned
            for problem in run(rule, subject, "lint", on_crash, partial(_culprit, rule, subject)):
                resource = original.get(id(problem.resource), problem.resource)
                found.append(Hit(rule, replace(problem, resource=resource)))
    return _once(list(dict.fromkeys(found)))


def change(before: Overlay, after: Overlay, rules: list[Rule], on_crash: crash.OnCrash = crash.end) -> list[Hit]:
    """What the rules over a change say of one overlay: of objects as they are now, or of none, where it is gone."""
    (old, _), (new, original) = schema.well_typed(before, on_crash), schema.well_typed(after, on_crash)
    on = crash.On(after.path)
    return [
        Hit(rule, replace(problem, resource=original.get(id(problem.resource), problem.resource)))
        for rule in rules
        if rule.scope == "check_change"
        for problem in run(rule, Change(old, new), "lint", on_crash, lambda: on)
    ]


def _culprit(rule: Rule, overlay: Overlay) -> crash.On:
    """The object of an overlay with which the rule begins to crash."""

    def again(some: Sequence[Resource]) -> None:
        for _ in rule.run(replace(overlay, resources=tuple(some))):
            pass

    return crash.On(overlay.path, crash.first(overlay.resources, again))


SERVER = "refused-by-server"


def _once(hits: list[Hit]) -> list[Hit]:
    """Without the server's words on what a rule has already called an error, at the same place or inside it.

    What a rule says of a place around it is often that something is missing there, which is another matter.
    """
    said: dict[int, set[Pointer]] = {}
    for hit in hits:
        if hit.rule.id != SERVER and hit.severity == "error":
            at = hit.problem.pointer
            said.setdefault(id(hit.problem.resource), set()).update(at[:i] for i in range(len(at) + 1))

    def repeats(problem: Problem) -> bool:
        return problem.pointer in said.get(id(problem.resource), ())

    return [hit for hit in hits if (hit.rule.id, hit.severity) != (SERVER, "error") or not repeats(hit.problem)]


def without_consequences(hits: list[Hit]) -> list[Hit]:
    """Without what another problem of the same object, or of the same overlay, explains."""
    explained = {(id(hit.problem.resource), *each) for hit in hits for each in hit.problem.explains}

    def follows(rule: Rule, problem: Problem) -> bool:
        places = problem.pointer, problem.file
        return any((id(problem.resource), rule.id, place) in explained for place in places)

    return [hit for hit in hits if not follows(hit.rule, hit.problem)]


def facts(overlay: Overlay, rules: list[Rule], on_crash: crash.OnCrash = crash.end) -> dict[str, Any]:
    """What each rule over the fleet has to know of an overlay, by the rule's id, as JSON has it."""
    found: dict[str, Any] = {}
    for rule in rules:
        if rule.scope == "judge":
            with crash.caught(on_crash, "lint", partial(_culprit_of_facts, rule, overlay), rule.id):
                value = rule.module.facts(overlay)
                if value is not None:
                    found[rule.id] = json.loads(json.dumps(value))
    return found


def judge(
    known: Mapping[Target, dict[str, Any]],
    rules: list[Rule],
    folders: frozenset[str] = frozenset(),
    on_crash: crash.OnCrash = crash.end,
) -> list[tuple[Rule, Remark]]:
    """What the rules over the fleet say. known: the facts of every overlay, by rule."""
    ordered = sorted(known.items())
    found = []
    for rule in rules:
        if rule.scope == "judge":
            noted = tuple(Fact(t.path, t.kind, own[rule.id]) for t, own in ordered if rule.id in own)
            on = partial(_culprit_of_fleet, rule, noted, folders)
            said = run(rule, Fleet(noted, folders), "lint", on_crash, on)
            found += [(rule, remark) for remark in said]
    return found


def lint_fleet(
    overlays: list[Overlay], rules: list[Rule], on_crash: crash.OnCrash = crash.end
) -> list[tuple[Overlay, Hit]]:
    """Problems between overlays that are all at hand."""
    by_path = {overlay.path: overlay for overlay in overlays}
    known = {Target(one.path, one.kind): facts(one, rules, on_crash) for one in overlays}
    folders = frozenset(folder for one in overlays for folder in one.folders)
    return [
        (by_path[remark.path], hit(rule, remark, by_path[remark.path].resources))
        for rule, remark in judge(known, rules, folders, on_crash)
    ]


def hit(rule: Rule, remark: Remark, resources: Sequence[Resource]) -> Hit:
    """A remark as a problem of the resource that it is of."""
    return Hit(rule, Problem(resources[remark.place], remark.pointer, remark.message, severity=remark.severity))


def _culprit_of_facts(rule: Rule, overlay: Overlay) -> crash.On:
    """The object of an overlay with which the rule begins to crash."""

    def again(some: Sequence[Resource]) -> None:
        rule.module.facts(replace(overlay, resources=tuple(some)))

    return crash.On(overlay.path, crash.first(overlay.resources, again))


def _culprit_of_fleet(rule: Rule, noted: tuple[Fact, ...], folders: frozenset[str]) -> crash.On:
    """The overlay with which a rule over all of them begins to crash."""
    last = crash.first(noted, lambda some: list(rule.run(Fleet(tuple(some), folders))))
    return crash.On("the fleet" if last is None else last.path)

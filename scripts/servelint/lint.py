"""Runs the rules. A rule sees whole overlays; what it says gets its identity here, never in the rule."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from . import conformance
from .model import Overlay, Problem, Resource
from .rules import Rule
from .sources import Tree


class RuleCrashed(RuntimeError):
    """A rule raised: the verdict is incomplete, so there is none. The message names the rule and the overlay."""


class Hit(NamedTuple):
    """A rule's problem, before it has a place."""

    rule: Rule
    problem: Problem


def _run(rule: Rule, subject: object, where: str) -> Iterator[Hit]:
    try:
        for problem in rule.run(subject):
            yield Hit(rule, problem)
    except Exception as error:
        raise RuleCrashed(f"rule {rule.id} crashed on {where}: {type(error).__name__}: {error}") from error


def guard(tree: Tree, rules: list[Rule]) -> list[Hit]:
    """Problems of the sources, found before Kustomize sees them."""
    return [hit for rule in rules if rule.scope == "check_sources" for hit in _run(rule, tree, tree.target)]


def lint(overlay: Overlay, rules: list[Rule]) -> list[Hit]:
    """Problems of one rendered overlay.

    Schema rules look at what was rendered. The others look at a copy without the values of a wrong type, so that each
    of them need not ask whether a list is a list; that such a value is wrong has been said already.
    """
    pruned, original = _well_typed(overlay)
    found = []
    for rule in rules:
        if rule.scope == "check":
            subject = overlay if getattr(rule.module, "RAW", False) else pruned
            for hit in _run(rule, subject, overlay.path):
                resource = original.get(id(hit.problem.resource), hit.problem.resource)
                found.append(Hit(rule, replace(hit.problem, resource=resource)))
    return _once(found)


SERVER = "refused-by-server"


def _once(hits: list[Hit]) -> list[Hit]:
    """Without the server's words on what a rule has already called an error, at the same place or around it."""
    said = [(h.problem.resource, h.problem.pointer) for h in hits if h.rule.id != SERVER and h.rule.severity == "error"]

    def repeats(problem: Problem) -> bool:
        return any(
            resource is problem.resource
            and (at == problem.pointer[: len(at)] or problem.pointer == at[: len(problem.pointer)])
            for resource, at in said
        )

    return [hit for hit in hits if hit.rule.id != SERVER or not repeats(hit.problem)]


def _well_typed(overlay: Overlay) -> tuple[Overlay, dict[int, Resource]]:
    resources, original = [], {}
    for resource in overlay.resources:
        wrong = [v.pointer for _, v in conformance.violations(resource, overlay.kubernetes) if v.keyword == "type"]
        if wrong:
            body = copy.deepcopy(resource.body)
            # Deepest and last positions first: removing a list item moves those behind it.
            for pointer in sorted(wrong, key=lambda p: (len(p), [str(s).zfill(6) for s in p]), reverse=True):
                _remove(body, pointer)
            kept = Resource(body, resource.line)
            original[id(kept)] = resource
            resource = kept
        resources.append(resource)
    return replace(overlay, resources=tuple(resources)), original


def _remove(body: object, pointer: tuple[str | int, ...]) -> None:
    for step in pointer[:-1]:
        try:
            body = body[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(body, dict) and pointer:
        body.pop(pointer[-1], None)
    elif isinstance(body, list) and pointer and isinstance(pointer[-1], int) and pointer[-1] < len(body):
        body[pointer[-1]] = None


def lint_fleet(overlays: list[Overlay], rules: list[Rule]) -> list[tuple[Overlay, Hit]]:
    """Problems between overlays."""
    found = []
    for rule in rules:
        if rule.scope == "check_fleet":
            try:
                found += [(overlay, Hit(rule, problem)) for overlay, problem in rule.run(tuple(overlays))]
            except Exception as error:
                raise RuleCrashed(f"rule {rule.id} crashed on the fleet: {type(error).__name__}: {error}") from error
    return found

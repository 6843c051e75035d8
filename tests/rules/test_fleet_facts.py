"""Rules over the fleet judge by what they noted of each overlay, and it makes no difference when they noted it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import yaml

import mutations
from rules import variants
from servelint.catalogue.load import load_hardware, load_models
from servelint.model import Fact, Fleet, Overlay, Remark, Resource, Target
from servelint.rules import Rule, all_rules
from servelint.steps import lint, pipeline
from support import ROOT

HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
RULES = [rule for rule in all_rules().values() if rule.scope == "judge"]
FOLDERS = frozenset(f"overlays/{name.removesuffix('.yaml')}" for name, _ in mutations.golden())
LEAF, CLUSTER = 12_000, 30_000
"""Bytes of facts in all. Of a leaf most are the lines of its launchers, of a cluster the names of its objects too."""


def overlay(path: str, kind: str, resources: tuple[Resource, ...], hardware: str = "", model: str = "") -> Overlay:
    known = (HARDWARE.get(hardware), MODELS.get(model))
    return Overlay(
        path, kind, resources, *known, kubernetes=("1.31",), folders=FOLDERS, all_hardware=HARDWARE, all_models=MODELS
    )


def golden() -> list[Overlay]:
    """Every overlay of the fleet, as it is rendered."""
    found = []
    for name, bodies in mutations.golden():
        parts = name.removesuffix(".yaml").split("/")
        kind = {"clusters": "cluster", "base": "sync"}.get(parts[0], "leaf")
        kind = "sync" if parts[-1] == "sync" else kind
        path = "/".join(parts if parts[0] == "base" else ["overlays", *parts])
        found.append(overlay(path, kind, tuple(map(Resource, bodies)), parts[0], parts[1]))
    return found


def examples() -> Iterator[Overlay]:
    """What each rule looks at more closely than the others, as an overlay of every kind."""
    for i, (context, bodies) in enumerate(mutations.examples()):
        for kind in ("leaf", "cluster", "sync", "manifest"):
            path = f"overlays/{'clusters/' * (kind != 'leaf')}example-{i}"
            hardware, model = (
                str(context.get("hardware", "a3ultra")),
                str(context.get("model", "llama-3-1-8b-instruct")),
            )
            yield overlay(path, kind, tuple(map(Resource, bodies)), hardware, model)


def said(rule: Rule, *facts: Fact) -> list[Remark]:
    return list(rule.run(Fleet(facts, FOLDERS)))


FLEET, EXAMPLES = golden(), list(examples())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_is_noted_is_what_json_gives_back(rule: Rule) -> None:
    """And it has all that a judgement takes, for each overlay on its own."""
    noted = [(one, rule.module.facts(one)) for one in (*FLEET, *EXAMPLES)]
    assert any(value is not None for _, value in noted), "nothing is tried"
    for one, value in noted:
        assert json.loads(json.dumps(value)) == value, one.path
        # A dictionary may come back in order of its keys.
        stored = json.loads(json.dumps(value, sort_keys=True))
        if value is not None:
            fresh = said(rule, Fact(one.path, one.kind, value))
            assert said(rule, Fact(one.path, one.kind, stored)) == fresh
            for remark in fresh:
                assert remark.path == one.path and 0 <= remark.place < len(one.resources)
                assert isinstance(remark.pointer, tuple)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_examples_are_judged_alike_by_stored_facts(rule: Rule) -> None:
    judged = []
    for texts, context in variants.examples(rule, "BAD"):
        named = [item if isinstance(item, tuple) else (f"overlays/example-{i}", item) for i, item in enumerate(texts)]
        fleet = [
            overlay(path, context.get("kind", "leaf"), pipeline.parse(text), *map(context.get, ("hardware", "model")))  # type: ignore[arg-type]
            for path, text in named
        ]
        folders = frozenset(context.get("folders", ()))
        noted = [Fact(one.path, one.kind, rule.module.facts(one)) for one in sorted(fleet, key=lambda one: one.path)]
        fresh = tuple(fact for fact in noted if fact.value is not None)
        stored = tuple(replace(fact, value=json.loads(json.dumps(fact.value, sort_keys=True))) for fact in fresh)
        remarks = list(rule.run(Fleet(fresh, folders)))
        assert remarks != [] and list(rule.run(Fleet(stored, folders))) == remarks
        judged.append(remarks)
    assert judged


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_facts_are_of_their_overlay_alone(rule: Rule) -> None:
    """What else a run knows may change while the overlay stays as it was."""
    for one in (*FLEET, *EXAMPLES):
        elsewhere = replace(
            one, folders=frozenset({"x"}), external=frozenset({("Secret", "x")}), siblings=("",), all_models={}
        )
        assert rule.module.facts(elsewhere) == rule.module.facts(one), one.path


@pytest.mark.parametrize("one", FLEET, ids=lambda one: one.path)
def test_facts_are_small(one: Overlay) -> None:
    size = len(json.dumps(lint.facts(one, RULES), separators=(",", ":")))
    assert size < (CLUSTER if one.kind == "cluster" else LEAF)


def test_the_fleet_is_judged_without_its_manifests() -> None:
    """A change in one overlay and the stored facts of all others say what all of them say, rendered anew."""
    before = {Target(one.path, one.kind): json.loads(json.dumps(lint.facts(one, RULES))) for one in FLEET}
    assert lint.judge(before, RULES, FOLDERS) == []
    one = next(one for one in FLEET if one.path == "overlays/clusters/a3ultra-able/sync")
    bodies = [
        yaml.safe_load(yaml.safe_dump(resource.body).replace("a3ultra-able", "a4x-baker")) for resource in one.resources
    ]
    changed = replace(one, resources=tuple(map(Resource, bodies)))
    after = {**before, Target(one.path, one.kind): lint.facts(changed, RULES)}
    anew = lint.lint_fleet([changed if other is one else other for other in FLEET], RULES)
    remarks = lint.judge(after, RULES, FOLDERS)
    assert [(r.id, m.path, m.pointer, m.message) for r, m in remarks] == [
        (hit.rule.id, where.path, hit.problem.pointer, hit.problem.message) for where, hit in anew
    ]
    assert "misdirected-sync" in {rule.id for rule, _ in remarks}

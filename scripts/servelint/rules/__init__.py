"""One folder a family, one module a rule; this file finds them, checks their shape, and knows nothing of any of them.

A rule module ``some_smell.py`` is the rule ``some-smell`` (read it as "allow some smell") and holds

    docstring   first line: what; the rest: why it matters and what it costs
    SEVERITY    "error" or "warning"; what cannot be certain is a warning. ("error", "warning"): it may say both, and a
                problem that names none has the first
    HINT        the cure, one sentence; or one for each severity, in their order
    SOURCE      https address of the evidence
    COVERS      ids of the failure catalogue, if it has any
    FORMERLY    ids that it had, which go on to work; (id, severity): one that said no more than the rule says with that
    GOOD, BAD   one telling example each, which is also its test; what they share with others comes from `examples`.
                Further ones (what excludes, each operand of a condition) stand in tests/rules/variants
    one check   check(overlay)          over a rendered overlay (RAW = True: before wrong types are taken out), or
                check_sources(tree)     over the files before Kustomize sees them (check_document(path, node) beside it:
                                        over each document of a manifest, which has no sources), or
                judge(fleet)            over all overlays together, by what ``facts(overlay)`` beside it notes of each
                                        (JSON, or None): most overlays are as they were, and are not rendered for it; or
                check_exceptions(ledger) over exceptions.yaml, or
                check_build(rendered)   over what Kustomize answered, or
                check_change(change)    over an overlay as it was and as it is, with --changed-since
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

FAMILIES = (
    "kustomize", "references", "server", "files", "engine", "images", "kserve", "gpus", "storage", "network", "queue",
    "rollout", "sync", "change", "exceptions",
)  # fmt: skip
"""Causes before consequences: what is put together, then what stands in it, then how that runs and is delivered. A
report keeps to this order."""
CHECKS = ("check", "check_sources", "judge", "check_exceptions", "check_build", "check_change")


@dataclass(frozen=True)
class Rule:
    """What the runner needs of a rule module. ``scope`` names which of CHECKS it defines.

    hints: one for each of the severities. formerly: ids that it had, with the severity of those that had one of two.
    """

    id: str
    family: str
    severities: tuple[str, ...]
    hints: tuple[str, ...]
    source: str
    covers: tuple[str, ...]
    formerly: tuple[tuple[str, str | None], ...]
    scope: str
    run: Callable[[Any], Iterator[Any]]  # of problems; judge's: of remarks
    module: ModuleType

    @property
    def summary(self) -> str:
        return (self.module.__doc__ or "").strip().splitlines()[0].rstrip(".")

    @property
    def severity(self) -> str:
        """That of a problem that names none."""
        return self.severities[0]

    @property
    def hint(self) -> str:
        """Every cure."""
        return " ".join(dict.fromkeys(self.hints))

    def cure(self, severity: str) -> str:
        """The cure of a problem of that severity."""
        return self.hints[self.severities.index(severity)]

    def only(self, severities: Collection[str]) -> Rule:
        """The rule with nothing to say but what is of these severities."""

        def run(subject: Any) -> Iterator[Any]:
            for said in self.run(subject):
                if (said.severity or self.severity) in severities:
                    yield said

        return self if set(self.severities) <= set(severities) else replace(self, run=run)


def families() -> list[str]:
    """The folders beside this file, in order of name."""
    return sorted(file.parent.name for file in Path(__file__).parent.glob("*/__init__.py"))


def about(family: str) -> str:
    """What a family looks at."""
    return (importlib.import_module(f"{__name__}.{family}").__doc__ or "").strip()


def _modules(family: str) -> list[str]:
    return [file.stem for file in (Path(__file__).parent / family).glob("*.py") if file.stem != "__init__"]


@cache
def _places() -> dict[str, str]:
    """The family of each rule, by id in order; nothing is imported. Raises TypeError where two families have an id."""
    # By their sources: pkgutil would list bytecode that lies here, too.
    found = sorted((name.replace("_", "-"), family) for family in families() for name in _modules(family))
    twice = ", ".join(sorted(name for name, count in Counter(name for name, _ in found).items() if count > 1))
    if twice:
        raise TypeError(f"an id is one rule's in all families, now and formerly, but there are two of {twice}")
    return dict(found)


@cache
def rule(rule_id: str) -> Rule:
    """One rule; the others are not imported for it. Raises LookupError."""
    return _rule(rule_id)


def _rule(rule_id: str) -> Rule:
    family, name = _places()[rule_id], rule_id.replace("-", "_")
    module = importlib.import_module(f"{__name__}.{family}.{name}")
    scope = [check for check in CHECKS if hasattr(module, check)]
    if len(scope) != 1:
        raise TypeError(f"rule module {name} must define exactly one of {', '.join(CHECKS)}")
    if hasattr(module, "facts") != (scope == ["judge"]):
        raise TypeError(f"rule module {name} must define facts if it defines judge, and only then")
    severities, hints = _tuple(module.SEVERITY), _tuple(module.HINT)
    if len(hints) not in (1, len(severities)):
        raise TypeError(f"rule module {name} must have one HINT, or one for each SEVERITY")
    return Rule(
        id=rule_id,
        family=family,
        severities=severities,
        hints=hints if len(hints) > 1 else hints * len(severities),
        source=module.SOURCE,
        covers=tuple(getattr(module, "COVERS", ())),
        formerly=tuple((old, None) if isinstance(old, str) else old for old in getattr(module, "FORMERLY", ())),
        scope=scope[0],
        run=getattr(module, scope[0]),
        module=module,
    )


def _tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by id, in order of id."""
    rules = list(map(_rule, _places()))
    ids = Counter(name for one in rules for name in (one.id, *(old for old, _ in one.formerly)))
    twice = ", ".join(sorted(name for name, count in ids.items() if count > 1))
    if twice:
        raise TypeError(f"an id is one rule's in all families, now and formerly, but there are two of {twice}")
    return {one.id: one for one in rules}


def resolve(name: str) -> tuple[Rule, str | None] | None:
    """The rule that has this id or had it, and the severity of all that the id stood for, if the rule has more by now.

    None if no rule has or had it.
    """
    known = all_rules()
    if name in known:
        return known[name], None
    return next(((rule, severity) for rule in known.values() for old, severity in rule.formerly if old == name), None)

"""One module a rule; this file finds them, checks their shape, and knows nothing of any of them.

A rule module ``some_smell.py`` is the rule ``some-smell`` (read it as "allow some smell") and holds

    docstring   first line: what; the rest: why it matters and what it costs
    SEVERITY    "error" or "warning"; what cannot be certain is a warning
    HINT        the cure, one sentence
    SOURCE      https address of the evidence
    COVERS      ids of the failure catalogue
    GOOD, BAD   examples, which are also its tests
    one check   check(overlay)          over a rendered overlay (RAW = True: before wrong types are taken out), or
                check_sources(tree)     over the files before Kustomize sees them, or
                check_fleet(overlays)   over all rendered overlays together, as (overlay, problem) pairs, or
                check_exceptions(ledger) over exceptions.yaml, or
                check_build(rendered)   over what Kustomize answered
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

CHECKS = ("check", "check_sources", "check_fleet", "check_exceptions", "check_build")


@dataclass(frozen=True)
class Rule:
    """What the runner needs of a rule module. ``scope`` names which of CHECKS it defines."""

    id: str
    severity: str
    hint: str
    source: str
    covers: tuple[str, ...]
    scope: str
    run: Callable[[Any], Iterator[Any]]  # of problems; check_fleet's: of (overlay, problem)
    module: ModuleType

    @property
    def summary(self) -> str:
        return (self.module.__doc__ or "").strip().splitlines()[0].rstrip(".")


def _rule(name: str) -> Rule:
    module = importlib.import_module(f"{__name__}.{name}")
    scope = [check for check in CHECKS if hasattr(module, check)]
    if len(scope) != 1:
        raise TypeError(f"rule module {name} must define exactly one of {', '.join(CHECKS)}")
    return Rule(
        id=name.replace("_", "-"),
        severity=module.SEVERITY,
        hint=module.HINT,
        source=module.SOURCE,
        covers=tuple(module.COVERS),
        scope=scope[0],
        run=getattr(module, scope[0]),
        module=module,
    )


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by id, in order of id."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return {rule.id: rule for rule in map(_rule, names)}

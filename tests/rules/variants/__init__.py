"""Further examples of rules: what excludes, and each operand of a condition. One file a rule, <family>/<rule>.py.

ALSO_GOOD and ALSO_BAD stand there, each example alone or as (example, context); private names are of the rule's module.
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from servelint.rules import Rule


@cache
def modules() -> dict[tuple[str, str], ModuleType]:
    """All files, by family and name."""
    files = Path(__file__).parent.glob("*/*.py")
    return {
        (file.parent.name, file.stem): importlib.import_module(f"{__name__}.{file.parent.name}.{file.stem}")
        for file in files
    }


def examples(rule: Rule, quality: str) -> list[tuple[Any, dict[str, Any]]]:
    """Every example of a rule that is GOOD or BAD, its own first, each with its context."""
    context = getattr(rule.module, "CONTEXT", {})
    found = [(getattr(rule.module, quality), getattr(rule.module, f"{quality}_CONTEXT", context))]
    further = modules().get((rule.family, rule.id.replace("-", "_")))
    for other in getattr(further, f"ALSO_{quality}", ()):
        paired = isinstance(other, tuple) and len(other) == 2 and isinstance(other[1], dict)
        found.append(other if paired else (other, context))
    return found

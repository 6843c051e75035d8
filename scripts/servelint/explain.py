"""What a rule says of itself, for ``--list-rules`` and ``--explain``; everything comes from the rule's module."""

from __future__ import annotations

import json
import textwrap
from typing import Any

from .rules import Rule, all_rules


def listing(as_json: bool) -> str:
    """Every rule: a line each, or JSON with id, severity, covers, summary, hint and source."""
    rules = list(all_rules().values())
    if as_json:
        fields = ("id", "severity", "covers", "summary", "hint", "source")
        return json.dumps([{name: getattr(rule, name) for name in fields} for rule in rules], indent=2) + "\n"
    width = max(len(rule.id) for rule in rules)
    return "".join(f"{rule.id:<{width}}  {rule.severity:<7}  {rule.summary}\n" for rule in rules)


def _example(value: Any) -> str:
    """A rule's example as text: YAML of one overlay, of several (with their paths or without), or files by path."""
    if isinstance(value, dict):
        return "\n".join(f"# {path}\n{text}" for path, text in value.items())
    if not isinstance(value, tuple):
        return str(value)
    named = [item if isinstance(item, tuple) else ("", item) for item in value]
    return "---\n".join(f"# {path}\n{text}" if path else text for path, text in named)


def explanation(rule: Rule) -> str:
    """What, why, what it costs, bad and good, source."""
    said = (rule.module.__doc__ or "").strip()
    parts = [
        f"{rule.id} ({rule.severity}{', covers ' + ', '.join(rule.covers) if rule.covers else ''})",
        said,
        f"Cure: {rule.hint}",
        "Bad:\n" + textwrap.indent(_example(rule.module.BAD).rstrip(), "    "),
        "Good:\n" + textwrap.indent(_example(rule.module.GOOD).rstrip(), "    "),
        f"Source: {rule.source}",
    ]
    return "\n\n".join(parts) + "\n"

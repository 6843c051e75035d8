"""What a rule says of itself, for ``--list-rules`` and ``--explain``; everything comes from the rule's module."""

import json
import textwrap
from typing import Any

from ..rules import Rule, all_rules

WIDTH, HEIGHT = 400, 120
"""Characters of a line and lines of an example that are shown."""


def listing(as_json: bool) -> str:
    """Every rule: a line each, or JSON with id, severity, covers, summary, hint, source, severities and formerly."""
    rules = list(all_rules().values())
    if as_json:
        fields = ("id", "severity", "covers", "summary", "hint", "source", "severities")
        listed = [
            {**{name: getattr(rule, name) for name in fields}, "formerly": [old for old, _ in rule.formerly]}
            for rule in rules
        ]
        return json.dumps(listed, indent=2) + "\n"
    width, wide = max(len(rule.id) for rule in rules), max(len(_severity(rule)) for rule in rules)
    return "".join(f"{rule.id:<{width}}  {_severity(rule):<{wide}}  {rule.summary}\n" for rule in rules)


def _severity(rule: Rule) -> str:
    return " or ".join(rule.severities)


def _example(value: Any) -> str:
    """A rule's example as text: YAML of one overlay, of several (with their paths or without), or files by path."""
    if isinstance(value, dict):
        return "\n".join(f"# {path}\n{text}" for path, text in value.items())
    if not isinstance(value, tuple):
        return str(value)
    named = [item if isinstance(item, tuple) else ("", item) for item in value]
    return "---\n".join(f"# {path}\n{text}" if path else text for path, text in named)


def _indented(value: Any) -> str:
    """An example as a block; of what is wrong by its size only the beginning."""
    lines = _example(value).rstrip().splitlines()
    shown = [line if len(line) <= WIDTH else f"{line[:WIDTH]}… ({len(line):,} characters)" for line in lines[:HEIGHT]]
    more = [f"… ({len(lines) - HEIGHT:,} more lines)"] if len(lines) > HEIGHT else []
    return textwrap.indent("\n".join(shown + more), "    ")


def explanation(rule: Rule) -> str:
    """What, why, what it costs, bad and good, source: for a terminal."""
    return _text(rule, f"{rule.id} ({_facts(rule)})")


def section(rule: Rule) -> str:
    """The same as a section of a Markdown document."""
    return _text(rule, f"## {rule.id}\n\n{_facts(rule)}")


def _facts(rule: Rule) -> str:
    covers = f", covers {', '.join(rule.covers)}" if rule.covers else ""
    formerly = f", formerly {', '.join(old for old, _ in rule.formerly)}" if rule.formerly else ""
    return f"{_severity(rule)}{covers}{formerly}"


def _cures(rule: Rule) -> list[str]:
    """The cure, or those of the severities that have each its own."""
    if len(set(rule.hints)) == 1:
        return [f"Cure: {rule.hints[0]}"]
    cures = zip(rule.severities, rule.hints, strict=True)
    return [f"Cure of {'an error' if severity == 'error' else 'a warning'}: {hint}" for severity, hint in cures]


def _text(rule: Rule, head: str) -> str:
    parts = [
        head,
        (rule.module.__doc__ or "").strip(),
        *_cures(rule),
        "Bad:\n\n" + _indented(rule.module.BAD),
        "Good:\n\n" + _indented(rule.module.GOOD),
        f"Source: {rule.source}",
    ]
    return "\n\n".join(parts) + "\n"

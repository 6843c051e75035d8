"""Documents that are made, never written: what the code says of itself cannot drift from it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from . import explain
from .rules import Rule, all_rules


class Failure(NamedTuple):
    """A way to fail. ``unseen`` says why no rule can see it, or is empty."""

    title: str
    unseen: str = ""


@cache
def failures() -> dict[str, Failure]:
    """The failure catalogue by id, in its order."""
    text = (Path(__file__).parent / "failures.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    return {id_: Failure(title, data["unseen"].get(id_, "")) for id_, title in data["titles"].items()}


def covering() -> dict[str, list[Rule]]:
    """The rules of every failure mode, by id."""
    return {id_: [rule for rule in all_rules().values() if id_ in rule.covers] for id_ in failures()}


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def rules_document() -> str:
    """Every rule, every failure mode with its rules, and those that no rule can see."""
    found = covering()
    seen = [
        (id_, failures()[id_].title, ", ".join(f"[{r.id}](#{r.id})" for r in rs)) for id_, rs in found.items() if rs
    ]
    unseen = [(id_, failure.title, failure.unseen) for id_, failure in failures().items() if not found[id_]]
    parts = [
        "<!-- Made by `make docs` from the rules beside this file. -->\n# Rules\n",
        f"{len(all_rules())} rules. The same texts: `python scripts/validate.py --list-rules`, `--explain RULE`.\n",
        "## Failure modes and their rules\n",
        _table(("id", "what goes wrong", "rules"), seen),
        "## Failure modes that no repository shows\n",
        _table(("id", "what goes wrong", "why no rule sees it"), unseen) if unseen else "None.\n",
        *(explain.section(rule) for rule in all_rules().values()),
    ]
    return "\n".join(parts)


DOCUMENTS: dict[str, Callable[[], str]] = {"scripts/servelint/rules/README.md": rules_document}
"""Every made document: its path in the repository, and what makes it."""


def main(root: Path | None = None) -> int:
    root = root or Path(__file__).parents[2]
    for path, make in DOCUMENTS.items():
        text = make()
        (root / path).write_text(text, encoding="utf-8")
        print(f"{path}: {len(text.splitlines())} lines", file=sys.stderr)
    return 0

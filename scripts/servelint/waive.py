"""exceptions.yaml: findings that were looked at and are to stay, each with a reason and a last day.

    - rule: idle-gpus                                     id of the rule
      where: overlays/a3ultra/llama-4-scout/sglang-serve  path of the overlay; * and ? match within it
      reason: why this is right here
      expires: 2027-02-28                                 the last day on which it holds

An exception marks findings, it never hides them. One that is past its day or matches nothing is a finding itself.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from cerberus import Validator

from . import lines
from .model import Finding
from .sources import Fault, Reader

FILE = "exceptions.yaml"
MOST = 1_000
"""Entries. Each is compared with each finding; a fleet with that many excuses has another problem."""
SCHEMA = {
    "rule": {"type": "string", "required": True, "empty": False, "maxlength": 100},
    "where": {"type": "string", "required": True, "empty": False, "maxlength": 300},
    "reason": {"type": "string", "required": True, "minlength": 10, "maxlength": 1_000},
    "expires": {"type": "string", "required": True, "regex": r"\d{4}-\d{2}-\d{2}"},
}


class BadExceptions(ValueError):
    """exceptions.yaml does not say what it should. The message has file, line, cause and cure."""


@dataclass(frozen=True)
class Exception_:
    """One entry of exceptions.yaml; ``expires`` is the last day on which it holds."""

    rule: str
    where: str
    reason: str
    expires: datetime.date
    line: int

    def covers(self, finding: Finding) -> bool:
        return self.rule == finding.rule and fnmatchcase(finding.overlay, self.where)


UNWAIVABLE = frozenset(
    {
        "unreadable-source",
        "path-outside-repository",
        "remote-resource",
        "code-in-build",
        "misplaced-overlay",
        "failed-build",
    }
)
"""An overlay with one of these was not validated at all: nothing is known that could be excused."""


@dataclass(frozen=True)
class Ledger:
    """The exceptions and what became of them: input of the rules that look at exceptions themselves."""

    exceptions: tuple[Exception_, ...]
    used: frozenset[int]
    today: datetime.date
    complete: bool
    """Whether every overlay and every rule was run: only then does "matched nothing" mean anything."""


def load(root: Path, known_rules: frozenset[str]) -> tuple[Exception_, ...]:
    """The entries of exceptions.yaml; none if there is no such file. Raises BadExceptions."""

    def refuse(line: int, cause: str) -> BadExceptions:
        return BadExceptions(f"{FILE}:{line}: {cause}; an entry has rule, where, reason and expires (YYYY-MM-DD)")

    if not (root / FILE).exists() and not (root / FILE).is_symlink():
        return ()
    text = Reader(root).text(FILE)
    if isinstance(text, Fault):
        raise refuse(1, text.message)
    try:
        nodes = lines.compose(text)
        documents = lines.load(text)
    except lines.BadYaml as error:
        raise refuse(error.line, f"is not YAML: {error.cause}") from None
    if not documents:
        return ()
    if len(documents) > 1:
        raise refuse(documents[1][0], "is a second document")
    entries = documents[0][1]
    if not isinstance(entries, list):
        raise refuse(1, "must be a list")
    if len(entries) > MOST:
        raise refuse(1, f"has {len(entries):,} entries; at most {MOST:,} are read")
    for _, line, key in lines.duplicates(nodes[0]):
        raise refuse(line, f"{key!r:.100} stands twice")
    found = []
    for i, entry in enumerate(entries):
        line = lines.descend(nodes[0], (i,))[1]
        validator = Validator(SCHEMA)
        if not isinstance(entry, dict) or not validator.validate(entry):
            causes = sorted(f"{k!s:.100}: {v[0]!s:.100}" for k, v in validator.errors.items()) or ["is no mapping"]
            raise refuse(line, ", ".join(causes))
        if entry["rule"] in UNWAIVABLE:
            raise refuse(line, f"{entry['rule']} cannot be waived, because it keeps the overlay from being validated")
        if entry["rule"] not in known_rules:
            raise refuse(line, f"there is no rule {entry['rule']!r}")
        try:
            expires = datetime.date.fromisoformat(entry["expires"])
        except ValueError:
            raise refuse(line, f"expires: {entry['expires']} is no date") from None
        found.append(Exception_(entry["rule"], entry["where"], entry["reason"], expires, line))
    return tuple(found)


def waive(
    findings: list[Finding], exceptions: tuple[Exception_, ...], today: datetime.date
) -> tuple[list[Finding], frozenset[int]]:
    """Findings with ``waived`` set to the reason where an exception in force covers them; lines of those that did."""
    used: set[int] = set()
    marked = []
    for finding in findings:
        for exception in exceptions:
            if exception.covers(finding):
                used.add(exception.line)
                if exception.expires >= today:
                    finding = replace(finding, waived=exception.reason)
        marked.append(finding)
    return marked, frozenset(used)

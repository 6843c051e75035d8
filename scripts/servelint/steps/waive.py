"""exceptions.yaml: findings that were looked at and are to stay, each with a reason and a last day.

    - rule: idle-gpus                                     id of the rule
      where: overlays/a3ultra/llama-4-scout/sglang-serve  path of the overlay; * and ? match within it. What it brings
                                                        into a cluster is excused there, too
      reason: why this is right here
      expires: 2027-02-28                                 the last day on which it holds
      owner: "@example/serving"                           who answers for it; needed where it holds everywhere
      severity: warning                                   excuses only that, of a rule that may say either

An exception marks findings, and the report says how many each one hides. One that is past its day or matches nothing is
a finding itself. So is one that holds everywhere and has no owner, or more days left than LONGEST: it lets through what
nobody has looked at yet. An id that a rule had formerly excuses what it excused then, and no more.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from cerberus import Validator

from .. import lines
from ..model import SEVERITIES, Exception_, Finding, NotValidated
from ..rules import resolve
from ..sources import Fault, Reader

FILE = "exceptions.yaml"
MOST = 1_000
"""Entries. Each is compared with each finding; a fleet with that many excuses has another problem."""
SCHEMA = {
    "rule": {"type": "string", "required": True, "empty": False, "maxlength": 100},
    "where": {"type": "string", "required": True, "empty": False, "maxlength": 300},
    "reason": {"type": "string", "required": True, "minlength": 10, "maxlength": 1_000},
    "expires": {"type": "string", "required": True, "regex": r"\d{4}-\d{2}-\d{2}"},
    "owner": {"type": "string", "regex": r"\S.*", "maxlength": 100},
    "severity": {"type": "string", "allowed": list(SEVERITIES)},
}


class BadExceptions(NotValidated, ValueError):
    """exceptions.yaml does not say what it should. The message has file, line, cause and cure."""


UNWAIVABLE = frozenset(
    {
        "unreadable-source",
        "path-outside-repository",
        "remote-resource",
        "code-in-build",
        "misplaced-overlay",
        "missing-site-key",
        "twice-named-source",
        "failed-build",
    }
)
"""An overlay with one of these was not validated at all: nothing is known that could be excused."""


def load(root: Path) -> tuple[Exception_, ...]:
    """The entries of exceptions.yaml; none if there is no such file. Raises BadExceptions."""

    def refuse(line: int, cause: str) -> BadExceptions:
        return BadExceptions(
            f"{FILE}:{line}: {cause}; an entry has rule, where, reason and expires (YYYY-MM-DD), maybe owner, severity"
        )

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
        resolved = resolve(entry["rule"])
        if resolved is None:
            raise refuse(line, f"there is no rule {entry['rule']!r}")
        rule, severity = resolved
        if rule.id in UNWAIVABLE:
            raise refuse(line, f"{entry['rule']} cannot be waived, because it keeps the overlay from being validated")
        said = (severity,) if severity else rule.severities
        if entry.get("severity", said[0]) not in said:
            raise refuse(line, f"severity: every finding of {entry['rule']} is of severity {said[0]}")
        try:
            expires = datetime.date.fromisoformat(entry["expires"])
        except ValueError:
            raise refuse(line, f"expires: {entry['expires']} is no date") from None
        found.append(
            Exception_(
                rule=rule.id,
                where=entry["where"],
                reason=entry["reason"],
                expires=expires,
                line=line,
                owner=entry.get("owner"),
                severity=entry.get("severity", severity),
                written=entry["rule"] if entry["rule"] != rule.id else None,
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class Waived:
    """``findings`` with ``waived`` set where an exception in force covers them. ``used``: the exceptions that cover
    any, in force or not. ``hides``: how many findings each entry of exceptions.yaml hides, in their order there.
    """

    findings: tuple[Finding, ...]
    used: frozenset[Exception_]
    hides: tuple[tuple[Exception_, int], ...]


def waive(findings: Iterable[Finding], exceptions: tuple[Exception_, ...], today: datetime.date) -> Waived:
    """What becomes of findings. One that two exceptions cover is hidden by both, and has the reason of the latter."""
    used: set[Exception_] = set()
    hides = dict.fromkeys(exceptions, 0)
    marked = []
    for finding in findings:
        for exception in exceptions:
            if exception.covers(finding):
                used.add(exception)
                if exception.expires >= today:
                    hides[exception] += 1
                    finding = replace(finding, waived=exception.reason)
        marked.append(finding)
    return Waived(tuple(marked), frozenset(used), tuple(hides.items()))

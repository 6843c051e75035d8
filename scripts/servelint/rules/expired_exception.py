"""An exception is past its last day.

Someone looked at the finding once and set a date to look again. It blocks until that has been done.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Problem
from ..waive import FILE, Ledger

SEVERITY = "error"
HINT = "Mend what the exception covers, or decide again and set a new date."
SOURCE = "https://docs.github.com/en/code-security/dependabot/dependabot-alerts/viewing-and-updating-dependabot-alerts"
COVERS = ()

GOOD = "- {rule: idle-gpus, where: a, reason: measured on purpose, expires: '2999-01-01'}\n"
BAD = GOOD.replace("2999", "2001")


def check_exceptions(ledger: Ledger) -> Iterator[Problem]:
    for exception in ledger.exceptions:
        if exception.expires < ledger.today:
            message = f"the exception of {exception.rule} for {exception.where} ended on {exception.expires}"
            yield Problem(None, (), message, FILE, exception.line)

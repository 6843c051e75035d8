"""An exception is past its last day.

Someone looked at the finding once and set a date to look again. It blocks until that has been done.
"""

from ...model import Ledger, Problem, Problems

SEVERITY = "error"
HINT = "Mend what the exception covers, or decide again and set a new date."
SOURCE = "https://docs.github.com/en/code-security/dependabot/dependabot-alerts/viewing-and-updating-dependabot-alerts"

GOOD = "- {rule: idle-gpus, where: a, reason: measured on purpose, expires: '2026-01-01'}\n"
BAD = GOOD.replace("2026-01-01", "2025-12-31")


def check_exceptions(ledger: Ledger) -> Problems:
    for exception in ledger.exceptions:
        if exception.expires < ledger.today:
            message = f"the exception of {exception.title} for {exception.where} ended on {exception.expires}"
            yield Problem(None, (), message, line=exception.line)

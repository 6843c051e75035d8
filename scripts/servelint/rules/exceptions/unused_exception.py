"""An exception matches no finding.

What it excused is gone, or was never there. Left in place it would excuse the next mistake of that kind unseen.
"""

from ...model import Ledger, Problem, Problems

SEVERITY = "error"
HINT = "Delete the exception."
SOURCE = "https://docs.astral.sh/ruff/rules/unused-noqa/"

GOOD = "[]\n"
BAD = "- {rule: idle-gpus, where: nowhere, reason: measured on purpose, expires: '2999-01-01'}\n"


def check_exceptions(ledger: Ledger) -> Problems:
    for exception in ledger.exceptions if ledger.complete else ():
        if exception not in ledger.used:
            message = f"nothing found by {exception.title} in {exception.where} needs this exception"
            yield Problem(None, (), message, line=exception.line)

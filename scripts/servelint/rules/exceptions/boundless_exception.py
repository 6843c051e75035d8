"""An exception that holds everywhere has no owner, or no end in sight.

Under a wildcard over the whole fleet the rule is as good as gone: it lets through the mistakes that were looked at, and
those of every overlay that is still to be written. Someone must answer for that, and look again within a quarter.
"""

import datetime

from ...model import Ledger, Problem, Problems

SEVERITY = "error"
HINT = "Name the overlays that are meant; or give the exception an owner and a last day within 90 days."
SOURCE = "https://owasp.org/www-community/controls/Least_Privilege_Principle"

_ENTRY = "{rule: idle-gpus, where: 'overlays/*', reason: measured on purpose, expires: '2026-03-31'"
GOOD = f"- {_ENTRY}, owner: serving}}\n"
BAD = f"- {_ENTRY}}}\n"

LONGEST = datetime.timedelta(days=90)
"""What an exception that holds everywhere may have left: a quarter of a year sees a release or two of each engine."""


def check_exceptions(ledger: Ledger) -> Problems:
    for exception in ledger.exceptions:
        if exception not in ledger.boundless:
            continue
        wrong = []
        if exception.owner is None:
            wrong.append("has no owner")
        left = exception.expires - ledger.today
        if left > LONGEST:
            wrong.append(f"holds for {left.days:,} days more; {LONGEST.days} are the most")
        if wrong:
            message = f"the exception of {exception.title} for {exception.where} waives it everywhere and "
            yield Problem(None, (), message + " and ".join(wrong), line=exception.line)

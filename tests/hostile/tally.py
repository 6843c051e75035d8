"""Counts the hostile inputs tried and held, by class, and says so at the end of a test run.

A test hands its counts over as a property of its report, since reports are all that comes back from xdist's workers.
"""

from __future__ import annotations

from typing import Any

KEY = "hostile"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints a line a class, if hostile inputs were tried."""
    counts: dict[str, list[int]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) != "call":
                continue
            for key, value in report.user_properties:
                if key == KEY:
                    kind, tried, held = value
                    sums = counts.setdefault(kind, [0, 0])
                    sums[0] += tried
                    sums[1] += held
    if counts:
        terminalreporter.section("hostile inputs")
        for kind, (tried, held) in sorted(counts.items()):
            terminalreporter.write_line(f"{kind:20} tried {tried:4}, held {held:4}")
        tried, held = map(sum, zip(*counts.values(), strict=True))
        terminalreporter.write_line(f"{'all':20} tried {tried:4}, held {held:4}")

"""Amounts as manifests write them: quantities of bytes, and durations."""

import re

from ..server.semantics.names import NANO, quantity

UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


LARGEST = (2**63 - 1) * NANO
"""What the server's 64 bits hold: of any unit, more than there is. With a longer number a division would raise."""


def billionths(value: object) -> int | None:
    """A Kubernetes quantity in billionths of its unit, as ``quantity`` reads it: null is zero, and None is none."""
    amount = quantity(value)
    return None if amount is None else max(-LARGEST, min(LARGEST, amount))


def size(value: object) -> int | None:
    """A Kubernetes quantity in bytes, rounded down; None for anything else, also for a missing one."""
    amount = None if value is None else billionths(value)
    return None if amount is None else amount // NANO


def gib(amount: int) -> str:
    """Bytes for people: ``64 GiB``, ``1.5 GiB``."""
    return f"{amount / 2**30:.1f} GiB".replace(".0 ", " ")


def seconds(value: object) -> float | None:
    """A duration such as ``1h30m`` in seconds, a billion at most; None for anything else."""
    text = value.strip() if isinstance(value, str) else ""
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return min(sum(float(number) * UNITS[unit] for number, unit in parts), 1e9)


def shown(amount: int) -> str:
    """Billionths as a number."""
    return f"{amount / NANO:.15g}"

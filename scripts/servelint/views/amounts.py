"""Amounts as manifests write them: quantities of bytes, and durations."""

from __future__ import annotations

import re

from ..semantics.names import NANO, quantity

UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def size(value: object) -> int | None:
    """A Kubernetes quantity in bytes, rounded down; None for anything else, also for a missing one."""
    amount = quantity(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
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

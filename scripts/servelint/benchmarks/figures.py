"""Figures as tools print them."""

import math
import re

from .record import NotAResult

PLACEHOLDER = re.compile(r"[xX]+(\.[xX]+)?%?")
NUMBER = re.compile(r"\d[\d,]*(\.\d*)?([eE][-+]?\d+)?")


def number(text: str, line: int, key: str) -> float:
    """A figure. Raises NotAResult for ``X.XX``, nothing at all, ``nan`` and words."""
    text = text.strip()
    if PLACEHOLDER.fullmatch(text):
        raise NotAResult(
            line, f"{key}: {text} stands in the place of a figure", "give the log of a run, not a sample of one"
        )
    if not text:
        raise NotAResult(line, f"{key} has no figure", "the log is cut off here: fetch all of it")
    if not NUMBER.fullmatch(text) or not math.isfinite(value := float(text.replace(",", ""))):
        raise NotAResult(line, f"{key}: {text[:40]!r} is no figure", "the log is damaged here: fetch it again")
    return value


def whole(text: str, line: int, key: str) -> int:
    """A count. Raises NotAResult."""
    value = number(text, line, key)
    if value != int(value) or value < 0:
        raise NotAResult(line, f"{key}: {text.strip()} is no count", "the log is damaged here: fetch it again")
    return int(value)

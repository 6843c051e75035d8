"""The words that controllers read in annotations, labels and options, as their own releases have them."""

import difflib
import json
from collections.abc import Collection
from functools import cache
from pathlib import Path

STORE = Path(__file__).with_name("words.json")
"""Written by scripts/vendor_words.py, which says from which files of which releases."""


@cache
def words(vocabulary: str) -> frozenset[str]:
    """All words of one vocabulary. Raises KeyError if there is none of that name."""
    return frozenset(json.loads(STORE.read_text())["words"][vocabulary])


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that was meant by a misspelt one, where one is near."""
    folded = {other.casefold(): other for other in sorted(known)}
    near = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.8)
    return folded[near[0]] if near else None

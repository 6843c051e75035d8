"""Versions of engines: read out of an image's tag, and put in order.

Ordered as PEP 440 does, which is how these projects number their releases: 1.2.0rc2 < 1.2.0rc2.post1 < 1.2.0.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

_N = r"\d{1,9}"
IN_TAG = re.compile(rf"v?({_N}(?:\.{_N})+(?:\.?(?:rc|post|dev){_N})?(?:\.?post{_N})?)(?![\d.])")
"""A version at the beginning of a tag; what follows it says how the image was built (-cu124, -py3)."""


@lru_cache(maxsize=1024)
def order(text: str) -> Version | None:
    """A key to sort versions by; None of what is no version."""
    if not text:
        return None
    # Imported here, so that the planner's arithmetic runs where nothing is installed (tests/bench/h200_llama_8b.py).
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text)
    except InvalidVersion:
        return None


def before(one: str | None, other: str) -> bool:
    """Whether a version is known to be older than another."""
    mine, theirs = order(one or ""), order(other)
    return mine is not None and theirs is not None and mine < theirs


def tag_of(image: str) -> str:
    """The tag of an image, without its digest; empty if it has none."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def version_in_tag(image: str) -> str | None:
    """The version that an image's tag begins with; None if it begins with none."""
    match = IN_TAG.match(tag_of(image))
    return match[1] if match else None

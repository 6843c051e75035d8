"""Parts of documents that are generated: text between two markers, replaced by a command and held by a test."""

from __future__ import annotations

from pathlib import Path


def between(text: str, name: str, content: str) -> str:
    """``text`` with ``content`` between its markers of that name. Raises ValueError without exactly one pair."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"a document must hold {begin.strip()} and {end} once, in this order")
    head, rest = text.split(begin)
    return f"{head}{begin}\n{content.strip()}\n\n{end}{rest.split(end)[1]}"


def rewrite(file: Path, name: str, content: str) -> bool:
    """Replaces the part in a file; whether that changed it."""
    old = file.read_text(encoding="utf-8")
    new = between(old, name, content)
    if new != old:
        file.write_text(new, encoding="utf-8")
    return new != old

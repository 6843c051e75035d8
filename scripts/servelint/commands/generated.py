"""Parts of documents that are generated: text between two markers, replaced by a command and held by a test; tables."""

from collections.abc import Sequence
from pathlib import Path

from ..borders import files
from ..borders.printing import cell


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)


def between(text: str, name: str, content: str) -> str:
    """``text`` with ``content`` between its markers of that name. Raises ValueError without exactly one pair."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"a document must hold {begin.strip()} and {end} once, in this order")
    head, rest = text.split(begin)
    return f"{head}{begin}\n{content.strip()}\n\n{end}{rest.split(end)[1]}"


def rewrite(root: Path, path: str, name: str, content: str) -> bool:
    """Replaces the part in a file of the repository; whether that changed it. Raises ValueError if it cannot."""
    file = root / path
    try:
        old = files.read(root, path)
    except files.Refused as error:
        raise ValueError(f"{path} {error}") from None
    new = between(old, name, content)
    if new != old:
        file.write_text(new, encoding="utf-8")
    return new != old

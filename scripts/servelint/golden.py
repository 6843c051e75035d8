"""The rendered fleet in tests/golden, so that a pull request shows what a cluster will see."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from . import render
from .discover import targets
from .sources import Reader

FOLDER = "tests/golden"


def golden_path(target: str) -> str:
    """Where an overlay's render is kept, relative to FOLDER: its path without ``overlays/``."""
    return f"{target.removeprefix('overlays/')}.yaml"


def renders(root: Path) -> dict[str, str]:
    """The text of every overlay by golden path. Raises ValueError with the overlay and the cause if one fails."""
    reader = Reader(root)
    found = targets(root)
    rendered = render.render(root, found, {t.path: reader.tree(t.path) for t in found}, os.cpu_count() or 1)
    for target in found:
        if rendered[target.path].text is None:
            raise ValueError(f"{target.path}: {rendered[target.path].error}")
    return {golden_path(t.path): rendered[t.path].text or "" for t in found}


def main(root: Path | None = None) -> int:
    """Replaces the folder whole: files of overlays that are gone go too. Exit 2 if an overlay does not build."""
    root = (root or Path(__file__).parents[2]).resolve()
    try:
        texts = renders(root)
    except (ValueError, render.KustomizeMissing) as error:
        print(f"golden.py: {error}", file=sys.stderr)
        return 2
    folder = root / FOLDER
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".golden-") as name:
        for path, text in texts.items():
            file = Path(name) / "new" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        if folder.exists():
            folder.rename(Path(name) / "old")
        (Path(name) / "new").rename(folder)
    print(f"{len(texts)} renders in {FOLDER}")
    return 0

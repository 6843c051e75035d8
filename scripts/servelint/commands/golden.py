"""The rendered fleet in tests/golden, so that a pull request shows what a cluster will see."""

import os
import tempfile
from pathlib import Path

from ..sources import Reader
from ..steps import guard, render
from ..steps.discover import targets
from .console import Parser, Usage, write
from .validate import CLEAN, guarded

FOLDER = "tests/golden"


def golden_path(target: str) -> str:
    """Where an overlay's render is kept, relative to FOLDER: its path without ``overlays/``."""
    return f"{target.removeprefix('overlays/')}.yaml"


def renders(root: Path) -> dict[str, str]:
    """The text of every overlay by golden path. Raises Usage with the overlay and the cause if one fails.

    Nothing is rendered that the guard refuses: whoever runs this on a pull request has its sources on the own machine.
    """
    reader = Reader(root)
    found = targets(root)
    trees = {target.path: guard.tree_of(reader, target) for target in found}
    for path, tree in trees.items():
        for hit in guard.refused(tree):
            raise Usage(f"{path}: {hit.problem.file}:{hit.problem.line}: {hit.problem.message}")
    rendered = render.render(root, found, trees, os.cpu_count() or 1)
    for target in found:
        if rendered[target.path].text is None:
            raise Usage(f"{target.path}: {rendered[target.path].error}")
    return {golden_path(t.path): rendered[t.path].text or "" for t in found}


def _run(argv: list[str] | None, root: Path) -> int:
    Parser(prog="golden.py", description="Rewrites tests/golden: python scripts/golden.py").parse_args(argv)
    texts = renders(root)
    folder = root / FOLDER
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".golden-") as name:
        for path, text in texts.items():
            file = Path(name) / "new" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        if folder.exists():
            folder.rename(Path(name) / "old")
        (Path(name) / "new").rename(folder)
    write(f"{len(texts)} renders in {FOLDER}\n")
    return CLEAN


def main(argv: list[str] | None = None, root: Path | None = None) -> int:
    """Replaces the folder whole: files of overlays that are gone go too. Exit 2 if an overlay does not build."""
    root = (root or Path(__file__).parents[3]).resolve()
    return guarded("golden.py", lambda: _run(argv, root))

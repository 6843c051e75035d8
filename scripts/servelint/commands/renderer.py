"""Builds the renderer, with Go, and says where it is."""

from pathlib import Path

from ..kustomize import building
from .console import Parser, write
from .validate import CLEAN, guarded


def _run(argv: list[str] | None, root: Path) -> int:
    example = "SERVELINT_KUSTOMIZE=$(python scripts/renderer.py) python scripts/validate.py"
    Parser(
        prog="renderer.py", description=f"Builds the renderer with Go, once, and prints its path: {example}"
    ).parse_args(argv)
    write(f"{building.renderer(root)}\n")
    return CLEAN


def main(argv: list[str] | None = None, root: Path | None = None) -> int:
    """Exit 2 if it cannot be built."""
    root = (root or Path(__file__).parents[3]).resolve()
    return guarded("renderer.py", lambda: _run(argv, root))

"""What several test modules need: the repository, and how a validation is run as a process."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = sys.executable
PARTS = ("base", "hardware", "models", "overlays", "exceptions.yaml")
"""What a validation reads of the repository."""


def copy_fleet(target: Path) -> Path:
    """A copy that a test may break."""
    target.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part)
        elif source.exists():
            shutil.copy(source, target / part)
    return target


def environment(**changes: str) -> dict[str, str]:
    """The environment of a validate.py that is run as a process."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **changes}

"""What several test modules need: the repository, and how a validation is run as a process."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

from servelint.steps.lint import Hit

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
    return {**os.environ, **changes}


def said_by(hit: Hit) -> str:
    """The rule of a hit, with the severity if it has more than one."""
    return f"{hit.rule.id} ({hit.severity})" if len(hit.rule.severities) > 1 else hit.rule.id


def marked(mark: str) -> list[str]:
    """Processes with this mark in their environment. Where there is no /proc, none is seen."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"MARK={mark}".encode() in entry.read_bytes():
                found.append(entry.parent.name)
        except OSError:
            continue
    return found


def until(holds: object, seconds: float = 30.0) -> None:
    """Waits until something holds; a test that waits in vain fails by what it asserts next."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:  # type: ignore[operator]
        time.sleep(0.01)

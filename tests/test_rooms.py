"""The rooms of the validator: what stands where, and that imports go down the list in pyproject.toml alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT

PACKAGE = ROOT / "scripts/servelint"


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over a copy of the package, as a process of its own: it keeps what it has imported."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--config", "pyproject.toml"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(root / "scripts"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "",
    }
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The package alone, which a test may turn round."""
    ignored = shutil.ignore_patterns("__pycache__", "schemas", "arguments")
    shutil.copytree(PACKAGE, tmp_path / "scripts/servelint", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def test_no_import_runs_up(copied: Path) -> None:
    done = lint(copied)
    assert done.returncode == 0 and "1 kept, 0 broken" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("lines.py", "from .model import mapping"),
        ("catalogue/checks.py", "from ..sources import Reader"),
        ("engines/layout.py", "from ..planner import weights"),
        ("rules/gpus/idle_gpus.py", "from ...steps import report"),
        ("steps/report.py", "from ..commands import console"),
    ],
)
def test_an_import_that_is_turned_round_is_named(copied: Path, module: str, line: str) -> None:
    file = copied / "scripts/servelint" / module
    file.write_text(f"{file.read_text()}\n{line}\n")
    done = lint(copied)
    assert done.returncode == 1 and "0 kept, 1 broken" in done.stdout, done.stdout + done.stderr
    assert module.removesuffix(".py").replace("/", ".") in done.stdout.replace("\n", "")


def test_a_room_that_nobody_gave_a_place_is_named(copied: Path) -> None:
    (copied / "scripts/servelint/attic").mkdir()
    (copied / "scripts/servelint/attic/__init__.py").write_text("")
    done = lint(copied)
    assert done.returncode == 1 and "attic" in done.stdout, done.stdout + done.stderr


def test_what_stands_in_no_room() -> None:
    assert sorted(file.name for file in PACKAGE.glob("*.py")) == ["__init__.py", "lines.py", "model.py"]

"""Shared by all tests: the repository, and the real Kustomize from the pinned wheel."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("base", "hardware", "models", "overlays", "exceptions.yaml")
"""What a validation reads of the repository."""


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads what another run cached, and none leaves anything behind."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("SERVELINT_KUSTOMIZE", raising=False)


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[], Path]:
    """Makes a copy of the fleet that a test may break."""

    def make() -> Path:
        target = tmp_path / "fleet"
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, target / part)
            elif source.exists():
                target.mkdir(exist_ok=True)
                shutil.copy(source, target / part)
        return target

    return make


def environment(**changes: str) -> dict[str, str]:
    """The environment of a validate.py that is run as a process."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **changes}


PYTHON = sys.executable

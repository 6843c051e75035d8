"""Fixtures of all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support import copy_fleet


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads what another run cached, and none leaves anything behind."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("SERVELINT_KUSTOMIZE", raising=False)


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[], Path]:
    """Makes a copy of the fleet that a test may break."""
    return lambda: copy_fleet(tmp_path / "fleet")

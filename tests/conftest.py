"""Fixtures of all tests."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from hostile.tally import pytest_terminal_summary  # noqa: F401 - a hook: only this conftest.py reaches xdist's controller
from servelint.borders import itself
from support import copy_fleet

# The same examples each time: a pull request does not fail on what another one did. Others: HYPOTHESIS_PROFILE=default.
hypothesis.settings.register_profile("repeatable", derandomize=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads what another run cached, and none leaves anything behind.

    Renders are shared by tests. Verdicts are not: a test may change a rule, which then is not what lies on the disk.
    """
    monkeypatch.setattr(itself, "code", lambda: secrets.token_hex(8))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("SERVELINT_KUSTOMIZE", raising=False)


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[], Path]:
    """Makes a copy of the fleet that a test may break."""
    return lambda: copy_fleet(tmp_path / "fleet")

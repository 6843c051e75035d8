"""Fixtures of all tests."""

from __future__ import annotations

import inspect
import os
import secrets
import time
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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--share", metavar="I/N", help="of the exhaustive tests, each Nth only, from the Ith on; all others"
    )
    parser.addoption(
        "--minutes", type=float, metavar="M", help="exhaustive tests that do not begin within M are skipped"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes a share of what is marked ``exhaustive``: a commit tries one, a night all of them."""
    if (share := config.getoption("share")) is None:
        return
    number, _, parts = share.partition("/")
    if not (number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
        raise pytest.UsageError(f"--share {share}: not a share like 2/4")
    exhaustive = [item for item in items if item.get_closest_marker("exhaustive")]
    left_out = {id(item) for i, item in enumerate(exhaustive) if i % int(parts) != int(number) - 1}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in left_out])
    items[:] = [item for item in items if id(item) not in left_out]


BEGIN = time.monotonic()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """On a slow machine some exhaustive tests are left to another commit; pytest counts them as skipped."""
    minutes = item.config.getoption("minutes")
    if minutes and item.get_closest_marker("exhaustive") and time.monotonic() > BEGIN + 60 * minutes:
        pytest.skip(f"did not begin within {minutes:g} minutes")


@pytest.fixture(autouse=True)
def _own_cache(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test reads what another run cached, and none leaves anything behind.

    Renders and verdicts are shared by tests, but verdicts not with one that takes ``monkeypatch`` itself: it may change a
    rule, which then is not what lies on the disk.
    """
    if "monkeypatch" in inspect.signature(request.function).parameters:
        monkeypatch.setattr(itself, "code", lambda: secrets.token_hex(8))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    # Else each of some thousand processes compiles the validator anew, which takes longer than what it is started for.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.delenv("SERVELINT_KUSTOMIZE", raising=False)


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[], Path]:
    """Makes a copy of the fleet that a test may break."""
    return lambda: copy_fleet(tmp_path / "fleet")

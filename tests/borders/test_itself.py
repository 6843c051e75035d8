"""What the validator is, to what is kept: the same code has one name, and code that nobody looked at has none."""

from __future__ import annotations

import shutil
from pathlib import Path
from unittest.mock import patch

from servelint.borders import itself
from servelint.borders.itself import PACKAGE, code

unkept = code.__wrapped__


def test_another_module_is_another_validator(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "p", ignore=shutil.ignore_patterns("__pycache__", "schemas"))
    with patch.object(itself, "PACKAGE", str(tmp_path / "p")):
        before = unkept()
        assert unkept() == before
        (tmp_path / "p/steps/lint").mkdir()
        (tmp_path / "p/steps/lint/__init__.py").write_text("")
        assert unkept() != before


def test_a_package_behind_a_link_is_never_the_same(tmp_path: Path) -> None:
    """A walk does not enter it, and an import does."""
    shutil.copytree(PACKAGE, tmp_path / "p", ignore=shutil.ignore_patterns("__pycache__", "schemas"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "p/steps/lint").symlink_to(tmp_path / "elsewhere")
    with patch.object(itself, "PACKAGE", str(tmp_path / "p")):
        assert len({unkept() for _ in range(3)}) == 3

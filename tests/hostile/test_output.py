"""What an attacker writes never begins a line of ours, in any format."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostile import output
from hostile.conftest import Tell
from hostile.trial import FORMATS, Input, try_all, try_one

pytestmark = pytest.mark.exhaustive

KIND = "output"


@pytest.mark.parametrize("style", FORMATS)
def test_text_of_an_overlay_stays_in_its_line(style: str, tmp_path: Path, tell: Tell) -> None:
    tell(KIND, {f"{name} in {style}": causes for name, causes in try_all(output.INPUTS, tmp_path, style).items()})


@pytest.mark.parametrize("item", output.OWN, ids=[item.name for item in output.OWN])
def test_text_that_the_validator_itself_reads_stays_in_its_line(item: Input, tmp_path: Path, tell: Tell) -> None:
    tell(KIND, {item.name: try_one(item, tmp_path, "github")})

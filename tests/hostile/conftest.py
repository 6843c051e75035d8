"""What the tests of hostile inputs share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hostile.tally import KEY

Tell = Callable[[str, dict[str, list[str]]], None]


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Takes what did not hold of each input of a class, by name; fails with all of it, and has it counted."""

    def judge(kind: str, wrong: dict[str, list[str]]) -> None:
        record_property(KEY, [kind, len(wrong), sum(not causes for causes in wrong.values())])
        broken = [f"{name}: {'; '.join(causes)}" for name, causes in wrong.items() if causes]
        assert not broken, f"{len(broken)} of {len(wrong)} {kind} do not hold:\n" + "\n".join(broken)

    return judge

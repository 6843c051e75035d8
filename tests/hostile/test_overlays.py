"""Hostile overlays and manifests: each is one clear finding, nothing is asked of the servers, nothing outside is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostile import amplification, documents, expressions, links, paths, plugins, remotes
from hostile.conftest import Tell
from hostile.trial import Input, try_all, try_manifests, try_one

pytestmark = pytest.mark.exhaustive

CLASSES = {
    "plugins": plugins,
    "remotes": remotes,
    "paths": paths,
    "links and files": links,
    "YAML": documents,
    "amplification": amplification,
    "regular expressions": expressions,
}
OPEN = {
    kind: [item for item in module.INPUTS if item.manifest and item.rules is None] for kind, module in CLASSES.items()
}
ALONE = [
    (kind, item) for kind, module in CLASSES.items() for item in module.INPUTS if item.alone and item not in OPEN[kind]
]


@pytest.mark.parametrize("kind", [kind for kind, module in CLASSES.items() if module is not amplification])
def test_hostile_overlays_are_refused(kind: str, tmp_path: Path, tell: Tell) -> None:
    inputs: tuple[Input, ...] = CLASSES[kind].INPUTS
    assert len({item.name for item in inputs}) == len(inputs)
    tell(kind, try_all([item for item in inputs if not item.alone], tmp_path))


@pytest.mark.parametrize(("kind", "item"), ALONE, ids=[item.name for _, item in ALONE])
def test_what_needs_a_fleet_of_its_own_is_refused(kind: str, item: Input, tmp_path: Path, tell: Tell) -> None:
    tell(kind, {item.name: try_one(item, tmp_path)})


@pytest.mark.parametrize(
    ("kind", "first"), [(kind, i) for kind, items in OPEN.items() for i in range(0, len(items), 10)]
)
def test_manifests_that_cost_something_end_soon(kind: str, first: int, tmp_path: Path, tell: Tell) -> None:
    tell(kind, try_manifests(OPEN[kind][first : first + 10], tmp_path))


@pytest.mark.parametrize("kind", [kind for kind, module in CLASSES.items() if hasattr(module, "NEIGHBOURS")])
def test_their_harmless_neighbours_are_not(kind: str, tmp_path: Path, tell: Tell) -> None:
    tell(f"{kind}, harmless", try_all(CLASSES[kind].NEIGHBOURS, tmp_path))

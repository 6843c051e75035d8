"""The builders of examples: what they make is what an author would write, no key of it twice."""

from __future__ import annotations

import pytest

from servelint import lines
from servelint.model import Resource
from servelint.rules.examples import KINDS, workload

POD = "containers: [{name: a, image: a}]"
TEMPLATE = {"Pod": (), "LeaderWorkerSet": ("spec", "leaderWorkerTemplate", "workerTemplate")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("metadata", "labels"),
    [
        ("", {}),
        ("annotations: {a: b}", {}),
        ("labels: {part: of, app.kubernetes.io/name: a}\nannotations: {a: b}",
         {"part": "of", "app.kubernetes.io/name": "a"}),
        ("annotations: {a: b}\nlabels:\n  part: of\n", {"part": "of"}),
        ("labels: {}", {}),
        ("labels: {part: of, app: other}", {"part": "of", "app": "other"}),
    ],
)  # fmt: skip
def test_labels_stand_once_and_hold_what_the_selector_asks_for(
    kind: str, metadata: str, labels: dict[str, str]
) -> None:
    text = workload(POD, kind, "server", metadata=metadata)
    assert [lines.duplicates(node) for node in lines.compose(text)] == [[]]
    ((_, body),) = lines.load(text)
    made = Resource(body).at((*TEMPLATE.get(kind, ("spec", "template")), "metadata"))
    own = {} if kind == "Pod" else {"app": "server"}
    assert made.get("labels", {}) == {**own, **labels}
    assert made.get("annotations", {}) == ({"a": "b"} if "annotations" in metadata else {})

"""Names are planned: what a rule says of an overlay's names, the planner says before there is an overlay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from servelint.commands import matrix, plan
from servelint.model import Resource
from servelint.planner import names
from servelint.views.derived import overlong
from support import ROOT

FOLDER = "overlays/a4x/{}/sglang-multihost"


def test_each_longest_name_that_fits_is_planned_and_one_more_is_not() -> None:
    made = names.documents(ROOT, "sglang-multihost")
    fits = "m" * (39 - len("-sglang-multihost-a4x-s"))
    assert names.unusable(made, FOLDER.format(fits), 2) is None
    said = names.unusable(made, FOLDER.format(fits + "m"), 2)
    assert said is not None and "64 characters of at most 63: shorten the name by 1" in said


@pytest.mark.parametrize(
    ("kind", "length", "labels", "over"),
    [
        ("StatefulSet", 52, {}, None), ("StatefulSet", 53, {}, (1, False)), ("StatefulSet", 54, {}, (2, True)),
        ("LeaderWorkerSet", 50, {}, None), ("LeaderWorkerSet", 51, {}, (1, False)),
        ("LeaderWorkerSet", 39, {"kueue.x-k8s.io/queue-name": "a"}, None),
        ("LeaderWorkerSet", 40, {"kueue.x-k8s.io/queue-name": "a"}, (1, False)),
        ("LeaderWorkerSet", 52, {"kueue.x-k8s.io/queue-name": "a"}, (2, True)),
        ("InferenceService", 48, {}, None), ("InferenceService", 49, {}, (1, True)), ("Deployment", 63, {}, None),
    ],
)  # fmt: skip
def test_what_controllers_make_of_a_name_is_measured_once(
    kind: str, length: int, labels: dict[str, str], over: tuple[int, bool] | None
) -> None:
    body = {"kind": kind, "metadata": {"name": "a" * length, "labels": labels}, "spec": {}}
    made = overlong(Resource(body), 2)
    assert (made and (made.over, made.certain)) == over


def test_a_plan_over_hosts_says_what_its_overlay_would_be_called(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--hardware", "a4x", "--engine", "sglang", "--hosts", "2", "--tp", "8", "--model"]
    assert plan.main([*asked, "llama-3-1-405b-instruct-fp8"], ROOT) == 1
    told = capsys.readouterr().out
    assert "error[name] LeaderWorkerSet llama-3-1-405b-instruct-fp8-sglang-multihost-a4x-s" in told
    assert "shorten the name by 11, such as the model's folder" in told
    assert plan.main([*asked, "kimi-k2-instruct"], ROOT) == 0
    assert "error[name]" not in capsys.readouterr().out


def test_the_matrix_offers_no_layout_without_a_name(copy: Callable[[], Path]) -> None:
    root = copy()
    found = {e.model: e for e in matrix.entries(root, validate=False) if e.workload == "sglang-multihost"}
    (root / "models/gpt-oss-120b").rename(root / "models/gpt-oss-120b-of-our-own")
    moved = {e.model: e for e in matrix.entries(root, validate=False) if e.workload == "sglang-multihost"}
    assert found["gpt-oss-120b"].status == "feasible"
    renamed = moved["gpt-oss-120b-of-our-own"]
    assert renamed.status == "infeasible" and "shorten the name by" in str(renamed.reason)


def test_a_folder_of_no_leaf_puts_nothing_before_a_name() -> None:
    made = [Resource({"kind": "StatefulSet", "metadata": {"name": "a" * length}, "spec": {}}) for length in (52, 54)]
    assert names.unusable(made[:1], "overlays/clusters/c", 1) is None
    assert names.unusable(made, "overlays/clusters/c", 1) is not None

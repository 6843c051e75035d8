"""tests/golden is the fleet as it renders, so that a pull request shows what a cluster will see."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

from servelint.commands import golden
from servelint.steps import render
from servelint.steps.discover import targets
from support import ROOT

FOLDER = ROOT / golden.FOLDER


@pytest.fixture(scope="module")
def renders() -> dict[str, str]:
    return golden.renders(ROOT)


def test_holds_one_file_an_overlay(renders: dict[str, str]) -> None:
    kept = {file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*") if not file.is_dir()}
    assert set(renders) == {golden.golden_path(t.path) for t in targets(ROOT)}
    assert kept == set(renders), (
        f"{golden.FOLDER}: not there {sorted(set(renders) - kept)}, of no overlay {sorted(kept - set(renders))}: "
        "run `make golden` and commit what it changes"
    )


def test_nothing_is_rendered_that_the_guard_refuses(
    copy: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    leaf = "overlays/a3ultra/deepseek-r1/sglang-serve"
    with (fleet / leaf / "kustomization.yaml").open("a") as file:
        file.write("<<: {crds: ['https://example.com/x']}\n")
    started: list[str] = []
    monkeypatch.setattr(render, "render", lambda *a: started.append("render"))
    assert golden.main([], fleet) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"golden.py: {leaf}: {leaf}/kustomization.yaml:") and "<<" in said
    assert started == []


@pytest.mark.parametrize("path", [golden.golden_path(t.path) for t in targets(ROOT)])
def test_is_what_the_overlay_renders(path: str, renders: dict[str, str]) -> None:
    file = FOLDER / path
    kept = file.read_bytes().decode() if file.is_file() else ""
    if kept != renders[path]:
        rows = difflib.unified_diff(
            kept.splitlines(), renders[path].splitlines(), "committed", "rendered", lineterm="", n=1
        )
        pytest.fail(
            f"{golden.FOLDER}/{path} is not what its overlay renders: run `make golden` and review what it changes\n"
            + "\n".join(list(rows)[:60]),
            pytrace=False,
        )

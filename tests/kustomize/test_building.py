"""The renderer is built once, whole or not at all; many folders at a time are one answer each, whatever else it writes."""

from __future__ import annotations

import os
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from servelint.commands.renderer import main
from servelint.kustomize import building
from servelint.kustomize import process as kustomize
from servelint.kustomize.process import Rendered, Session
from servelint.model import Target
from servelint.sources import Reader
from servelint.steps import render
from support import ROOT

GOOD = 'echo build >> "$LOG"; while [ "$1" != -o ]; do shift; done; sleep 0.2; echo program > "$2"'
BAD = "echo 'main.go:1: what is this' >&2; exit 1"


def _go(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment whose Go is a script of ours, and whose cache is empty."""
    tool = folder / "bin/go"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return {"PATH": f"{tool.parent}:{os.environ['PATH']}", "LOG": str(folder / "log")}


def test_two_at_once_build_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = _go(tmp_path, GOOD, monkeypatch)
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda _: building.renderer(ROOT, environment), range(2))
    assert first == second and first.read_text() == "program\n" and (tmp_path / "log").read_text().split() == ["build"]
    assert first.parent.name.startswith(building.version()) and first.is_relative_to(tmp_path / "cache")
    assert sorted(p.name for p in first.parent.parent.iterdir()) == sorted([first.parent.name, "lock"])


def test_other_sources_are_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = _go(tmp_path, GOOD, monkeypatch)
    first = building.renderer(ROOT, environment)
    other = tmp_path / "sources"
    other.mkdir()
    for name in ("go.mod", "go.sum", "main.go"):
        (other / name).write_bytes((building.SOURCES / name).read_bytes() + b"// another\n")
    monkeypatch.setattr(building, "SOURCES", other)
    assert building.renderer(ROOT, environment) != first


def test_a_build_that_fails_leaves_nothing_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = _go(tmp_path, BAD, monkeypatch)
    with pytest.raises(building.NotBuilt, match=r"(?s)Go could not build.*main.go:1: what is this"):
        building.renderer(ROOT, environment)
    assert [p.name for p in (tmp_path / "cache/serving-fleet/renderer").iterdir()] == ["lock"]


def test_without_go_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(building.renderer, "__defaults__", ({"PATH": str(tmp_path)},))
    assert main([]) == 2
    said = capsys.readouterr()
    assert not said.out and said.err.count("\n") == 1 and "built with Go" in said.err and "or do without" in said.err


def test_where_others_may_write_nothing_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = _go(tmp_path, GOOD, monkeypatch)
    folder = tmp_path / "cache/serving-fleet/renderer"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    with pytest.raises(building.NotBuilt, match="not ours alone"):
        building.renderer(ROOT, environment)


def test_it_is_not_asked_for_unless_somebody_says_so() -> None:
    assert not kustomize.takes_many()


# --- many folders at a time, by a stand-in ----------------------------------------------------------------------------


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of the renderer's name; its answer is what a test writes to ``answer``."""
    program = tmp_path / "bin/renderer"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho $# >> {tmp_path}/asked\nexec /bin/cat {tmp_path}/answer\n")
    program.chmod(0o755)
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", str(program))
    return tmp_path


def _asked(folder: Path) -> list[int]:
    """How many folders each process was given."""
    return [int(row) - 1 for row in (folder / "asked").read_text().split()]


def test_each_folder_has_its_answer(stand_in: Path) -> None:
    (stand_in / "answer").write_bytes("text 3\nä\nerror 16\nerror: no\nsuch\n\ntext 0\n".encode())
    with Session() as session:
        found = kustomize.run_renderer(["a", "b", "c"], stand_in, session)
    assert found == [Rendered("ä\n"), Rendered(None, "no such"), Rendered("")]


@pytest.mark.parametrize(
    "answer", ["", "text 3\nab\n", "text 3\nab\ntext 9\nab\n", "text -1\n\ntext 0\n", "a: b\n", "text 1 \n"]
)
def test_an_answer_that_is_none_is_asked_of_each_alone(answer: str, stand_in: Path) -> None:
    (stand_in / "answer").write_text(answer)
    for name in ("a", "b"):
        (stand_in / "overlays/h/m" / name).mkdir(parents=True)
        (stand_in / "overlays/h/m" / name / "kustomization.yaml").write_text("namePrefix: x-\n")
    reader = Reader(stand_in)
    wanted = [Target(f"overlays/h/m/{name}", "leaf") for name in ("a", "b")]
    found = render.render(stand_in, wanted, {t.path: reader.tree(t.path) for t in wanted}, 1)
    assert {one.text for one in found.values()} == {answer} and _asked(stand_in) == [2, 1, 1]


def test_the_bounds_are_those_of_any_process(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kustomize, "MAX_OUTPUT", 100)
    (stand_in / "answer").write_text(f"text 200\n{'a' * 200}")
    with Session() as session:
        found = kustomize.run_renderer(["a", "b"], stand_in, session)
    assert isinstance(found, Rendered) and found.exhausted and "wrote more than 100 bytes" in str(found.error)


def test_its_pins_are_those_of_the_kubectl_that_is_installed() -> None:
    """Kustomize's own modules; tests/cluster asks Go for all of them."""
    said = subprocess.run(
        [kustomize.kustomize_command()[0], "version", "--client"], capture_output=True, text=True, check=True
    ).stdout
    assert f"Kustomize Version: {building.version()}" in said

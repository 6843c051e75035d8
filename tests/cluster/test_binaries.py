"""The programs are built once, whole or not at all, and a machine that cannot is told what would help."""

from __future__ import annotations

import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import binaries
import pytest

from servelint.server import schema

GOOD = 'echo build >> "$LOG"; while [ "$1" != -o ]; do shift; done; sleep 0.2; echo program > "$2"'
BAD = "echo 'main.go:1: what is this' >&2; exit 1"


def go(folder: Path, script: str) -> dict[str, str]:
    """An environment whose Go is a script of ours, and whose cache is empty."""
    tool = folder / "bin/go"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    path = f"{tool.parent}:{os.environ['PATH']}"
    return {"PATH": path, "XDG_CACHE_HOME": str(folder / "cache"), "LOG": str(folder / "log")}


def test_neither_go_nor_assets(tmp_path: Path) -> None:
    with pytest.raises(binaries.NoControlPlane, match=r"install Go .* KUBEBUILDER_ASSETS"):
        binaries.find({"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)})


def test_assets_that_lack_a_program(tmp_path: Path) -> None:
    (tmp_path / "etcd").touch()
    with pytest.raises(binaries.NoControlPlane, match=r"lacks kube-apiserver: .*install Go"):
        binaries.find({"KUBEBUILDER_ASSETS": str(tmp_path)})
    (tmp_path / "kube-apiserver").touch()
    assert binaries.find({"KUBEBUILDER_ASSETS": str(tmp_path)}) == tmp_path


def test_two_at_once_build_once(tmp_path: Path) -> None:
    environment = go(tmp_path, GOOD)
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(binaries.find, [environment, environment])
    assert first == second and (tmp_path / "log").read_text().split() == ["build"]
    assert {(first / name).read_text() for name in binaries.PROGRAMS} == {"program\n"}
    assert sorted(p.name for p in first.parent.iterdir()) == sorted([first.name, "lock"])


def test_failed_build_leaves_nothing_and_says_why(tmp_path: Path) -> None:
    environment = go(tmp_path, BAD)
    with pytest.raises(binaries.NoControlPlane, match=r"(?s)main.go:1: what is this.*KUBEBUILDER_ASSETS"):
        binaries.find(environment)
    assert [p.name for p in (tmp_path / "cache/serving-fleet/control-plane").iterdir()] == ["lock"]


def test_reader_without_go(tmp_path: Path) -> None:
    with pytest.raises(binaries.NoReader, match=r"there is no Go: install Go"):
        binaries.reader({"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)})


def test_reader_is_built_once_and_anew_for_other_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = go(tmp_path, GOOD)
    first = binaries.reader(environment)
    assert first == binaries.reader(environment) and (tmp_path / "log").read_text().split() == ["build"]
    shutil.copytree(binaries.READER, tmp_path / "other")
    (tmp_path / "other/main.go").write_text("// another\n")
    monkeypatch.setattr(binaries, "READER", tmp_path / "other")
    assert binaries.reader(environment) != first


def test_reader_that_cannot_be_built(tmp_path: Path) -> None:
    environment = go(tmp_path, BAD)
    with pytest.raises(binaries.NoReader, match=r"main.go:1: what is this"):
        binaries.reader(environment)
    assert [p.name for p in (tmp_path / "cache/serving-fleet/reader").iterdir()] == ["lock"]


def test_pins_have_a_schema() -> None:
    """What the server is asked is what the validator knows."""
    assert binaries.minor() in schema.VERSIONS

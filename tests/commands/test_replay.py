"""A run is replayed if it is the same run, and never otherwise."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from servelint.borders import files, itself, store
from servelint.commands import replay
from support import PYTHON, ROOT, copy_fleet, environment

ENGINE = "overlays/h/m/w/engine.yaml"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that holds a little of everything; the validator is the same in each run."""
    monkeypatch.setattr(itself, "code", cache(lambda: "code"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "root"
    for name in (ENGINE, "base/b/kustomization.yaml", "hardware/h/hardware.yaml", "models/m/model.yaml", "docs/x.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("a: 1\n")
    monkeypatch.chdir(root)
    return root


def _same_size(path: Path) -> None:
    """Another content of the same size, and of the same time as far as a person can say it."""
    info = path.stat()
    path.write_text(path.read_text()[::-1])
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a source": lambda root: (root / ENGINE).write_text("a: 2\n"),
    "a source, of the same size and time": lambda root: _same_size(root / ENGINE),
    "a base": lambda root: (root / "base/b/kustomization.yaml").write_text("a: 2\n"),
    "a machine": lambda root: (root / "hardware/h/hardware.yaml").write_text("a: 2\n"),
    "a model": lambda root: (root / "models/m/model.yaml").write_text("a: 2\n"),
    "a file more": lambda root: (root / "overlays/h/m/w/more").write_text(""),
    "a file less": lambda root: (root / "models/m/model.yaml").unlink(),
    "a folder more": lambda root: (root / "overlays/h/m/empty").mkdir(),
    "a hidden file": lambda root: (root / "base/.hidden").write_text(""),
    "a hidden folder": lambda root: (root / "base/.hidden").mkdir(),
    "another name": lambda root: (root / ENGINE).rename(root / "overlays/h/m/w/engine.yml"),
    "a file elsewhere": lambda root: (root / "docs/x.md").write_text("a: 2\n"),
    "a file elsewhere, of the same size and time": lambda root: _same_size(root / "docs/x.md"),
    "a kustomization elsewhere": lambda root: (root / "docs/kustomization.yaml").write_text(""),
    "an exception": lambda root: (root / "exceptions.yaml").write_text("[]\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_makes_another_run(change: Callable[[Path], object], root: Path) -> None:
    before = replay._key(root, [])
    assert before == replay._key(root, []) and before is not None
    change(root)
    assert replay._key(root, []) not in (before, None)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_read_when_the_run_began_is_read_again_if_it_changed(
    change: Callable[[Path], object], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SETTLED", -(10**18))  # all of it has been so for long
    seen: dict[str, Any] = {}
    before = replay._key(root, [], seen)
    time.sleep(0.05)  # more than a tick of any kernel
    with monkeypatch.context() as patch:
        patch.setattr(replay.hashlib, "sha256", _none_of(root / ENGINE))
        assert replay._key(root, [], seen) == before is not None
    change(root)
    assert replay._key(root, [], seen) not in (before, None)


def _none_of(path: Path) -> Callable[..., Any]:
    """The hash, of anything but what a file holds."""
    content, real = path.read_bytes(), replay.hashlib.sha256

    def sha256(data: bytes = b"") -> Any:
        assert data != content
        return real(data)

    return sha256


def test_what_changed_just_now_may_change_again_unseen(root: Path) -> None:
    """Within one tick of the clock, so it is read again."""
    seen: dict[str, Any] = {}
    assert replay._key(root, [], seen) is not None and seen == {}


@pytest.mark.parametrize("link", ["overlays/h/link", "base/link", "models", "hardware/h/hardware.yaml"])
def test_nothing_is_replayed_where_a_link_stands(link: str, root: Path, tmp_path: Path) -> None:
    path = root / link
    if path.exists():
        path.rename(tmp_path / "behind")
    path.symlink_to(tmp_path / "behind")
    assert replay._key(root, []) is None


def test_nothing_is_replayed_where_a_pipe_stands(root: Path) -> None:
    os.mkfifo(root / "overlays/h/m/w/pipe")
    assert replay._key(root, []) is None


@pytest.mark.parametrize("name", ["exceptions.yaml", "overlays/h/m/w/large", "hardware/h/hardware.yaml"])
@pytest.mark.parametrize("kind", ["pipe", "large", "zeros"])
def test_nothing_is_read_that_no_run_would_read(name: str, kind: str, root: Path) -> None:
    path = root / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(1 << 40)  # a terabyte that takes no room
    else:
        path.symlink_to("/dev/zero")
    assert replay._key(root, []) is None


def test_what_all_files_hold_together_is_bounded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST", 10)
    assert replay._key(root, []) is None


def test_what_a_run_is_told_is_part_of_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [replay._key(root, arguments) for arguments in ([], ["--strict"], ["overlays"], ["--format", "json"])]
    for name in replay.VARIABLES:
        with monkeypatch.context() as patch:
            patch.setenv(name, "something else")
            keys.append(replay._key(root, []))
    monkeypatch.chdir(root / "docs")
    keys.append(replay._key(root, []))
    monkeypatch.setattr(itself, "code", lambda: "other code")
    keys.append(replay._key(root, []))
    assert None not in keys and len(set(keys)) == len(keys)


def test_the_day_counts_where_an_exception_has_a_last_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on(day: int) -> str | None:
        with monkeypatch.context() as patch:
            patch.setattr(replay.time, "gmtime", lambda: time.struct_time((2026, 11, day, 0, 0, 0, 0, 1, 0)))
            return replay._key(root, [])

    assert on(1) == on(2)
    for name in ("expires", r'"\x65xpires"'):  # an escape says the same
        (root / "exceptions.yaml").write_text(f"- {{rule: a, {name}: 2026-11-01}}\n")
        assert on(1) != on(2)


@pytest.mark.parametrize(
    ("arguments", "plain"),
    [
        ([], True), (["overlays/a"], True), (["--strict", "--format", "json"], True), (["--format=json"], True),
        (["--jobs", "1", "a", "--skip", "x"], True), (["--manifest", "-"], False), (["--no-cache"], False),
        (["--output", "x"], False), (["--changed-since", "HEAD"], False), (["--profile"], False), (["-h"], False),
        (["--version"], False), (["--format"], False), (["--shard", "1/2"], False), (["--form", "json"], False),
        (["--strict=1"], False), (["--"], False), (["-"], False), (["--output=x"], False),
    ],
)  # fmt: skip
def test_only_options_that_depend_on_nothing_else(arguments: list[str], plain: bool) -> None:
    assert replay._plain(arguments) is plain


def test_a_report_is_kept_only_of_what_it_began_with(root: Path) -> None:
    assert replay.earlier(root, []) is None
    (root / ENGINE).write_text("changed: meanwhile\n")
    replay.keep("of neither state\n", 0, [])
    assert replay.earlier(root, []) is None
    replay.keep("the report\n", 1, [])
    assert replay.earlier(root, []) == ("the report\n", 1)
    assert replay.earlier(root, ["--strict"]) is None
    replay.keep("", 0, ["--no-cache"])  # of a run that was not looked for
    assert replay.earlier(root, []) == ("the report\n", 1)


@pytest.mark.parametrize("text", ["", "2\n", "no\nreport\n"])
def test_an_entry_of_another_shape_is_none(text: str, root: Path) -> None:
    key = replay._key(root, [])
    assert key is not None
    store.remember(key, text, root, store.RUNS)
    assert replay.earlier(root, []) is None


def test_a_link_that_is_named_may_lead_elsewhere(root: Path, tmp_path: Path) -> None:
    """One outside the repository, and the one of exceptions."""
    link = tmp_path / "current"
    keys = set()
    for folder in ("overlays", "base"):
        link.unlink(missing_ok=True)
        link.symlink_to(root / folder)
        keys.add(replay._key(root, [str(link)]))
    assert len(keys) == 2
    (root / ".hidden").mkdir()
    (root / ".hidden/exceptions.yaml").write_text("[]\n")
    (root / "exceptions.yaml").symlink_to(".hidden/exceptions.yaml")
    assert replay._key(root, []) is None


@pytest.mark.parametrize("name", ["exceptions.yaml", "hardware/h/hardware.yaml"])
def test_what_a_link_leads_to_is_not_opened(
    name: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside").write_text("[]\n")
    (root / name).unlink(missing_ok=True)
    (root / name).symlink_to(tmp_path / "outside")
    opened: list[str] = []
    monkeypatch.setattr(replay.files, "content", lambda root, path: opened.append(path) or b"")
    assert replay._key(root, []) is None
    assert name not in opened


def test_an_entry_that_was_tampered_with_is_none(root: Path, tmp_path: Path) -> None:
    replay.earlier(root, [])
    replay.keep("the report\n", 1, [])
    (entry,) = (tmp_path / "cache/serving-fleet" / store.RUNS).iterdir()
    entry.write_bytes(entry.read_bytes().replace(b"\n1\n", b"\n0\n"))
    assert replay.earlier(root, []) is None


def test_the_script_says_the_same_again_and_sees_each_change(tmp_path: Path) -> None:
    """From the command line, as people run it: clean, the same, broken, the same, mended."""
    fleet = copy_fleet(tmp_path / "fleet")
    shutil.copytree(ROOT / "scripts", fleet / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    leaf = next(p.relative_to(fleet).as_posix() for p in (fleet / "overlays/a3ultra/deepseek-r1").iterdir())
    names = environment(XDG_CACHE_HOME=str(tmp_path / "cache"))

    def run(*arguments: str) -> tuple[int, bytes, bytes]:
        command = [PYTHON, str(fleet / "scripts/validate.py"), leaf, *arguments]
        done = subprocess.run(command, capture_output=True, env=names, check=False)
        return done.returncode, done.stdout, done.stderr

    kustomization = fleet / leaf / "kustomization.yaml"
    original = kustomization.read_text()
    clean = run()
    assert clean[0] == 0 and run() == clean
    kustomization.write_text(original.replace("namePrefix: ", "namePrefix: not-"))
    broken = run()
    assert broken[0] == 1 and run() == broken and run("--no-cache") == broken
    kustomization.write_text(original)
    assert run() == clean

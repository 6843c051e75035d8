"""The cache: what it gives back is what was rendered, or nothing."""

from __future__ import annotations

import datetime
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from servelint.borders import store
from servelint.catalogue.load import load_hardware, load_models
from servelint.rules import all_rules
from servelint.sources import Reader
from servelint.steps import pipeline, render
from servelint.steps.context import Context
from servelint.steps.discover import targets
from servelint.steps.hashes import Hashes

KEY = "0" * 64


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of this test; warnings are said anew."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    store._warn.cache_clear()
    return tmp_path / "cache" / "serving-fleet" / "renders"


def test_it_returns_what_was_kept_and_nothing_else(folder: Path) -> None:
    assert store.recall(KEY) is None
    for text in ("a: b\nc: ü\n", "", "a: 'x\r\ny'\r\n", "\n\n"):
        store.remember(KEY, text)
        assert store.recall(KEY) == text
    assert [entry.name for entry in folder.iterdir()] == [KEY]


def _cut(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[:-3])


def _empty(entry: Path) -> None:
    entry.write_bytes(b"")


def _garbled(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes().replace(b"kept", b"kep\xff"))


def _of_another(entry: Path) -> None:
    store.remember("1" * 64, "another: overlay\n")
    entry.write_bytes((entry.parent / ("1" * 64)).read_bytes())


def _linked(entry: Path) -> None:
    """Even to a file that would be right."""
    real = entry.with_name("real")
    entry.rename(real)
    entry.symlink_to(real)


def _dangling(entry: Path) -> None:
    entry.unlink()
    entry.symlink_to("nowhere")


def _pipe(entry: Path) -> None:
    entry.unlink()
    os.mkfifo(entry)


def _folder(entry: Path) -> None:
    entry.unlink()
    entry.mkdir()


def _huge(entry: Path) -> None:
    """Too large by a byte, and yet with the right checksum."""
    text = b"x" * store.MOST_BYTES
    entry.write_bytes(store._sum(KEY, text) + b"\n" + text)


def _world_writable(entry: Path) -> None:
    entry.parent.chmod(0o777)


def _parent_group_writable(entry: Path) -> None:
    entry.parent.parent.chmod(0o770)


def _linked_folder(entry: Path) -> None:
    moved = entry.parent.with_name("moved")
    entry.parent.rename(moved)
    entry.parent.symlink_to(moved)


def _foreign(entry: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(entry, 65534, 65534)


def _foreign_folder(entry: Path) -> None:
    _foreign(entry.parent)


CHANGES = [
    _cut, _empty, _garbled, _of_another, _linked, _dangling, _pipe, _folder, _huge, _world_writable,
    _parent_group_writable, _linked_folder, _foreign, _foreign_folder,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_what_it_did_not_write_does_not_count(change: Callable[[Path], None], folder: Path) -> None:
    store.remember(KEY, "kept: text\n")
    change(folder / KEY)
    assert store.recall(KEY) is None
    store.remember(KEY, "kept: text\n")  # neither fails
    store.trim()


@pytest.mark.parametrize("change", [_cut, _of_another, _linked, _dangling, _pipe, _huge])
def test_a_bad_entry_is_replaced(change: Callable[[Path], None], folder: Path) -> None:
    store.remember(KEY, "kept: text\n")
    change(folder / KEY)
    store.remember(KEY, "kept: again\n")
    assert store.recall(KEY) == "kept: again\n"


def test_the_key_follows_every_file(copy: Callable[[], Path]) -> None:
    fleet = copy()
    path = "overlays/a3ultra/deepseek-r1/sglang-serve"
    before = Hashes(fleet).of(Reader(fleet).tree(path))
    for file in ("hardware/a3ultra/host.yaml", "base/sglang-serve/launch.py", "base/launcher/launchlib.py",
                 f"{path}/engine.yaml", f"{path}/kustomization.yaml", "models/deepseek-r1/kustomization.yaml"):  # fmt: skip
        original = (fleet / file).read_text()
        (fleet / file).write_text(f"{original}\n# changed\n")
        assert Hashes(fleet).of(Reader(fleet).tree(path)) != before, file
        (fleet / file).write_text(original)
    tree = Reader(fleet).tree(path)
    assert Hashes(fleet).of(tree) == before
    (fleet / f"{path}/engine.yaml").unlink()
    assert Hashes(fleet).of(tree) is None


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_cache_that_cannot_be_written_is_no_failure(
    error: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    store.remember(KEY, "kept: before\n")
    monkeypatch.setattr(os, "replace", fail)
    store.remember("1" * 64, "text")
    assert [entry.name for entry in folder.iterdir()] == [KEY]
    assert store.recall("1" * 64) is None


def test_a_file_in_its_place_is_no_failure(folder: Path) -> None:
    folder.parent.parent.mkdir()
    folder.parent.write_text("in the way")
    store.remember(KEY, "text")
    assert store.recall(KEY) is None


def test_two_runs_at_a_time_write_one_entry(folder: Path) -> None:
    """Each writes under a name of its own, and neither removes what the other has not finished."""
    folder.mkdir(parents=True)
    for each in (folder, folder.parent):
        each.chmod(0o700)
    unfinished, abandoned = folder / f"{KEY}.aaaaaaaa.part", folder / f"{KEY}.bbbbbbbb.part"
    for part in (unfinished, abandoned):
        part.write_text("half")
    os.utime(abandoned, (1, 1))
    store.remember(KEY, "text\n")
    store.trim()
    assert sorted(entry.name for entry in folder.iterdir()) == [KEY, unfinished.name]


def test_it_is_trimmed_from_the_oldest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_CACHED", 3)
    for i in range(6):
        store.remember(str(i) * 64, "text\n")
        os.utime(folder / (str(i) * 64), (i + 1, i + 1))
    store.trim()
    assert sorted(entry.name[0] for entry in folder.iterdir()) == ["3", "4", "5"]
    store.trim(most=2)
    assert sorted(entry.name[0] for entry in folder.iterdir()) == ["4", "5"]


@pytest.mark.parametrize(
    ("place", "why"),
    [("relative", "no absolute path"), (".", "no absolute path"), ("{root}", "inside the checkout"),
     ("{root}/base/x", "inside the checkout"), ("{link}", "inside the checkout"), ("{root}/../root", "inside the checkout")],
)  # fmt: skip
def test_a_cache_that_a_pull_request_could_bring_is_ignored(
    place: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root, home = tmp_path / "root", tmp_path / "home"
    (root / "base").mkdir(parents=True)
    (tmp_path / "link").symlink_to(root)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", place.format(root=root, link=tmp_path / "link"))
    monkeypatch.chdir(root)
    assert store.cache_folder(root) == home / ".cache" / "serving-fleet" / "renders"
    assert store.cache_folder(root) is not None
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "XDG_CACHE_HOME" in said and why in said
    monkeypatch.setenv("HOME", str(root))
    assert store.cache_folder(root) is None
    store.remember(KEY, "text", root)
    store.trim(root)
    assert store.recall(KEY, root) is None and not any(root.rglob("*.part")) and not (root / ".cache").exists()


def _validate(fleet: Path, wanted: str) -> pipeline.Result:
    context = Context(fleet, load_hardware(fleet), load_models(fleet), list(all_rules().values()))
    return pipeline.validate(context, [t for t in targets(fleet) if t.path == wanted], datetime.date(2026, 11, 1))


def test_an_entry_of_another_overlay_is_not_its_verdict(copy: Callable[[], Path], folder: Path) -> None:
    """Two entries change places; each overlay is rendered anew."""
    fleet = copy()
    paths = ["overlays/a3ultra/deepseek-r1/sglang-serve", "overlays/a3ultra/gpt-oss-120b/sglang-serve"]
    counts = {path: _validate(fleet, path).overlays for path in paths}
    first, second = (folder / str(Hashes(fleet).of(Reader(fleet).tree(path))) for path in paths)
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    for path in paths:
        result = _validate(fleet, path)
        assert result.overlays == counts[path] and not result.findings
    assert first.read_bytes() == one and second.read_bytes() == other


def test_what_changes_while_it_is_rendered_is_not_kept(
    copy: Callable[[], Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = copy()
    path = "overlays/a3ultra/deepseek-r1/sglang-serve"
    engine = fleet / path / "engine.yaml"
    original = engine.read_text()
    real = render.render

    def while_it_changes(*arguments: object, **named: object) -> dict[str, render.Rendered]:
        engine.write_text(f"{original}# changed\n")
        return real(*arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(render, "render", while_it_changes)
        _validate(fleet, path)
    assert not folder.exists() or not any(folder.iterdir())
    engine.write_text(original)
    _validate(fleet, path)
    assert "# changed" not in (store.recall(str(Hashes(fleet).of(Reader(fleet).tree(path)))) or "")

"""One file of the repository is read: a regular one, of bounded size, inside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from servelint.borders import files


def refused(root: Path, path: str, most: int = files.MAX_BYTES) -> tuple[str, str]:
    with pytest.raises(files.Refused) as caught:
        files.read(root, path, most)
    return caught.value.kind, str(caught.value)


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("é\r\n".encode())
    assert files.read(tmp_path, "a") == "é\r\n"
    assert files.content(tmp_path, "a", 4) == "é\r\n".encode()
    (tmp_path / "link").symlink_to("a")
    assert files.read(tmp_path, "link") == "é\r\n"


def test_the_limit_is_two_mebibytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 2 * 1024 * 1024)
    assert len(files.read(tmp_path, "a")) == 2097152
    (tmp_path / "a").write_bytes(b"x" * 2097153)
    assert refused(tmp_path, "a") == ("unreadable", "has 2,097,153 bytes; at most 2,097,152 are read")
    assert refused(tmp_path, "a", 3) == ("unreadable", "has 2,097,153 bytes; at most 3 are read")


def test_what_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (tmp_path / "out").write_text("secret")
    (root / "link").symlink_to("../out")
    (root / "latin").write_bytes(b"ab\xff")
    os.mkfifo(root / "pipe")
    assert refused(root, "link") == ("outside", "leads out of the repository")
    assert refused(root, "../out") == ("outside", "leads out of the repository")
    assert refused(root, "folder") == refused(root, "pipe") == ("unreadable", "is not a regular file")
    assert refused(root, "latin") == ("unreadable", "is not UTF-8 at byte 2")
    assert refused(root, "none") == ("unreadable", "cannot be read: No such file or directory")
    with pytest.raises(files.Refused, match="cannot be read: embedded null byte"):
        files.content(root, "a\0b")


@pytest.mark.parametrize(
    ("path", "inside"), [("a/b", True), (".", True), ("..", False), ("../a", False), ("..a", True)]
)
def test_inside(path: str, inside: bool) -> None:
    assert files.is_inside(path) is inside


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "a\0b") == ("unreadable", "cannot be read: embedded null byte")

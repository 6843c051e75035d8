"""A run that was made before, with the same input: its report is said again, and nothing else is imported.

Everything that a run can depend on is hashed: the validator itself, every file of the fleet, what else stands in the
repository (names, sizes and times: a kustomization may name any of it), the command line, the folder and the variables
that it is read in, Kustomize; and the day where there are exceptions. Only options that are known to depend on
nothing else are replayed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import time
from operator import attrgetter
from pathlib import Path

from ..borders import files, itself, store
from .console import say, write

WITH_VALUE = (
    "--format", "--color", "--jobs", "--kubernetes-version", "--rule", "--skip", "--deadline", "--budget",
    "--most-overlays", "--most-files",
)  # fmt: skip
ALONE = ("--strict",)
VARIABLES = (
    "SERVELINT_KUSTOMIZE", "GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS",
)  # fmt: skip
EXCEPTIONS = "exceptions.yaml"
MOST = 128 * 1024 * 1024
"""Bytes that are hashed, as many as the sources of one run may have."""
_Stamp = tuple[int, ...]
_ahead: list[tuple[Path, str]] = []
"""The repository and the key of the run that is under way, if its report may be kept."""
_seen: dict[str, tuple[_Stamp, bytes]] = {}
"""Of the run that is under way: the files of the fleet as they were when it began."""


def _plain(arguments: list[str]) -> bool:
    """Whether a command line has none but known options."""
    given = iter(arguments)
    for word in given:
        name, equals, _ = word.partition("=")
        if not word.startswith("-") or word in ALONE or (equals and name in WITH_VALUE):
            continue
        if word not in WITH_VALUE or next(given, None) is None:
            return False
    return True


class _Unsure(Exception):
    """Somewhere stands a link, what is no file, or more than a run would read: that is not hashed."""


class _Contents:
    """What files of the fleet hold, so many bytes of all together.

    seen: hashes of earlier in this run, with the size, times and inode that a file had then.
    """

    def __init__(self, root: Path, seen: dict[str, tuple[_Stamp, bytes]]) -> None:
        self.root, self.left, self.seen, self.began = root, MOST, seen, time.time_ns()

    def of(self, path: str) -> bytes:
        """A hash of a file's content. Raises files.Refused, OSError and _Unsure."""
        info = os.lstat(f"{self.root}/{path}")
        self.left -= info.st_size
        if stat.S_ISLNK(info.st_mode) or self.left < 0:
            raise _Unsure
        stamp = (info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino, info.st_dev)
        had, digest = self.seen.get(path, (None, b""))
        if had != stamp:
            content = files.content(self.root, path)
            self.left -= max(0, len(content) - info.st_size)
            digest = hashlib.sha256(content).digest()
            self.seen.pop(path, None)
            if max(info.st_mtime_ns, info.st_ctime_ns) + files.SETTLED < self.began:
                self.seen[path] = stamp, digest
        return digest


def _walk(folder: str, digest: hashlib._Hash, contents: _Contents) -> None:
    """Takes in all that stands in a folder."""
    with os.scandir(f"{contents.root}/{folder}") as entries:
        found = sorted(entries, key=attrgetter("name"))
    for entry in found:
        path = f"{folder}{entry.name}"
        is_part = path == EXCEPTIONS or files.is_of_fleet(path)
        if entry.is_symlink():
            if is_part:
                raise _Unsure
            digest.update(f"\0l{path}\0{os.readlink(entry.path)}".encode("utf-8", "surrogateescape"))
        elif entry.is_dir():
            if not entry.name.startswith(".") or is_part:
                digest.update(f"\0d{path}".encode("utf-8", "surrogateescape"))
                _walk(f"{path}/", digest, contents)
        elif is_part:
            digest.update(f"\0f{path}\0".encode("utf-8", "surrogateescape"))
            digest.update(contents.of(path))
        else:
            info = entry.stat(follow_symlinks=False)
            known = (info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
            digest.update(f"\0o{path}\0{known}".encode("utf-8", "surrogateescape"))


def _key(root: Path, arguments: list[str], seen: dict[str, tuple[_Stamp, bytes]] | None = None) -> str | None:
    """A hash of all that a run depends on; None if that cannot be said. seen: of the files, before and after."""
    digest = hashlib.sha256(itself.code().encode())
    named = [word for word in arguments if not word.startswith("-")]  # a link may lead to another overlay tomorrow
    places = [os.path.realpath(os.path.join(base, word)) for word in named for base in (os.getcwd(), root)]
    streams = [stream is not None and stream.isatty() for stream in (sys.stdout, sys.stderr)]
    said = [str(root), os.getcwd(), arguments, places, {name: os.environ.get(name) for name in VARIABLES}, streams]
    for place in (
        os.environ.get("SERVELINT_KUSTOMIZE"),
        f"{os.path.dirname(sys.executable)}/kubectl",
        f"{sys.prefix}/bin/kubectl",
    ):
        try:
            info = os.stat(place or "")
            said.append([place, info.st_size, info.st_mtime_ns, info.st_ino])
        except OSError:
            said.append([place])
    contents = _Contents(root, {} if seen is None else seen)
    try:
        if os.path.islink(root / EXCEPTIONS):  # it may lead out of the repository, and nothing there is opened
            raise _Unsure
        if os.path.lexists(root / EXCEPTIONS) and files.content(root, EXCEPTIONS).strip():
            said.append(time.strftime("%Y-%m-%d", time.gmtime()))
        digest.update(json.dumps(said).encode("utf-8", "surrogateescape"))
        _walk("", digest, contents)
    except (_Unsure, files.Refused, OSError, RecursionError):
        return None
    return digest.hexdigest()


def earlier(root: Path, arguments: list[str]) -> tuple[str, int] | None:
    """Report and exit status of the same run; None if there was none, and then its report may be kept."""
    _ahead.clear()
    _seen.clear()
    key = _key(root, arguments, _seen) if _plain(arguments) else None
    if key is None:
        return None
    text = store.recall(key, root, store.RUNS)
    status, _, report = (text or "").partition("\n")
    if status not in ("0", "1"):
        _ahead.append((root, key))
        return None
    return report, int(status)


def seen(root: Path) -> dict[str, bytes]:
    """Hashes of files as they were when the run under way began, as far as it is of this repository and read them."""
    is_known = any(of == root for of, _ in _ahead)
    return {path: digest for path, (_, digest) in _seen.items()} if is_known else {}


def again(report: str, status: int) -> int:
    """Says a report again; the exit status."""
    try:
        write(report)
    except OSError as error:
        say(f"validate.py: {error.filename or 'input or output'}: {error.strerror or error}")
        return 2
    return status


def keep(report: str, status: int, arguments: list[str]) -> None:
    """Keeps the report of the run under way, if its input is still what it was when it began."""
    if _ahead:
        root, key = _ahead.pop()
        itself.code.cache_clear()
        if _key(root, arguments, _seen) == key:
            store.remember(key, f"{status}\n{report}", root, store.RUNS)
            store.trim(root, store.RUNS)

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
import sys
import time
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
_ahead: list[tuple[Path, str]] = []
"""The repository and the key of the run that is under way, if its report may be kept."""


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
    """What files of the fleet hold, so many bytes of all together."""

    def __init__(self, root: Path) -> None:
        self.root, self.left = root, MOST

    def of(self, path: str) -> bytes:
        """Raises files.Refused and _Unsure."""
        if os.path.islink(self.root / path):
            raise _Unsure
        found = files.content(self.root, path)
        self.left -= len(found)
        if self.left < 0:
            raise _Unsure
        return found


def _walk(folder: str, digest: hashlib._Hash, contents: _Contents) -> None:
    """Takes in all that stands in a folder."""
    with os.scandir(contents.root / folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path = f"{folder}{entry.name}"
        own = path.partition("/")[0]
        if entry.is_symlink():
            if own in files.PARTS or path == EXCEPTIONS:
                raise _Unsure
            digest.update(f"\0l{path}\0{os.readlink(entry.path)}".encode("utf-8", "surrogateescape"))
        elif entry.is_dir():
            if not entry.name.startswith(".") or own in files.PARTS:
                digest.update(f"\0d{path}".encode("utf-8", "surrogateescape"))
                _walk(f"{path}/", digest, contents)
        elif own in files.PARTS or path == EXCEPTIONS:
            digest.update(f"\0f{path}\0".encode("utf-8", "surrogateescape"))
            digest.update(hashlib.sha256(contents.of(path)).digest())
        else:
            info = entry.stat(follow_symlinks=False)
            known = (info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
            digest.update(f"\0o{path}\0{known}".encode("utf-8", "surrogateescape"))


def _key(root: Path, arguments: list[str]) -> str | None:
    """A hash of all that a run depends on; None if that cannot be said."""
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
    contents = _Contents(root)
    try:
        if os.path.lexists(root / EXCEPTIONS) and contents.of(EXCEPTIONS).strip():
            said.append(time.strftime("%Y-%m-%d", time.gmtime()))
        digest.update(json.dumps(said).encode("utf-8", "surrogateescape"))
        _walk("", digest, contents)
    except (_Unsure, files.Refused, OSError, RecursionError):
        return None
    return digest.hexdigest()


def earlier(root: Path, arguments: list[str]) -> tuple[str, int] | None:
    """Report and exit status of the same run; None if there was none, and then its report may be kept."""
    _ahead.clear()
    key = _key(root, arguments) if _plain(arguments) else None
    if key is None:
        return None
    text = store.recall(key, root, store.RUNS)
    status, _, report = (text or "").partition("\n")
    if status not in ("0", "1"):
        _ahead.append((root, key))
        return None
    return report, int(status)


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
        if _key(root, arguments) == key:
            store.remember(key, f"{status}\n{report}", root, store.RUNS)
            store.trim(root, store.RUNS)

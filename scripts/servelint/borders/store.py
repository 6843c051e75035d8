"""What earlier runs kept, outside the checkout: texts, each under a hash of all that it depends on.

Whoever can write an entry decides a verdict. So an entry counts only if it is what this module writes: a regular file
of bounded size, ours, in a folder that nobody else may write to, with a checksum over its key and its text.
"""

import hashlib
import os
import secrets
import stat
import sys
import time
from contextlib import suppress
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path

RENDERS, ORIGINS, VERDICTS, RUNS, FACTS = "renders", "origins", "verdicts", "runs", "facts"
"""What is kept, each in a folder of its own: texts of overlays, where their resources come from, verdicts on them,
reports of whole runs, which files of the catalogue are sound and which Kustomize is which."""
MOST_CACHED = 8_000
"""Entries of each; the ones longest unwritten go first. Of a larger fleet as many are kept as it has in four states."""
MOST_TOGETHER = 1024 * 1024 * 1024
"""Bytes of each. A fleet of 2,000 renders to 80 MiB."""
MOST_BYTES = 32 * 1024 * 1024 + 1024
"""Bytes of an entry: what Kustomize may write at most, and the checksum."""
ABANDONED = 3600.0
"""Seconds after which an entry that nobody finished is removed."""


@cache
def _warn(message: str) -> None:
    """Once a run, on stderr: a cache that is not used makes the run slower, and nothing else."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(f"cache: {message}", file=sys.stderr)


def cache_folder(root: Path | None = None, kind: str = RENDERS) -> Path | None:
    """Outside the checkout, where caches belong; None if there is no such place. kind: of what is kept.

    root: the checkout. What a pull request brings along must not be taken for what we rendered.
    """
    return _folder(root, kind, os.environ.get("XDG_CACHE_HOME"), os.environ.get("HOME"))


@lru_cache(maxsize=16)
def _folder(root: Path | None, kind: str, named: str | None, _: str | None) -> Path | None:
    """``cache_folder`` in an environment: links are followed once a run."""
    homes = [Path.home() / ".cache"] if _has_home() else []
    if named and not Path(named).is_absolute():
        _warn(f"XDG_CACHE_HOME={named!r} is no absolute path and is ignored")
    elif named and root is not None and _inside(Path(named), root):
        _warn(f"XDG_CACHE_HOME={named!r} lies inside the checkout and is ignored")
    elif named:
        homes.insert(0, Path(named))
    for home in homes:
        folder = home / "serving-fleet" / kind
        if root is None or not _inside(folder, root):
            return folder
    return None


def _has_home() -> bool:
    with suppress(RuntimeError):
        return Path.home().is_absolute()
    return False


def _inside(path: Path, root: Path) -> bool:
    """Links followed; a path that cannot be followed counts as inside."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        return True


def is_ours(folder: Path) -> bool:
    """Whether a folder and the one around it are ours alone to write to, and are no links."""
    for each in (folder, folder.parent):
        try:
            info = os.lstat(each)
        except OSError:
            return False
        if not stat.S_ISDIR(info.st_mode):
            _warn(f"{str(each)!r} is no folder; it is not used")
            return False
        if info.st_uid != os.geteuid() or info.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            _warn(f"{str(each)!r} belongs to others, or others may write to it; it is not used")
            return False
    return True


def _sum(key: str, text: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + text).hexdigest().encode()


def recall(key: str, root: Path | None = None, kind: str = RENDERS) -> str | None:
    """A cached text, or None; what was cut short, tampered with or put there by others does not count."""
    folder = cache_folder(root, kind)
    if folder is None or not os.path.isdir(folder) or not is_ours(folder):
        return None
    try:
        handle = os.open(folder / key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode) or info.st_uid != os.geteuid() or info.st_size > MOST_BYTES:
                return None
            head, _, text = file.read(MOST_BYTES + 1).partition(b"\n")
        return text.decode("utf-8") if head == _sum(key, text) else None
    except (OSError, ValueError):  # ValueError: no UTF-8
        return None


def remember(key: str, text: str, root: Path | None = None, kind: str = RENDERS) -> None:
    """Keeps a text; the entry appears whole or not at all. A cache that cannot be written is no reason to fail."""
    folder = cache_folder(root, kind)
    if folder is None:
        return
    body = text.encode("utf-8", "surrogatepass")
    name = folder / f"{key}.{secrets.token_hex(4)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not is_ours(folder):
            return
        with open(name, "xb", opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW, 0o600)) as file:
            file.write(_sum(key, body) + b"\n" + body)
        os.replace(name, folder / key)
    except OSError:
        pass
    finally:
        with suppress(OSError):
            os.unlink(name)


def fresh(start: str) -> str:
    """A key that nobody has, and that ``names`` finds by its start."""
    return f"{start}.{secrets.token_hex(8)}"


def names(start: str, root: Path | None = None, kind: str = RENDERS) -> list[str]:
    """The keys of entries that begin so, the one last written first."""
    folder = cache_folder(root, kind)
    if folder is None or not os.path.isdir(folder) or not is_ours(folder):
        return []
    found: list[tuple[int, str]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(start) and not entry.name.endswith(".part"):
                with suppress(OSError):
                    found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
    return [name for _, name in sorted(found, reverse=True)]


def forget(key: str, root: Path | None = None, kind: str = RENDERS) -> None:
    """Removes an entry that ``names`` found."""
    folder = cache_folder(root, kind)
    if folder is None:
        return
    with suppress(OSError):
        os.unlink(f"{folder}/{key}")


def trim(root: Path | None = None, kind: str = RENDERS, most: int | None = None) -> None:
    """Removes what is too much, and what other runs did not finish. most: entries, in the place of MOST_CACHED."""
    folder = cache_folder(root, kind)
    if folder is None or not os.path.isdir(folder) or not is_ours(folder):
        return
    found: list[tuple[float, str, int]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                info = entry.stat(follow_symlinks=False)
                found.append((info.st_mtime, entry.path, info.st_size))
    found.sort(reverse=True)
    old = [path for written, path, _ in found if path.endswith(".part") and written < time.time() - ABANDONED]
    bytes_until = accumulate(size for _, _, size in found)
    much = [
        path
        for i, ((_, path, _), held) in enumerate(zip(found, bytes_until, strict=True))
        if i >= (most or MOST_CACHED) or held > MOST_TOGETHER
    ]
    for path in (*old, *much):
        with suppress(OSError):
            os.unlink(path)

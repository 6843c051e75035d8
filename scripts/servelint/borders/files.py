"""Reading one file of the repository: a regular one, of bounded size, inside.

Everything that a pull request can change and the validator reads comes through here: sources, facts, exceptions. What
belongs to the validator itself does not: who can change that can change the code that reads it.
"""

import os
import stat
from pathlib import Path

MAX_BYTES = 2 * 1024 * 1024
"""A source file's limit. etcd refuses objects over 1.5 MiB and a ConfigMap over 1 MiB, so no honest file comes near."""

SETTLED = 3_000_000_000
"""Nanoseconds. A file that changed so long before it was read cannot change again and look the same: no file system
that is in use counts time in longer steps. Git asks the same of its index: what is "racily clean" is read again."""
PARTS = ("base", "hardware", "models", "overlays")
"""Folders in which all stands that an overlay is made of."""


def is_of_fleet(path: str) -> bool:
    """Whether a path from the root leads into one of them."""
    return path.partition("/")[0] in PARTS


NOT_TEXT = "not-text"
"""The code of a file that can be read, but not as text."""


class Refused(ValueError):
    """A file that is not read. ``kind``: unreadable | outside; the message says why, without the file's name.

    code: NOT_TEXT, where that is all that is wrong.
    """

    def __init__(self, kind: str, message: str, code: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code


def real(root: Path, path: str) -> str:
    """``path`` with links followed, relative to the resolved ``root``; it begins with ``..`` if it leads out."""
    return os.path.relpath(os.path.realpath(f"{root}/{path}"), root)


def is_inside(path: str) -> bool:
    """Whether what ``real`` gave is in the repository."""
    return path.partition("/")[0] != ".."


def content(root: Path, path: str, most: int = MAX_BYTES) -> bytes:
    """The bytes of a file that was found to be inside. Raises Refused.

    It is opened without waiting: a pipe that somebody put in the file's place after the first look would wait for ever.
    """
    try:
        file = f"{root}/{path}"
        if not stat.S_ISREG(os.stat(file).st_mode):
            raise Refused("unreadable", "is not a regular file")
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with open(handle, "rb") as stream:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode):
                raise Refused("unreadable", "is not a regular file")
            found = stream.read(most + 1) if info.st_size <= most else b""
            if info.st_size > most or len(found) > most:
                size = max(info.st_size, len(found))
                raise Refused("unreadable", f"has {size:,} bytes; at most {most:,} are read")
            return found
    except OSError as error:
        raise Refused("unreadable", f"cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        if isinstance(error, Refused):
            raise
        raise Refused("unreadable", f"cannot be read: {error}") from None


def read(root: Path, path: str, most: int = MAX_BYTES) -> str:
    """The text of a file of the repository; links are followed within it. Raises Refused."""
    try:
        inside = is_inside(real(root.resolve(), path))
    except ValueError as error:  # a NUL in the name
        raise Refused("unreadable", f"cannot be read: {error}") from None
    if not inside:
        raise Refused("outside", "leads out of the repository")
    return decoded(content(root, path, most))


def decoded(raw: bytes) -> str:
    """Bytes as text. Raises Refused if they are not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("unreadable", f"is not UTF-8 at byte {error.start}", NOT_TEXT) from None

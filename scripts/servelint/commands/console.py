"""How a command takes its options and gets its words out.

Once a verdict is known it stands. Whoever closed stdout or stderr, or went away while reading (``| head``), wants to
hear no more, and gets the exit status all the same. A disk that is full is another matter: the report was asked for,
and it is not there.
"""

import argparse
import contextlib
import os
import select
import sys
import tempfile
from pathlib import Path
from typing import IO

from ..borders.printing import printable


class Usage(ValueError):
    """Bad usage; the message says what to write instead."""


class Parser(argparse.ArgumentParser):
    """Bad usage is one message, not a screen of help."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise Usage(message)

    def print_help(self, file: object = None) -> None:
        write(self.format_help())


def refuse_empty(args: argparse.Namespace) -> None:
    """An empty value is a variable of a script that was not set; what would run then is not what was asked for."""
    for name, value in vars(args).items():
        if "" in (value if isinstance(value, list) else [value]):
            raise Usage(f"{'OVERLAY' if name in ('overlay', 'overlays') else '--' + name.replace('_', '-')} is empty")


def coloured(choice: str, output: str | None = None) -> bool:
    """Whether a report is written in colour. choice: of ``--color``; a file that a report goes to never has any.

    ``auto`` is colour on a terminal. The conventions of https://no-color.org, https://force-color.org and
    https://bixense.com/clicolors may say otherwise, and the first of them wins.
    """
    if output is not None or choice != "auto":
        return output is None and choice == "always"
    said = os.environ.get
    if said("NO_COLOR"):
        return False
    if (said("FORCE_COLOR") or "0") != "0" or (said("CLICOLOR_FORCE") or "0") != "0":
        return True
    if said("FORCE_COLOR") == "0" or said("CLICOLOR") == "0" or said("TERM") == "dumb":
        return False
    return sys.stdout is not None and sys.stdout.isatty()


def say(*rows: str) -> None:
    """A message on stderr, each row a line. That nobody can hear it changes nothing."""
    if sys.stderr is None:
        return
    try:
        for row in rows:
            print(printable(row), file=sys.stderr, flush=True)
    except OSError:
        _mute(sys.stderr)


def write(text: str, output: str | None = None) -> bool:
    """To stdout, or to a file that appears whole or not at all. Whether someone may still read on. Raises OSError."""
    return write_bytes(text.encode("utf-8", "replace"), output)


def write_bytes(data: bytes, output: str | None = None) -> bool:
    """``write`` of what is no text. Raises OSError."""
    if output is not None:
        try:
            _write_file(data, output)
        except OSError as error:
            raise OSError(error.errno, error.strerror, output) from None
    elif sys.stdout is not None:
        try:
            _put(sys.stdout, data)
        except BrokenPipeError:
            _mute(sys.stdout)
            return False
        except OSError as error:
            _mute(sys.stdout)
            raise OSError(error.errno, error.strerror, "stdout") from None
    return True


def _put(stream: IO[str], data: bytes) -> None:
    """Bytes, so that neither the locale nor the platform decides about them; all of them, or an OSError."""
    stream.flush()
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(data.decode("utf-8", "replace"))
        return
    raw, left = getattr(buffer, "raw", buffer), memoryview(data)
    while left:
        count = raw.write(left)
        if count is None:  # whoever shares the pipe has set it not to block
            select.select([], [raw], [])
        left = left[count or 0 :]


def _mute(stream: IO[str]) -> None:
    """Turns a stream that takes no more to nowhere: what is still in its buffer would fail again as Python ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _write_file(data: bytes, output: str) -> None:
    path = Path(output)
    if path.is_symlink() or (path.exists() and not path.is_file()):  # a link, a pipe, a device: never replaced
        with path.open("wb") as file:
            file.write(data)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise

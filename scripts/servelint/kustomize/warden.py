"""Runs one command behind walls, and leaves nothing of it: the process that stands between the validator and Kustomize.

    python -I -S -B warden.py STATUS SECONDS [FOLDER ...] -- [NAME=VALUE ...] -- COMMAND ...

The validator has threads, and between fork and exec a process of many threads may do next to nothing; this one forks
while it has one. Half of what it costs is Python's own start, so it imports little. What it is told and what it tells:

- Standard input is a pipe whose other end the validator alone holds. Its end is the order to stop, and it comes by
  itself when the validator is killed.
- To the file descriptor STATUS it writes lines: the command's process group, the walls that stand, why it does not
  start, how it ended.
- The command may use SECONDS of processor time and MAX_MEMORY bytes; it sees no environment but the one given.
- If folders are given, the command can open files below them and nothing else.

A wall that the system does not have is left out: Linux has all of them, for ordinary users too, unless told otherwise.
Constants are those of the kernel's headers: linux/prctl.h, sched.h, seccomp.h, landlock.h.
"""

from __future__ import annotations

import _thread
import ctypes
import os
import resource
import struct
import sys
import time
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MEMORY = 960 * 1024 * 1024
"""Bytes that the command may allocate. The fleet needs 150 MB; replacements can copy without an end."""

SIGKILL, SIGPIPE = 9, 13
"""As on every Unix; the module signal would double the time to start."""
SET_DEATH_SIGNAL, SET_SUBREAPER, SET_NO_NEW_PRIVS = 1, 36, 38
SET_SECCOMP, SECCOMP_FILTER = 22, 2
NEW_USER, NEW_NET = 0x10000000, 0x40000000
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Numbers of Landlock's system calls, the same on every architecture."""
EXECUTE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
SOCKET_CALLS = {"x86_64": (0xC000003E, (41, 425)), "aarch64": (0xC00000B7, (198, 425))}
"""By machine: what the kernel calls it, and the numbers of socket and io_uring_setup, which can make sockets too."""
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
"""What a dynamic linker reads. The pinned kubectl is static."""


class _C:
    """The C library's calls, each True if it did what it should."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL(None, use_errno=True)

    def prctl(self, option: int, first: int, second: object = 0) -> bool:
        return bool(self.library.prctl(option, ctypes.c_ulong(first), second, 0, 0) == 0)

    def unshare(self, flags: int) -> bool:
        return bool(self.library.unshare(flags) == 0)

    def syscall(self, number: int, *arguments: object) -> int:
        return int(self.library.syscall(ctypes.c_long(number), *arguments))


def _without_network(c: _C) -> bool:
    """A network namespace of its own, in which not even loopback is up. An ordinary user needs a user namespace first;
    root does without, for in one it could no longer read what belongs to others."""
    return c.unshare(NEW_NET) or c.unshare(NEW_USER | NEW_NET)


def _without_sockets(c: _C) -> bool:
    """A filter by which the kernel refuses to make a socket: containers and some distributions allow no namespaces."""
    known = SOCKET_CALLS.get(os.uname().machine)
    if known is None:
        return False
    architecture, refused = known
    load, equal, give = 0x20, 0x15, 0x06  # of a word, jump if equal, return
    allow, deny = 0x7FFF0000, 0x00050000 | 13  # ALLOW; ERRNO with EACCES
    steps = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, deny), (load, 0, 0, 0)]
    for i, number in enumerate(refused):
        steps.append((equal, len(refused) - i, 0, number))
    steps += [(give, 0, 0, allow), (give, 0, 0, deny)]
    program = b"".join(struct.pack("=HBBI", *step) for step in steps)
    kept = ctypes.create_string_buffer(program, len(program))
    filters = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(kept)))
    return c.prctl(SET_SECCOMP, SECCOMP_FILTER, filters)


def _within(c: _C, folders: list[str], command: str) -> bool:
    """Landlock: from here on nothing can be opened but what lies below ``folders``, and the program itself."""
    version = c.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    if version < 1:
        return False
    # Each version knows more rights; all that are known are handled, which is to say refused unless a rule allows them.
    rights = (1 << 13) - 1
    for since, right in ((2, 13), (3, 14), (5, 15)):
        rights |= 1 << right if version >= since else 0
    handled = struct.pack("=QQQ", rights, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = c.syscall(CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), ctypes.c_uint(0))
    if rules < 0:
        return False
    reading = EXECUTE | READ_FILE | READ_FOLDER
    for path in (*folders, command, "/dev/null", *LIBRARIES):
        with suppress(OSError):
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed = reading if os.path.isdir(path) else reading & ~READ_FOLDER
            below = struct.pack("=Qi", allowed, place)
            c.syscall(ADD_RULE, ctypes.c_int(rules), ctypes.c_int(1), below, ctypes.c_uint(0))
            os.close(place)
    return c.syscall(RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint(0)) == 0


def _is_program(path: str) -> bool:
    """Whether a file is machine code. A script opens its interpreter, and whatever that may need."""
    with suppress(OSError), open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"
    return False


def _walls(folders: list[str], command: str) -> list[str]:
    """Raises every wall that the system has, around this process; their names."""
    found = []
    with suppress(OSError, AttributeError):  # the C library lacks a function
        c = _C()
        if c.prctl(SET_NO_NEW_PRIVS, 1):
            found.append("no_new_privs")
        if _without_network(c):
            found.append("network")
        if folders and _is_program(command) and _within(c, folders, command):
            found.append("files")
        if _without_sockets(c):
            found.append("sockets")
    return found


def _limit(what: int, most: int) -> None:
    """A lower limit that is already there stays."""
    with suppress(OSError, ValueError):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _become(status: int, seconds: int, folders: list[str], environment: dict[str, str], command: list[str]) -> None:
    """The forked process turns into the command."""
    warden = os.getppid()
    os.setsid()
    _tell(status, f"group {os.getpid()}")
    _limit(resource.RLIMIT_DATA, MAX_MEMORY)
    _limit(resource.RLIMIT_CPU, seconds)
    _limit(resource.RLIMIT_CORE, 0)
    _tell(status, f"walls {' '.join(_walls(folders, command[0]))}")
    with suppress(OSError, AttributeError):
        _C().library.signal(SIGPIPE, None)  # Python ignores it
        _C().prctl(SET_DEATH_SIGNAL, SIGKILL)  # last: a new user namespace forgets it
    if os.getppid() == warden:
        os.execve(command[0], command, environment)


def _tell(status: int, line: str) -> None:
    with suppress(OSError):  # nobody listens any more
        os.write(status, f"{line}\n".encode())


def _obey(child: int) -> None:
    """Ends the command when standard input ends: nobody waits for it any more."""
    while os.read(0, 1):
        pass
    _kill(os.killpg, child)
    _kill(os.kill, child)  # before its setsid


def _kill(kill: Callable[[int, int], None], target: int) -> bool:
    """Whether there was something to kill."""
    with suppress(ProcessLookupError, PermissionError):
        kill(target, SIGKILL)
        return True
    return False


def _children() -> list[int]:
    """The processes whose parent this one is: as a subreaper, it inherits those that the command leaves behind."""
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        with suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:
            if int(file.read().rpartition(b")")[2].split()[1]) == os.getpid():
                found.append(int(name))
    return found


def _bury(group: int) -> bool:
    """Ends all that the command left behind; whether there was anything."""
    left = False
    for _ in range(1000):
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        alive = _children() if _has_children() else []
        left |= _kill(os.killpg, group)
        for pid in alive:
            left |= _kill(os.kill, pid)
        if not alive:
            break
        time.sleep(0.001)
    return left


def _has_children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def main(arguments: list[str]) -> None:
    status, seconds = int(arguments[0]), int(arguments[1])
    first = arguments.index("--")
    second = arguments.index("--", first + 1)
    folders, command = arguments[2:first], arguments[second + 1 :]
    environment = dict(pair.split("=", 1) for pair in arguments[first + 1 : second])
    os.set_inheritable(status, False)
    with suppress(OSError, AttributeError):
        _C().prctl(SET_SUBREAPER, 1)
    child = os.fork()
    if child == 0:
        try:
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            _become(status, seconds, folders, environment, command)
        except OSError as error:
            _tell(status, f"errno {error.errno}")
        finally:
            os._exit(127)
    # The command alone holds the pipes that it writes to: their end is its end.
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
    _thread.start_new_thread(_obey, (child,))
    _, ended, used = os.wait4(child, 0)
    left = _bury(child)
    _tell(status, f"end {os.waitstatus_to_exitcode(ended)} {used.ru_utime + used.ru_stime:.3f} {int(left)}")
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])

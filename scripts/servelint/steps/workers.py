"""Parts of a fleet judged side by side, each in a process of its own: Python's threads share one processor.

A worker is a fork of this process, which has no threads then: it has everything that was imported and read, and hands
back nothing but verdicts. It ends with this process, whatever ends that.
"""

import ctypes
import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from multiprocessing import connection
from typing import Any, TypeVar

Part = TypeVar("Part")
Answer = TypeVar("Answer")
PATIENCE = 5.0
"""Seconds that a worker has to end what it has started, before it is killed."""
SET_DEATH_SIGNAL = 1
"""linux/prctl.h"""


At = Callable[[str], None]
"""Is told what a worker is about to do: if it dies, of that."""


class Died(Exception):
    """A worker ended before its part did. part: as it was given; at: what it said last that it is at, or nothing."""

    def __init__(self, part: object, how: str, at: str) -> None:
        super().__init__(how)
        self.part = part
        self.at = at


def possible(count: int) -> bool:
    """Whether ``count`` processes can work. A fork of a process with threads has their locks, but not them."""
    return count > 1 and hasattr(os, "fork") and threading.active_count() == 1


def side_by_side(
    parts: Sequence[Part], work: Callable[[Part, At], Iterator[Answer]], count: int, at: At
) -> Generator[Answer, None, None]:
    """What ``work`` answers for each part, as it comes, from ``count`` processes; here, of one process or one part.

    at: hears what each of them is about to do. Raises Died, and whatever ``work`` raises.
    """
    if len(parts) < 2 or not possible(count):
        for part in parts:
            yield from work(part, at)
        return
    context = multiprocessing.get_context("fork")
    ahead = list(reversed(range(len(parts))))
    busy: dict[connection.Connection, int] = {}
    doing: dict[connection.Connection, str] = {}
    staff: dict[connection.Connection, multiprocessing.process.BaseProcess] = {}
    gc.collect()
    gc.freeze()  # what is there now is not looked at again, so its pages stay shared
    try:
        for _ in range(min(count, len(parts))):
            ours, theirs = context.Pipe()
            inherited = [ours, *staff]
            worker = context.Process(target=_serve, args=(theirs, inherited, parts, work))
            worker.start()
            theirs.close()
            staff[ours] = worker
        for line in staff:
            _give(line, busy, ahead)
        while busy:
            ready: list[Any] = connection.wait(list(busy))
            for line in ready:
                try:
                    kind, value = line.recv()
                except (EOFError, OSError):
                    staff[line].join(PATIENCE)
                    raise Died(parts[busy[line]], _how(staff[line].exitcode), doing.get(line, "")) from None
                if kind == "answer":
                    yield value
                elif kind == "at":
                    doing[line] = value
                    at(value)
                elif kind == "error":
                    raise value
                else:
                    _give(line, busy, ahead)
    finally:
        gc.unfreeze()
        _dismiss(staff)


def _give(line: connection.Connection, busy: dict[connection.Connection, int], ahead: list[int]) -> None:
    """The next part to a worker, or the news that there is none."""
    busy.pop(line, None)
    with suppress(OSError):  # it has ended; its pipe says so next
        line.send(ahead[-1] if ahead else None)
    if ahead:
        busy[line] = ahead.pop()


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with {code}"


def _dismiss(staff: dict[connection.Connection, multiprocessing.process.BaseProcess]) -> None:
    """No worker is left, nor what it has started."""
    for line, worker in staff.items():
        line.close()
        if worker.is_alive():
            worker.terminate()
    for worker in staff.values():
        worker.join(PATIENCE)
        if worker.is_alive():
            worker.kill()
            worker.join()
        worker.close()


def _serve(
    line: connection.Connection,
    inherited: Sequence[connection.Connection],
    parts: Sequence[Part],
    work: Callable[[Part, At], Iterator[Answer]],
) -> None:
    """A worker: answers for the parts that it is given until there is none."""
    parent = os.getppid()
    for other in inherited:  # who holds the other end of a pipe would never see it end
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; who gave the work decides
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:
            return
    gc.disable()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while (given := line.recv()) is not None:
            try:
                for answer in work(parts[given], lambda what: line.send(("at", what))):
                    line.send(("answer", answer))
            except BaseException as error:
                if isinstance(error, SystemExit):
                    raise
                line.send(("error", _sendable(error)))
                return
            gc.collect()
            line.send(("at", ""))
            line.send(("done", None))


def _sendable(error: BaseException) -> BaseException:
    """An exception as it is, or, of a kind that does not survive the way, its words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _leave(*_: object) -> None:
    raise SystemExit(0)

"""The signals that ask the validator to stop, as exceptions: what is open is closed on the way out."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

ASK = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(KeyboardInterrupt):
    """Someone asked for the end. The message says how."""


@contextlib.contextmanager
def by_signals() -> Iterator[None]:
    """Within it the first of the signals raises Stopped; those after it are passed over, for the end is on its way.

    A signal that is ignored already, as SIGHUP is under nohup, stays ignored. Only the main thread can ask for signals.
    """

    def stop(number: int, _: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped("interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}")

    before: dict[int, object] = {}
    if threading.current_thread() is threading.main_thread():
        before = {each: signal.getsignal(each) for each in ASK if signal.getsignal(each) != signal.SIG_IGN}
    try:
        for each in before:
            signal.signal(each, stop)
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)  # type: ignore[arg-type]

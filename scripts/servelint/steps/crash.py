"""A fault of the validator itself: a rule, or a step, that raised instead of judging.

What it would have said is not known, so the run has no verdict (exit 2); everything else is judged and told as usual.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from ..model import NotValidated, Resource

PACKAGE = Path(__file__).parents[1]
LONGEST = 300
"""Characters of an exception's message that are told: some hold the whole value that they stumbled over."""


@dataclass(frozen=True)
class Crash:
    """``step``: of the straight line in design.md; ``rule``: its id, or "" where the step itself raised.

    overlay: its path, the manifest's name, or what stands for all overlays. resource: apiVersion, kind, namespace and
    name of the object with which it crashes, or None. error: type and message; at: file (in the package) and line.
    """

    overlay: str
    step: str
    rule: str
    resource: tuple[str, str, str, str] | None
    error: str
    at: str

    def __str__(self) -> str:
        """One line, whatever stands in the names: they come from a pull request."""
        who = f"rule {self.rule}" if self.rule else f"step {self.step}"
        on = f"{self.resource[1]}/{self.resource[3]} of " if self.resource else ""
        return _reported(f"{who} crashed on {on}{self.overlay}", self.error, self.at, "this manifest")


def _reported(what: str, error: str, at: str, attach: str) -> str:
    """A crash in one line, whatever the names and values in it hold: they come from a pull request."""
    said = (
        f"{what}: {error} ({at}); what it would have found is not known, so there is no verdict. "
        f"The fault is the validator's: please report it with {attach}"
    )
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in said)


def of_run(error: BaseException) -> str:
    """The message of a crash that left nothing to go on with."""
    return _reported("the run crashed", *told(error), "what it was run on")


class RuleCrashed(NotValidated, RuntimeError):
    """There is no verdict, because of these crashes; the message has a line for each."""

    def __init__(self, *crashes: Crash) -> None:
        super().__init__("\n".join(map(str, crashes)))


OnCrash = Callable[[Crash], None]
"""What to do with a crash: keep it and go on, or end the run."""


def end(crash: Crash) -> None:
    """Where nobody keeps crashes, one ends the run. Raises RuleCrashed."""
    raise RuleCrashed(crash)


def is_crash(error: BaseException) -> bool:
    """Whether an exception is a fault. One that ends the process on purpose is none; a panic of a Rust extension is.

    pyo3 derives its PanicException from BaseException, and no module exports it.
    """
    return isinstance(error, Exception) or type(error).__module__ == "pyo3_runtime"


def told(error: BaseException) -> tuple[str, str]:
    """What an exception says, and the innermost line of this package that it came through."""
    try:
        message = str(error)
    except Exception:  # an int of too many digits cannot be printed
        message = ""
    at, cause = "", error
    while cause.__cause__ is not None:  # of a StopIteration inside a generator Python makes a RuntimeError
        cause = cause.__cause__
    trace = cause.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(PACKAGE):
            at = f"{file.relative_to(PACKAGE).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    if len(message) > LONGEST:
        message = f"{message[:LONGEST]}…"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__, at


class On(NamedTuple):
    """What something crashed on: the overlay (or what stands for all of them) and the object, if one can be named."""

    overlay: str
    resource: Resource | None = None


@contextmanager
def caught(on_crash: OnCrash, step: str, on: Callable[[], On], rule: str = "") -> Iterator[None]:
    """Whatever crashes inside is handed to ``on_crash``. on: finds what it crashed on, and is asked only then."""
    try:
        yield
    except BaseException as error:
        hand(error, on_crash, step, on, rule)


def hand(error: BaseException, on_crash: OnCrash, step: str, on: Callable[[], On], rule: str) -> None:
    """Hands an exception to ``on_crash``, as ``caught`` does. Raises it again if it is no crash."""
    if not is_crash(error):
        raise error
    overlay, found = on()
    resource = (found.api_version, found.kind, found.namespace, found.name) if found else None
    on_crash(Crash(overlay, step, rule, resource, *told(error)))


T = TypeVar("T")


def first(parts: Sequence[T], run: Callable[[Sequence[T]], object]) -> T | None:
    """The part with which ``run`` begins to crash: without it and those behind it, it does not. None if it always does,
    or never again.

    Which part a rule looked at when it raised is not to be seen from outside, so it is run again, on the first few:
    about log2(n) times.
    """

    def crash(count: int) -> type[BaseException] | None:
        try:
            run(parts[:count])
        except BaseException as error:
            if not is_crash(error):
                raise
            return type(error)
        return None

    good, bad, same = 0, len(parts), crash(len(parts))
    if same is None or crash(0) is same:
        return None
    while bad - good > 1:
        middle = (good + bad) // 2
        if crash(middle) is same:
            bad = middle
        else:
            good = middle
    return parts[bad - 1]

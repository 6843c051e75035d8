"""Where the time of a run goes: seconds on the clock by step, and by ``rule <id>``, in this process."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

now = time.perf_counter
SPENT: defaultdict[str, float] = defaultdict(float)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Counts what happens inside as a step of that name."""
    began = time.perf_counter()
    try:
        yield
    finally:
        SPENT[name] += time.perf_counter() - began


def spent(name: str, began: float) -> None:
    """Counts what happened since ``began``, by ``now``, as a step of that name: a rule takes less than ``step``."""
    SPENT[name] += now() - began


def since(before: Mapping[str, float]) -> dict[str, float]:
    """What was spent after ``before`` was copied from SPENT."""
    return {name: spent - before.get(name, 0.0) for name, spent in SPENT.items() if spent > before.get(name, 0.0)}

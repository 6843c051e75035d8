"""What rendering in batches and caching are worth: each beside its alternative, in one run. ``make bench``

Numbers are printed, never asserted: a machine that is busy is no bug. That all ways give one result is asserted.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeVar

from servelint.sources import Reader
from servelint.steps import render
from servelint.steps.discover import targets
from support import PYTHON, ROOT, environment

ROUNDS = 3
Result = TypeVar("Result")


def race(ways: dict[str, Callable[[], Result]], rounds: int = ROUNDS) -> dict[str, Result]:
    """Runs the ways in turns, prints the median of each and its ratio to the first, and returns what they gave."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    results: dict[str, Result] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            before = perf_counter()
            results[name] = way()
            taken[name].append(perf_counter() - before)
    first = median(next(iter(taken.values())))
    print(f"\n{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, median of {rounds}:")
    for name, times in taken.items():
        print(
            f"  {name:<44} {median(times):8.3f} s   x{median(times) / first:6.2f}   ({min(times):.3f} to {max(times):.3f})"
        )
    return results


def test_batches_against_one_process_an_overlay() -> None:
    every = targets(ROOT)
    reader = Reader(ROOT)
    trees = {t.path: reader.tree(t.path) for t in every}

    def batches(jobs: int) -> dict[str, str | None]:
        return {path: outcome.text for path, outcome in render.render(ROOT, every, trees, jobs).items()}

    def alone(jobs: int) -> dict[str, str | None]:
        with ThreadPoolExecutor(jobs) as pool:
            texts = pool.map(lambda t: render.run_kustomize(str(ROOT / t.path)).text, every)
            return {t.path: text for t, text in zip(every, texts, strict=True)}

    print(f"\nrender {len(every)} overlays in {len(render.batches(every, trees, 2))} processes")
    results = race(
        {
            "in batches, 2 processes at a time": lambda: batches(2),
            "in batches, 1 process at a time": lambda: batches(1),
            "one process an overlay, 2 at a time": lambda: alone(2),
            "one process an overlay, 1 at a time": lambda: alone(1),
        }
    )
    first, *others = results.values()
    assert None not in first.values()
    assert all(other == first for other in others)


def test_validate_cold_against_warm(tmp_path: Path) -> None:
    script = str(ROOT / "scripts/validate.py")

    def validate(*arguments: str) -> bytes:
        command = [PYTHON, script, "--format", "json", *arguments]
        done = subprocess.run(command, capture_output=True, env=environment(XDG_CACHE_HOME=str(tmp_path)), check=False)
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    warm = validate()
    print("\nvalidate.py, the whole fleet, as a process")
    results = race({"--no-cache": lambda: validate("--no-cache"), "with everything in the cache": validate})
    assert all(output == warm for output in results.values())

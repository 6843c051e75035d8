"""What a run costs in fleets of four sizes: cold, unchanged, and with one overlay changed. ``make bench``

Beside each stands R, rendering alone: ``kubectl kustomize`` once an overlay, as many at a time as there are processors,
which is the least that a script over the fleet does. ``SIZES=100,300`` runs others. Numbers are printed, never asserted.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pytest

from bench.multiplied import fleet
from servelint.kustomize.process import kustomize_command
from servelint.steps.discover import targets
from support import PYTHON, ROOT, environment

SIZES = [int(size) for size in os.environ.get("SIZES", f"{len(targets(ROOT))},100,300,1000").split(",")]
CHANGED = "overlays/a3ultra/deepseek-r1/sglang-serve/engine.yaml"


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, of processor time, and MiB of the largest process."""

    wall: float
    cpu: float
    peak: float


def cost(run: Callable[[], object]) -> Cost:
    """In a process of its own, so that what it waits for is counted, and nothing that was waited for before."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            began = perf_counter()
            run()
            wall, used = perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            os.write(write, f"{wall} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}".encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return Cost(*map(float, text.split()))


@pytest.mark.parametrize("size", SIZES)
def test_a_fleet_of(size: int, tmp_path: Path) -> None:
    root = fleet(tmp_path / "fleet", size)
    paths = [target.path for target in targets(root)]
    names = environment(XDG_CACHE_HOME=str(tmp_path / "cache"))
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    author = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    subprocess.run(["git", *author, "commit", "-qm", "all of it"], cwd=root, check=True)

    def validate(*arguments: str) -> None:
        command = [PYTHON, str(root / "scripts/validate.py"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=names, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def change() -> None:
        with (root / CHANGED).open("a") as file:
            file.write("# changed\n")

    def one(path: str) -> None:
        command = (*kustomize_command(), str(root / path))
        subprocess.run(command, capture_output=True, check=True)

    def alone() -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(one, paths):
                pass

    validate("--version")  # bytecode
    rows = {"R: kubectl kustomize, one an overlay": cost(alone), "cold": cost(validate), "unchanged": cost(validate)}
    change()
    rows["one overlay changed"] = cost(validate)
    change()
    rows["one overlay changed, --changed-since HEAD"] = cost(lambda: validate("--changed-since", "HEAD"))
    first = next(iter(rows.values()))
    print(f"\n{len(paths)} overlays, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    for name, had in rows.items():
        print(
            f"  {name:<42} {had.wall:7.2f} s  x{had.wall / first.wall:5.3f}   {had.cpu:7.2f} s of processor"
            f" ({1000 * had.cpu / len(paths):6.1f} ms an overlay)   {had.peak:4.0f} MiB"
        )

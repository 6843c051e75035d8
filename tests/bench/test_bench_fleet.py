"""What a run costs in fleets of four sizes: cold, unchanged, and with one overlay changed. ``make bench``

Beside each stands R, rendering alone: ``kubectl kustomize`` once an overlay, as many at a time as there are processors,
which is the least that a script over the fleet does; and the same with its output piped to kubeconform, which checks it
against the same schemas, of one version. kubeconform and our renderer need Go; without it their columns are empty.
``SIZES=100,300`` runs others. Numbers are printed, never asserted. All of it takes ten minutes on two idle cores.
"""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import select
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pytest

from bench.multiplied import fleet
from servelint.kustomize import building
from servelint.kustomize.process import kustomize_command
from servelint.server import schema
from servelint.steps.discover import targets
from support import PYTHON, ROOT, environment

SIZES = [int(size) for size in os.environ.get("SIZES", f"{len(targets(ROOT))},100,300,1000").split(",")]
CHANGED = "overlays/a3ultra/deepseek-r1/sglang-serve/engine.yaml"
KUBECONFORM = Path(__file__).parent / "kubeconform"
BETWEEN = 0.25
"""Seconds between two looks at the memory of all processes."""
COLUMNS = {
    "overlays": "", "R": "kubectl kustomize, one an overlay", "R and kubeconform": "the same, its output to kubeconform",
    "cold": "", "cold, renderer": "with make renderer", "unchanged": "", "one changed": "",
    "one changed, since": "with --changed-since HEAD", "cold, an overlay": "processor", "largest process": "of the cold run",
    "all processes": "of the cold run, at a time",
}  # fmt: skip
HOME = {name: os.environ[name] for name in ("XDG_CACHE_HOME", "HOME") if name in os.environ}
"""Where programs that were built before are: for each test the cache is elsewhere."""


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, of processor time; MiB of the largest process, and of all at a time, shared pages once."""

    wall: float
    cpu: float
    peak: float
    together: float

    def __str__(self) -> str:
        return f"{_short(self.wall)} s ({_short(self.cpu)} s)"


def _short(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"


def cost(run: Callable[[], object]) -> Cost:
    """In a process of its own, so that what it waits for is counted, and nothing that was waited for before."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            began = perf_counter()
            run()
            wall, used = perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            os.write(write, f"{wall} {used.ru_utime + used.ru_stime} {used.ru_maxrss / 1024}".encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(write)
    together = 0.0
    while not select.select([read], [], [], BETWEEN)[0]:
        together = max(together, sum(map(_held, _below(child))))
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return Cost(*map(float, text.split()), together)


def _below(pid: int) -> Iterator[int]:
    """The processes that one has started, and those that these have. None where there is no /proc."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                yield child
                yield from _below(child)


def _held(pid: int) -> float:
    """MiB of a process, of pages that several share its part."""
    with suppress(OSError):
        found = re.search(r"^Pss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def _program(build: Callable[[], Path]) -> Path | None:
    """A program that is built with Go, once; None without Go, and then why."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("XDG_CACHE_HOME", raising=False)
        for name, value in HOME.items():
            patch.setenv(name, value)
        try:
            return build()
        except building.NotBuilt as error:
            print(f"\n{error}")
            return None


@pytest.fixture(scope="module")
def renderer() -> Path | None:
    return _program(lambda: building.renderer(ROOT))


@pytest.fixture(scope="module")
def kubeconform(tmp_path_factory: pytest.TempPathFactory) -> list[str] | None:
    """The command that checks what it reads on stdin against the schemas of the newest version, and those of CRDs."""
    module = "github.com/yannh/kubeconform"
    pinned = building.pins((KUBECONFORM / "go.mod").read_text())[module]
    program = _program(lambda: building.program(ROOT, "kubeconform", pinned, KUBECONFORM, f"{module}/cmd/kubeconform"))
    folder = tmp_path_factory.mktemp("schemas")
    for api, kind in schema.kinds():
        if schema.known(api, kind, schema.NEWEST):
            group, _, version = api.rpartition("/")
            suffix = f"-{group.partition('.')[0]}-{version}" if group else f"-{version}"
            body = {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                **schema.schema(api, kind, schema.NEWEST),
            }
            (folder / f"{kind.lower()}{suffix}.json").write_text(json.dumps(body))
    location = f"{folder}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    return [str(program), "-strict", "-summary", "-schema-location", location, "-"] if program else None


@pytest.fixture(scope="module")
def table() -> Iterator[list[list[str]]]:
    """Rows of all sizes, printed as one table at the end."""
    rows: list[list[str]] = []
    yield rows
    print(f"\n\n{_machine()}; seconds on the clock, in brackets of processor\n")
    said = [name + (f": {more}" if more else "") for name, more in COLUMNS.items()]
    for cells in (said, ["---"] * len(COLUMNS), *rows):
        print(f"| {' | '.join(cells)} |")


def _machine() -> str:
    """The processor, how many of them, and what else they do."""
    name = platform.processor() or platform.machine()
    with suppress(OSError):
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        name = found[1] if found else name
    return f"{name}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"


@pytest.mark.parametrize("size", SIZES)
def test_a_fleet_of(
    size: int, tmp_path: Path, renderer: Path | None, kubeconform: list[str] | None, table: list[list[str]]
) -> None:
    root = fleet(tmp_path / "fleet", size)
    paths = [target.path for target in targets(root)]
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    author = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    subprocess.run(["git", *author, "commit", "-qm", "all of it"], cwd=root, check=True)

    def validate(*arguments: str, cache: str = "cache", **more: str) -> None:
        command = [PYTHON, str(root / "scripts/validate.py"), *arguments]
        names = environment(XDG_CACHE_HOME=str(tmp_path / cache), **more)
        done = subprocess.run(command, capture_output=True, text=True, env=names, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def change() -> None:
        with (root / CHANGED).open("a") as file:
            file.write("# changed\n")

    def each(work: Callable[[str], None]) -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(work, paths):
                pass

    def one(path: str) -> None:
        subprocess.run((*kustomize_command(), str(root / path)), capture_output=True, check=True)

    def piped(path: str) -> None:
        assert kubeconform is not None
        with subprocess.Popen((*kustomize_command(), str(root / path)), stdout=subprocess.PIPE) as first:
            done = subprocess.run(kubeconform, stdin=first.stdout, capture_output=True, text=True, check=False)
        # A marker where a number belongs is a mistake to it; a kind that it does not know is one of this bench.
        assert ", Errors: 0," in done.stdout, done.stdout + done.stderr

    validate("--version")  # bytecode
    costs: dict[str, Cost | None] = {"R": cost(lambda: each(one))}
    costs["R and kubeconform"] = cost(lambda: each(piped)) if kubeconform else None
    costs["cold"] = cold = cost(validate)
    costs["unchanged"] = cost(validate)
    change()
    costs["one changed"] = cost(validate)
    change()
    costs["one changed, since"] = cost(lambda: validate("--changed-since", "HEAD"))
    validate("--version", cache="other")
    with_renderer = {"cache": "other", "SERVELINT_KUSTOMIZE": str(renderer)}
    costs["cold, renderer"] = cost(lambda: validate(**with_renderer)) if renderer else None
    first = costs["R"]
    assert first is not None
    cells = {name: str(had) if had else "-" for name, had in costs.items()}
    for name, had in costs.items():
        if had and name.startswith("cold"):
            cells[name] += f", {had.wall / first.wall:.2f} R ({had.cpu / first.cpu:.2f} R)"
    cells |= {
        "overlays": f"{len(paths):,}",
        "cold, an overlay": f"{1000 * cold.cpu / len(paths):.0f} ms",
        "largest process": f"{cold.peak:.0f} MiB",
        "all processes": f"{cold.together:.0f} MiB" if cold.together else "-",
    }
    table.append([cells[name] for name in COLUMNS])
    print(f"\n{', '.join(f'{name}: {cells[name]}' for name in COLUMNS)}")

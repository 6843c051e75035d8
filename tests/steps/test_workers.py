"""Parts judged side by side: the same answers as one after the other, and an end to everything when one ends."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from servelint.kustomize.process import PREFIX
from support import PYTHON, ROOT, copy_fleet, environment, marked, until

LEAF = "overlays/a3ultra/deepseek-r1/sglang-serve"
HEAD = (
    f"import os, signal, sys, time; sys.path.insert(0, {str(ROOT / 'scripts')!r})\nfrom pathlib import Path\n"
    "from servelint.steps import workers\n"
)


def _alone(program: str, **names: str) -> subprocess.CompletedProcess[str]:
    """In a process without threads, which the tests' own may not be."""
    command = [PYTHON, "-c", HEAD + program]
    return subprocess.run(command, capture_output=True, text=True, env=environment(**names), timeout=120, check=False)


def _answers(count: int, body: str) -> str:
    program = (
        f"heard = []\ndef work(part, at):\n    {body}\n"
        "try:\n"
        f"    for one in workers.side_by_side(list(range(7)), work, {count}, heard.append): print(one)\n"
        "except Exception as error: print(type(error).__name__, getattr(error, 'part', ''), error)\n"
        "if any(heard): print(*filter(None, heard))\n"
        "try: os.waitpid(-1, os.WNOHANG); print('a child is left')\n"
        "except ChildProcessError: pass\n"
    )
    done = _alone(program)
    assert not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("count", [1, 2, 3, 20])
def test_every_part_is_answered_once(count: int) -> None:
    said = _answers(count, "yield part; yield part + 100")
    assert sorted(map(int, said.split())) == sorted([*range(7), *range(100, 107)])


def test_they_work_in_processes_of_their_own() -> None:
    assert len(set(_answers(2, "time.sleep(0.05); yield os.getpid()").split())) == 2
    assert len(set(_answers(1, "yield os.getpid()").split())) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_what_they_are_about_to_do_is_heard(count: int) -> None:
    said = _answers(count, "at(f'begins-{part}'); yield part").splitlines()
    assert sorted(said[-1].split()) == [f"begins-{part}" for part in range(7)]


@pytest.mark.parametrize("count", [1, 2])
def test_what_one_raises_is_raised(count: int) -> None:
    body = "yield part\n    if part == 3: raise ValueError('no such part')"
    assert _answers(count, body).strip().splitlines()[-1] == "ValueError  no such part"


def test_what_cannot_be_sent_is_told_in_words() -> None:
    body = "yield part\n    class Own(Exception): pass\n    if part == 3: raise Own('of its own')"
    assert _answers(2, body).strip().splitlines()[-1] == "RuntimeError  Own: of its own"


@pytest.mark.parametrize(
    ("end", "how"), [("os.kill(os.getpid(), 9)", "was ended by SIGKILL"), ("os._exit(3)", "ended with 3")]
)
def test_one_that_dies_is_named_with_its_part(end: str, how: str) -> None:
    body = f"yield part\n    if part == 3: time.sleep(0.2); {end}"
    assert _answers(2, body).strip().splitlines()[-1] == f"Died 3 {how}"


def test_one_that_dies_is_named_with_what_it_was_at() -> None:
    program = (
        "def work(part, at):\n    at(f'first-{part}'); at(f'second-{part}'); yield part\n"
        "    if part == 3: time.sleep(0.2); os._exit(3)\n"
        "try:\n    for one in workers.side_by_side(list(range(7)), work, 2, lambda what: None): pass\n"
        "except workers.Died as died: print(died.at)\n"
    )
    assert _alone(program).stdout.strip() == "second-3"


# --- a run ----------------------------------------------------------------------------------------------------------


def _program(fleet: Path, body: str = "") -> str:
    return (
        "from servelint.commands.validate import main\nfrom servelint.rules import all_rules\n"
        f"{body}\nsys.exit(main(sys.argv[1:], Path({str(fleet)!r})))"
    )


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet with mistakes in leaves, clusters and between overlays."""
    fleet = copy_fleet(tmp_path_factory.mktemp("broken") / "fleet")
    for leaf in (LEAF, "overlays/a4high/deepseek-r1/vllm-serve", "overlays/a4x/gpt-oss-120b/vllm-serve"):
        engine = fleet / leaf / "engine.yaml"
        engine.write_text(engine.read_text().replace("tensor-parallel-size: ", "tensor-parallel-size: 1"))
    one = fleet / "overlays/a4high/deepseek-r1/vllm-bench/kustomization.yaml"
    one.write_text((fleet / "overlays/a4high/deepseek-r1/vllm-serve/kustomization.yaml").read_text())
    (fleet / "overlays/a3ultra/deepseek-r1/sglang-bench/kustomization.yaml").write_text("resources: [nothing.yaml]\n")
    return fleet


def test_bytes_do_not_depend_on_how_many_work(broken: Path) -> None:
    said = set()
    for jobs in ("1", "2", "5"):
        command = [PYTHON, "-c", HEAD + _program(broken), "--no-cache", "--format", "json", "--jobs", jobs]
        done = subprocess.run(command, capture_output=True, env=environment(), check=False)
        assert done.returncode == 1, done.stderr
        said.add(done.stdout)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("number", "leaf"),
    [(signal.SIGKILL, LEAF), (signal.SIGSEGV, LEAF), (signal.SIGKILL, "overlays/a4x/gpt-oss-120b/vllm-serve")],
)
def test_a_worker_that_dies_leaves_no_verdict_and_is_named(
    number: int, leaf: str, broken: Path, tmp_path: Path
) -> None:
    """By the overlay that it was at: a part holds many."""
    body = (
        "rule = all_rules()['idle-gpus']\nreal = rule.run\n"
        f"def run(one):\n    if one.path == {leaf!r}: os.kill(os.getpid(), {int(number)})\n    return real(one)\n"
        "object.__setattr__(rule, 'run', run)\n"
    )
    done = _alone(_program(broken, body).replace("sys.argv[1:]", "['--no-cache', '--jobs', '2']"), TMPDIR=str(tmp_path))
    name = signal.Signals(number).name
    assert done.returncode == 2 and not done.stdout
    assert len(done.stderr.splitlines()) == 1 and f"was ended by {name}" in done.stderr and leaf in done.stderr
    assert not list(tmp_path.glob(f"{PREFIX}*"))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_whatever_ends_the_run_ends_its_workers(number: int, broken: Path, tmp_path: Path) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("processes are found by /proc")
    mark = f"servelint-workers-{os.getpid()}-{int(number)}"
    body = (
        "signal.signal(signal.SIGINT, signal.default_int_handler)\nrule = all_rules()['idle-gpus']\n"
        f"def run(one):\n    Path({str(tmp_path / 'up')!r}).touch(); time.sleep(600)\n    return iter(())\n"
        "object.__setattr__(rule, 'run', run)\n"
    )
    command = [PYTHON, "-c", HEAD + _program(broken, body), "--no-cache", "--jobs", "2"]
    process = subprocess.Popen(
        command, env=environment(MARK=mark), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until(lambda: (tmp_path / "up").exists() and len(marked(mark)) >= 3)
    assert len(marked(mark)) >= 3, "nothing works yet"
    process.send_signal(number)
    process.wait(30)
    until(lambda: not marked(mark))
    assert not marked(mark)

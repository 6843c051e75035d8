"""Where benchmark Jobs leave results, run for real beside a server in a process of its own: failures, disks, signals."""

from __future__ import annotations

import json
import re
import resource
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from servelint.benchmarks.reading import read
from servelint.commands.bench import main as bench_py

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from samples import SGLANG, VLLM, a4x

START = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(-\d+)?")


@pytest.fixture
def server() -> Iterator[str]:
    words = [sys.executable, str(Path(__file__).with_name("stand_in.py")), "0.2"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    process.terminate()
    process.wait()
    process.stdout.close()


@pytest.fixture
def job(use: Any, server: str) -> Callable[[str], Any]:
    """A Job of a workload with three experiments: a, b, c of 1, 2, 3 requests."""

    def made(workload: str) -> Any:
        container = use(workload)
        root = container.root
        container.env |= {"RESULTS_DIR": str(root / "gcs"), "POLL_SECONDS": "0.01", "WORK_DIR": str(root / "ssd")}
        three = [{"name": name, "num-prompts": at} for at, name in enumerate("abc", 1)]
        if workload == "trtllm-bench":
            shapes = [{"name": name, "isl": 128, "osl": 128, "num_requests": at} for at, name in enumerate("abc", 1)]
            script = {"script": str(root / "prepare_dataset.py")}
            container.configure({"prepare_dataset": script, "throughput": {"tp": 4}, "experiments": shapes})
        else:
            section = {"sglang-bench": "bench_serving", "vllm-bench": "bench_serve"}[workload]
            container.configure({section: {"base-url": server}, "experiments": three})
        said = {"sglang-bench": {"result": SGLANG, "ask": "/v1/models"}, "vllm-bench": {"result": VLLM}}
        container.plan = [{"when": [], **said.get(workload, {"print": a4x()})}]
        return container

    return made


NAMES = {
    "sglang-bench": ("a.jsonl", "b.failed.txt", "c.jsonl"),
    "vllm-bench": ("a.json", "b.failed.txt", "c.json"),
    "trtllm-bench": tuple(f"model_isl128_osl128_requests{at}_{end}" for at, end in ((1, "a.txt"), (2, "b.failed.txt"), (3, "c.txt"))),
}  # fmt: skip


def failing(workload: str) -> list[str]:
    """Words on the second experiment's command line alone."""
    return ["throughput", "2"] if workload == "trtllm-bench" else ["2"]


@pytest.mark.parametrize("workload", NAMES)
def test_the_second_of_three_fails_and_none_is_lost(job: Callable[[str], Any], workload: str) -> None:
    container = job(workload)
    container.plan = [{"when": failing(workload), "exit": 9, "print": "out of memory"}, *container.plan]
    done = container.run()
    assert done.returncode == 9, done.stderr
    folder = container.results()
    above = folder.relative_to(container.root / "gcs").parts
    assert (
        above[0] == f"org-model-{workload}-a3ultra"
        and re.fullmatch("[0-9a-f]{12}", above[1])
        and START.fullmatch(above[2])
    )
    assert {file.name for file in folder.iterdir()} == {*NAMES[workload], "manifest.json"}
    assert "out of memory" in (folder / NAMES[workload][1]).read_text()

    manifest = container.manifest()
    runs = list(manifest["experiments"].values())
    assert [run["status"] for run in runs] == ["ok", "failed", "ok"] and runs[1]["exit_code"] == 9
    assert [run.get("result") for run in runs] == [NAMES[workload][0], None, NAMES[workload][2]]
    assert all(START.fullmatch(run[key]) for run in runs for key in ("started", "ended"))
    assert (manifest["overlay"], manifest["revision"], manifest["start"]) == above
    assert (manifest["model"], manifest["hardware"]) == ("org/model", "a3ultra")
    assert ("throughput" if workload == "trtllm-bench" else "--num-prompts") in runs[0]["arguments"]

    found = read([str(container.root / "gcs")])
    assert len(found.records) == 2 and found.failed == [str(folder / NAMES[workload][1])] and not found.unread
    assert {record.hardware for record in found.records} == {"a3ultra"}
    assert {record.revision for record in found.records} == {above[1]}
    assert [record.experiment for record in found.records] == [list(manifest["experiments"])[at] for at in (0, 2)]


def test_what_the_server_says_is_noted(job: Callable[[str], Any]) -> None:
    container = job("sglang-bench")
    assert container.run().returncode == 0
    assert (container.manifest()["gpus"], container.manifest()["engine_version"]) == (8, "0.4.6.post4")
    assert {record.output_per_gpu for record in read([str(container.root / "gcs")]).records} == {312.5}
    container = job("vllm-bench")
    container.env["RESULTS_DIR"] = str(container.root / "other")
    assert container.run().returncode == 0
    assert (container.manifest()["gpus"], container.manifest()["engine_version"]) == (None, "0.11.0")


def test_nothing_is_overwritten_and_repeats_stand_side_by_side(job: Callable[[str], Any]) -> None:
    container = job("vllm-bench")
    for _ in range(3):  # within a second or two
        assert container.run().returncode == 0
    (revision,) = (container.root / "gcs").glob("*/*/")
    starts = sorted(folder.name for folder in revision.iterdir())
    assert len(starts) == 3 and all(map(START.fullmatch, starts))
    assert [json.loads((revision / name / "manifest.json").read_text())["start"] for name in starts] == starts


def test_another_engine_yaml_is_another_revision(job: Callable[[str], Any]) -> None:
    container = job("vllm-bench")
    assert container.run().returncode == 0
    container.engine_yaml.write_text(container.engine_yaml.read_text().replace("num-prompts: 3", "num-prompts: 4"))
    assert container.run().returncode == 0
    container.env["MODEL_ID"] = "org/other"
    assert container.run().returncode == 0
    assert len(list((container.root / "gcs").glob("*/*/"))) == 3


@pytest.mark.parametrize("workload", NAMES)
def test_sigterm_in_the_middle(job: Callable[[str], Any], workload: str) -> None:
    container = job(workload)
    container.plan = [{"when": failing(workload), "block": True}, *container.plan]
    process = container.start()
    tool = {"sglang-bench": "sglang.bench_serving", "vllm-bench": "vllm", "trtllm-bench": "trtllm-bench"}[workload]
    while len(container.argvs(tool)) < 2:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert [run["status"] for run in container.manifest()["experiments"].values()] == ["ok", "stopped", "not run"]
    assert {file.name for file in container.results().iterdir()} == {NAMES[workload][0], "manifest.json"}
    assert len(read([str(container.root / "gcs")]).records) == 1


def test_a_server_that_never_comes_is_a_run_that_measured_nothing(job: Callable[[str], Any]) -> None:
    container = job("vllm-bench")
    container.configure({"bench_serve": {"base-url": "http://127.0.0.1:1"}, "experiments": [{"name": "a"}]})
    container.env["WAIT_SECONDS"] = "0"
    assert container.run().returncode == 1
    assert container.manifest()["experiments"]["a"]["status"] == "not run"


@pytest.mark.parametrize("workload", NAMES)
def test_a_tool_that_leaves_nothing_did_not_end_well(job: Callable[[str], Any], workload: str) -> None:
    container = job(workload)
    leaves_nothing = {"print": ""} if workload == "trtllm-bench" else {"remove": True}
    container.plan = [{"when": failing(workload), **leaves_nothing}, *container.plan]
    done = container.run()
    assert done.returncode == 74 and "ended well and left no result" in done.stdout
    assert [run["status"] for run in container.manifest()["experiments"].values()] == ["ok", "failed", "ok"]


# --- disks -----------------------------------------------------------------------------------------------------------


def _in_small_disk(container: Any, kilobytes: int, then: str = "true") -> subprocess.CompletedProcess[str]:
    """Runs the launcher with a file system of its own at RESULTS_DIR, then copies what is there to `kept`."""
    root, gcs = container.root, container.env["RESULTS_DIR"]
    script = (
        f"mkdir -p {gcs} && mount -t tmpfs -o size={kilobytes}k tmpfs {gcs} && {shlex.join(container.command())}; "
        f"code=$?; cp -r {gcs} {root}/kept; exit $code"
    )
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        env=container.environment(), cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip


def _may_mount() -> bool:
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not _may_mount(), reason="this machine lets nobody mount a file system of his own")
@pytest.mark.parametrize("workload", NAMES)
def test_a_full_disk_loses_the_experiment_that_does_not_fit(job: Callable[[str], Any], workload: str) -> None:
    container = job(workload)
    container.plan = [{"when": failing(workload), "size": 300_000}, *container.plan]
    done = _in_small_disk(container, 120)
    assert done.returncode == 74, done.stderr
    assert "No space left on device" in done.stdout and "failed with exit code 74" in done.stdout
    (folder,) = (container.root / "kept").glob("*/*/*/")
    assert {file.name for file in folder.iterdir()} == {NAMES[workload][0], NAMES[workload][2], "manifest.json"}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [run["status"] for run in manifest["experiments"].values()] == ["ok", "failed", "ok"]


@pytest.mark.skipif(not _may_mount(), reason="this machine lets nobody mount a file system of his own")
def test_a_disk_that_is_full_from_the_start_stops_before_the_server_is_asked(job: Callable[[str], Any]) -> None:
    container = job("vllm-bench")
    root, gcs = container.root, container.env["RESULTS_DIR"]
    script = (
        f"mkdir -p {gcs} && mount -t tmpfs -o size=64k tmpfs {gcs} && "
        f"{{ head -c 200000 /dev/zero > {gcs}/other; {shlex.join(container.command())}; }}"
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        env=container.environment(), cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and container.calls() == []
    assert "see the volume at RESULTS_DIR" in done.stderr or "No space left on device" in done.stderr


def test_a_limit_of_files_loses_the_experiment_that_does_not_fit(job: Callable[[str], Any]) -> None:
    """The same without a file system: no file of the launcher or its tools may have more than 200,000 bytes."""
    container = job("trtllm-bench")
    container.plan = [{"when": failing("trtllm-bench"), "size": 300_000}, *container.plan]
    done = subprocess.run(
        container.command(), env=container.environment(), cwd=container.root, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )  # fmt: skip
    assert done.returncode == 74, done.stderr
    assert "kept no longer: [Errno 27] File too large" in done.stderr
    assert [run["status"] for run in container.manifest()["experiments"].values()] == ["ok", "failed", "ok"]
    assert done.stdout.count("x") >= 300_000  # the log of the pod has all of it


@pytest.mark.parametrize("name", ["OVERLAY", "WORKLOAD", "RESULTS_DIR"])
def test_what_the_base_must_set(job: Callable[[str], Any], name: str) -> None:
    container = job("sglang-bench")
    del container.env[name]
    container.stops(name, "must set it")


# --- bench.py history ------------------------------------------------------------------------------------------------


def test_history_of_what_ran(job: Callable[[str], Any], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    container = job("sglang-bench")
    assert container.run().returncode == 0
    container.plan = [{"when": [], "result": SGLANG | {"duration": 488.9, "output_throughput": 2250.0}}]
    container.engine_yaml.write_text(f"{container.engine_yaml.read_text()}# changed\n")
    time.sleep(1.1)  # a start is told to the second, and these two are to be told apart by it
    assert container.run().returncode == 0
    gcs = str(container.root / "gcs")
    assert bench_py(["history", "overlays/a3ultra/org-model/sglang-bench", gcs]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["start", "revision", "experiment", "output_throughput", "change"] and len(rows) == 7
    assert [row[3:] for row in rows[1:4]] == [["2,500", "-"]] * 3
    assert [row[3:] for row in rows[4:]] == [["2,250", "-10.0%"]] * 3
    assert rows[1][1] != rows[4][1] and [row[2] for row in rows[1:4]] == ["a", "b", "c"]

    for picture in ("h.png", "h.svg"):
        assert bench_py(["history", "org-model-sglang-bench-a3ultra", gcs, "--output", str(tmp_path / picture)]) == 0
    assert (tmp_path / "h.png").read_bytes().startswith(b"\x89PNG")
    assert rows[1][1] in (tmp_path / "h.svg").read_text()
    assert bench_py(["history", "overlays/a4x/org-model/sglang-bench", gcs]) == 2
    assert "no run of org-model-sglang-bench-a4x" in capsys.readouterr().err

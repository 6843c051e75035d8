"""Files, folders and buckets, and what a manifest beside results adds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from samples import A3_ULTRA, A4_HIGH, SGLANG, VLLM, a4x, jsonl, table

from servelint.benchmarks import reading
from servelint.benchmarks.reading import NoSuchPlace, read
from servelint.benchmarks.record import Record


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    for name, text in {
        "a/one.jsonl": jsonl(SGLANG, SGLANG | {"duration": 441.0}),
        "a/two.failed.txt": "[TRT-LLM] [E] out of memory\n",
        "b/log.txt": A3_ULTRA + a4x() + A4_HIGH + table(),
        "b/notes.txt": "nothing\n",
        "b/engine.bin": "\0",
        "vllm.json": json.dumps(VLLM, indent=1),
        ".hidden/x.jsonl": "{",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_folder_is_read_by_name(results: Path) -> None:
    found = read([f"{results}/"])
    assert [(r.source.removeprefix(f"{results}/"), r.tool) for r in found.records] == [
        ("a/one.jsonl", "sglang.bench_serving"),
        ("a/one.jsonl", "sglang.bench_serving"),
        ("b/log.txt", "trtllm-bench"),
        ("b/log.txt", "trtllm-bench"),
        ("b/log.txt", "tensorrt_llm.tools.benchmark"),
        ("b/log.txt", "sglang.bench_serving"),
        ("vllm.json", "vllm bench serve"),
    ]
    assert found.failed == [f"{results}/a/two.failed.txt"] and found.unread == []
    assert found.others == [f"{results}/b/engine.bin", f"{results}/b/notes.txt"]


def test_lines_are_those_of_the_file(results: Path) -> None:
    for record in read([str(results / "b/log.txt")]).records:
        assert "=" in (results / "b/log.txt").read_text().split("\n")[record.line - 1]


def test_prefixes_colours_and_bars_of_a_pods_log_are_no_part_of_it(tmp_path: Path) -> None:
    lines = [
        f"[pod/bench-x/engine] 2026-01-01T00:00:00.123456789Z \x1b[32m{line}\x1b[0m" for line in A3_ULTRA.split("\n")
    ]
    (tmp_path / "log").write_text("\n".join(["Loading:  10%\rLoading: 100%", *lines]))
    (record,) = read([str(tmp_path / "log")]).records
    assert record.output_throughput == 3914.4509


@pytest.mark.parametrize(
    ("text", "line"), [("nothing\nat all\n", 2), ("", 1), ("{", 1), (A3_ULTRA[:300], 7), ("[TRT-LLM] [I] x\n", 1)]
)
def test_a_file_that_somebody_names_has_to_hold_a_run(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "log.txt").write_text(text)
    found = read([str(tmp_path / "log.txt")])
    assert [(one.source, one.line) for one in found.unread] == [(str(tmp_path / "log.txt"), line)] and not found.records


def test_a_log_that_ended_before_its_report_is_named_in_a_folder_too(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text(
        "[05/28/2025-22:40:29] [TRT-LLM] [I] Estimated total KV cache memory: 681.49 GB\n"
    )
    assert "ended before it had one" in read([str(tmp_path)]).unread[0].cause


def test_the_manifest_says_what_ran(tmp_path: Path) -> None:
    manifest = {
        "overlay": "overlays/a3ultra/deepseek-r1/sglang-bench", "revision": "abc", "start": "2026-01-01T00-00-00Z",
        "model": "deepseek-ai/DeepSeek-R1", "model_revision": "main", "hardware": "a3ultra", "gpus": 8,
        "engine_version": "0.4.6", "experiments": {"chat": {"result": "one.jsonl"}, "other": {"result": "x"}, "odd": 1},
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "one.jsonl").write_text(jsonl(SGLANG))
    (tmp_path / "log.txt").write_text(A3_ULTRA)
    own, told = read([str(tmp_path)]).records
    assert (told.model, told.hardware, told.gpus, told.output_per_gpu) == (
        "deepseek-ai/DeepSeek-R1",
        "a3ultra",
        8,
        312.5,
    )
    assert (told.overlay, told.revision, told.start, told.experiment) == (
        manifest["overlay"], "abc", "2026-01-01T00-00-00Z", "chat",
    )  # fmt: skip
    # What a result says itself stays.
    assert (own.model, own.engine_version, own.hardware) == ("meta-llama/Llama-3.1-405B", "0.17.0.post1", "a3ultra")


@pytest.mark.parametrize(("text", "line"), [('{\n"a": }', 2), ("[]", 1), ("[" * 99999, 1)])
def test_a_manifest_that_cannot_be_read_is_named_once(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "manifest.json").write_text(text)
    for name in ("one.jsonl", "two.jsonl"):
        (tmp_path / name).write_text(jsonl(SGLANG))
    found = read([str(tmp_path)])
    assert [(one.source, one.line) for one in found.unread] == [(f"{tmp_path}/manifest.json", line)]
    assert found.records == []


def test_types_of_a_manifest_are_checked(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"gpus": true, "model": 5, "experiments": [1]}')
    (tmp_path / "one.jsonl").write_text(jsonl(SGLANG))
    (record,) = read([str(tmp_path)]).records
    assert record.gpus is None and record.model is None


def test_what_nobody_said_can_be_given(results: Path) -> None:
    first, *_, last = reading.fill(read([str(results)]).records, model="org/model", gpus=16, hardware=None)
    assert (first.model, first.gpus, first.output_per_gpu) == ("org/model", 16, 156.25)
    assert isinstance(last, Record) and last.model == VLLM["model_id"]


def test_a_place_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPlace, match="there is no such file or folder"):
        read([str(tmp_path / "nope")])


def test_too_much_is_said(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_FILES", 3)
    with pytest.raises(NoSuchPlace, match="more than 3 files"):
        read([str(results)])
    monkeypatch.setattr(reading, "MOST_BYTES", 100)
    found = read([str(results / "vllm.json")])
    assert "has more than" in found.unread[0].cause and not found.records


# --- gs:// -----------------------------------------------------------------------------------------------------------

CLI = """#!/bin/sh
echo "$0 $*" >> "$CALLS"
case "$*" in *missing*) echo 'Reading.' >&2; echo 'ERROR: The following URLs matched no objects' >&2; echo 'Bye.' >&2; exit 1;; esac
for word in "$@"; do before=$last; last=$word; done
cp -r "$BUCKETS/${before#gs://}" "$last"
"""


@pytest.fixture
def bucket(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A command line that copies from a folder in the place of buckets; returns where it stands."""
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "cp").symlink_to(str(shutil.which("cp")))
    monkeypatch.setenv("PATH", str(binaries))  # and no CLI of this machine
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("BUCKETS", str(tmp_path / "buckets"))
    (tmp_path / "buckets/my-bucket").mkdir(parents=True)
    results.rename(tmp_path / "buckets/my-bucket/logs")
    return binaries


def _install(folder: Path, name: str) -> None:
    (folder / name).write_text(CLI)
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("name", ["gcloud", "gsutil"])
@pytest.mark.parametrize(
    ("url", "runs", "first"),
    [
        ("gs://my-bucket/logs", 7, "gs://my-bucket/logs/a/one.jsonl"),
        ("gs://my-bucket/logs/b/", 4, "gs://my-bucket/logs/b/log.txt"),
        ("gs://my-bucket/logs/vllm.json", 1, "gs://my-bucket/logs/vllm.json"),
        ("gs://my-bucket", 7, "gs://my-bucket/logs/a/one.jsonl"),
    ],
)
def test_a_bucket_is_read_by_the_command_line_that_is_there(
    bucket: Path, name: str, url: str, runs: int, first: str
) -> None:
    _install(bucket, name)
    found = read([url])
    assert len(found.records) == runs and found.records[0].source == first


def test_gcloud_comes_before_gsutil(bucket: Path, tmp_path: Path) -> None:
    _install(bucket, "gsutil")
    _install(bucket, "gcloud")
    read(["gs://my-bucket/logs"])
    assert f"{bucket}/gcloud storage cp --recursive gs://my-bucket/logs " in (tmp_path / "calls").read_text()


def test_without_a_command_line_it_is_said_what_to_install(bucket: Path) -> None:
    with pytest.raises(NoSuchPlace, match="neither gcloud nor gsutil is here; install"):
        read(["gs://my-bucket/logs"])


def test_what_the_command_line_says_is_handed_on(bucket: Path) -> None:
    _install(bucket, "gcloud")
    with pytest.raises(NoSuchPlace, match=r"gs://missing/x: gcloud ended with 1: ERROR: The following URLs matched"):
        read(["gs://missing/x"])

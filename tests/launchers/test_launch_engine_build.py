"""The engine build: exact words of the recipe, done once, never a half-written engine."""

from __future__ import annotations

import json
import os
import signal

import pytest

BUILD = {
    "gemm_plugin": "float16",
    "max_batch_size": 1,
    "max_num_tokens": 4096,
    "max_input_len": 16384,
    "max_seq_len": 16384,
    "max_beam_width": 3,
    "reduce_fusion": "enable",
    "multiple_profiles": "enable",
    "use_paged_context_fmha": "enable",
}


@pytest.fixture
def build(use):
    container = use("trtllm-engine-build")
    container.env |= {
        "MODEL_ID": "meta-llama/Llama-3.1-8B-Instruct",
        "WORK_DIR": str(container.root / "ssd"),
        "OUTPUT_DIR": str(container.root / "models"),
    }
    container.configure(engine(container))
    return container


def engine(container, **build: object) -> dict[str, object]:
    return {
        "convert_checkpoint": {"script": str(container.root / "convert_checkpoint.py"), "dtype": "float16"},
        "trtllm-build": {**BUILD, **build},
    }


def record(container) -> dict[str, object]:
    return json.loads((container.root / "models" / "build.json").read_text())


def listing(container) -> list[str]:
    return sorted(entry.name for entry in (container.root / "models").iterdir())


def test_the_recipe(build):
    done = build.run()
    assert done.returncode == 0, done.stderr
    disk, checkpoint = build.root / "models", build.root / "ssd" / "checkpoint" / "Llama-3.1-8B-Instruct"
    download, convert, compile_ = build.argvs()
    local = str(disk / "Llama-3.1-8B-Instruct")
    assert download == ["download", "meta-llama/Llama-3.1-8B-Instruct", "--local-dir", local]
    assert convert == ["--model_dir", local, "--output_dir", str(checkpoint), "--dtype", "float16"]
    assert compile_ == [
        *("--checkpoint_dir", str(checkpoint), "--output_dir", str(disk / "engines.partial")),
        *("--gemm_plugin", "float16", "--max_batch_size", "1", "--max_num_tokens", "4096"),
        *("--max_input_len", "16384", "--max_seq_len", "16384", "--max_beam_width", "3"),
        *("--reduce_fusion", "enable", "--multiple_profiles", "enable", "--use_paged_context_fmha", "enable"),
    ]
    assert listing(build) == ["Llama-3.1-8B-Instruct", "build.json", "engines"]
    assert (disk / "engines" / "config.json").exists()
    assert record(build)["model"] == "meta-llama/Llama-3.1-8B-Instruct"
    assert record(build)["trtllm-build"] == BUILD
    assert not checkpoint.exists()


def test_a_finished_build_is_done_at_once(build):
    assert build.run().returncode == 0
    calls = len(build.calls())
    done = build.run()
    assert done.returncode == 0
    assert "already" in done.stdout
    assert len(build.calls()) == calls


def test_other_flags_replace_the_engine(build):
    assert build.run().returncode == 0
    calls = len(build.calls())
    build.configure(engine(build, max_batch_size=64))
    assert build.run().returncode == 0
    assert len(build.calls()) == calls + 3
    assert listing(build) == ["Llama-3.1-8B-Instruct", "build.json", "engines"]
    built_with = json.loads((build.root / "models" / "engines" / "config.json").read_text())
    assert built_with[built_with.index("--max_batch_size") + 1] == "64"
    assert record(build)["trtllm-build"]["max_batch_size"] == 64


def test_an_engine_of_another_version_is_replaced(build):
    assert build.run().returncode == 0
    calls = len(build.calls())
    metadata = build.root / "python" / "tensorrt_llm-0.17.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: tensorrt_llm\nVersion: 0.17.0\n")
    assert build.run().returncode == 0
    assert len(build.calls()) == calls + 3
    assert record(build)["tensorrt_llm"] == "0.17.0"


def test_an_engine_without_a_record_is_replaced(build):
    assert build.run().returncode == 0
    calls = len(build.calls())
    (build.root / "models" / "build.json").write_text("{")
    assert build.run().returncode == 0
    assert len(build.calls()) == calls + 3


def test_a_job_that_ends_before_its_record_counts_as_unfinished(build):
    assert build.run().returncode == 0
    obstacle = build.root / "models" / "build.json.partial"
    obstacle.mkdir()  # the record cannot be written: as if the Job were killed right there
    build.configure(engine(build, max_batch_size=64))
    assert build.run().returncode == 2
    assert not (build.root / "models" / "build.json").exists()
    obstacle.rmdir()
    calls = len(build.calls())
    build.configure(engine(build))
    assert build.run().returncode == 0
    assert len(build.calls()) == calls + 3  # else the engine of 64 would pass for the one of 1


@pytest.mark.parametrize("step", ["download", "--model_dir", "--checkpoint_dir"])
def test_a_failed_step_ends_the_job_and_leaves_no_engine(build, step):
    build.plan = [{"when": [step], "exit": 11}]
    assert build.run().returncode == 11
    assert step in build.argvs()[-1]
    assert not {"engines", "build.json"} & set(listing(build))


def test_a_failed_build_keeps_the_old_engine(build):
    assert build.run().returncode == 0
    before = (build.root / "models" / "engines" / "config.json").read_text(), record(build)
    build.configure(engine(build, max_batch_size=64))
    build.plan = [{"when": ["--checkpoint_dir"], "exit": 11}]
    assert build.run().returncode == 11
    assert ((build.root / "models" / "engines" / "config.json").read_text(), record(build)) == before


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_build_leaves_no_engine_and_the_next_one_builds(build, how):
    build.plan = [{"when": ["--checkpoint_dir"], "block": True}]
    process = build.start()
    engine_process = build.await_call("trtllm-build", process)["pid"]
    process.send_signal(how)
    if how is signal.SIGKILL:  # in a container the kernel ends the rest; here the test does
        signal.pidfd_send_signal(os.pidfd_open(engine_process), signal.SIGTERM)
    process.communicate()
    assert process.returncode == (128 + how if how is signal.SIGTERM else -how)
    assert not {"engines", "build.json"} & set(listing(build))
    assert "engines.partial" in listing(build)  # the fake wrote half an engine before it was killed

    build.plan = []
    assert build.run().returncode == 0
    assert listing(build) == ["Llama-3.1-8B-Instruct", "build.json", "engines"]


@pytest.mark.parametrize("left", ["engines.old", "engines.partial"])
def test_leftovers_of_a_killed_job_go(build, left):
    folder = build.root / "models" / left
    folder.mkdir(parents=True)
    (folder / "rank0.engine").write_text("old")
    assert build.run().returncode == 0
    assert listing(build) == ["Llama-3.1-8B-Instruct", "build.json", "engines"]
    assert not (build.root / "models" / "engines" / "rank0.engine").exists()


def test_a_model_on_a_volume_is_not_downloaded(build):
    (build.root / "config.json").write_text("{}")
    build.env |= {"MODEL_PATH": str(build.root), "MODEL_GATED": "true"}
    assert build.run().returncode == 0
    assert build.argvs("hf") == []
    assert build.argvs("convert_checkpoint.py")[0][:2] == ["--model_dir", str(build.root)]


def test_a_gated_model_needs_a_token(build):
    build.env["MODEL_GATED"] = "true"
    build.stops("meta-llama/Llama-3.1-8B-Instruct", "HF_TOKEN")


@pytest.mark.parametrize(
    ("section", "values", "said"),
    [
        ("trtllm-build", {"max_batchsize": 1}, ["trtllm-build.max_batchsize", "did you mean max_batch_size?"]),
        ("trtllm-build", {"output_dir": "/x"}, ["trtllm-build.output_dir", "one writer"]),
        ("trtllm-build", {"max_seq_len": 1, "max_decoder_seq_len": 1}, ["max_decoder_seq_len", "one writer"]),
        ("convert_checkpoint", {"dtype": "float16"}, ["convert_checkpoint", "script is missing"]),
        ("download", {"local-dir": "/x"}, ["download.local-dir", "one writer"]),
    ],
)
def test_a_mistake_stops_before_the_download(build, section, values, said):
    build.configure({**engine(build), section: values})
    build.stops(*said)
    assert not (build.root / "models").exists()

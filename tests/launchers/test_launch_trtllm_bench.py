"""The throughput Job: both flows of trtllm-bench with the recipes' exact words, reuse, failures and results."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import yaml

NVFP4_OPTIONS = {
    "cuda_graph_config": {
        "batch_sizes": [1, 2, 4, 8, 16, 20, 24, 32, 64, 96, 128, 160, 192, 256, 320, 384, 512],
        "enable_padding": True,
    },
    "enable_attention_dp": True,
    "enable_chunked_prefill": True,
    "kv_cache_config": {"dtype": "auto", "enable_block_reuse": False, "free_gpu_memory_fraction": 0.85},
    "moe_config": {"backend": "CUTLASS"},
    "print_iter_log": True,
}


@pytest.fixture
def bench(use):
    container = use("trtllm-bench")
    container.env |= {"WORK_DIR": str(container.root / "ssd"), "RESULTS_DIR": str(container.root / "gcs" / "trtllm")}
    return container


def pytorch(container, *experiments: dict[str, object]) -> dict[str, object]:
    return {
        "prepare_dataset": {"script": str(container.root / "prepare_dataset.py")},
        "throughput": {"tp": 4, "ep": 4, "pp": 1, "backend": "pytorch", "kv_cache_free_gpu_mem_fraction": 0.85},
        "experiments": list(experiments) or [{"isl": 128, "osl": 128, "num_requests": 1000}],
    }


def tensorrt(container, *experiments: dict[str, object]) -> dict[str, object]:
    return {
        "download": {"exclude": ["*original*"]},
        "prepare_dataset": {"script": str(container.root / "prepare_dataset.py")},
        "build": {"tp_size": 8, "pp_size": 1, "quantization": "FP8"},
        "throughput": {"kv_cache_free_gpu_mem_fraction": 0.95},
        "experiments": list(experiments) or [{"isl": 128, "osl": 128, "num_requests": 30000}],
    }


def results(container) -> list[str]:
    return sorted(file.name for file in container.results().iterdir() if file.name != "manifest.json")


def steps(container) -> list[str]:
    """The calls in order, trtllm-bench by its subcommand."""
    kinds = {"trtllm-bench": lambda words: "build" if "build" in words else "throughput"}
    return [kinds.get(call["name"], lambda _, name=call["name"]: name)(call["argv"]) for call in container.calls()]


def test_the_nvfp4_recipe_runs_from_the_volume(bench):
    lustre = bench.root / "serving-model"
    lustre.mkdir()
    (lustre / "config.json").write_text("{}")
    bench.env |= {"MODEL_ID": "nvidia/DeepSeek-R1-NVFP4-v2", "MODEL_PATH": str(lustre), "MODEL_GATED": "true"}
    bench.configure({**pytorch(bench), "extra_llm_api_options": NVFP4_OPTIONS})
    assert bench.run().returncode == 0

    assert steps(bench) == ["prepare_dataset.py", "throughput"]  # nothing is downloaded, no engine is built
    prepare, throughput = bench.argvs()
    assert prepare == [
        *("--tokenizer", str(lustre), "--stdout", "--random-seed", "420", "token-norm-dist"),
        *("--num-requests", "1000", "--input-mean", "128", "--input-stdev", "0"),
        *("--output-mean", "128", "--output-stdev", "0"),
    ]
    dataset, options = bench.root / "ssd" / "datasets" / "128_128_1000.jsonl", throughput[12]
    assert throughput == [
        *("--model", "nvidia/DeepSeek-R1-NVFP4-v2", "--model_path", str(lustre)),
        *("--workspace", str(bench.root / "ssd" / "engines" / "128_128")),
        *("throughput", "--dataset", str(dataset), "--num_requests", "1000", "--extra_llm_api_options", options),
        *("--tp", "4", "--ep", "4", "--pp", "1", "--backend", "pytorch", "--kv_cache_free_gpu_mem_fraction", "0.85"),
    ]
    assert yaml.safe_load(Path(options).read_text()) == NVFP4_OPTIONS
    assert len(dataset.read_text().splitlines()) == 1000
    result = bench.results() / "DeepSeek-R1-NVFP4-v2_isl128_osl128_requests1000.txt"
    assert result.read_text() == "trtllm-bench ran\n"
    assert results(bench) == [result.name]


def test_the_fp8_recipe_downloads_builds_and_measures(bench):
    bench.env |= {"MODEL_ID": "meta-llama/Llama-3.1-405B", "MODEL_GATED": "true", "HF_TOKEN": "hf_x"}
    bench.configure(tensorrt(bench))
    done = bench.run()
    assert done.returncode == 0, done.stderr

    ssd = bench.root / "ssd"
    local, workspace = ssd / "models/meta-llama/Llama-3.1-405B", ssd / "engines/128_128"
    dataset = ssd / "datasets/128_128_30000.jsonl"
    assert steps(bench) == ["hf", "prepare_dataset.py", "build", "throughput"]
    download, prepare, build, throughput = bench.argvs()
    assert download == [
        *("download", "meta-llama/Llama-3.1-405B", "--local-dir", str(local), "--exclude", "*original*"),
    ]
    assert prepare[:2] == ["--tokenizer", str(local)]
    start = ["--model", "meta-llama/Llama-3.1-405B", "--model_path", str(local), "--workspace", str(workspace)]
    assert build == [
        *start,
        *("build", "--dataset", str(dataset), "--tp_size", "8", "--pp_size", "1", "--quantization", "FP8"),
    ]
    assert throughput == [
        *start,
        *("throughput", "--dataset", str(dataset), "--num_requests", "30000"),
        *("--kv_cache_free_gpu_mem_fraction", "0.95"),
        *("--engine_dir", str(workspace / "meta-llama/Llama-3.1-405B/tp_8_pp_1")),
    ]
    assert "trtllm-bench ran" in done.stdout  # the log has what the result file has


def test_every_experiment_runs_and_shares_datasets_and_engines(bench):
    shape = {"isl": 128, "osl": 128, "num_requests": 10}
    other = {"isl": 512, "osl": 128, "num_requests": 10}
    bench.configure(tensorrt(bench, shape, shape | {"name": "c8", "concurrency": 8}, other))
    assert bench.run().returncode == 0
    assert steps(bench) == [
        *("hf", "prepare_dataset.py", "build", "throughput"),
        "throughput",
        *("prepare_dataset.py", "build", "throughput"),
    ]
    last = [words[-4:] for words in bench.argvs("trtllm-bench") if "throughput" in words]
    assert [words[:2] for words in last] == [
        ["--kv_cache_free_gpu_mem_fraction", "0.95"],
        ["--concurrency", "8"],
        ["--kv_cache_free_gpu_mem_fraction", "0.95"],
    ]
    assert [Path(words[3]).parts[-4] for words in last] == ["128_128", "128_128", "512_128"]
    assert results(bench) == [
        "model_isl128_osl128_requests10.txt",
        "model_isl128_osl128_requests10_c8.txt",
        "model_isl512_osl128_requests10.txt",
    ]


def test_a_failed_run_does_not_stop_the_others(bench):
    sizes = [{"isl": isl, "osl": 128, "num_requests": 10} for isl in (1, 2, 3)]
    bench.configure(pytorch(bench, *sizes))
    bench.plan = [{"when": ["throughput", str(bench.root / "ssd/engines/2_128")], "exit": 9, "print": "out of memory"}]
    done = bench.run()
    assert done.returncode == 9
    assert steps(bench).count("throughput") == 3
    assert results(bench) == [
        "model_isl1_osl128_requests10.txt",
        "model_isl2_osl128_requests10.failed.txt",
        "model_isl3_osl128_requests10.txt",
    ]
    assert "out of memory" in (bench.results() / "model_isl2_osl128_requests10.failed.txt").read_text()
    assert "model_isl2_osl128_requests10: failed with exit code 9" in done.stdout


def test_a_failed_build_is_not_tried_again(bench):
    shape = {"isl": 128, "osl": 128, "num_requests": 10}
    other = {"isl": 512, "osl": 128, "num_requests": 10}
    bench.configure(tensorrt(bench, shape, shape | {"name": "again"}, other))
    bench.plan = [{"when": ["build", str(bench.root / "ssd/engines/128_128")], "exit": 3}]
    assert bench.run().returncode == 3
    assert steps(bench).count("build") == 2
    assert steps(bench).count("throughput") == 1
    assert results(bench) == ["model_isl512_osl128_requests10.txt"]


def test_a_failed_dataset_is_not_used(bench):
    bench.configure(pytorch(bench))
    bench.plan = [{"when": ["token-norm-dist"], "exit": 4}]
    assert bench.run().returncode == 4
    assert "throughput" not in steps(bench)
    assert not (bench.root / "ssd/datasets/128_128_1000.jsonl").exists()


def test_a_failed_download_ends_the_job(bench):
    bench.configure(tensorrt(bench))
    bench.plan = [{"when": ["download"], "exit": 6}]
    assert bench.run().returncode == 6
    assert steps(bench) == ["hf"]


def test_an_image_with_the_older_program_downloads_with_that(bench):
    (bench.root / "bin/hf").unlink()
    bench.configure({**tensorrt(bench), "download": {"exclude": ["*original*", "*.pth"]}})
    assert bench.run().returncode == 0
    assert steps(bench)[0] == "huggingface-cli"
    assert bench.argvs("huggingface-cli")[0][-3:] == ["--exclude", "*original*", "*.pth"]


def test_of_a_list_each_entry_gets_a_flag_where_one_value_may_follow_it(bench):
    bench.configure({**tensorrt(bench), "download": {"exclude": ["*original*", "*.pth"]}})
    assert bench.run().returncode == 0
    assert bench.argvs("hf")[0][-4:] == ["--exclude", "*original*", "--exclude", "*.pth"]


def test_an_image_without_either_program_is_refused(bench):
    for name in ("hf", "huggingface-cli"):
        (bench.root / "bin" / name).unlink()
    bench.configure(tensorrt(bench))
    bench.stops("neither hf nor huggingface-cli", "huggingface_hub")


def test_leftovers_of_an_earlier_job_are_not_used(bench):
    ssd = bench.root / "ssd"
    (ssd / "datasets").mkdir(parents=True)
    (ssd / "datasets" / "128_128_30000.jsonl").write_text("another model's\n")
    stale = ssd / "engines" / "128_128" / "org" / "model" / "tp_4_pp_1"
    stale.mkdir(parents=True)
    (stale / "config.json").write_text("{}")
    bench.configure(tensorrt(bench))
    assert bench.run().returncode == 0
    assert steps(bench) == ["hf", "prepare_dataset.py", "build", "throughput"]
    assert bench.argvs("trtllm-bench")[-1][-1].endswith("tp_8_pp_1")


def test_own_engine_limits_replace_the_dataset(bench):
    config = tensorrt(bench)
    config["build"] |= {"max_seq_len": 256, "max_batch_size": 64, "trust_remote_code": True}
    bench.configure(config)
    assert bench.run().returncode == 0
    (build,) = (words for words in bench.argvs("trtllm-bench") if "build" in words)
    assert "--dataset" not in build
    assert build[-2:] == ["--trust_remote_code", "true"]


def test_a_seed_of_ones_own(bench):
    config = pytorch(bench)
    config["prepare_dataset"] |= {"random-seed": 7, "trust-remote-code": True}
    bench.configure(config)
    assert bench.run().returncode == 0
    prepare = bench.argvs("prepare_dataset.py")[0]
    assert prepare[3 : prepare.index("token-norm-dist")] == ["--random-seed", "7", "--trust-remote-code"]


def test_an_engine_built_elsewhere(bench):
    config = pytorch(bench)
    config["throughput"] = {"engine_dir": "/mnt/models/engines"}
    bench.configure(config)
    assert bench.run().returncode == 0
    assert bench.argvs("trtllm-bench")[0][-2:] == ["--engine_dir", "/mnt/models/engines"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"throughput": {"tp-size": 8}}, ["throughput.tp-size", "did you mean"]),
        ({"throughput": {"engine_dir": "/x"}}, ["throughput.engine_dir", "one writer"]),
        ({"throughput": {"num_requests": 5}}, ["throughput.num_requests", "one writer"]),
        ({"build": {"tp": 8}}, ["build.tp", "did you mean"]),
        ({"build": {"dataset": "/x"}}, ["build.dataset", "one writer"]),
        ({"download": {"local-dir": "/x"}}, ["download.local-dir", "one writer"]),
        ({"prepare_dataset": {"stdout": True}}, ["prepare_dataset", "script is missing"]),
        ({"prepare_dataset": {"script": "/nowhere/prepare_dataset.py"}}, ["/nowhere/prepare_dataset.py"]),
        ({"experiments": [{"isl": 1, "osl": 1}]}, ["experiments[0]", "num_requests"]),
        ({"experiments": [{"isl": "1", "osl": 1, "num_requests": 1}]}, ["experiments[0].isl", "int"]),
        ({"experiments": [{"isl": True, "osl": 1, "num_requests": 1}]}, ["experiments[0].isl", "int"]),
        ({"experiments": [{"isl": 1, "osl": 1, "num_requests": 1}] * 2}, ["experiments[1]", "name"]),
        ({"experiments": [{"isl": 1, "osl": 1, "num_requests": 1, "tps": 8}]}, ["experiments[0].tps", "tp"]),
    ],
)
def test_a_mistake_stops_before_the_download(bench, change, said):
    bench.configure({**tensorrt(bench), **change})
    bench.stops(*said)


def test_a_volume_and_a_download_contradict(bench):
    (bench.root / "config.json").write_text("{}")
    bench.env["MODEL_PATH"] = str(bench.root)
    bench.configure(tensorrt(bench))
    bench.stops("download", "MODEL_PATH")


def test_a_gated_model_needs_a_token(bench):
    bench.env["MODEL_GATED"] = "true"
    bench.configure(tensorrt(bench))
    bench.stops("org/model", "HF_TOKEN")


@pytest.mark.parametrize("name", ["WORK_DIR", "RESULTS_DIR"])
def test_a_missing_folder_variable_stops(bench, name):
    del bench.env[name]
    bench.configure(tensorrt(bench))
    bench.stops(name)


def test_sigterm_reaches_the_run_and_ends_the_job(bench):
    sizes = [{"isl": isl, "osl": 128, "num_requests": 10} for isl in (1, 2)]
    bench.configure(pytorch(bench, *sizes) | {"download": {}})
    bench.plan = [{"when": ["throughput"], "block": True}]
    process = bench.start()
    bench.await_call("trtllm-bench", process)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert {"name": "trtllm-bench", "signal": signal.SIGTERM} in bench.calls()
    assert len(bench.argvs("trtllm-bench")) == 1
    assert results(bench) == []  # half an output is no result

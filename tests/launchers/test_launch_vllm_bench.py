"""The client Job of vLLM: its command lines. How it waits and what it survives is shared with SGLang's."""

from __future__ import annotations

import pytest

LENGTHS = {"random-input-len": 1000, "random-output-len": 1000}


@pytest.fixture
def bench(use, health):
    container = use("vllm-bench")
    container.env |= {"RESULTS_DIR": str(container.root / "gcs" / "benchmark_logs"), "POLL_SECONDS": "0.01"}
    container.configure(engine(health.url, {"name": "a", "num-prompts": 8}))
    return container


def engine(url: str, *experiments: dict[str, object]) -> dict[str, object]:
    common = {"base-url": url, "backend": "vllm", "ignore-eos": True, **LENGTHS}
    return {"bench_serve": common, "experiments": list(experiments)}


def test_each_experiment_has_its_result_file(bench, health):
    bench.configure(
        engine(health.url, {"name": "a", "num-prompts": 8}, {"name": "b", "num-prompts": 9, "random-input-len": 4})
    )
    assert bench.run().returncode == 0
    first, second = bench.argvs("vllm")
    assert first == [
        *("bench", "serve", "--model", "org/model"),
        *("--save-result", "--result-filename", first[6]),
        *("--base-url", health.url, "--backend", "vllm", "--ignore-eos"),
        *("--random-input-len", "1000", "--random-output-len", "1000", "--num-prompts", "8"),
    ]
    assert first[6].endswith("/a.json") and second[6].endswith("/b.json")
    assert second[second.index("--random-input-len") + 1] == "4"
    assert health.paths == ["/health", "/version"]
    assert sorted(file.name for file in bench.results().iterdir()) == ["a.json", "b.json", "manifest.json"]


def test_prompts_are_cut_with_the_mounted_tokenizer(bench):
    folder = bench.root / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    bench.env["MODEL_PATH"] = str(folder)
    assert bench.run().returncode == 0
    assert bench.argvs()[0][2:6] == ["--model", "org/model", "--tokenizer", str(folder)]


def test_one_failure_does_not_stop_the_others(bench, health):
    bench.configure(engine(health.url, {"name": "a", "num-prompts": 7}, {"name": "b", "num-prompts": 8}))
    bench.plan = [{"when": ["7"], "exit": 5}]
    done = bench.run()
    assert done.returncode == 5
    assert "a: failed with exit code 5" in done.stdout and "b: ok" in done.stdout


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"num-prompt": 1}, ["experiments[1].num-prompt", "did you mean num-prompts?"]),
        ({"result-filename": "/x"}, ["experiments[1].result-filename", "one writer"]),
        ({"save-result": True}, ["experiments[1].save-result", "one writer"]),
        ({"name": "a"}, ["experiments[1].name"]),
    ],
)
def test_the_last_experiment_is_checked_before_the_first_runs(bench, health, wrong, said):
    bench.configure(engine(health.url, {"name": "a"}, {"name": "b"} | wrong))
    bench.stops(*said)
    assert health.paths == []


def test_a_server_that_never_gets_ready(bench, health):
    health.answers[:] = [503]
    bench.env["WAIT_SECONDS"] = "0.1"
    done = bench.run()
    assert done.returncode == 1
    assert f"{health.url}/health" in done.stdout and "503" in done.stdout
    assert bench.calls() == []


def test_the_address_is_that_of_http(bench):
    bench.configure({"bench_serve": {"base-url": "server:8000"}, "experiments": [{"name": "a"}]})
    bench.stops("bench_serve.base-url", "http://")

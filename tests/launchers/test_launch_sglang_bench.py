"""The client Job: waits for the server, runs every experiment, survives failures, obeys SIGTERM."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture
def bench(use, health):
    container = use("sglang-bench")
    container.env |= {"RESULTS_DIR": str(container.root / "gcs" / "benchmark_logs"), "POLL_SECONDS": "0.01"}
    container.configure(engine(health.url))
    return container


def experiment(name: str, **flags: object) -> dict[str, object]:
    return {"name": name, "num-prompts": 1100, "random-input-len": 1000, "random-output-len": 1000, **flags}


def engine(url: str, *experiments: dict[str, object]) -> dict[str, object]:
    return {
        "bench_serving": {"base-url": url, "backend": "sglang", "dataset-name": "random", "random-range-ratio": 1},
        "experiments": list(experiments) or [experiment("ds_1000_1000_1100")],
    }


def test_the_recipe(bench, health):
    assert bench.run().returncode == 0
    (words,) = bench.argvs()
    assert bench.argvs() == [
        [
            *("--model", "org/model", "--output-file", words[3]),
            *("--base-url", health.url, "--backend", "sglang", "--dataset-name", "random", "--random-range-ratio", "1"),
            *("--num-prompts", "1100", "--random-input-len", "1000", "--random-output-len", "1000"),
        ]
    ]
    assert words[3].endswith("/ds_1000_1000_1100.jsonl") and not words[3].startswith(str(bench.root / "gcs"))
    assert sorted(file.name for file in bench.results().iterdir()) == ["ds_1000_1000_1100.jsonl", "manifest.json"]


def test_it_waits_for_the_server(bench, health):
    health.answers[:] = [503, 503, 404, 200]
    assert bench.run().returncode == 0
    assert health.paths == ["/health"] * 4 + ["/get_server_info"]
    assert len(bench.argvs()) == 1


def test_a_server_that_never_gets_ready(bench, health):
    health.answers[:] = [503]
    bench.env["WAIT_SECONDS"] = "0.1"
    done = bench.run()
    assert done.returncode == 1
    assert f"{health.url}/health" in done.stdout
    assert "503" in done.stdout
    assert bench.calls() == []


def test_no_server_at_all(bench, health):
    bench.configure(engine("http://127.0.0.1:1"))
    bench.env["WAIT_SECONDS"] = "0"
    done = bench.run()
    assert done.returncode == 1
    assert "refused" in done.stdout
    assert bench.calls() == []


def test_one_failure_does_not_stop_the_others(bench, health):
    bench.configure(engine(health.url, experiment("a"), experiment("b", **{"num-prompts": 7}), experiment("c")))
    bench.plan = [{"when": ["7"], "exit": 5}]
    done = bench.run()
    assert done.returncode == 5
    assert [words[words.index("--output-file") + 1].rsplit("/")[-1] for words in bench.argvs()] == [
        "a.jsonl",
        "b.jsonl",
        "c.jsonl",
    ]
    assert "b: failed with exit code 5" in done.stdout
    assert "c: ok" in done.stdout


def test_an_experiment_overrides_the_common_flags(bench, health):
    bench.configure(engine(health.url, experiment("a", **{"random-range-ratio": 0.5, "max-concurrency": 8})))
    assert bench.run().returncode == 0
    (words,) = bench.argvs()
    assert words.count("--random-range-ratio") == 1
    assert words[words.index("--random-range-ratio") + 1] == "0.5"
    assert words[words.index("--max-concurrency") + 1] == "8"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"num-prompt": 1}, ["experiments[1].num-prompt", "did you mean num-prompts?"]),
        ({"output-file": "/x"}, ["experiments[1].output-file", "one writer"]),
        ({"name": "a"}, ["experiments[1].name"]),
        ({"name": "../a"}, ["experiments[1].name"]),
        ({"name": 7}, ["experiments[1].name", "str", "quotes"]),
    ],
)
def test_the_last_experiment_is_checked_before_the_first_runs(bench, health, wrong, said):
    bench.configure(engine(health.url, experiment("a"), experiment("b") | wrong))
    bench.stops(*said)
    assert health.paths == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("bench_serving: {backend: sglang}\nexperiments: [{name: a}]", ["base-url"]),
        ("bench_serving: {base-url: server:8000}\nexperiments: [{name: a}]", ["base-url", "http://"]),
        ("bench_serving: {base-url: http://s}\nexperiments: []", ["experiments", "at least one"]),
        ("bench_serving: {base-url: http://s}\nexperiments: {name: a}", ["experiments", "list"]),
        ("bench_serving: {base-url: http://s}\nexperiments: [{backend: sglang}]", ["experiments[0]", "name"]),
    ],
)
def test_what_must_be_there(bench, content, said):
    bench.configure(content)
    bench.stops(*said)


def test_prompts_are_cut_with_the_mounted_tokenizer(bench):
    folder = bench.root / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    bench.env["MODEL_PATH"] = str(folder)
    assert bench.run().returncode == 0
    assert bench.argvs()[0][:4] == ["--model", "org/model", "--tokenizer", str(folder)]


def test_sigterm_reaches_the_run_and_ends_the_job(bench, health):
    bench.configure(engine(health.url, experiment("a"), experiment("b")))
    bench.plan = [{"when": [], "block": True}]
    process = bench.start()
    bench.await_call("sglang.bench_serving", process)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert {"name": "sglang.bench_serving", "signal": signal.SIGTERM} in bench.calls()
    assert len(bench.argvs()) == 1  # b did not start


def test_sigterm_while_waiting_ends_the_job(bench, health):
    health.answers[:] = [503]
    process = bench.start()
    while not health.paths:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert bench.calls() == []

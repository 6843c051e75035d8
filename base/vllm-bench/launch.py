"""Measure a running vLLM server: one run of `vllm bench serve` for every entry of `experiments`."""

from __future__ import annotations

from pathlib import Path

import launchlib

COMMAND = ["vllm", "bench", "serve"]


def plan(config: launchlib.Config, model: launchlib.Model, results: Path, base: list[str]) -> dict[str, list[str]]:
    """All command lines before the first run: a typo in the last experiment must not surface hours later."""
    flags = launchlib.known_flags(COMMAND, "--help=all")
    common = config.section("bench_serve")
    runs: dict[str, list[str]] = {}
    for name, own in launchlib.experiments(config).items():
        # The requests go to the server, but prompts are cut with the model's tokenizer here.
        tokenizer = ["--tokenizer", str(model.path)] if model.path else []
        start = [*COMMAND, "--model", model.name, *tokenizer, *base]
        start += ["--save-result", "--result-dir", str(results), "--result-filename", f"{name}.json"]
        runs[name] = start + launchlib.argv(common.under(own), flags, start)
    return runs


def launch(base: list[str]) -> int:
    """Check everything, then run every experiment."""
    needs = {"bench_serve": {"base-url": "address"}, "experiments": [{"name": "file name"}]}
    config = launchlib.load(["bench_serve", "experiments"], needs=needs)
    url = config.section("bench_serve").need("base-url", str).rstrip("/")
    model, results = launchlib.read_model(), Path(launchlib.env("RESULTS_DIR"))
    runs = plan(config, model, results, base)
    results.mkdir(parents=True, exist_ok=True)
    return launchlib.measure(url, runs)


if __name__ == "__main__":
    launchlib.main(launch)

"""Measure a running SGLang server: one run of sglang.bench_serving for every entry of `experiments`."""

from __future__ import annotations

import benchlib
import launchlib

COMMAND = ["python3", "-m", "sglang.bench_serving"]


def plan(config: launchlib.Config, model: launchlib.Model, base: list[str]) -> dict[str, list[str]]:
    """All command lines before the first run: a typo in the last experiment must not surface hours later."""
    flags = launchlib.known_flags(COMMAND)
    common = config.section("bench_serving")
    runs: dict[str, list[str]] = {}
    for name, own in launchlib.experiments(config).items():
        # The requests go to the server, but prompts are cut with the model's tokenizer here.
        tokenizer = ["--tokenizer", str(model.path)] if model.path else []
        start = [*COMMAND, "--model", model.name, *tokenizer, "--output-file", benchlib.RESULT, *base]
        runs[name] = start + launchlib.argv(common.under(own), flags, start)
    return runs


def launch(base: list[str]) -> int:
    """Check everything, then run every experiment."""
    needs = {"bench_serving": {"base-url": "address"}, "experiments": [{"name": "file name"}]}
    config = launchlib.load(["bench_serving", "experiments"], needs=needs)
    url = config.section("bench_serving").need("base-url", str).rstrip("/")
    model = launchlib.read_model()
    return benchlib.measure(config, url, "sglang", model, plan(config, model, base), ".jsonl")


if __name__ == "__main__":
    launchlib.main(launch)

"""Measure a running vLLM server: one run of `vllm bench serve` for every entry of `experiments`."""

from __future__ import annotations

import benchlib
import launchlib

COMMAND = ["vllm", "bench", "serve"]


def plan(config: launchlib.Config, model: launchlib.Model, base: list[str]) -> dict[str, list[str]]:
    """All command lines before the first run: a typo in the last experiment must not surface hours later."""
    flags = launchlib.known_flags(COMMAND, "--help=all")
    common = config.section("bench_serve")
    runs: dict[str, list[str]] = {}
    for name, own in launchlib.experiments(config).items():
        # The requests go to the server, but prompts are cut with the model's tokenizer here.
        tokenizer = ["--tokenizer", str(model.path)] if model.path else []
        start = [*COMMAND, "--model", model.name, *tokenizer, *base]
        start += ["--save-result", "--result-filename", benchlib.RESULT]
        runs[name] = start + launchlib.argv(common.under(own), flags, start)
    return runs


def launch(base: list[str]) -> int:
    """Check everything, then run every experiment."""
    needs = {"bench_serve": {"base-url": "address"}, "experiments": [{"name": "file name"}]}
    config = launchlib.load(["bench_serve", "experiments"], needs=needs)
    url = config.section("bench_serve").need("base-url", str).rstrip("/")
    model = launchlib.read_model()
    return benchlib.measure(config, url, "vllm", model, plan(config, model, base), ".json")


if __name__ == "__main__":
    launchlib.main(launch)

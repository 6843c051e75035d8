"""Measure a running SGLang server: one run of sglang.bench_serving for every entry of `experiments`."""

from __future__ import annotations

import http.client
import os
import re
import time
import urllib.request
from pathlib import Path

import launchlib

COMMAND = ["python3", "-m", "sglang.bench_serving"]


def wait_for(url: str, seconds: float, pause: float) -> str | None:
    """Wait until the server is healthy; the last reason why not, if that never happens.

    No proxy: the address is a Service of this cluster.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while True:
        try:
            with opener.open(f"{url}/health", timeout=10) as answer:
                if answer.status == 200:
                    return None
                reason = f"HTTP status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            reason = str(error)
        if time.monotonic() >= deadline:
            return reason
        time.sleep(pause)


def seconds_from(name: str, default: float) -> float:
    """A duration from the environment."""
    try:
        return float(os.environ.get(name, default))
    except ValueError as error:
        raise launchlib.StopLaunch(f"environment variable {name}: {error}: write a number of seconds") from error


def plan(config: launchlib.Config, model: launchlib.Model, results: Path, base: list[str]) -> dict[str, list[str]]:
    """All command lines before the first run: a typo in the last experiment must not surface hours later."""
    flags = launchlib.known_flags(COMMAND)
    common = config.section("bench_serving")
    runs: dict[str, list[str]] = {}
    for experiment in config.each("experiments"):
        name = experiment.need("name", str)
        if not re.fullmatch(r"\w[\w.-]*", name) or name in runs:
            raise launchlib.StopLaunch(f"{experiment.where}.name: {name!r} must be a file name that no other one has")
        # The requests go to the server, but prompts are cut with the model's tokenizer here.
        tokenizer = ["--tokenizer", str(model.path)] if model.path else []
        start = [*COMMAND, "--model", model.name, *tokenizer, "--output-file", str(results / f"{name}.jsonl"), *base]
        runs[name] = start + launchlib.argv(common.under(experiment.without("name")), flags, start)
    return runs


def launch(base: list[str]) -> int:
    """Run every experiment; one that fails does not keep the next from running."""
    config = launchlib.load(["bench_serving", "experiments"])
    url = config.section("bench_serving").need("base-url", str).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise launchlib.StopLaunch(f"{config.path}: bench_serving.base-url: {url} must start with http://: add it")
    model, results = launchlib.read_model(), Path(launchlib.env("RESULTS_DIR"))
    limit, pause = seconds_from("WAIT_SECONDS", 7200), seconds_from("POLL_SECONDS", 5)
    runs = plan(config, model, results, base)
    results.mkdir(parents=True, exist_ok=True)
    print(f"launch: waiting up to {limit:g} s for {url}/health", flush=True)
    if reason := wait_for(url, limit, pause):
        print(f"launch: {url}/health was not healthy within {limit:g} s ({reason}): is the server up?", flush=True)
        return 1
    return launchlib.summary({name: launchlib.run(words) for name, words in runs.items()})


if __name__ == "__main__":
    launchlib.main(launch)

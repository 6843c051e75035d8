"""Measure TensorRT-LLM with trtllm-bench: for each experiment a dataset, an engine if `build` is there, throughput."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import benchlib
import launchlib


@dataclass(frozen=True)
class Experiment:
    """The command lines of one run; `build` is empty for the PyTorch backend, which needs no engine."""

    dataset: Path
    prepare: list[str]
    workspace: Path
    build: list[str]
    throughput: list[str]


def plan(config: launchlib.Config, model: str, local: str, work: Path, base: list[str]) -> dict[str, Experiment]:
    """All command lines before the first run: a typo in the last experiment must not surface hours later."""
    bench = ["trtllm-bench", "--model", model]  # the group refuses even --help without its --model
    flags = launchlib.known_flags([*bench, "throughput"])
    build_flags = launchlib.known_flags([*bench, "build"]) if "build" in config else {}
    script = ["python3", config.section("prepare_dataset").need("script", str)]
    preparing, script_flags = config.section("prepare_dataset").without("script"), launchlib.known_flags(script)
    building, options = config.section("build"), launchlib.options_file(config, work)
    experiments: dict[str, Experiment] = {}
    for entry in config.each("experiments"):
        isl, osl, requests = (entry.need(key, int) for key in ("isl", "osl", "num_requests"))
        name = f"{model.rsplit('/', 1)[-1]}_isl{isl}_osl{osl}_requests{requests}"
        name += f"_{entry.need('name', str)}" if "name" in entry.settings else ""
        if name in experiments:
            raise launchlib.StopLaunch(f"{entry.where}: {name} must be a file name of its own: add a distinct `name`")
        dataset, workspace = work / "datasets" / f"{isl}_{osl}_{requests}.jsonl", work / "engines" / f"{isl}_{osl}"
        # Lengths without spread and a fixed seed: two runs of one overlay measure the same requests.
        prepare = [*script, "--tokenizer", local, "--stdout"]
        if "random-seed" in script_flags and "random-seed" not in preparing.settings:
            prepare += ["--random-seed", "420"]
        prepare += launchlib.argv(preparing, script_flags, prepare)
        prepare += ["token-norm-dist", "--num-requests", str(requests), "--input-mean", str(isl), "--input-stdev", "0"]
        prepare += ["--output-mean", str(osl), "--output-stdev", "0"]
        start, build = [*bench, "--model_path", local, "--workspace", str(workspace)], list[str]()
        if "build" in config:
            # A dataset sizes the engine; limits of one's own exclude it, and need max_seq_len in its place (0.17-1.1):
            # https://github.com/NVIDIA/TensorRT-LLM/blob/v1.0.0/tensorrt_llm/bench/build/build.py
            build = [*start, "build", *([] if "max_seq_len" in building.settings else ["--dataset", str(dataset)])]
            build += launchlib.argv(building, build_flags, build)
        run = [*start, "throughput", "--dataset", str(dataset), "--num_requests", str(requests), *options, *base]
        own = config.section("throughput").under(entry.without("isl", "osl", "num_requests", "name"))
        run += launchlib.argv(own, flags, [*run, "--engine_dir"] if build else run)
        experiments[name] = Experiment(dataset, prepare, workspace, build, run)
    return experiments


def measure(experiment: Experiment, engines: dict[Path, list[Path]], log: Path) -> int:
    """One experiment, whose output is its result; datasets and engines of earlier ones are used again, failed builds
    are not tried again."""
    if not experiment.dataset.exists() and (code := launchlib.run(experiment.prepare, output=experiment.dataset)):
        return code
    words = list(experiment.throughput)
    if experiment.build:
        if experiment.workspace not in engines:
            engines[experiment.workspace] = []
            if code := launchlib.run(experiment.build):
                return code
            # trtllm-bench names the folder itself: <workspace>/<model id>/tp_<n>_pp_<m>
            engines[experiment.workspace] = [file.parent for file in experiment.workspace.rglob("tp_*/config.json")]
        if len(engines[experiment.workspace]) != 1:
            return 1  # the build failed, here or for an earlier experiment, and has said why
        words += ["--engine_dir", str(engines[experiment.workspace][0])]
    return launchlib.run(words, tee=log)


def launch(base: list[str]) -> int:
    """Run every experiment; one that fails does not keep the next from running."""
    sections = ["prepare_dataset", "throughput", "experiments"]
    experiment = {"isl": "number", "osl": "number", "num_requests": "number", "name?": "file name"}
    needs = {"prepare_dataset": {"script": "text"}, "experiments": [experiment]}
    config = launchlib.load(sections, ["download", "build", "extra_llm_api_options"], needs)
    model, work = launchlib.read_model(), Path(launchlib.env("WORK_DIR"))
    local = model.path or work / "models" / model.name
    for folder in ("datasets", "engines"):  # the node's disk keeps those of an earlier Job
        shutil.rmtree(work / folder, ignore_errors=True)
        (work / folder).mkdir(parents=True)
    experiments = plan(config, model.name, str(local), work, base)
    results = benchlib.opened(config, "trtllm", model, {name: one.throughput for name, one in experiments.items()})
    for step in launchlib.download_step(config, model, local):
        if code := launchlib.run(step):
            return code
    results.manifest["model_revision"] = results.manifest["model_revision"] or benchlib.fetched(local)
    engines = dict[Path, list[Path]]()
    for name, experiment in experiments.items():

        def work(own: Path, log: Path, experiment: Experiment = experiment) -> int:
            return measure(experiment, engines, own)

        results.run(name, f"{name}.txt", work)
    return results.summary()


if __name__ == "__main__":
    launchlib.main(launch)

"""Build a TensorRT engine onto the model disk: download, convert_checkpoint.py, trtllm-build, once."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import shutil
from pathlib import Path
from typing import Any

import launchlib


def description(config: launchlib.Config, model: launchlib.Model) -> dict[str, Any]:
    """What the engine is made of; an engine runs only with the TensorRT-LLM version that built it."""
    made_of: dict[str, Any] = {"model": model.name}
    made_of |= {name: config.content[name] for name in ("convert_checkpoint", "trtllm-build")}
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):  # then the flags alone tell builds apart
        made_of["tensorrt_llm"] = importlib.metadata.version("tensorrt_llm")
    return made_of


def install(partial: Path, engines: Path, record: Path, made_of: dict[str, Any]) -> None:
    """Put the finished engine in place. Without its record an engine counts as unfinished: the record goes first and
    comes last, so a Job killed at any line here builds anew, and `engines` is never half of one."""
    old = engines.with_name("engines.old")
    record.unlink(missing_ok=True)
    shutil.rmtree(old, ignore_errors=True)
    if engines.exists():
        engines.rename(old)
    partial.rename(engines)
    written = record.with_name("build.json.partial")
    written.write_text(json.dumps(made_of, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(written, record)
    shutil.rmtree(old, ignore_errors=True)


def is_built(engines: Path, record: Path, made_of: dict[str, Any]) -> bool:
    """Whether the disk holds this very engine."""
    try:
        return bool(engines.is_dir() and json.loads(record.read_text(encoding="utf-8")) == made_of)
    except (OSError, ValueError):
        return False


def launch(base: list[str]) -> int:
    """Check all flags, then download, convert, build; the first failure ends the Job with its exit code."""
    config = launchlib.load(
        ["convert_checkpoint", "trtllm-build"], ["download"], {"convert_checkpoint": {"script": "text"}}
    )
    model, output = launchlib.read_model(), Path(launchlib.env("OUTPUT_DIR"))
    # The work disk is the node's and outlives the pod: another model's build may use it.
    checkpoint = Path(launchlib.env("WORK_DIR")) / "checkpoint" / model.name.rsplit("/", 1)[-1]
    engines, partial, record = (output / name for name in ("engines", "engines.partial", "build.json"))
    local = model.path or output / model.name.rsplit("/", 1)[-1]

    converting = config.section("convert_checkpoint")
    script = ["python3", converting.need("script", str)]
    convert = [*script, "--model_dir", str(local), "--output_dir", str(checkpoint)]
    convert += launchlib.argv(converting.without("script"), launchlib.known_flags(script), convert)
    build = ["trtllm-build", "--checkpoint_dir", str(checkpoint), "--output_dir", str(partial), *base]
    build += launchlib.argv(config.section("trtllm-build"), launchlib.known_flags(["trtllm-build"]), build)
    steps = [*launchlib.download_step(config, model, local), convert, build]

    made_of = description(config, model)
    if is_built(engines, record, made_of):
        print(f"launch: {engines} is this engine already", flush=True)
        return 0
    for leftover in (checkpoint, partial):
        shutil.rmtree(leftover, ignore_errors=True)
    for step in steps:
        if code := launchlib.run(step):
            return code
    install(partial, engines, record, made_of)
    shutil.rmtree(checkpoint)
    return 0


if __name__ == "__main__":
    launchlib.main(launch)

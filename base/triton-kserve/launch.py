"""Serve TensorRT engines with Triton: fill the image's template repository from `fill_template`, then start the server.

The templates come from the image, not from a clone: a template fits one version of the backend. Triton's TensorRT-LLM
images carry them in /app/all_models since the Dockerfile that builds them copies them there:
https://github.com/triton-inference-server/tensorrtllm_backend/blob/v0.17.0/dockerfile/Dockerfile.triton.trt_llm_backend
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import launchlib

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
# The backends read a parameter that is still "${name}" as unset, so upstream's fill_template.py leaves it. That holds
# for string_value alone: anywhere else the file no longer parses. And these parameters have no default:
# https://github.com/triton-inference-server/tensorrtllm_backend/blob/v0.17.0/docs/model_config.md
COMMENT = re.compile(r"\s*#.*")
OPTIONAL = re.compile(COMMENT.pattern + r'|\s*string_value:\s*"\$\{\w+\}"\s*')
MANDATORY = {"preprocessing": {"tokenizer_dir"}, "postprocessing": {"tokenizer_dir"}}
MANDATORY["tensorrt_llm"] = {"engine_dir", "batching_strategy"}


def value_of(setting: launchlib.Setting) -> str:
    """A parameter as text. The C++ backend, the Python models and the protobuf parser all read true and false."""
    value = setting.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)) or any(sign in str(value) for sign in '"\\\n'):
        raise launchlib.StopLaunch(f"{setting.where}: {value!r} must be plain text or a number: correct it")
    return str(value)


def open_in(text: str, passed_over: re.Pattern[str]) -> set[str]:
    """The placeholders of a template, less those in lines that do not count."""
    return {name for line in text.splitlines() if not passed_over.fullmatch(line) for name in PLACEHOLDER.findall(line)}


def fill(template: str, parameters: launchlib.Section, folder: str) -> str:
    """One config.pbtxt with its parameters; what is mandatory and still open stops the launch.

    fill_template.py ignores a parameter that the template lacks, and adds max_queue_size by itself: here it is written.
    """
    known = open_in(template, COMMENT)
    values = {key: value_of(setting) for key, setting in parameters.settings.items()}
    for key, setting in parameters.settings.items():
        if key not in known:
            hint = launchlib.nearest(key, known)
            raise launchlib.StopLaunch(f"{setting.where}: {folder}/config.pbtxt has no ${{{key}}}{hint}")
    filled = PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)
    left = open_in(filled, OPTIONAL) | (MANDATORY.get(folder, set()) & open_in(filled, COMMENT))
    if left:
        raise launchlib.StopLaunch(f"{parameters.where}: {', '.join(sorted(left))} must be set: add the keys")
    return filled


def launch(base: list[str]) -> int:
    """Check everything, write the repository, then become the server."""
    config = launchlib.load(["fill_template", "repository"], ["tritonserver"], {"repository": {"source": "text"}})
    chosen = config.section("repository")
    source = Path(chosen.need("source", str))
    for setting in chosen.without("source").settings.values():
        raise launchlib.StopLaunch(f"{setting.where}: no such key: only source is known")
    folders = sorted(file.parent.name for file in source.glob("*/config.pbtxt"))
    if not folders:
        raise launchlib.StopLaunch(f"{config.path}: repository.source: {source} holds no model templates: correct it")
    wanted = config.section("fill_template")
    for folder, setting in wanted.settings.items():
        if folder not in folders:
            hint = launchlib.nearest(folder, folders)
            raise launchlib.StopLaunch(f"{setting.where}: {source} has no such model{hint}")
    repository = Path(os.environ.get("MODEL_REPOSITORY") or "/tmp/repository")
    start = ["tritonserver", f"--model-repository={repository}", *base]
    flags = launchlib.known_flags(["tritonserver"])
    words = [*start, *launchlib.argv(config.section("tritonserver"), flags, start)]
    texts = {}
    for folder in folders:
        template = (source / folder / "config.pbtxt").read_text(encoding="utf-8")
        texts[folder] = fill(template, config.inner("fill_template", folder), folder)
    shutil.rmtree(repository, ignore_errors=True)  # a restarted container finds its earlier copy
    shutil.copytree(source, repository)
    for folder, text in texts.items():
        (repository / folder / "config.pbtxt").write_text(text, encoding="utf-8")
    launchlib.become(words)


if __name__ == "__main__":
    launchlib.main(launch)

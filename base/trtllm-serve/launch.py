"""Serve a model with TensorRT-LLM: `serve` becomes the flags of trtllm-serve, `extra_llm_api_options` its file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import launchlib


def launch(base: list[str]) -> int:
    """Check everything, then become the server.

    Up to 0.18 trtllm-serve is one command, `trtllm-serve MODEL`; later it is a group whose default is `serve`. Both
    take the model as first word without `serve`. Help is the other way round: the group's own help lists commands, so
    `serve --help` it is, and the single command reads `serve` there as a model and prints its help all the same.
    Sources: https://nvidia.github.io/TensorRT-LLM/0.18.2/commands/trtllm-serve.html and
    https://github.com/NVIDIA/TensorRT-LLM/blob/v1.2.0/tensorrt_llm/commands/serve.py (DefaultGroup).
    """
    config = launchlib.load(["serve"], ["extra_llm_api_options"])
    model = launchlib.read_model()
    options = launchlib.options_file(config, Path(tempfile.mkdtemp(prefix="trtllm-serve-")))
    start = ["trtllm-serve", model.source, *base, *options]
    flags = launchlib.known_flags(["trtllm-serve", "serve"])
    launchlib.become([*start, *launchlib.argv(config.section("serve"), flags, start)])


if __name__ == "__main__":
    launchlib.main(launch)

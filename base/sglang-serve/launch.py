"""Serve a model with SGLang: engine.yaml's `launch_server` becomes the flags of sglang.launch_server."""

from __future__ import annotations

import launchlib

COMMAND = ["python3", "-m", "sglang.launch_server"]


def launch(base: list[str]) -> int:
    """Check everything, then become the server."""
    config = launchlib.load(["launch_server"])
    start = [*COMMAND, "--model-path", launchlib.read_model().source, *base]
    flags = launchlib.known_flags(COMMAND)
    launchlib.become([*start, *launchlib.argv(config.section("launch_server"), flags, start)])


if __name__ == "__main__":
    launchlib.main(launch)

"""Serve a model with vLLM: engine.yaml's `serve` becomes the flags of `vllm serve`."""

from __future__ import annotations

import launchlib

COMMAND = ["vllm", "serve"]


def known_flags() -> dict[str, launchlib.Flag]:
    """The server's flags. Without `=all` its help lists groups of flags only.

    Where that help pairs --enable-x with --disable-x, the first is the option; its --no-enable-x still switches it off,
    unseen. Source: vllm/utils/argparse_utils.py of 0.33 (EnableDisableAction)
    """
    flags = launchlib.known_flags(COMMAND, "--help=all")
    for flag in list(flags.values()):
        first, _, word = flag.names[0].partition("-")
        if {"enable": f"disable-{word}", "disable": f"enable-{word}"}.get(first) in flag.names:
            flags[f"no-{flag.names[0]}"] = flag
    return flags


def launch(base: list[str]) -> int:
    """Check everything, then become the server."""
    config, model = launchlib.load(["serve"]), launchlib.read_model()
    section, start = config.section("serve"), [*COMMAND, model.source, *base]
    if "served-model-name" not in section.settings:
        # A client asks for a model by name, which vLLM compares; on a volume that would be a path.
        start += ["--served-model-name", model.name]
    launchlib.become([*start, *launchlib.argv(section, known_flags(), start)])


if __name__ == "__main__":
    launchlib.main(launch)

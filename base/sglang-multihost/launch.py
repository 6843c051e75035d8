"""Serve a model with SGLang over the hosts of a LeaderWorkerSet: the same command on each, told apart by its rank."""

from __future__ import annotations

import launchlib

COMMAND = ["python3", "-m", "sglang.launch_server"]
RENDEZVOUS_PORT = 20000


def place() -> list[str]:
    """How many hosts there are, which of them this is, and where the first one waits for the others.

    LeaderWorkerSet sets the three variables in every container of a group. Source:
    https://lws.sigs.k8s.io/docs/reference/labels-annotations-and-environment-variables/
    """
    size, rank, leader = (launchlib.env(f"LWS_{name}") for name in ("GROUP_SIZE", "WORKER_INDEX", "LEADER_ADDRESS"))
    if not (size.isdecimal() and rank.isdecimal() and int(rank) < int(size)):
        raise launchlib.StopLaunch(f"LWS_WORKER_INDEX {rank!r} is no host of LWS_GROUP_SIZE {size!r}: set neither")
    return ["--nnodes", size, "--node-rank", rank, "--dist-init-addr", f"{leader}:{RENDEZVOUS_PORT}"]


def launch(base: list[str]) -> int:
    """Check everything, fetch the checkpoint, then become this host's part of the server.

    The download comes first, since ranks that load at different times lose each other: SGLang gives the last one eight
    minutes (UNBALANCED_MODEL_LOADING_TIMEOUT_S), but waits for all to start as long as --dist-timeout says.
    """
    config = launchlib.load(["launch_server"])
    model = launchlib.read_model()
    start = [*COMMAND, "--model-path", model.source, *base, *place()]
    words = [*start, *launchlib.argv(config.section("launch_server"), launchlib.known_flags(COMMAND), start)]
    code = launchlib.run([*launchlib.hub(), model.name]) if model.path is None else 0
    if not code:
        launchlib.become(words)
    return code


if __name__ == "__main__":
    launchlib.main(launch)

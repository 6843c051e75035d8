"""The server over several hosts: each learns its place, fetches the checkpoint, and only then joins the others."""

from __future__ import annotations

import signal

import pytest

BASE = ["--host", "0.0.0.0", "--port", "8000"]
GROUP = {"LWS_GROUP_SIZE": "2", "LWS_LEADER_ADDRESS": "server-0.server.serving", "LWS_WORKER_INDEX": "0"}


@pytest.fixture
def host(use):
    """One host of a group of two, the leader unless a test says otherwise."""
    container = use("sglang-multihost")
    container.env |= GROUP
    container.configure({"launch_server": {"tp-size": 8}})
    return container


@pytest.mark.parametrize("rank", ["0", "1"])
def test_every_host_fetches_the_model_and_then_takes_its_rank(host, rank):
    host.env["LWS_WORKER_INDEX"] = rank
    assert host.run(*BASE).returncode == 0
    place = ["--nnodes", "2", "--node-rank", rank, "--dist-init-addr", "server-0.server.serving:20000"]
    assert [(call["name"], call["argv"]) for call in host.calls()] == [
        ("hf", ["download", "org/model"]),
        ("sglang.launch_server", ["--model-path", "org/model", *BASE, *place, "--tp-size", "8"]),
    ]


def test_a_mounted_model_is_not_fetched(host, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    host.env["MODEL_PATH"] = str(tmp_path)
    assert host.run(*BASE).returncode == 0
    assert [call["name"] for call in host.calls()] == ["sglang.launch_server"]


def test_a_failed_download_ends_the_pod(host):
    host.plan = [{"when": ["download"], "exit": 9}]
    assert host.run(*BASE).returncode == 9
    assert [call["name"] for call in host.calls()] == ["hf"]


@pytest.mark.parametrize("name", GROUP)
def test_outside_a_group_it_stops(host, name):
    del host.env[name]
    host.stops(name, "is empty", base=tuple(BASE))


@pytest.mark.parametrize(("size", "rank"), [("2", "2"), ("2", "-1"), ("two", "0"), ("0", "0")])
def test_a_rank_outside_the_group_stops_it(host, size, rank):
    host.env |= {"LWS_GROUP_SIZE": size, "LWS_WORKER_INDEX": rank}
    host.stops("LWS_WORKER_INDEX", "LWS_GROUP_SIZE", base=tuple(BASE))


def test_the_place_has_one_writer(host):
    host.configure({"launch_server": {"nnodes": 4}})
    host.stops("launch_server.nnodes", "one writer", base=tuple(BASE))


def test_a_mistake_is_found_before_the_download(host):
    host.configure({"launch_server": {"tp-sise": 8}})
    host.stops("launch_server.tp-sise", "did you mean tp-size?", base=tuple(BASE))


def test_sigterm_reaches_the_server(host):
    host.plan = [{"when": ["--model-path"], "block": True}]
    process = host.start(*BASE)
    call = host.await_call("sglang.launch_server", process)
    assert call["pid"] == process.pid  # the launcher has become the server
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 0

"""The OpenAI servers: exact command lines of the recipes, and that the launcher turns into the server."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import yaml

BASE = ["--host", "0.0.0.0", "--port", "8000"]
DEEPSEEK = {
    "tp-size": 8,
    "trust-remote-code": True,
    "enable-dp-attention": True,
    "attention-backend": "fa3",
    "dp-size": 4,
}
LLAMA4 = {
    "tp-size": 8,
    "trust-remote-code": True,
    "mem-fraction-static": 0.7,
    "attention-backend": "flashinfer",
    "context-length": 3600000,
}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            DEEPSEEK,
            "--tp-size 8 --trust-remote-code --enable-dp-attention --attention-backend fa3 --dp-size 4",
        ),
        (
            LLAMA4,
            "--tp-size 8 --trust-remote-code --mem-fraction-static 0.7 --attention-backend flashinfer"
            " --context-length 3600000",
        ),
    ],
    ids=["deepseek-r1", "llama-4-scout"],
)
def test_the_recipes_of_sglang(use, settings, words):
    container = use("sglang-serve")
    container.configure({"launch_server": settings})
    assert container.run(*BASE).returncode == 0
    assert container.argvs() == [["--model-path", "org/model", *BASE, *words.split()]]


def test_the_recipe_of_trtllm_serve(use):
    container = use("trtllm-serve")
    container.configure({"serve": {"backend": "pytorch", "tp_size": 8, "pp_size": 1}})
    assert container.run(*BASE).returncode == 0
    assert container.argvs() == [["org/model", *BASE, "--backend", "pytorch", "--tp_size", "8", "--pp_size", "1"]]


VLLM = [*BASE, "--shutdown-timeout", "600"]
NAMED = ["--served-model-name", "org/model"]


def test_vllm_serves_the_model_under_its_name(use):
    container = use("vllm-serve")
    folder = container.root / "volume"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    container.configure({"serve": {"tensor-parallel-size": 8, "enable-expert-parallel": True}})
    container.env["MODEL_PATH"] = str(folder)
    assert container.run(*VLLM).returncode == 0
    words = "--tensor-parallel-size 8 --enable-expert-parallel".split()
    assert container.argvs() == [["serve", str(folder), *VLLM, *NAMED, *words]]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"served-model-name": ["one", "two"]}, ["--served-model-name", "one", "two"]),
        ({"enable-prefix-caching": False}, [*NAMED, "--no-enable-prefix-caching"]),
        ({"no-enable-prefix-caching": True}, [*NAMED, "--no-enable-prefix-caching"]),
        # The help shows --disable-expert-parallel; the engine takes the older spelling as well.
        ({"enable-expert-parallel": False}, [*NAMED, "--no-enable-expert-parallel"]),
        ({"no-enable-expert-parallel": True}, [*NAMED, "--no-enable-expert-parallel"]),
        ({"disable-expert-parallel": True}, [*NAMED, "--disable-expert-parallel"]),
        ({"trust-remote-code": False}, [*NAMED, "--no-trust-remote-code"]),
        ({"max-model-len": "16k"}, [*NAMED, "--max-model-len", "16k"]),
        ({"compilation-config": {"mode": 3}}, [*NAMED, "--compilation-config", '{"mode": 3}']),
    ],
)
def test_how_vllm_is_told(use, settings, words):
    container = use("vllm-serve")
    container.configure({"serve": settings})
    assert container.run(*VLLM).returncode == 0
    assert container.argvs() == [["serve", "org/model", *VLLM, *words]]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tensor-parallel": 8}, ["serve.tensor-parallel", "did you mean tensor-parallel-size?"]),
        ({"max_model_len": 4096}, ["serve.max_model_len", "did you mean max-model-len?"]),
        ({"json-arg": 1}, ["no flag --json-arg"]),
        ({"headless": False}, ["serve.headless", "delete the line"]),
        ({"no-disable-expert-parallel": True}, ["no flag --no-disable-expert-parallel"]),
        ({"disable-expert-parallel": False}, ["serve.disable-expert-parallel", "delete the line"]),
        ({"port": 8001}, ["serve.port", "one writer"]),
        ({"shutdown-timeout": 5}, ["serve.shutdown-timeout", "one writer"]),
        ({"enable-expert-parallel": True, "disable-expert-parallel": True}, ["disable-expert-parallel", "one writer"]),
        ({"enable-expert-parallel": True, "no-enable-expert-parallel": True}, ["expert-parallel", "one writer"]),
    ],
)
def test_what_vllm_is_not_told(use, settings, said):
    container = use("vllm-serve")
    container.configure({"serve": settings})
    container.stops(*said, base=tuple(VLLM))


def test_llm_api_options_travel_in_a_file(use):
    container = use("trtllm-serve")
    options = {"kv_cache_config": {"dtype": "auto", "enable_block_reuse": False}, "moe_config": None}
    container.configure({"serve": {"tp_size": 8}, "extra_llm_api_options": options})
    assert container.run(*BASE).returncode == 0
    (words,) = container.argvs()
    file = Path(words[words.index("--extra_llm_api_options") + 1])
    assert yaml.safe_load(file.read_text()) == options
    assert words[-2:] == ["--tp_size", "8"]


def test_llm_api_options_have_one_writer(use):
    container = use("trtllm-serve")
    options = {"serve": {"extra_llm_api_options": "/elsewhere.yaml"}, "extra_llm_api_options": {"dtype": "auto"}}
    container.configure(options)
    container.stops("serve.extra_llm_api_options", "one writer", base=tuple(BASE))


def test_llm_api_options_must_be_a_mapping(use):
    container = use("trtllm-serve")
    container.configure("serve: {}\nextra_llm_api_options: [a]")
    container.stops("extra_llm_api_options", "mapping", base=tuple(BASE))


@pytest.mark.parametrize(
    ("base", "section"), [("sglang-serve", "launch_server"), ("trtllm-serve", "serve"), ("vllm-serve", "serve")]
)
def test_the_engines_exit_code_is_the_pods(use, base, section):
    container = use(base)
    container.configure({section: {}})
    container.plan = [{"when": ["org/model"], "exit": 37}]
    assert container.run(*BASE).returncode == 37


@pytest.mark.parametrize(
    ("base", "section", "engine"),
    [
        ("sglang-serve", "launch_server", "sglang.launch_server"),
        ("trtllm-serve", "serve", "trtllm-serve"),
        ("vllm-serve", "serve", "vllm"),
    ],
)
def test_sigterm_reaches_the_server(use, base, section, engine):
    container = use(base)
    container.configure({section: {}})
    container.plan = [{"when": ["org/model"], "block": True}]
    process = container.start(*BASE)
    call = container.await_call(engine, process)
    assert call["pid"] == process.pid  # the launcher has become the server
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 0
    assert {"name": engine, "signal": signal.SIGTERM} in container.calls(engine)

"""The two OpenAI servers: exact command lines of the recipes, and that the launcher turns into the server."""

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


@pytest.mark.parametrize(("base", "section"), [("sglang-serve", "launch_server"), ("trtllm-serve", "serve")])
def test_the_engines_exit_code_is_the_pods(use, base, section):
    container = use(base)
    container.configure({section: {}})
    container.plan = [{"when": ["org/model"], "exit": 37}]
    assert container.run(*BASE).returncode == 37


@pytest.mark.parametrize(
    ("base", "section", "engine"),
    [("sglang-serve", "launch_server", "sglang.launch_server"), ("trtllm-serve", "serve", "trtllm-serve")],
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

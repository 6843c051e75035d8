"""engine.yaml to command line, seen through sglang-serve: what is refused and how values are spelled."""

from __future__ import annotations

import json

import pytest

BASE = ("--host", "0.0.0.0", "--port", "8000")


@pytest.fixture
def sglang(use):
    return use("sglang-serve")


def engine_words(container) -> list[str]:
    """The words that came from engine.yaml."""
    (words,) = container.argvs("sglang.launch_server")
    return words[6:]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("launch_server: {tp: 8}", ["launch_server.tp", "did you mean tp-size?"]),
        ("launch_server: {mem_fraction_static: 0.7}", ["mem_fraction_static", "did you mean mem-fraction-static?"]),
        ("launch_server: {help-text-is-no-flag: 1}", ["no flag --help-text-is-no-flag"]),
        ("launch_server: {not-a-line: 1}", ["no flag --not-a-line"]),
        ("launch_servre: {tp-size: 8}", ["launch_servre", "no such section", "did you mean launch_server?"]),
        ("launch_server: {tp-size: 8}\nexperiments: []", ["experiments", "no such section"]),
        ("{}", ["launch_server", "the section is missing"]),
        ("", ["must be a mapping"]),
        ("launch_server:", ["launch_server", "must be a mapping"]),
        ("launch_server: tp-size 8", ["launch_server", "must be a mapping"]),
        ("launch_server: {8: tp-size}", ["launch_server", "must be text"]),
        ("launch_server: {tp-size: 8, tp-size: 4}", ["tp-size", "written twice"]),
        ("launch_server:\n  tp-size: 8\n  dp-size: 4\n  tp-size: 8\n", ["tp-size", "line 2", "line 4"]),
        ("launch_server: {tp-size: 8}\nlaunch_server: {dp-size: 4}", ["launch_server", "written twice"]),
        ("launch_server: {tp-size: 8, tensor-parallel-size: 8}", ["tensor-parallel-size", "tp-size", "one writer"]),
        ("launch_server: {context-length: }", ["context-length", "has no value"]),
        ("launch_server: {context-length: ~}", ["context-length", "has no value"]),
        ("launch_server: {cuda-graph-bs: [1, ~]}", ["cuda-graph-bs", "has no value"]),
        ("launch_server: {cuda-graph-bs: []}", ["cuda-graph-bs", "empty list"]),
        ("launch_server: {context-length: 2025-01-31}", ["context-length", "quotes"]),
        ("launch_server: {trust-remote-code: false}", ["trust-remote-code", "delete the line"]),
        ("launch_server: {port: 8000}", ["launch_server.port", "--port", "one writer"]),
        ("launch_server: {model-path: other/model}", ["model-path", "one writer"]),
        ("launch_server: [", ["not YAML", "line 1"]),
        ("launch_server: !!python/object:os.system {}", ["not YAML"]),
        ("launch_server: {? [a] : 1}", ["not YAML"]),
    ],
)
def test_a_mistake_stops_with_its_key_and_the_file(sglang, text, said):
    sglang.configure(text)
    sglang.stops(str(sglang.engine_yaml), *said, base=BASE)


def test_a_missing_file_stops(sglang):
    sglang.stops(str(sglang.engine_yaml), base=BASE)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"trust-remote-code": True}, ["--trust-remote-code"]),
        ({"warmup": False}, ["--no-warmup"]),
        ({"cuda-graph-bs": [1, 2, 4]}, ["--cuda-graph-bs", "1", "2", "4"]),
        ({"chat-template": "a b --tp-size 1"}, ["--chat-template", "a b --tp-size 1"]),
        ({"mem-fraction-static": 0.7}, ["--mem-fraction-static", "0.7"]),
        ({"context-length": 3600000}, ["--context-length", "3600000"]),
        ({"chat-template": ""}, ["--chat-template", ""]),
    ],
)
def test_how_a_value_is_spelled(sglang, values, words):
    sglang.configure({"launch_server": values})
    assert sglang.run(*BASE).returncode == 0
    assert engine_words(sglang) == words


def test_a_mapping_becomes_json(sglang):
    override = {"rope_scaling": {"type": "yarn", "factor": 4}, "ok": None}
    sglang.configure({"launch_server": {"json-model-override-args": override}})
    assert sglang.run(*BASE).returncode == 0
    flag, value = engine_words(sglang)
    assert flag == "--json-model-override-args"
    assert json.loads(value) == override


def test_a_word_for_true_where_the_engine_wants_one(use):
    triton = use("triton-kserve")
    source = triton.root / "templates"
    (source / "m").mkdir(parents=True)
    (source / "m" / "config.pbtxt").write_text('name: "m"\n')
    triton.env["MODEL_REPOSITORY"] = str(triton.root / "repository")
    triton.configure(
        {
            "repository": {"source": str(source)},
            "fill_template": {},
            "tritonserver": {
                "allow-grpc": False,
                "disable-auto-complete-config": True,
                "backend-config": ["a,b=1", "c,d=2"],
            },
        }
    )
    assert triton.run().returncode == 0
    (words,) = triton.argvs("tritonserver")
    assert words[1:] == [
        *("--allow-grpc", "false", "--disable-auto-complete-config"),
        *("--backend-config", "a,b=1", "--backend-config", "c,d=2"),
    ]


def test_a_gated_model_needs_a_token(sglang):
    sglang.configure({"launch_server": {}})
    sglang.env["MODEL_GATED"] = "true"
    sglang.stops("org/model", "HF_TOKEN", base=BASE)
    sglang.env["HF_TOKEN"] = "hf_secret"
    done = sglang.run(*BASE)
    assert done.returncode == 0
    assert "hf_secret" not in done.stderr + done.stdout
    assert sglang.calls()[0]["env"]["HF_TOKEN"] == "hf_secret"


def test_a_model_on_a_volume_needs_no_token(sglang):
    folder = sglang.root / "serving-model"
    sglang.configure({"launch_server": {}})
    sglang.env |= {"MODEL_GATED": "true", "MODEL_PATH": str(folder), "HF_HUB_ENABLE_HF_TRANSFER": "1"}
    sglang.stops("MODEL_PATH", str(folder), base=BASE)
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    assert sglang.run(*BASE).returncode == 0
    assert sglang.argvs()[0][:2] == ["--model-path", str(folder)]


@pytest.mark.parametrize(("name", "value"), [("MODEL_ID", ""), ("MODEL_GATED", "yes")])
def test_a_wrong_environment_stops(sglang, name, value):
    sglang.configure({"launch_server": {}})
    sglang.env[name] = value
    sglang.stops(name, base=BASE)


def test_fast_transfers_are_used_where_the_image_has_them(sglang):
    sglang.configure({"launch_server": {}})
    assert sglang.run(*BASE).returncode == 0
    assert "HF_HUB_ENABLE_HF_TRANSFER" not in sglang.calls()[-1]["env"]
    (sglang.root / "python" / "hf_transfer.py").write_text("")
    assert sglang.run(*BASE).returncode == 0
    assert sglang.calls()[-1]["env"]["HF_HUB_ENABLE_HF_TRANSFER"] == "1"


def test_a_wrong_image_stops(sglang):
    sglang.configure({"launch_server": {"tp-size": 8}})
    (sglang.root / "help" / "sglang.launch_server.txt").unlink()
    sglang.stops("sglang.launch_server --help", "no help here", "image", base=BASE)


def test_a_missing_program_stops(use):
    serve = use("trtllm-serve")
    serve.configure({"serve": {"tp_size": 8}})
    (serve.root / "bin" / "trtllm-serve").unlink()
    serve.stops("trtllm-serve is not in this image")

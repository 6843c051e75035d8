"""Where the validator finds the arguments of engines, and what it says of them beside the rules' own examples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from servelint.catalogue.load import load_hardware, load_models
from servelint.engines.lists import Listing
from servelint.model import Overlay
from servelint.rules import all_rules
from servelint.steps import pipeline
from servelint.steps.lint import lint
from servelint.views.arguments import runs, uses, wrong_values
from servelint.views.engines import Argument
from support import ROOT

RULES = [
    all_rules()[name]
    for name in (
        "unknown-argument", "doubtful-argument", "wrong-argument-value", "wrong-flag-spelling", "repeated-argument",
        "contradictory-arguments", "unsupported-argument", "uneven-experts",
    )
]  # fmt: skip
HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
SGLANG, TRTLLM = "lmsysorg/sglang:v0.4.6.post4-cu124", "nvcr.io/nvidia/tensorrt-llm/release:1.2.0rc2"


def found(manifest: str, model: str | None = None, hardware: str | None = None) -> list[tuple[str, str]]:
    """Rule and message of what is said about arguments."""
    overlay = Overlay(
        path="overlays/x", kind="leaf", resources=pipeline.parse(manifest), model=MODELS.get(model or ""),
        hardware=HARDWARE.get(hardware or ""), all_hardware=HARDWARE, all_models=MODELS,
    )  # fmt: skip
    return [(hit.rule.id, hit.problem.message) for hit in lint(overlay, RULES)]


def pod(image: str, command: str, files: str = "", mount: str = "/etc/engine") -> str:
    config = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: engine}}\ndata:\n{files}\n---\n" if files else ""
    return f"""{config}apiVersion: v1
kind: Pod
metadata: {{name: server}}
spec:
  containers:
  - name: engine
    image: {image}
    command: {command}
    volumeMounts: [{{name: engine, mountPath: {mount}}}]
    resources: {{limits: {{nvidia.com/gpu: "8"}}}}
  volumes: [{{name: engine, configMap: {{name: engine}}}}]
"""


def test_a_shell_line_is_read_command_by_command() -> None:
    line = "'export X=--nothing; mkdir --mode 700 /x && trtllm-serve m --tp_size 8 --nosuch 1 | tee --append log'"
    messages = found(pod(TRTLLM, f"[bash, -c, {line}]"))
    assert [rule for rule, _ in messages] == ["unknown-argument"]
    assert "nosuch in serve" in messages[0][1]


def test_a_mounted_script_is_read_and_located_by_line() -> None:
    manifest = pod(
        SGLANG,
        "[bash, /etc/engine/run.sh]",
        "  run.sh: |\n    #!/bin/bash\n    set -e\n    python3 -m sglang.launch_server \\\n      --model-path m \\\n      --contxt-length 4",
    )
    overlay = Overlay(path="overlays/x", kind="leaf", resources=pipeline.parse(manifest))
    (hit,) = lint(overlay, RULES)
    assert hit.rule.id == "unknown-argument" and hit.problem.pointer[:2] == ("data", "run.sh")
    assert hit.problem.pointer[2] == 4


def test_a_file_named_by_a_flag_is_judged_as_llm_arguments() -> None:
    files = "  llm.yaml: |\n    kv_cache_config: {free_gpu_memory_fractoin: 0.8}\n    use_cuda_graph: true\n    max_seq_len: many"
    command = "[trtllm-serve, m, --extra_llm_api_options, /etc/engine/llm.yaml]"
    messages = dict(reversed(pair) for pair in found(pod(TRTLLM, command, files)))  # type: ignore[misc]
    assert set(messages.values()) == {"unknown-argument", "wrong-argument-value"}
    assert any("free_gpu_memory_fraction" in text for text in messages)
    assert any("cuda_graph_config" in text for text in messages)
    assert any("max_seq_len takes a whole number" in text for text in messages)


@pytest.mark.parametrize(
    "line",
    [
        "vllm serve m --tensor-parallel-sizes 8 --nosuch",
        "python3 -m vllm.entrypoints.openai.api_server --model m --no-such-flag",
    ],
)
def test_a_version_far_from_any_list_is_doubted_at_most(line: str) -> None:
    rules = {rule for rule, _ in found(pod("vllm/vllm-openai:v0.9.0", f"[bash, -c, '{line}']"))}
    assert rules <= {"doubtful-argument"}


@pytest.mark.parametrize(
    "image", ["lmsysorg/sglang:latest", "lmsysorg/sglang:blackwell", "registry.example.com/sglang"]
)
def test_without_a_version_nothing_is_said(image: str) -> None:
    assert found(pod(image, "[python3, -m, sglang.launch_server, --model-path, m, --nosuch]")) == []


def test_argparse_takes_abbreviations_and_click_does_not() -> None:
    assert found(pod(SGLANG, '[python3, -m, sglang.launch_server, --model, m, --tp, "8"]')) == []
    ambiguous = found(pod(SGLANG, '[python3, -m, sglang.launch_server, --model-path, m, --enable, "8"]'))
    assert [rule for rule, _ in ambiguous] == ["unknown-argument"]
    assert [rule for rule, _ in found(pod(TRTLLM, "[trtllm-serve, m, --tp, '8']"))] == ["unknown-argument"]


def test_a_value_that_only_the_container_knows_is_not_judged() -> None:
    line = "'python3 -m sglang.launch_server --model-path m --context-length $LENGTH --attention-backend \"${BACKEND:-fa3}\"'"
    assert found(pod(SGLANG, f"[bash, -c, {line}]")) == []


def test_a_list_of_another_version_says_so() -> None:
    ((rule, message),) = found(
        pod("lmsysorg/sglang:v0.5.3", "[python3, -m, sglang.launch_server, --mem-fraction-statick, '0.8']")
    )
    assert rule == "doubtful-argument"
    assert "0.5.2" in message and "0.5.3" in message and "mem-fraction-static" in message


def test_an_argument_of_a_version_around_is_not_doubted() -> None:
    assert found(pod("lmsysorg/sglang:v0.5.3", "[python3, -m, sglang.launch_server, --attn-dp-size, '4']")) == []


def test_one_flag_twice_on_a_command_line() -> None:
    twice = "[python3, -m, sglang.launch_server, --model-path, m, --tp-size, '8', --tp-size, '4']"
    assert [rule for rule, _ in found(pod(SGLANG, twice))] == ["repeated-argument"]
    branches = "'if x; then trtllm-serve m --tp_size 4; else trtllm-serve m --tp_size 8; fi'"
    assert found(pod(TRTLLM, f"[bash, -c, {branches}]")) == []
    assert found(pod("nvcr.io/nvidia/tritonserver:25.01-py3", "[tritonserver, --load-model=a, --load-model=b]")) == []


def test_experts_of_the_last_file_count() -> None:
    files = "  llm.yaml: |\n    moe_expert_parallel_size: 5"
    command = "[trtllm-serve, m, --tp_size, '8', --ep_size, '8', --extra_llm_api_options, /etc/engine/llm.yaml]"
    rules = [rule for rule, _ in found(pod(TRTLLM, command, files), model="deepseek-r1")]
    assert sorted(rules) == ["contradictory-arguments", "uneven-experts"]


@pytest.mark.parametrize(
    ("model", "hardware", "arguments", "wrong"),
    [
        ("deepseek-r1", "a3ultra", "--attention-backend, fa3", False),
        ("deepseek-r1", "a4high", "--attention-backend, fa3", True),
        ("deepseek-r1", "a4high", "--attention-backend, cutlass_mla", False),
        ("deepseek-r1", "a3ultra", "--attention-backend, cutlass_mla", True),
        ("llama-4-scout", "a3ultra", "--attention-backend, flashmla", True),
        ("llama-4-scout", "a3ultra", "--attention-backend, flashinfer", False),
        ("deepseek-r1-nvfp4", "a4x", "--quantization, modelopt_fp4", False),
        ("llama-4-scout", "a3ultra", "--quantization, fp8", False),
        ("llama-4-scout", "a3ultra", "--quantization, awq", True),
    ],
)
def test_what_a_gpu_and_a_model_can(model: str, hardware: str, arguments: str, wrong: bool) -> None:
    command = f"[python3, -m, sglang.launch_server, --model-path, m, {arguments}]"
    rules = [rule for rule, _ in found(pod(SGLANG, command), model=model, hardware=hardware)]
    assert rules == ["unsupported-argument"] * wrong


def test_every_entry_of_experiments_is_a_run() -> None:
    golden = (ROOT / "tests/golden/a4high/deepseek-r1/trtllm-bench.yaml").read_text()
    overlay = Overlay(path="overlays/x", kind="leaf", resources=pipeline.parse(golden))
    (run,) = [run for run in runs(overlay) if run.command == "throughput"]
    assert run.number("tp") == 8 and run.number("concurrency") == 8
    assert run.llm("moe_config", "backend").value == "DEEPGEMM"  # type: ignore[union-attr]


def test_every_engine_of_the_fleet_has_its_own_list() -> None:
    """An image that moves on without its list would be judged by another version's."""
    inexact = set()
    for path in sorted((ROOT / "tests/golden").rglob("*.yaml")):
        overlay = Overlay(path="overlays/x", kind="leaf", resources=pipeline.parse(path.read_text()))
        inexact |= {u.listing.wanted for u in uses(overlay) if u.listing and not u.listing.exact}
    assert inexact == set()


LAUNCHERS = {
    "elif value is not False:\n            args += [f'--{key}', str(value)]": True,
    "elif value is False:\n            continue\n        else:\n            args += [f'--{key}', str(value)]": True,
    "elif value is False:\n            args += [f'--no-{key}']": False,
    "else:\n            args += [f'--{key}', str(value).lower()]": False,
}


@pytest.mark.parametrize(("branch", "drops"), LAUNCHERS.items())
def test_a_launcher_that_drops_false_is_named(branch: str, drops: bool) -> None:
    """vLLM has no list of arguments, but what its launcher does with false is in the manifest."""
    launcher = (
        "import yaml\n"
        "args = ['vllm', 'serve', 'm']\n"
        "for key, value in yaml.safe_load(open('/etc/engine/engine.yaml')).items():\n"
        "        if value is True:\n            args += [f'--{key}']\n"
        f"        {branch}\n"
    )
    text = "\n".join(f"    {line}" for line in launcher.splitlines())
    files = f"  launch.py: |\n{text}\n  engine.yaml: |\n    enable-prefix-caching: false\n    max-model-len: 4096"
    messages = found(pod("vllm/vllm-openai:v0.9.0", "[python3, /etc/engine/launch.py]", files))
    assert [rule for rule, _ in messages] == ["wrong-argument-value"] * drops


def test_sizes_beyond_all_numbers_are_judged_too() -> None:
    files = "  llm.yaml: |\n    kv_cache_config: {free_gpu_memory_fraction: 1e400}\n    max_batch_size: " + "9" * 400
    command = "[trtllm-serve, m, --max_batch_size, '8', --extra_llm_api_options, /etc/engine/llm.yaml]"
    assert {rule for rule, _ in found(pod(TRTLLM, command, files))} >= {"contradictory-arguments"}


@pytest.mark.parametrize("image", [SGLANG, "lmsysorg/sglang:blackwell", "lmsysorg/sglang:v0.5.14-cu129"])
def test_sizes_count_under_every_spelling(image: str) -> None:
    line = "'python3 -m sglang.launch_server --model m --tp 16 --nnodes 2 --node-rank $RANK ${EXTRA}'"
    assert found(pod(image, f"[bash, -c, {line}]")) == []
    assert [rule for rule, _ in found(pod(image, f"[bash, -c, {line.replace('--nnodes 2', '--nnodes 3')}]"))] == [
        "contradictory-arguments"
    ]


class Made(Listing):
    """A list of a test's own."""

    @property
    def by_name(self) -> dict[str, dict[str, Any]]:
        return self.arguments


LIST: dict[str, dict[str, Any]] = {
    "size": {"type": "int"},
    "share": {"type": "float", "optional": True},
    "strict": {"type": "bool"},
    "name": {"type": "str", "choices": ["a", "b"]},
    "text": {"type": "str"},
    "sizes": {"type": "int", "many": True},
    "any": {"type": "any"},
    "fast": {"type": "switch"},
    "slow": {"type": "switch", "negative": "no-slow"},
    "cache": {"type": "any", "model": "Cache"},
}


def faults(style: str, **given: Any) -> list[str]:
    (use,) = uses(
        Overlay("overlays/x", "leaf", pipeline.parse(pod(SGLANG, "[python3, -m, sglang.launch_server, --tp, '8']")))
    )
    listed = Made("sglang", "1", "1", "serve", LIST, {"Cache": {"tokens": {"type": "int"}}})
    arguments = tuple(Argument(name, value, "", use.where.resource, ()) for name, value in given.items())
    return [fault for _, fault in wrong_values(replace(use, style=style, given=arguments, listing=listed))]


@pytest.mark.parametrize(
    ("name", "value", "fault", "styles"),
    [
        ("size", "8", None, "flags keys api"), ("size", "+8", None, "flags"), ("size", 8, None, "keys api"),
        ("size", "8.0", "takes a whole number, not '8.0'", "flags keys api"), ("size", "", "takes a whole number, not ''", "flags"),
        ("size", True, "takes a whole number, not True", "keys api"), ("size", True, "is given without a value", "flags"),
        ("size", None, "has no value", "flags keys api"), ("size", "$N", None, "flags keys api"),
        ("size", "None", "takes a whole number, not 'None'", "flags keys api"), ("size", "8", None, "template"),
        ("size", "x", None, "template"), ("size", [8], "takes one value, not the list [8]", "flags keys api"),
        ("share", "0.5", None, "flags"), ("share", 1, None, "keys api"), ("share", "half", "takes a number, not 'half'", "flags keys api"),
        ("share", True, "takes a number, not True", "keys api"), ("share", {}, "takes a number, not {}", "keys api"),
        ("share", "None", None, "flags keys"), ("share", "None", "takes a number, not 'None'", "api"),
        ("share", None, "has no value", "flags keys"), ("share", None, None, "api"),
        ("strict", "Yes", None, "flags keys api"), ("strict", False, None, "keys api"),
        ("strict", "maybe", "takes true or false, not 'maybe'", "flags keys api"),
        ("name", "a", None, "flags keys api"), ("name", "c", "takes one of a, b, not 'c'", "flags keys api"),
        ("text", "None", "is the word None, which the engine takes as text", "flags keys"), ("text", "None", None, "api"),
        ("sizes", [1, "2"], None, "flags keys api"), ("sizes", [1, "x"], "takes a whole number, not 'x'", "flags keys api"),
        ("sizes", [], "is an empty list", "flags keys api"), ("sizes", True, None, "flags"), ("sizes", 3, None, "keys"),
        ("any", None, "has no value", "flags keys"), ("any", None, None, "api"), ("any", True, None, "flags keys api"),
        ("any", [], None, "api"), ("any", [], "is an empty list", "keys"), ("any", [1], None, "keys api"),
        ("fast", True, None, "flags keys api"), ("fast", "true", "is a switch and takes no value", "flags"),
        ("fast", "$X", None, "flags keys api"), ("sizes", ["$N"], None, "keys api"), ("size", "SITE_N", None, "flags keys api"), ("cache", [], None, "keys"),
        ("any", "None", None, "flags keys api"),
        ("fast", "0", "is a switch and takes no value", "flags"), ("fast", "m", None, "flags"),
        ("fast", False, "is false, but the engine has no flag to switch it off", "keys api"), ("slow", False, None, "keys api"),
        ("slow", "no", "is a switch: it takes true, not 'no'", "keys api"),
        ("cache", {"tokens": 8}, None, "keys api"), ("cache", None, "has no value", "api"), ("cache", 8, "must be a mapping, not 8", "api"),
        ("cache", 8, None, "keys"), ("cache", {"tokens": "x"}, "takes a whole number, not 'x'", "api"),
        ("cache", {"tokens": "x"}, None, "keys"), ("cache", {"tokns": "x"}, None, "api"), ("other", "x", None, "flags keys api"),
    ],
)  # fmt: skip
def test_what_a_list_says_of_a_value(name: str, value: Any, fault: str | None, styles: str) -> None:
    for style in styles.split():
        assert faults(style, **{name: value}) == ([fault] if fault else []), style


@pytest.mark.parametrize(
    ("arguments", "on"),
    [
        ("--disable-radix-cache", True), ("--disable-radix-cache, 'true'", True), ("--disable-radix-cache, 'False'", False),
        ("--tp, '8'", False),
    ],
)  # fmt: skip
def test_a_switch_of_a_run(arguments: str, on: bool) -> None:
    command = f"[python3, -m, sglang.launch_server, --model-path, m, {arguments}]"
    (run,) = runs(Overlay("overlays/x", "leaf", pipeline.parse(pod(SGLANG, command))))
    assert run.on("disable-radix-cache") is on
    assert run.flags[0].on("disable-radix-cache") is on
    assert (run.number("tp"), run.number("nosuch")) == (8 if "tp" in arguments else None, None)
    assert (run.before("0.5"), run.before("0.4"), run.version) == (True, False, "0.4.6.post4")

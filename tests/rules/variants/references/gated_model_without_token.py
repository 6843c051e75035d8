"""What gated-model-without-token tells apart beyond its own examples."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import config_map, server, together, workload
from servelint.rules.references.gated_model_without_token import BAD


def _loads(env: str, path: str = "meta-llama/Llama-3.1-405B", more: str = "", **of: Any) -> str:
    return server(f"--model-path {path}", container=f"env: [{env}]\n{more}", **of)


_GIVEN = "envFrom: [{secretRef: {name: hf}}]"


def _holds(key: str) -> str:
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: hf}}\nstringData: {{{key}: a}}\n"


def fetches(command: str, env: str = "") -> str:
    return workload(f'containers: [{{name: get, image: a, env: [{env}], command: [bash, -c, "{command}"]}}]')


FETCH = "hf download meta-llama/Llama-3.1-405B"

ALSO_GOOD = [
    (BAD, {"kind": "leaf"}), (BAD, {"model": "deepseek-r1"}), _loads("", "/models/Llama-3.1-405B"),
    _loads("{name: HF_TOKEN_PATH, value: /t}"), _loads("{name: HF_HUB_OFFLINE, value: '1'}"),
    _loads("{name: MODEL_PATH, value: /m}"), _loads("", more=_GIVEN),
    together(_loads("", more=_GIVEN), _holds("HF_TOKEN")), _loads("", "of-nobody/Llama-3"),
    together(_loads("", more=_GIVEN.replace("{secret", "{prefix: HF_, secret")), _holds("TOKEN")),
    fetches(f"HF_TOKEN=$(cat a) {FETCH}"), fetches(f"hf auth login && {FETCH}"), fetches("echo meta-llama/Llama-3.1-405B"),
    (_loads("", "deepseek-ai/DeepSeek-R1"), {"model": "deepseek-r1"}),
]  # fmt: skip
ALSO_BAD = [
    _loads("{name: HF_TOKEN, value: ''}"), together(_loads("", more=_GIVEN), _holds("TOKEN")),
    _loads("{name: HF_HUB_OFFLINE, value: '0'}"),
    workload('containers: [{name: get, image: a, command: [bash, -c, "hf download meta-llama/Llama-3.1-405B"]}]'),
    fetches(FETCH, "{name: MODEL_PATH, value: /m}"), _loads("", more="envFrom: [{configMapRef: {name: a}}]"),
    together(server("--model-path $MODEL", container="envFrom: [{configMapRef: {name: a}}]"), config_map({}, "a").replace("data:\n", "data: {MODEL: meta-llama/Llama-3.1-405B}\n")),
]  # fmt: skip

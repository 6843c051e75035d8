"""What rules of references tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import bucket_pod, config_map, marked, other, server, together, workload
from servelint.rules.references import gated_model_without_token, placeholder_value, split_namespace, token_in_manifest

GOOD: dict[str, list[Any]] = {}
BAD: dict[str, list[Any]] = {}

ENV = placeholder_value._ENV
IN_MAP = "env: [{name: A, valueFrom: {configMapKeyRef: {name: NAME, key: KEY}}}]"


def read(name: str = "a", key: str = "a") -> str:
    return server(container=IN_MAP.replace("NAME", name).replace("KEY", key))


GOOD["placeholder-value"] = [
    server(container="env: [{name: A, value: ''}]"), config_map({"a.yaml": "a: ''"}), read(key="HF_TOKEN"),
    marked(server(), "annotations: {a: '${B}'}"), server(container="args: ['${B}']"), config_map({"a.yaml": "- <your-bucket>\n"}),
    server(container="lifecycle: {preStop: {exec: {command: [a], env: '${B}'}}}"), config_map({"a": "CHANGEME <a>"}),
    *(ENV.replace("TEXT", text) for text in ("<bucketful>", "a<TODO>b", "<EOS>", "a <TODO", "<1A>", "AB>", "<some thing>")),
    config_map({"a.yaml": "image: <b>\n"}), server(container="ports: [{name: '', containerPort: 80}]"), server(metadata="labels: {key: ''}"),
    config_map({}).replace("data:\n", "data: {a: '${A}'}\n"), server(metadata="labels: {a: example.com}"),
    server(pod="volumes: [{name: a, configMap: {name: a, items: null}}]"),
]  # fmt: skip
BAD["placeholder-value"] = [
    read(name="''"), read(key="''"), marked(server(), "namespace: MY_NAMESPACE"), bucket_pod(attributes="bucketName: <b>"),
    *(ENV.replace("TEXT", text) for text in ("<MODEL>", "<your_model>", "<YOUR_MODEL>", "TODO>", "a {{ .Values.b }}")), server(image="<a>"),
    server(name="''"), other("Service", "clusterIP: '${A}'"),
    "apiVersion: a.b/v1\nkind: Bag\nmetadata: {name: a}\ndata: {a: \"b\\nCHANGEME\"}\n", server(metadata='labels: {a: "b\\nCHANGEME"}'),
    config_map({}).replace("{name: engine}", '{name: engine, annotations: {a: "b\\nCHANGEME"}}'),
    "apiVersion: a.b/v1\nkind: Route\nmetadata: {name: a}\nspec: {host: a.example.com}\n",
]  # fmt: skip

SECRET = token_in_manifest._SECRET
GOOD["token-in-manifest"] = [
    f"{SECRET}data: {{a: null}}\n", f"{SECRET}data: {{a: ICAg}}\n", server("x-api-key abcdefgh"),
    config_map({"a": "give hf_token: abcdefgh"}), config_map({"a": "api_key:abcdefgh"}), config_map({"a": "api_key abcdefgh"}),
    server("http://user:changeme@host"), server("http://user:abc$def@host"), server("http://$USER:abcdefgh@host"), server("http://<me>:abcdefgh@host"), server("http://user:abc<def>@host"),
    server(container="ports: [{name: api-key, value: abcdefgh}]"), server("--api-key=changeme abcdefgh"),
    "apiVersion: a.b/v1\nkind: Bag\nmetadata: {name: a}\ndata: {api-key: abcdefgh}\n",
    config_map({}).replace("{name: engine}", "{name: engine, labels: {api-key: abcdefgh}}"),
    config_map({"a": f"api_key: {'a b' * 70_000}\npassword: abcdefgh"}),
]  # fmt: skip
BAD["token-in-manifest"] = [f"{SECRET}data: {{a: '!!YWJjZGVm'}}\n"]

loads, holds, GIVEN = (
    gated_model_without_token._loads,
    gated_model_without_token._holds,
    gated_model_without_token._GIVEN,
)


def fetches(command: str, env: str = "") -> str:
    return workload(f'containers: [{{name: get, image: a, env: [{env}], command: [bash, -c, "{command}"]}}]')


FETCH = "hf download meta-llama/Llama-3.1-405B"
GOOD["gated-model-without-token"] = [
    fetches(f"HF_TOKEN=$(cat a) {FETCH}"), fetches(f"hf auth login && {FETCH}"), fetches("echo meta-llama/Llama-3.1-405B"),
    (loads("", "deepseek-ai/DeepSeek-R1"), {"model": "deepseek-r1"}),
]  # fmt: skip
BAD["gated-model-without-token"] = [
    fetches(FETCH, "{name: MODEL_PATH, value: /m}"), loads("", more="envFrom: [{configMapRef: {name: a}}]"),
    together(server("--model-path $MODEL", container="envFrom: [{configMapRef: {name: a}}]"), config_map({}, "a").replace("data:\n", "data: {MODEL: meta-llama/Llama-3.1-405B}\n")),
]  # fmt: skip

inside, SERVER, CONFIG, SERVICE, PLAIN = (
    split_namespace._in, split_namespace._SERVER, split_namespace._CONFIG, split_namespace._SERVICE, split_namespace._PLAIN,
)  # fmt: skip
TWO = server(
    kind="Deployment", pod="volumes: [{name: engine, configMap: {name: engine}}, {name: a, configMap: {name: a}}]"
)
SECOND = CONFIG.replace("name: engine", "name: a", 1)
CLASS = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata:\n  name: a\nvalue: 1\n"
GOOD["split-namespace"] = [
    inside("a", SERVER), together(inside("a", server(kind="Deployment", pod="priorityClassName: a")), CLASS), inside("a", SERVICE),
    (together(inside("a", server(kind="Deployment", pod="priorityClassName: a")), CLASS), {"kind": "cluster"}),
    together(inside("a", SERVER), CONFIG), together(inside("a", PLAIN), inside("b", PLAIN), inside("a", SERVICE)),
]  # fmt: skip
BAD["split-namespace"] = [
    together(inside("a", TWO), inside("b", CONFIG), inside("a", SECOND)), together(inside("a", TWO), inside("b", CONFIG), inside("b", SECOND)),
    together(inside("a", server(kind="Deployment", pod="priorityClassName: a\nvolumes: [{name: engine, configMap: {name: engine}}]")), inside("b", CONFIG), CLASS),
    together(inside("a", server(kind="Deployment", pod="volumes: [{name: engine, configMap: {name: engine}}, {name: a, configMap: {name: of-nobody}}]")), inside("b", CONFIG)),
    (together(SERVER, inside("b", CONFIG)), {"kind": "manifest"}),
]  # fmt: skip


GOOD["twice-rendered-object"] = [
    ("apiVersion: v1\nkind: Pod\nmetadata: {}\n", "apiVersion: v1\nkind: Pod\nmetadata: {}\n"),
    ("apiVersion: v1\nkind: Pod\nmetadata: {}\n---\napiVersion: v1\nkind: Pod\nmetadata: {}\n",),
    (server(), server(name="b"), server(name="c")), (server(), server(kind="Deployment"), config_map({})),
]  # fmt: skip
BAD["twice-rendered-object"] = [(server(), server(name="b"), server(name="b"))]

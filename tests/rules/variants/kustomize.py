"""What rules of kustomize tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import COMPONENT, POD, tree
from servelint.rules.kustomize import code_in_build, replaced_list, two_writers

GOOD: dict[str, list[Any]] = {}
BAD: dict[str, list[Any]] = {}

patched, merged, AT, WHOLE = replaced_list._patched, replaced_list._merged, replaced_list._AT, replaced_list._WHOLE
SET = replaced_list._SET


def held(field: str) -> str:
    """A set whose container has a further field."""
    return SET.replace("{name: w,", f"{{name: w, {field},")


def changed(before: str, after: str) -> dict[str, str]:
    """A patch that writes a container whole, with a field that it had otherwise."""
    made = merged(WHOLE.replace("{name: w,", f"{{name: w, {after},"))
    return {path: held(before) if path.endswith("pod.yaml") else text for path, text in made.items()}


def in_pod(fields: str, change: str) -> dict[str, str]:
    """A patch of a pod whose container has further fields."""
    made = POD.replace("image: engine", f"image: engine, {fields}")
    return tree("resources: [pod.yaml]\npatches: [{target: {kind: Pod}, path: patch.yaml}]\n", {
        "pod.yaml": made, "patch.yaml": f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: a, {change}}}]}}\n",
    })  # fmt: skip


FROM = "envFrom: [{configMapRef: {name: NAME}}]"
SCHEMA = {"overlays/h/m/w/schema.json": "{}"}
GOOD["replaced-list"] = [
    changed(FROM, FROM), changed("a: [b]", "a: c"), changed("a: b", "a: [c]"), changed("args2: [{x: y, z: y}]", "args2: [{x: y}]"),
    changed("command: [serve, -a]", "command: [other]"), in_pod("command: [a], args: [--x]", "command: [b], args: [--y]"),
    in_pod("securityContext: {capabilities: {add: [A]}}", "securityContext: {capabilities: {add: [B]}}"),
    patched(f"[{{op: add, path: {AT}/image, value: [b]}}]"), patched(f"[{{op: add, path: {AT}/args, value: b}}]"),
]  # fmt: skip
BAD["replaced-list"] = [
    changed(FROM, FROM.replace("NAME", "b")), merged(WHOLE.replace("[serve]", "[serve, -a]").replace("--tp", "--pp")),
    in_pod("args: [-x]", "args: [-y]"), in_pod("command: [serve, --a]", "command: [serve, --b]"),
    in_pod("command: [a], args: [--x]", "command: [a], args: [--y]"), in_pod("command: [a, --x], args: [b]", "command: [a], args: [b]"),
]  # fmt: skip

layered, MERGED = two_writers._layers, two_writers._MERGED
COUNT = f"{COMPONENT}replicas: [{{name: p, count: N}}]\n"
SET_POD = POD.replace("v1\nkind: Pod", "apps/v1\nkind: Deployment")


def counted(name: str = "p", made: str = SET_POD) -> dict[str, str]:
    return {
        **layered(COUNT.replace("N", "2"), COUNT.replace("N", "3").replace("name: p", f"name: {name}")),
        "overlays/h/m/w/pod.yaml": made,
    }


def copied(value: str, second: str = "") -> str:
    """A component whose replacement writes a field of the pod."""
    return f"{COMPONENT}replacements: [{{{value}, targets: [{{select: {{kind: Pod}}, fieldPaths: [spec.nodeName]}}]}}]\n{second}"


PUT = "patches: [{target: {kind: Pod}, patch: '[{op: add, path: /spec/nodeName, value: SITE_A}]'}]\n"
GOOD["two-writers"] = [
    layered(MERGED.replace("SPEC", "{nodeName: a}").replace("{name: p}", "{name: p, namespace: a}"), MERGED.replace("SPEC", "{nodeName: a}")),
    layered(*(MERGED.replace("{name: p}", f"{{name: p, namespace: {name}}}").replace("SPEC", "{}") for name in "ab")),
    tree(f"resources: [pod.yaml]\n{PUT.replace('SITE_A', 'a')}{copied('source: {kind: Pod}').removeprefix(COMPONENT)}"),
    layered("{}", "{zone: b}"), counted("of-nobody"), counted(made=POD), layered("{a: b, c: d}", "{c: d, a: b}"),
    layered(two_writers._PUT.replace("op: add", "op: test").replace("PATH", "/spec/nodeName").replace("VALUE", "a"), "b", path="/spec/nodeName"),
]  # fmt: skip
BAD["two-writers"] = [
    tree(f"resources: [pod.yaml]\n{PUT.replace('SITE_A', 'a')}{copied('sourceValue: b').removeprefix(COMPONENT)}"),
    counted(), layered(copied("sourceValue: a"), copied("sourceValue: b")), layered(copied("source: {kind: Pod}"), copied("sourceValue: b")),
    layered(MERGED.replace("SPEC", "{a: {kind: b}}"), MERGED.replace("SPEC", "{a: {kind: c}}")),
]  # fmt: skip

PREFIX = "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: a}\nprefix: a-\n"
OWN = "apiVersion: example.com/v1\nkind: Anything\nmetadata: {name: a}\n"


def inline(text: str, field: str = "transformers") -> dict[str, str]:
    block = text.replace("\n", "\n  ")
    return tree(f"resources: [pod.yaml]\n{field}:\n- |\n  {block}\n")


FOLDER = {"plugins/kustomization.yaml": "resources: [own.yaml]\n"}
GOOD["code-in-build"] = [
    inline(PREFIX), tree("resources: [pod.yaml]\ntransformers: [plugins]\n", {**FOLDER, "plugins/own.yaml": PREFIX}),
    tree("resources: [pod.yaml]\npatches: [{target: {kind: Pod}, patch: '[]'}]\n"),
]  # fmt: skip
BAD["code-in-build"] = [
    inline(OWN), tree("resources: [pod.yaml]\ntransformers: [plugins]\n", {**FOLDER, "plugins/own.yaml": OWN}),
    tree("resources: [pod.yaml]\nhelmCharts: [{name: a}]\n"), inline("apiVersion: {a: b}\nkind: [c]"), code_in_build.BAD,
]  # fmt: skip

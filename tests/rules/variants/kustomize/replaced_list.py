"""What replaced-list tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import POD, tree
from servelint.rules.kustomize.replaced_list import _AT, _SET, _merged, _patched

_POD = POD.replace("image: engine", 'image: engine, args: [--tp, "8"], command: [serve], env: [{name: A, value: a}]')
_WHOLE = '[{name: w, image: b, command: [serve], args: [--tp, "8", --x], resources: {limits: {nvidia.com/gpu: "8"}}}]'


def held(field: str) -> str:
    """A set whose container has a further field."""
    return _SET.replace("{name: w,", f"{{name: w, {field},")


def changed(before: str, after: str) -> dict[str, str]:
    """A patch that writes a container whole, with a field that it had otherwise."""
    made = _merged(_WHOLE.replace("{name: w,", f"{{name: w, {after},"))
    return {path: held(before) if path.endswith("pod.yaml") else text for path, text in made.items()}


def in_pod(fields: str, change: str) -> dict[str, str]:
    """A patch of a pod whose container has further fields."""
    made = POD.replace("image: engine", f"image: engine, {fields}")
    return tree("resources: [pod.yaml]\npatches: [{target: {kind: Pod}, path: patch.yaml}]\n", {
        "pod.yaml": made, "patch.yaml": f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: a, {change}}}]}}\n",
    })  # fmt: skip


FROM = "envFrom: [{configMapRef: {name: NAME}}]"

ALSO_GOOD = [
    _merged(_WHOLE), _patched(f"[{{op: replace, path: {_AT}/args, value: [--x]}}]"),
    _merged("[{name: a, image: b}]", _POD), _merged("[{name: a, command: [other], args: [--x]}]", _POD),
    _merged("[{name: a, env: [{name: B, value: b}]}]", _POD),
    _patched(f"[{{op: add, path: {_AT}/args/-, value: --x}}]"), _merged("[{name: a, $patch: replace}]", _POD),
    changed(FROM, FROM), changed("a: [b]", "a: c"), changed("a: b", "a: [c]"), changed("args2: [{x: y, z: y}]", "args2: [{x: y}]"),
    changed("command: [serve, -a]", "command: [other]"), in_pod("command: [a], args: [--x]", "command: [b], args: [--y]"),
    in_pod("securityContext: {capabilities: {add: [A]}}", "securityContext: {capabilities: {add: [B]}}"),
    _patched(f"[{{op: add, path: {_AT}/image, value: [b]}}]"), _patched(f"[{{op: add, path: {_AT}/args, value: b}}]"),
]  # fmt: skip
ALSO_BAD = [
    _merged(_WHOLE.replace("--tp", "--pp")), _merged(_WHOLE.replace("nvidia.com/gpu", "cpu")),
    _merged(_WHOLE.replace("name: w", "name: v")), _patched(f"[{{op: add, path: {_AT}/args, value: [--x]}}]"),
    _merged("[{name: a, args: [--x]}]", _POD),
    changed(FROM, FROM.replace("NAME", "b")), _merged(_WHOLE.replace("[serve]", "[serve, -a]").replace("--tp", "--pp")),
    in_pod("args: [-x]", "args: [-y]"), in_pod("command: [serve, --a]", "command: [serve, --b]"),
    in_pod("command: [a], args: [--x]", "command: [a], args: [--y]"), in_pod("command: [a, --x], args: [b]", "command: [a], args: [b]"),
]  # fmt: skip

"""What two-writers tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import COMPONENT, POD, tree
from servelint.rules.kustomize.two_writers import _PUT, _layers

_MERGED = f"{COMPONENT}patches:\n- patch: |\n    {{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: SPEC}}\n"
_ONE, _TWO = (_MERGED.replace("SPEC", f"{{containers: [{{name: a, image: {image}}}]}}") for image in ("b", "c"))
_LABELS, _NOTES = f"{COMPONENT}labels: [{{pairs: {{a: VALUE}}}}]\n", f"{COMPONENT}commonAnnotations: {{a: VALUE}}\n"

COUNT = f"{COMPONENT}replicas: [{{name: p, count: N}}]\n"
SET_POD = POD.replace("v1\nkind: Pod", "apps/v1\nkind: Deployment")


def counted(name: str = "p", made: str = SET_POD) -> dict[str, str]:
    return {
        **_layers(COUNT.replace("N", "2"), COUNT.replace("N", "3").replace("name: p", f"name: {name}")),
        "overlays/h/m/w/pod.yaml": made,
    }


def copied(value: str, second: str = "") -> str:
    """A component whose replacement writes a field of the pod."""
    return f"{COMPONENT}replacements: [{{{value}, targets: [{{select: {{kind: Pod}}, fieldPaths: [spec.nodeName]}}]}}]\n{second}"


PUT = "patches: [{target: {kind: Pod}, patch: '[{op: add, path: /spec/nodeName, value: SITE_A}]'}]\n"

ALSO_GOOD = [
    _layers("{zone: SITE_ZONE}", "{zone: b}"), _layers("{zone: a}", "{host: b}"),
    _layers("{name: a}", "{name: b}", path="/spec/containers/-"),
    _layers(_MERGED.replace("SPEC", "{priority: 1}"), _MERGED.replace("SPEC", "{containers: [{name: b, image: c}]}")),
    _layers(_LABELS.replace("VALUE", "b"), _NOTES.replace("VALUE", "c")),
    _layers(_MERGED.replace("SPEC", "{nodeName: a}").replace("{name: p}", "{name: p, namespace: a}"), _MERGED.replace("SPEC", "{nodeName: a}")),
    _layers(*(_MERGED.replace("{name: p}", f"{{name: p, namespace: {name}}}").replace("SPEC", "{}") for name in "ab")),
    tree(f"resources: [pod.yaml]\n{PUT.replace('SITE_A', 'a')}{copied('source: {kind: Pod}').removeprefix(COMPONENT)}"),
    _layers("{}", "{zone: b}"), counted("of-nobody"), counted(made=POD), _layers("{a: b, c: d}", "{c: d, a: b}"),
    _layers(_PUT.replace("op: add", "op: test").replace("PATH", "/spec/nodeName").replace("VALUE", "a"), "b", path="/spec/nodeName"),
    _layers(*(f"{COMPONENT}patches:\n- target: {{kind: Pod}}\n  patch: '{{apiVersion: {api}, kind: {kind}, metadata: {{name: any}}, spec: {{priority: 1}}}}'\n" for api, kind in (("v1", "Pod"), ("batch/v1", "Job")))),
    _layers(*(_MERGED.replace("SPEC", f"{{nodeSelector: {{$patch: {how}, {pin}}}}}") for how, pin in (("merge", "a: b"), ("replace", "c: d")))),
]  # fmt: skip
ALSO_BAD = [
    _layers("a", "b", path="/spec/nodeName"),
    _layers(_MERGED.replace("SPEC", "{priority: 1}"), "2", path="/spec/priority"),
    _layers(_LABELS.replace("VALUE", "b"), _LABELS.replace("VALUE", "c")),
    _layers(_NOTES.replace("VALUE", "b"), _NOTES.replace("VALUE", "c")), _layers(_ONE, _TWO),
    tree(f"resources: [pod.yaml]\n{PUT.replace('SITE_A', 'a')}{copied('sourceValue: b').removeprefix(COMPONENT)}"),
    counted(), _layers(copied("sourceValue: a"), copied("sourceValue: b")), _layers(copied("source: {kind: Pod}"), copied("sourceValue: b")),
    _layers(_MERGED.replace("SPEC", "{a: {kind: b}}"), _MERGED.replace("SPEC", "{a: {kind: c}}")),
]  # fmt: skip

"""Text of a pull request in the output: it must not begin a line, steer a terminal, or break the report's format."""

from __future__ import annotations

import json

from hostile.remotes import HEAD, PODS
from hostile.trial import ANY, ATTACK, POD, Input

BREAKS = {
    "line-feed": f"x\n{ATTACK}",
    "carriage-return": f"x\r{ATTACK}",
    "carriage-return-line-feed": f"x\r\n{ATTACK}",
    "vertical-tab": f"x\v{ATTACK}",
    "next-line": f"x\x85{ATTACK}",
    "line-separator": f"x\u2028{ATTACK}",
    "paragraph-separator": f"x\u2029{ATTACK}",
    "erase-line": f"x\x1b[2K\x1b[G{ATTACK}",
    "title": "x\x1b]0;text of the attacker\x07",
    "link": "x\x1b]8;;http://127.0.0.1\x1b\\y",
    "c1-sequence": "x\x9b2K",
    "backspace": "x\b\b\b\b",
    "delete": "x\x7f",
    "bell": "x\a",
    "zero": "x\0y",
    "right-to-left": "x\u202erorre\u202c",
    "isolate": "x\u2067y\u2069",
    "at-once": ATTACK,
    "old-command": "##[error]text of the attacker",
    "teamcity": "##teamcity[message text='text of the attacker']",
    "azure": "##vso[task.complete result=Succeeded]",
    "mask": "x\n::add-mask::a",
    "stop-commands": "x\n::stop-commands::a",
    "percent": "x%0A::error::text of the attacker",
    "cdata": "x]]>&<!--",
    "not-in-xml": "x\ufffe\uffff",
}
LINE = BREAKS["line-feed"]
Q = json.dumps(LINE)
"""The same, as YAML in double quotes."""

POD_AS_IT_SHOULD_BE = json.loads(
    '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}'
)


def pod(name: str, is_wrong: bool = True, **changes: object) -> Input:
    """A pod in which some things stand that an attacker chose: path, with two underscores for each step, to value."""
    body = json.loads(json.dumps(POD_AS_IT_SHOULD_BE))
    for path, value in changes.items():
        *above, last = path.split("__")
        place = body
        for step in above:
            place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
        place[last] = value
    return Input(name, f"{HEAD}resources: [r.yaml]\n", {"r.yaml": json.dumps(body)}, rules=ANY if is_wrong else None)


INPUTS = (
    *(pod(f"value-{name}", spec__containers__0__imagePullPolicy=text) for name, text in BREAKS.items()),
    *(Input(f"path-{name}", f"{HEAD}resources: [pod.yaml, {json.dumps(text)}]\n", rules=ANY) for name, text in BREAKS.items()),
    pod("pod-name", metadata__name=LINE),
    pod("pod-namespace", metadata__namespace=LINE),
    pod("pod-kind", kind=LINE),
    pod("pod-version", apiVersion=LINE),
    pod("pod-labels", metadata__labels={LINE: LINE}),
    pod("pod-annotations", metadata__annotations={LINE: "a"}),
    pod("pod-field", spec__bad={LINE: 1}, **{f"spec__{LINE}": 1}),
    pod("pod-container", spec__containers__0__name=LINE),
    pod("pod-image", spec__containers__0__image=LINE),
    pod("pod-env", spec__containers__0__env=[{"name": LINE, "value": LINE}, {"name": LINE}]),
    pod("pod-mounts", spec__containers__0__volumeMounts=[{"name": LINE, "mountPath": LINE}]),
    pod("pod-script", False, spec__containers__0__command=["bash", "-c", f"python3 -m sglang.launch_server --{LINE} 8"]),
    pod("pod-arguments", False, spec__containers__0__image="lmsysorg/sglang:v0.4.6.post4-cu124", spec__containers__0__command=["python3", "-m", "sglang.launch_server", f"--{LINE}", LINE]),
    pod("pod-quantity", spec__containers__0__resources={"limits": {LINE: "1", "cpu": LINE}}),
    pod("pod-selector", spec__nodeSelector={LINE: LINE, "cloud.google.com/gke-accelerator": LINE}),
    pod("pod-account", spec__serviceAccountName=LINE),
    # Kustomize's own words, and the guard's.
    Input("unknown-field", f"{PODS}{Q}: 1\n", rules=ANY),
    Input("unknown-plugin", f"{PODS}generators: [g.yaml]\n", {"g.yaml": f"apiVersion: {Q}\nkind: {Q}\nmetadata: {{name: {Q}}}\n"}, rules=ANY),
    Input("unknown-plugin-field", f"{PODS}generators: [g.yaml]\n", {"g.yaml": f"apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {{name: a}}\n{Q}: 1\n"}, rules=ANY),
    Input("prefix", f"namePrefix: {Q}\nresources: [pod.yaml]\n", rules=ANY),
    Input("namespace", f"{HEAD}namespace: {Q}\nresources: [pod.yaml]\n", rules=ANY),
    Input("labels", f"{PODS}commonLabels: {{{Q}: {Q}}}\n", rules=ANY),
    Input("generator-name", f"{PODS}configMapGenerator: [{{name: {Q}, literals: [a=b]}}]\n", rules=ANY),
    Input("generator-literal", f"{PODS}configMapGenerator: [{{name: c, literals: [{Q}]}}]\n", rules=ANY),
    Input("generator-behaviour", f"{PODS}configMapGenerator: [{{name: c, behavior: {Q}}}]\n", rules=None),
    Input("generator-file", f"{PODS}configMapGenerator: [{{name: c, files: [{json.dumps(LINE + '=pod.yaml')}]}}]\n", rules=ANY),
    Input("environment-file", f"{PODS}configMapGenerator: [{{name: c, envs: [e.env]}}]\n", {"e.env": f"{BREAKS['carriage-return']}=1\n"}, rules=ANY),
    Input("patch-of-nothing", f"{PODS}patches: [{{target: {{kind: {Q}}}, patch: '[{{\"op\": \"add\", \"path\": \"/a/b/c\", \"value\": 1}}]'}}]\n", rules=ANY),
    Input("patch-path", f"{PODS}patches:\n- target: {{kind: Pod}}\n  patch: |\n    [{{\"op\": \"remove\", \"path\": {json.dumps('/' + LINE)}}}]\n", rules=ANY),
    Input("patch-operation", f"{PODS}patches:\n- target: {{kind: Pod}}\n  patch: |\n    [{{\"op\": {Q}, \"path\": \"/a\"}}]\n", rules=ANY),
    Input("patch-of-a-stranger", f"{PODS}patchesStrategicMerge: [q.yaml]\n", {"q.yaml": json.dumps({**POD_AS_IT_SHOULD_BE, "metadata": {"name": LINE}})}, rules=ANY),
    Input("replacement-of-nothing", f"{PODS}replacements: [{{source: {{kind: Pod, name: {Q}}}, targets: [{{select: {{kind: Pod}}, fieldPaths: [{Q}]}}]}}]\n", rules=ANY),
    Input("replacement-into-nothing", f"{PODS}replacements: [{{source: {{kind: Pod, name: p}}, targets: [{{select: {{kind: Pod}}, fieldPaths: [{json.dumps('spec.' + LINE)}]}}]}}]\n", rules=ANY),
    Input("image-name", f"{PODS}images: [{{name: {json.dumps('(' + LINE)}, newTag: b}}]\n", rules=ANY),
    Input("object-twice", f"{HEAD}resources: [r.yaml]\n", {"r.yaml": "\n---\n".join([json.dumps({**POD_AS_IT_SHOULD_BE, "metadata": {"name": LINE}})] * 2)}, rules=ANY),
    Input("key-twice", f"{HEAD}resources: [r.yaml]\n", {"r.yaml": f"{POD}{Q}: 1\n{Q}: 2\n"}, rules=ANY),
    Input("anchor", f"{HEAD}resources: [r.yaml]\n", {"r.yaml": f"a: *x{BREAKS['erase-line'][1:]}\n"}, rules=ANY),
    Input("tag", f"{HEAD}resources: [r.yaml]\n", {"r.yaml": "a: !<x%0A::error%20file=README.md::text> b\n"}, rules=ANY),
    Input("directive", f"{HEAD}resources: [r.yaml]\n", {"r.yaml": "%TAG !e! x%0A::error::text\n---\na: !e!b c\n"}, rules=ANY),
    Input("broken-text", f"{HEAD}resources: [r.yaml]\n", {"r.yaml": f"{ATTACK}\n a: 'b\n"}, rules=ANY),
    Input("file-name", f"{HEAD}resources: [pod.yaml, {Q}]\n", {LINE: "a: b\n"}, rules=ANY),
    Input("file-name-in-a-generator", f"{PODS}configMapGenerator: [{{name: c, files: [{Q}]}}]\n", {LINE: "\xff"}, rules=ANY),
    Input("folder-name", f"{HEAD}resources: [{Q}]\n", {f"{LINE}/kustomization.yaml": "resources: [nothing]\n"}, rules=ANY),
    Input("folder-of-bytes", f"{HEAD}resources: [below]\n", {"below/kustomization.yaml": "resources: [nothing.yaml]\n", b"below/\xff\xfe".decode("utf-8", "surrogateescape"): "x"}, rules=ANY),
    Input("link-target", f"{HEAD}resources: [link]\n", links={"link": LINE}, rules=ANY),
)  # fmt: skip
"""Overlays; all of them stand in one fleet, which is judged once a format."""


def folder(name: str, path: str, content: str = "resources: [pod.yaml]\n") -> Input:
    return Input(f"folder-{name}", PODS, {path: content}, rules=None, alone=True)


OWN = (
    *(
        folder(f"of-{where}-{name}", path.replace("<text>", text), content)
        for where, path, content in (
            ("workload", "/overlays/a3ultra/deepseek-r1/<text>/kustomization.yaml", PODS),
            ("model-overlay", "/overlays/a3ultra/<text>/w/kustomization.yaml", PODS),
            ("hardware-overlay", "/overlays/<text>/deepseek-r1/w/kustomization.yaml", PODS),
            ("cluster", "/overlays/clusters/<text>/kustomization.yaml", PODS),
            ("stray", "/overlays/a3ultra/deepseek-r1/w/x/<text>/kustomization.yaml", PODS),
            ("hardware", "/hardware/<text>/hardware.yaml", "a: b\n"),
            ("model", "/models/<text>/model.yaml", "a: b\n"),
            ("platform", "/base/platform/<text>/kustomization.yaml", "a: b\n"),
        )
        for name, text in (("line", LINE), ("escape", BREAKS["erase-line"]))
    ),
    folder("of-bytes", b"/models/\xff\xfe/model.yaml".decode("utf-8", "surrogateescape"), "a: b\n"),
    *(
        Input(f"exceptions-{name}", PODS, {"/exceptions.yaml": text}, rules=None, alone=True)
        for name, text in (
            ("key", f"- {{{Q}: 1}}\n"),
            ("rule", f"- {{rule: {Q}, where: a, reason: long enough a reason, expires: 2099-01-01}}\n"),
            ("where", f"- {{rule: idle-gpus, where: {Q}, reason: long enough a reason, expires: 2020-01-01}}\n"),
            ("reason", f"- {{rule: idle-gpus, where: a, reason: {Q}, expires: 2020-01-01}}\n"),
            ("expires", f"- {{rule: idle-gpus, where: a, reason: long enough a reason, expires: {Q}}}\n"),
            ("key-twice", f"- {{{Q}: 1, {Q}: 2}}\n"),
            ("not-a-list", f"{Q}: 1\n"),
            ("text", f"{ATTACK}\n"),
        )
    ),
    *(
        Input(f"{where}-{name}", PODS, {path: text}, rules=None, alone=True)
        for where, path in (("hardware", "/hardware/other/hardware.yaml"), ("model", "/models/other/model.yaml"))
        for name, text in (("key", f"{Q}: 1\n"), ("value", f"name: {Q}\nmachine_type: {Q}\nid: {Q}\nlicence: {Q}\n"), ("text", f"{ATTACK}\n"), ("key-twice", f"{Q}: 1\n{Q}: 2\n"))
    ),
    *(
        Input(f"manifest-{name}", manifest=text, rules=None, alone=True)
        for name, text in (
            ("kind", json.dumps({"apiVersion": LINE, "kind": LINE, "metadata": {"name": LINE}})),
            ("key-twice", f"{POD}{Q}: 1\n{Q}: 2\n"),
            ("text", f"{ATTACK}\n"),
            ("list", json.dumps({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": LINE, "metadata": {"name": LINE, LINE: 1}}]})),
        )
    ),
    *(
        Input(f"option-{name}", PODS, arguments=arguments, rules=None, alone=True)
        for name, arguments in (
            ("overlay", (LINE,)),
            ("rule", ("--rule", LINE)),
            ("reference", ("--changed-since", LINE)),
            ("manifest", ("--manifest", LINE, "--hardware", "a3ultra")),
            ("hardware", ("--manifest", "base", "--hardware", LINE)),
            ("unknown", (f"--{LINE}",)),
        )
    ),
)  # fmt: skip
"""What the validator reads before it reads an overlay, and its own options, which a workflow may take from a branch's name."""

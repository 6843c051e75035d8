"""Manifests that grow in one place: n of something, where n is asked for.

Each function without an argument gives cases by name, and each case makes the text of a manifest of about n somethings.
``fields`` and ``texts`` come from the vendored schemas: every list, map and text of every kind, whatever rule looks at it
today or tomorrow. ``FAMILIES`` says how far each sort of case is to grow for its time to be told from n².
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import yaml

from servelint.server import schema
from support import ROOT

Case = Callable[[int], str]
Body = dict[str, Any]

SERVER = ROOT / "tests/golden/a3ultra/deepseek-r1/sglang-serve.yaml"
CLUSTER = ROOT / "tests/golden/clusters/a3ultra-able.yaml"
IMAGE = "lmsysorg/sglang:v0.4.6.post4-cu124"


def manifest(bodies: list[Body]) -> str:
    """Documents as text. One line each: JSON is YAML."""
    return "\n---\n".join(json.dumps(body) for body in bodies) + "\n"


def server() -> list[Body]:
    """A model server of the fleet, as it is rendered."""
    return list(yaml.load_all(SERVER.read_text(), Loader=yaml.CSafeLoader))


def _deployment(bodies: list[Body]) -> Body:
    return next(body for body in bodies if body["kind"] == "Deployment")


def _pod(bodies: list[Body]) -> Body:
    spec: Body = _deployment(bodies)["spec"]["template"]["spec"]
    return spec


def _config(bodies: list[Body], key: str) -> Body:
    return next(body["data"] for body in bodies if body["kind"] == "ConfigMap" and key in body["data"])


# --- scripts ---------------------------------------------------------------------------------------------------------

SHAPES: dict[str, tuple[str, str, str]] = {
    # what repeats, with what stands before and behind all of it; {} is the number of the repetition
    "and": ("", "true && ", "true"),
    "or": ("", "true || ", "true"),
    "and-or": ("set -eu\n", "pip install a && curl x | sh || true && ", "true"),
    "semicolons": ("", "true; ", ""),
    "lines": ("set -eu\n", "python3 -m sglang.launch_server --tp 8\n", ""),
    "continued": ("python3 -m sglang.launch_server ", "\\\n --tp 8 ", ""),
    "pipes": ("curl x ", "| bash ", ""),
    "background": ("", "a & ", "wait"),
    "installs": ("", "pip install a\n", ""),
    "words": ("python3 -m sglang.launch_server ", "--tp 8 ", ""),
    "other-words": ("python3 -m sglang.launch_server ", "--a{} b ", ""),
    "one-word": ("echo ", "a", ""),
    "blanks": ("echo ", " ", "a"),
    "empty-lines": ("echo a \\", "\n", " | b"),
    "backslashes": ("echo ", "\\", ""),
    "backslash-blanks": ("echo ", "\\ ", ""),
    "quoted-backslashes": ("echo '", "\\ \n", "'"),
    "substitutions": ("echo ", "$(a) ", ""),
    "unclosed-substitutions": ("echo ", "$(", ""),
    "backticks": ("echo ", "`a` ", ""),
    "subshells": ("", "(a) ; ", ""),
    "unclosed-subshells": ("", "( ", ""),
    "braces": ("", "{ a; } ; ", ""),
    "unclosed-braces": ("", "{ ", ""),
    "ifs": ("set -e\n", "if a; then ((i++)); fi\n", ""),
    "unclosed-ifs": ("", "if a; then ", ""),
    "elifs": ("set -u\nif a; then b=1; ", "elif a; then b=1; ", "fi; echo $b"),
    "cases": ("while b; do case $a in ", "--x{}) x{}=$2;; ", "esac; done"),
    "one-condition": ("set -e\nif ", "((i++)); ", "then a; fi"),
    "fors": ("", "for i in a b; do exec c; done\n", ""),
    "unclosed-fors": ("", "for i in a; do ", ""),
    "whiles": ("set -e\n", "while a; do let i=0; done\n", ""),
    "functions": ("set -eu\n", "f{}() { ((i++)); }\nf{}\n", ""),
    "one-function": ("set -eu\nf() { a=1; ((i++)); }\n", "f\n", ""),
    "unclosed-functions": ("", "f() ", ""),
    "comments": ("", "# a\n", ""),
    "remarks": ("a ", "`# b` ", ""),
    "settings": ("", "A=1 ", "b"),
    "assignments": ("set -eu\n", "a{}=$b{}; ", ""),
    "appended": ("", "a+=$a; ", "exec python3 -m sglang.launch_server $a"),
    "capitals": ("set -u\n", "A{}=$A{}; ", ""),
    "unset-reads": ("set -u\nif a; then b=1; fi\n", "echo $b; ", ""),
    "exports": ("", "export A{}=1\n", "python3 -m sglang.launch_server"),
    "declared": ("set -u\ndeclare ", "A{} ", ""),
    "sets": ("", "set -eu; set +e; ((i++)); ", ""),
    "expansions": ("echo ", "${a:-b} ", ""),
    "nested-expansions": ("echo ", "${a:-", ""),
    "quotes": ("echo ", '"a" ', ""),
    "unclosed-quotes": ("echo ", "'", ""),
    "one-text": ('echo "', "$a ", '"'),
    "heredocs": ("", "cat <<E\nx\nE\n", ""),
    "shell-heredocs": ("", "bash <<'E'\nexec a\nE\n", ""),
    "heredocs-of-one": ("bash ", "<<'E' ", "\nx\n" + "E\n"),
    "unclosed-heredocs": ("", "a<<A ", ""),
    "shells": ("", "bash -c 'set -e; ((i++))'\n", ""),
    "wrappers": ("", "sudo ", "a"),
    "redirects": ("a ", ">b{} ", ""),
    "files": ("", "echo a > f{}.yaml\n", ""),
    "files-twice": ("", "echo a > f{}\necho a > f{}\n", ""),
    "files-in-braces": ("{ a; } ", "> f{}.yaml ", ""),
    "arithmetic": ("set -e\n", "((i++))\n", ""),
    "one-sum": ("echo $((", "1+", "1))"),
    "tests": ("", "[[ a == b ]] && ", "c"),
    "one-test": ("[[ ", "a == b && ", "a ]]"),
    "arrays": ("", "a=(--tp 8)\n", ""),
    "one-array": ("a=(", "--tp 8 ", ")"),
    "globs": ("echo ", "*", ""),
    "not": ("", "! ", "a"),
    "closing": ("", ")", ""),
    "unbroken": ("", "a|", ""),
    "sources": ("", "source $A{}\n", "exec python3 -m sglang.launch_server"),
    "process-substitutions": ("bash ", "<(curl x) ", ""),
    "flags-with-values": ("python3 -m sglang.launch_server ", "--a=b ", ""),
    "dollars": ("echo ", "$", ""),
    "wide": ("echo ", "ü\\ ", ""),
}


def _repeated(shape: tuple[str, str, str], n: int) -> str:
    before, unit, behind = shape
    middle = unit * n if "{}" not in unit else "".join(unit.replace("{}", str(i)) for i in range(n))
    return before + middle + behind


def calling(n: int) -> str:
    """Functions that call each other: n calls in each of six, which would be n to the sixth if all were followed."""
    each = n // 6 + 1
    bodies = [f"f{i}() {{ {f'f{i + 1}; ' * each}a=1; }}\n" for i in range(6)]
    return "set -eu\n" + "".join(bodies) + "f6() { ((i++)); }\nf0\n"


SCRIPTS: dict[str, Callable[[int], str]] = {
    **{name: partial(_repeated, shape) for name, shape in SHAPES.items()},
    "calling": calling,
    "nested-substitutions": lambda n: "echo " + "$(echo " * n + ")" * n,
    "nested-ifs": lambda n: "if a; then " * n + "fi; " * n,
    "nested-subshells": lambda n: "( " * n + "a" + " )" * n,
    "nested-expansions-closed": lambda n: "echo " + "${a:-" * n + "}" * n,
}


def as_python(text: str) -> str:
    """A text in the place of the launcher."""
    bodies = server()
    _config(bodies, "launch.py")["launch.py"] = text
    return manifest(bodies)


def twice(script: str) -> str:
    """The script both as an argument and in a file."""
    bodies = server()
    _config(bodies, "launch.py")["run.sh"] = "#!/bin/bash\n" + script
    container = _pod(bodies)["containers"][0]
    container.update(command=["bash", "/opt/launcher/run.sh"])
    _pod(bodies)["containers"].append({**container, "name": "other", "command": ["bash", "-c"], "args": [script]})
    return manifest(bodies)


def scripts() -> dict[str, Case]:
    return {f"script-{name}": partial(_made, twice, script) for name, script in SCRIPTS.items()}


def _made(frame: Callable[[str], str], text: Callable[[int], str], n: int) -> str:
    return frame(text(n))


PYTHON: dict[str, tuple[str, str, str]] = {
    "statements": ("import launchlib\n", "a = 1\n", "launchlib.load(['a'])\n"),
    "options": (
        "import argparse\np = argparse.ArgumentParser()\n",
        "p.add_argument('--a{}')\n",
        "a = p.parse_args()\n",
    ),
    "calls": ("import launchlib\n", "a(b)\n", "launchlib.load(['a'])\n"),
    "chained": ("import launchlib\nparse = a", ".b()", "\nlaunchlib.load(['a'])\n"),
    "chains": ("import launchlib\n", "a = b.parse().c().d()\n", ""),
    "lists": ("import launchlib\n", "['python3', '-m', 'sglang.launch_server', '--tp', '8']\n", ""),
    "one-list": ("['sglang.launch_server', ", "'--a{}', ", "]"),
    "open": ("", "(", ""),
    "nested-lists": ("", "[", ""),
    "sum": ("a = 1", " + 1", ""),
    "functions": ("", "def f{}():\n  return 1\n", ""),
    "names": ("import launchlib\n", "a{} = launchlib.load(b{})\n", ""),
    "comments": ("", "# a\n", ""),
    "texts": ("a = '", "b", "'"),
}


def python() -> dict[str, Case]:
    return {f"python-{name}": partial(_made, as_python, partial(_repeated, shape)) for name, shape in PYTHON.items()}


# --- arguments, and the files that hold them -------------------------------------------------------------------------

WORDS: dict[str, list[str]] = {
    # what repeats on the command line of a server
    "one-flag": ["--tp", "8"],
    "abbreviated": ["--tens", "8"],
    "unknown": ["--a{}", "b"],
    "misspelt": ["--tensor-paralel-size{}", "8"],
    "with-value": ["--tp=8"],
    "json": ["--json-model-override-args", '{{"a": {}}}'],
    "bare": ["a"],
    "empty": [""],
    "numbers": ["8"],
    "variables": ["$(A{})"],
    "short": ["-a"],
    "paths": ["/opt/launcher/launch.py"],
    "models": ["--model-path", "deepseek-ai/DeepSeek-R1"],
    "programs": ["python3", "-m", "sglang.launch_server"],
    "wrapped": ["env", "A=1"],
    "shells": ["bash", "-x"],
    "with-blanks": ["a b"],
}
LONG: dict[str, tuple[str, str, str]] = {
    # one argument that grows
    "value": ("", "a", ""),
    "json-list": ("[", "1,", "1]"),
    "json-open": ("", "[", ""),
    "json-map": ("{", '"a{}":1,', '"z":1}'),
    "blanks": ("a", " ", "b"),
    "words": ("a", " --tp 8", ""),
    "dashes": ("--", "-", ""),
    "digits": ("", "1", ""),
    "dots": ("", "1.", "1"),
    "slashes": ("", "/", ""),
    "colons": ("", "a:", "a"),
    "commas": ("", "a,", "a"),
    "braces": ("", "{{a}} ", ""),
    "angles": ("", "<", ""),
    "variables": ("", "$(A) ", ""),
    "more-variables": ("", "$(A{})", ""),
    "open-variables": ("", "$(", ""),
    "markers": ("", "SITE_A ", ""),
    "lines": ("", "a\n", ""),
    "underscores": ("", "a_", "b"),
    "ats": ("", "a@", ""),
    "quotes": ("", "'", ""),
    "backslashes": ("", "\\", ""),
    "equals": ("--a", "=", ""),
}


def _with_words(unit: list[str], n: int) -> str:
    bodies = server()
    given = [word.format(i) if "{" in word else word for i in range(n) for word in unit]
    base = ["python3", "-m", "sglang.launch_server"]
    container = _pod(bodies)["containers"][0]
    container.pop("args", None)
    container["command"] = base
    container["args"] = given
    return manifest(bodies)


def _with_value(shape: tuple[str, str, str], flag: str, n: int) -> str:
    bodies = server()
    _pod(bodies)["containers"][0].update(
        command=["python3", "-m", "sglang.launch_server"], args=[flag, _repeated(shape, n)]
    )
    return manifest(bodies)


def arguments() -> dict[str, Case]:
    return {f"words-{name}": partial(_with_words, unit) for name, unit in WORDS.items()}


def values() -> dict[str, Case]:
    return {
        f"value-{name}-of{flag}": partial(_with_value, shape, flag)
        for name, shape in LONG.items()
        for flag in ("--model-path", "--json-model-override-args")
    }


def _engine(text: str) -> str:
    bodies = server()
    _config(bodies, "engine.yaml")["engine.yaml"] = text
    return manifest(bodies)


FILES: dict[str, tuple[str, str, str]] = {
    "keys": ("launch_server:\n", "  a{}: 1\n", ""),
    "same-keys": ("launch_server:\n", "  tp: 8\n", ""),
    "misspelt-keys": ("launch_server:\n", "  tensor-paralel-size-{}: 8\n", ""),
    "sections": ("", "a{}: {b: 1}\n", ""),
    "list": ("launch_server:\n  tp: [", "8, ", "8]"),
    "list-of-maps": ("launch_server:\n  tp:\n", "  - {a: 1}\n", ""),
    "map": ("launch_server:\n  tp:\n", "    a{}: 1\n", ""),
    "experiments": ("experiments:\n", "- {name: a{}, isl: 1}\n", ""),
    "documents": ("", "a: 1\n---\n", "b: 1"),
    "comments": ("", "# a\n", "a: 1"),
    "value": ("launch_server:\n  model-path: ", "a", ""),
    "none": ("launch_server:\n", "  a{}: None\n", ""),
    "open": ("a: ", "[", ""),
    "anchors": ("", "a{}: &a{} 1\n", ""),
    "open-anchors": ("a: ", "&a{} [", ""),
    "aliases": ("a: &a 1\nb:\n", "- *a\n", ""),
    "empty-lines": ("a: 1", "\n", ""),
    "nulls": ("", "a{}:\n", ""),
}
TEXTS: dict[str, tuple[str, str, str]] = {
    "line": ("", "a", ""),
    "lines": ("", "a b\n", ""),
    "blanks": ("a", " ", "b"),
    "empty-lines": ("a", "\n", "b"),
    "markers": ("", "SITE_BUCKET ", ""),
    "angles": ("", "<a> ", ""),
    "expansions": ("", "${A} ", ""),
    "variables": ("", "$A ", ""),
    "urls": ("", "https://a/b ", ""),
    "flags": ("", "--tp-size 8 ", ""),
    "equals": ("", "A=1\n", ""),
    "sgl": ("", "sglang.bench_", "x"),
    "tokens": ("", "hf_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ", ""),
    "word": ("hf_", "a", ""),
    "braces": ("", "{", ""),
    "json": ("[", '{"a": 1},', "1]"),
    "quotes": ("", '"', ""),
    "base64": ("", "QUJD", ""),
    "slashes": ("", "gs://a/", ""),
}


def files() -> dict[str, Case]:
    found: dict[str, Case] = {
        f"engine-{name}": partial(_made, _engine, partial(_repeated, shape)) for name, shape in FILES.items()
    }
    for name, shape in TEXTS.items():
        found[f"text-{name}"] = partial(_made, _everywhere, partial(_repeated, shape))
    return {**found, "config-keys": _config_keys}


def _everywhere(text: str) -> str:
    """A text as the content of a file of each sort."""
    bodies = server()
    names = ("notes", "launch.py", "run.sh", "config.json", "config.pbtxt", "options.yaml")
    _config(bodies, "launch.py").update(dict.fromkeys(names, text))
    return manifest(bodies)


def _config_keys(n: int) -> str:
    bodies = server()
    _config(bodies, "launch.py").update({f"k{i}.sh": "echo a\n" for i in range(n)})
    return manifest(bodies)


# --- fields ----------------------------------------------------------------------------------------------------------

KINDS = (
    "v1 Pod", "apps/v1 Deployment", "batch/v1 Job", "batch/v1 CronJob", "apps/v1 StatefulSet", "v1 Service",
    "v1 ConfigMap", "v1 Secret", "v1 ServiceAccount", "v1 PersistentVolume", "v1 PersistentVolumeClaim", "v1 Namespace",
    "v1 LimitRange", "v1 ResourceQuota", "storage.k8s.io/v1 StorageClass", "scheduling.k8s.io/v1 PriorityClass",
    "policy/v1 PodDisruptionBudget", "autoscaling/v2 HorizontalPodAutoscaler", "networking.k8s.io/v1 NetworkPolicy",
    "networking.k8s.io/v1 Ingress", "rbac.authorization.k8s.io/v1 ClusterRole",
    "rbac.authorization.k8s.io/v1 RoleBinding", "resource.k8s.io/v1 DeviceClass",
    "resource.k8s.io/v1 ResourceClaimTemplate", "kueue.x-k8s.io/v1beta2 ClusterQueue",
    "kueue.x-k8s.io/v1beta2 LocalQueue", "kueue.x-k8s.io/v1beta2 ResourceFlavor", "kueue.x-k8s.io/v1beta2 Topology",
    "leaderworkerset.x-k8s.io/v1 LeaderWorkerSet", "jobset.x-k8s.io/v1alpha2 JobSet",
    "serving.kserve.io/v1beta1 InferenceService", "serving.kserve.io/v1alpha1 ClusterServingRuntime",
    "argoproj.io/v1alpha1 Application", "argoproj.io/v1alpha1 ApplicationSet", "argoproj.io/v1alpha1 AppProject",
    "kustomize.toolkit.fluxcd.io/v1 Kustomization", "source.toolkit.fluxcd.io/v1 GitRepository",
    "external-secrets.io/v1 ExternalSecret", "external-secrets.io/v1 SecretStore",
    "gateway.networking.k8s.io/v1 HTTPRoute", "gateway.networking.k8s.io/v1 Gateway",
    "inference.networking.k8s.io/v1 InferencePool", "monitoring.googleapis.com/v1 PodMonitoring",
    "networking.gke.io/v1 GKENetworkParamSet", "networking.gke.io/v1 Network", "resource.nvidia.com/v1beta1 ComputeDomain",
)  # fmt: skip
TELLING = ("name", "key", "mountPath", "devicePath", "containerPort", "port", "ip", "topologyKey", "uid")
"""Fields by which the items of lists differ: two equal ones would be said to be equal, and no more."""
TOLD = (
    "v1 Pod", "v1 Service", "v1 ConfigMap", "v1 PersistentVolume", "v1 PersistentVolumeClaim",
    "networking.k8s.io/v1 NetworkPolicy", "kueue.x-k8s.io/v1beta2 ClusterQueue", "argoproj.io/v1alpha1 Application",
    "gateway.networking.k8s.io/v1 HTTPRoute", "monitoring.googleapis.com/v1 PodMonitoring",
)  # fmt: skip
"""Kinds whose texts grow all together."""
DEEPEST = 9
CHARACTERS = (
    "a",
    " ",
    "a ",
    "a,",
    "/",
    ".",
    "-",
    "=",
    "$(A) ",
    "1",
    "é",
    "a/",
    "a.",
    "{",
    "[",
    "\n",
    "SITE_A ",
    "a=b,",
)


def _whole(node: Any, defs: Body) -> Body:
    return schema.resolved(node, defs) if isinstance(node, dict) else {}


def _type(node: Body) -> str:
    types = node.get("type", "object" if "properties" in node else "string")
    return next((t for t in ([types] if isinstance(types, str) else types) if t != "null"), "string")


def sample(node: Body, defs: Body, number: int = 0, depth: int = 0) -> Any:
    """The least value that a schema takes, where such a thing can be told; ``number`` tells it from others."""
    node = _whole(node, defs)
    if node.get("enum"):
        return next(value for value in node["enum"] if value is not None)
    kind = _type(node)
    if kind == "object" and depth < DEEPEST:
        fields = node.get("properties", {})
        made = {
            name: sample(fields[name], defs, number, depth + 1) for name in node.get("required", ()) if name in fields
        }
        for name in (*TELLING, "value"):
            if name in fields and _type(_whole(fields[name], defs)) in ("string", "integer"):
                made[name] = sample(fields[name], defs, number, depth + 1)
        return made
    if kind == "array":
        return [sample(node.get("items", {}), defs, number, depth + 1)] if depth < DEEPEST else []
    if kind in ("integer", "number"):
        return max(1, int(node.get("minimum", 1))) + number
    return {"boolean": True, "string": f"a{number}"}.get(kind, {})


Step = str | None
"""A field, or None for the item of a list or the entry of a map."""


def _objects(root: Body, seen: set[str]) -> Iterator[tuple[tuple[Step, ...], Body]]:
    """Path and schema of every object type of a kind, once each."""
    defs = root.get("$defs", {})
    waiting: list[tuple[tuple[Step, ...], Any]] = [((), root)]
    while waiting:
        at, node = waiting.pop(0)
        name = node.get("$ref", "") if isinstance(node, dict) else ""
        whole = _whole(node, defs)
        mark = name or json.dumps(sorted(whole.get("properties", {})))
        if len(at) > DEEPEST or (at and mark in seen and (name or whole.get("properties"))):
            continue
        seen.add(mark)
        fields = whole.get("properties", {})
        if fields:
            yield at, whole
        for key, child in fields.items():
            if not (not at and key in ("apiVersion", "kind", "status")):
                waiting.append(((*at, key), child))
        for inner in ("items", "additionalProperties"):
            if isinstance(whole.get(inner), dict):
                waiting.append(((*at, None), whole[inner]))


def _put(root: Body, body: Body, at: tuple[Step, ...], value: Body) -> None:
    """Puts an object where a path leads, among the least that each object on the way there needs."""
    defs, node, place = root.get("$defs", {}), root, body
    for i, step in enumerate(at):
        node = _whole(node, defs)
        last = i == len(at) - 1
        if step is None:
            below = node.get("items") if _type(node) == "array" else node.get("additionalProperties")
        else:
            below = node["properties"][step]
        whole = _whole(below, defs)
        made: Any = [] if _type(whole) == "array" else sample(whole, defs)
        if last:
            made = {**(made if isinstance(made, dict) else {}), **value}
        if isinstance(place, list):
            place.append(made)
        else:
            place["a" if step is None else step] = made
        place, node = made, whole


def _grown(node: Body, defs: Body, n: int) -> Body:
    """An object in which every list and every map has its part of n items."""
    made: Body = sample(node, defs)
    wide = {
        name: whole
        for name, child in node.get("properties", {}).items()
        if _type(whole := _whole(child, defs)) == "array" or isinstance(whole.get("additionalProperties"), dict)
    }
    each = n // max(1, len(wide)) + 1
    for name, whole in wide.items():
        if _type(whole) == "array":
            made[name] = [sample(whole.get("items", {}), defs, i) for i in range(each)]
        else:
            made[name] = {f"a{i}": sample(whole["additionalProperties"], defs, i) for i in range(each)}
    return made if wide else {}


def _start(kind: str, root: Body) -> Body:
    api_version, name = kind.split(" ")
    body: Body = sample(root, root.get("$defs", {}))
    return {**body, "apiVersion": api_version, "kind": name, "metadata": {"name": "grown"}}


def _with_fields(kind: str, at: tuple[Step, ...], node: Body, n: int) -> str:
    root = schema.schema(*kind.split(" "), schema.NEWEST)
    body, grown = _start(kind, root), _grown(node, root.get("$defs", {}), n)
    if at:
        _put(root, body, at, grown)
    else:
        body.update({**grown, **{key: body[key] for key in ("apiVersion", "kind", "metadata")}})
    return manifest([body])


def fields() -> dict[str, Case]:
    """Every list and map of every kind, those of one object type at a time."""
    found: dict[str, Case] = {}
    seen: set[str] = set()
    for kind in KINDS:
        root = schema.schema(*kind.split(" "), schema.NEWEST)
        defs = root.get("$defs", {})
        for at, node in _objects(root, seen):
            if _grown(node, defs, 1):
                case = partial(_with_fields, kind, at, node)
                found[f"fields-{kind.split(' ')[1]}-{'.'.join(step or '*' for step in at)}"] = case
    return found


def _long_texts(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        kept = ("apiVersion", "kind")
        return {key: item if key in kept else _long_texts(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [_long_texts(item, text) for item in value]
    return text if isinstance(value, str) else value


def _full(node: Any, defs: Body, path: tuple[str, ...] = (), depth: int = 0) -> Any:
    """An object with every field that its schema has, one item a list."""
    name = node.get("$ref", "") if isinstance(node, dict) else ""
    node = _whole(node, defs)
    kind = _type(node)
    if depth > DEEPEST or (name and name in path):
        return {} if kind == "object" else [] if kind == "array" else "a"
    below = (*path, name)
    if kind == "array":
        return [_full(node.get("items", {}), defs, below, depth + 1)]
    if kind != "object":
        return sample(node, defs)
    made = {key: _full(child, defs, below, depth + 1) for key, child in node.get("properties", {}).items()}
    if isinstance(node.get("additionalProperties"), dict):
        made["a"] = _full(node["additionalProperties"], defs, below, depth + 1)
    return made


def texts() -> dict[str, Case]:
    """Every text of some kinds, n characters long; once for each sort of character."""
    return {f"texts-{sign!r}": partial(_with_texts, sign) for sign in CHARACTERS}


def _with_texts(sign: str, n: int) -> str:
    bodies = []
    for kind in TOLD:
        root = schema.schema(*kind.split(" "), schema.NEWEST)
        api_version, name = kind.split(" ")
        body = {**_full(root, root.get("$defs", {})), "apiVersion": api_version, "kind": name}
        body.pop("status", None)
        bodies.append(_long_texts(body, sign * n))
    return manifest(bodies)


# --- sets ------------------------------------------------------------------------------------------------------------


def _cluster() -> list[Body]:
    found: list[Body] = []
    for path in sorted(CLUSTER.parent.glob("**/*.yaml")):
        found += yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader)
    return [body for body in found if body]


def _renamed(body: Body, i: int) -> Body:
    made = copy.deepcopy(body)
    made["metadata"]["name"] = f"{made['metadata']['name']}-{i}"
    return made


def _many(body: Body, beside: list[Body], n: int) -> str:
    return manifest([*beside, *(_renamed(body, i) for i in range(n))])


def kinds() -> dict[str, Case]:
    """n objects of each kind beside one of every other."""
    found: dict[str, Case] = {}
    once: dict[str, Body] = {}
    for body in [*server(), *_cluster()]:
        once.setdefault(body["kind"], body)
    for kind in KINDS:
        root = schema.schema(*kind.split(" "), schema.NEWEST)
        once.setdefault(kind.split(" ")[1], _start(kind, root))
    for kind, body in once.items():
        found[f"many-{kind}"] = partial(_many, body, [other for name, other in once.items() if name != kind])
    return found


def sets() -> dict[str, Case]:
    """n of one part of a server, or of something in a set."""

    def servers(n: int) -> str:
        text = manifest(server())
        return "---\n".join(text.replace("deepseek-r1-sglang-serve", f"s{i}") for i in range(n // 10 + 1))

    def pods(n: int) -> str:
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": "a"}]}}
        return manifest([{**pod, "metadata": {"name": f"p{i}"}} for i in range(n)])

    def listed(n: int) -> str:
        return manifest([{"apiVersion": "v1", "kind": "List", "items": list(yaml.safe_load_all(pods(n)))}])

    def containers(n: int) -> str:
        bodies = server()
        first = _pod(bodies)["containers"][0]
        _pod(bodies)["containers"] = [{**first, "name": f"engine-{i}"} for i in range(n // 4 + 1)]
        return manifest(bodies)

    def init_containers(n: int) -> str:
        bodies = server()
        first = _pod(bodies)["initContainers"][0]
        _pod(bodies)["initContainers"] = [{**first, "name": f"gib-{i}"} for i in range(n)]
        return manifest(bodies)

    def volumes(n: int) -> str:
        bodies = server()
        spec = _pod(bodies)
        spec["volumes"] += [{"name": f"v{i}", "emptyDir": {}} for i in range(n)]
        spec["containers"][0]["volumeMounts"] += [{"name": f"v{i}", "mountPath": f"/v{i}"} for i in range(n)]
        return manifest(bodies)

    def mounts(n: int) -> str:
        bodies = server()
        spec = _pod(bodies)
        spec["containers"][0]["volumeMounts"] += [{"name": "launcher", "mountPath": f"/v{i}"} for i in range(n)]
        return manifest(bodies)

    def environment(n: int) -> str:
        bodies = server()
        given = _pod(bodies)["containers"][0]["env"]
        given += [{"name": f"A{i}", "value": f"$(A{i - 1})"} for i in range(n)]
        return manifest(bodies)

    def doubling(n: int) -> str:
        """Each value names the one before it twice: 2 to the n-th, if they were all put in."""
        bodies = server()
        given = _pod(bodies)["containers"][0]["env"]
        given += [{"name": f"A{i}", "value": f"$(A{i - 1})$(A{i - 1})"} for i in range(n)]
        return manifest(bodies)

    def runtimes(n: int) -> str:
        """A predictor and its runtime, each with n arguments and n variables."""
        container = {
            "args": [f"--a{i}" for i in range(n)],
            "env": [{"name": f"A{i}", "value": "b"} for i in range(n)],
        }
        runtime = {
            "apiVersion": "serving.kserve.io/v1alpha1",
            "kind": "ServingRuntime",
            "metadata": {"name": "r"},
            "spec": {
                "containers": [{"name": "kserve-container", "image": IMAGE, "command": ["tritonserver"], **container}]
            },
        }
        model = {"modelFormat": {"name": "a"}, "runtime": "r", **container}
        service = {
            "apiVersion": "serving.kserve.io/v1beta1",
            "kind": "InferenceService",
            "metadata": {"name": "s"},
            "spec": {"predictor": {"model": model}},
        }
        return manifest([runtime, service])

    def literals(n: int) -> str:
        bodies = server()
        _pod(bodies)["containers"][0]["env"] += [{"name": f"NCCL_A{i}", "value": "1"} for i in range(n)]
        return manifest(bodies)

    def sources(n: int) -> str:
        bodies = server()
        given = _pod(bodies)["containers"][0]["envFrom"]
        given += [{"configMapRef": {"name": f"c{i}"}} for i in range(n)]
        return manifest(bodies)

    def interfaces(n: int) -> str:
        bodies = server()
        notes = _deployment(bodies)["spec"]["template"]["metadata"]["annotations"]
        listed = [{"interfaceName": f"eth{i}", "network": f"rdma-{i}"} for i in range(n)]
        notes["networking.gke.io/interfaces"] = json.dumps(listed)
        return manifest(bodies)

    def annotations(n: int) -> str:
        bodies = server()
        template = _deployment(bodies)["spec"]["template"]["metadata"]
        for key in ("annotations", "labels"):
            template[key].update({f"a{i}": "b" for i in range(n)})
        return manifest(bodies)

    def tolerations(n: int) -> str:
        bodies = server()
        _pod(bodies)["tolerations"] += [{"key": f"a{i}", "operator": "Exists"} for i in range(n)]
        _pod(bodies)["nodeSelector"].update({f"a{i}": "b" for i in range(n)})
        return manifest(bodies)

    def ports(n: int) -> str:
        bodies = server()
        _pod(bodies)["containers"][0]["ports"] += [{"name": f"p{i}", "containerPort": i + 1} for i in range(n)]
        service = next(body for body in bodies if body["kind"] == "Service")
        service["spec"]["ports"] += [{"name": f"p{i}", "port": i + 1, "targetPort": f"p{i}"} for i in range(n)]
        return manifest(bodies)

    def projected(n: int) -> str:
        bodies = server()
        volume = next(v for v in _pod(bodies)["volumes"] if v["name"] == "launcher")
        volume["projected"]["sources"] += [{"configMap": {"name": f"c{i}"}} for i in range(n)]
        return manifest(bodies)

    def services(n: int) -> str:
        bodies = server()
        service = next(body for body in bodies if body["kind"] == "Service")
        return manifest([*bodies, *(_renamed(service, i) for i in range(n))])

    def wrong(n: int) -> str:
        """Many mistakes in one object, of the schema and of the rules."""
        bodies = server()
        container = _pod(bodies)["containers"][0]
        container["env"] += [{"nam": f"A{i}", "value": i} for i in range(n)]
        container["args"] = list(range(n))
        return manifest(bodies)

    def unknown_fields(n: int) -> str:
        bodies = server()
        _pod(bodies).update({f"a{i}": {"b": 1} for i in range(n)})
        return manifest(bodies)

    def unknown_kinds(n: int) -> str:
        return manifest([{"apiVersion": "a/v1", "kind": f"K{i}", "metadata": {"name": "a"}} for i in range(n)])

    def nested(n: int) -> str:
        return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {'[' * n}{']' * n}\n"

    def anchored(n: int) -> str:
        return f"a: {'&a [' * 50}{', '.join(f'&b{i} 1, *b{i}' for i in range(n))}{']' * 50}\n"

    grown = (servers, pods, listed, containers, init_containers, volumes, mounts, environment, doubling, runtimes,
             literals, sources,
             interfaces, annotations, tolerations, ports, projected, services, wrong, unknown_fields, unknown_kinds,
             nested, anchored)  # fmt: skip
    return {f"set-{case.__name__.replace('_', '-')}": case for case in grown}


def sync() -> dict[str, Case]:
    """What Argo CD and Flux are told, n times, or with n of something."""
    flux, argo = "kustomize.toolkit.fluxcd.io/v1", "argocd.argoproj.io/"

    def follows(i: int, after: int) -> Body:
        spec = {"path": f"a/{i}", "interval": "1m", "prune": True, "sourceRef": {"kind": "GitRepository", "name": "g"}}
        return {
            "apiVersion": flux, "kind": "Kustomization", "metadata": {"name": f"k{i}"},
            "spec": {**spec, "dependsOn": [{"name": f"k{after}"}]},
        }  # fmt: skip

    def hook(i: int) -> Body:
        marks = {f"{argo}hook": "PreSync", f"{argo}sync-wave": str(i)}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{i}", "annotations": marks}}

    def user(i: int, name: str) -> Body:
        pod = {"containers": [{"name": "a", "image": "a", "envFrom": [{"configMapRef": {"name": name}}]}]}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{i}", "namespace": "a"}, "spec": pod}

    def space(wave: int) -> Body:
        marks = {f"{argo}sync-wave": str(wave)}
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "annotations": marks}}

    def source(field: str, value: Any) -> Body:
        spec = {"url": "https://example.com/a", "interval": "1m", field: value}
        return {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": "g"},
            "spec": spec,
        }

    def application(spec: Body) -> Body:
        return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"}, "spec": spec}

    return {
        "sync-chain": lambda n: manifest([follows(i, i + 1) for i in range(n)]),
        "sync-circle": lambda n: manifest([follows(i, (i + 1) % n) for i in range(n)]),
        "sync-circles": lambda n: manifest([follows(i, i) for i in range(n)]),
        "sync-back-to-the-first": lambda n: manifest([
            {**one, "spec": {**one["spec"], "dependsOn": [{"name": "k0"}, *one["spec"]["dependsOn"]]}}
            for one in (follows(i, i + 1) for i in range(n))
        ]),
        "sync-hooks": lambda n: manifest([*(hook(i) for i in range(n)), *(user(i, f"c{i}") for i in range(n))]),
        "sync-one-hook": lambda n: manifest([hook(0), *(user(i, "c0") for i in range(n))]),
        "sync-hooks-of-one-name": lambda n: manifest([*[hook(0)] * (n // 2), *(user(i, "c0") for i in range(n // 2))]),
        "sync-late-spaces": lambda n: manifest([*(space(i) for i in range(n // 2)), *(user(i, "c") for i in range(n // 2))]),
        "sync-ignored": lambda n: manifest([source("ignore", "/a*b\n" * n), *(follows(i, i) for i in range(5))]),
        "sync-sparse": lambda n: manifest([source("sparseCheckout", [f"a{i}" for i in range(n)]), follows(0, 1)]),
        "sync-options": lambda n: manifest([application({"syncPolicy": {"syncOptions": [f"Prune{i}=a" for i in range(n)]}})]),
        "sync-differences": lambda n: manifest([application({
            "ignoreDifferences": [{"kind": "Pod", "jsonPointers": [f"/spec/containers/{i}/image"]} for i in range(n)]
        })]),
    }  # fmt: skip


FAMILIES: tuple[tuple[Callable[[], dict[str, Case]], int], ...] = (
    (scripts, 2_000),
    (python, 2_000),
    (arguments, 2_000),
    (values, 8_000),
    (files, 1_500),
    (fields, 300),
    (texts, 150),
    (kinds, 120),
    (sets, 600),
    (sync, 800),
)
"""Families of cases, and the n of the larger of the two sizes that are held against each other."""

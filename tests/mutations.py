"""Inputs that nobody would write: the fleet's own manifests with something wrong in them, and objects made up from the
vendored schemas. Everything is drawn from a ``Random`` that the caller gives, so that an example can be had again.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import yaml

from servelint import lines
from servelint.rules import all_rules
from servelint.server import schema
from support import ROOT

GOLDEN = ROOT / "tests/golden"
Path = tuple[str | int, ...]

ODD: tuple[Any, ...] = (
    None, "", 0, -1, True, False, [], {}, [[]], [None], [[["a"]]], {"": ""}, {"name": None}, {"a": {"b": []}}, 2**31,
    2**63, -(2**63) - 1, 10**400, 1.5, 1e308, float("nan"), float("inf"), float("-inf"), "x" * 5_000, "a\nb", "\t",
    " ", "é", "名", "\U0001f600", "\u202e", "\x85", "-", "--", "=", ":", ",", "/", ".", "..", "*", "$", "$(", "${", "$(A)", "${A:-", "'", '"', "\\",
    "#", "[", "{", "%", "@", "@sha256:", ":latest", "a:b:c", "0", "8", "-1", "+8", "08", "0x8", "1e3", "1_0", "٣", "²",
    "nan", "inf", "true", "null", "~", "1Gi", "1e400Gi", "-5Mi", "0.5", "1h", "1h1", "5s5", "9" * 400, "9" * 5_000,
    "int-or-string", "2026-13-45", "SITE_X", "{{", "{{.}}", "(?P<", "a=b=c", "--tp=", "--tp", "--tp-size 0",
    "sglang.launch_server", "bash", "-c", "exec", "python3 -m sglang.launch_server --tp 8 --model-path",
)  # fmt: skip
"""Values that are no answer to most questions: of every type, at the edges of it, and of other notations' making."""

SNIPPETS = (
    "$(", ")", "${", "}", '"', "'", "\\", "\\\n", "\n", "|", "||", "&&", ";", "<<EOF\n", "EOF\n", "<<<", ">", "2>&1",
    "`", "$((", "))", "[[", "]]", "if ", "fi", "for i in ", "done", "case x in", "esac", "function f {", "set -e\n",
    "set -euo pipefail\n", "#", "--", "=", ":", "- ", "{", "[", "]", ",", "&a ", "*a", "<<: *a\n", "!!int ", "---\n",
    "\t", "\u00a0", "é", "\U0001f600", "\x7f", "%", "@", "~", "null", "0x", "1e999", ".inf", ".nan", "tp: 8\n",
    "cat > engine.yaml <<'X'\n", "export A=", "unset A\n", "pip install ", "exec ", "eval ", "timeout 5 ", "trap '' 1\n",
)  # fmt: skip
"""What turns text into other text: of the shell, of YAML, of no language."""

NUMBERS = ("0", "-1", "", "1.5", "1e399", "9" * 400, "9" * 5_000, "0x8", "08", "1_0", "٣", "²", "${N}", "8 ")

OTHERS = (
    "apiVersion",
    "kind",
    "metadata",
    "spec",
    "name",
    "containers",
    "env",
    "args",
    "command",
    "template",
    "volumes",
)


Objects = tuple[dict[str, Any], ...]


@cache
def examples() -> tuple[tuple[dict[str, Any], Objects], ...]:
    """Context and objects of every example of the rules: each is what one rule looks at more closely than the others."""
    found = []
    for rule in all_rules().values():
        context = getattr(rule.module, "CONTEXT", {})
        for example in (rule.module.GOOD, rule.module.BAD) if rule.scope in ("check", "judge") else ():
            for text in [example] if isinstance(example, str) else example:
                read = lines.load(text if isinstance(text, str) else text[1])
                bodies = tuple(body for _, body in read if isinstance(body, dict))
                if bodies and len(str(bodies)) < 50_000:
                    found.append((context, bodies))
    return tuple(found)


@cache
def golden() -> tuple[tuple[str, Objects], ...]:
    """Path (below tests/golden) and objects of every overlay, in order."""
    files = sorted(GOLDEN.rglob("*.yaml"))
    read = [(file.relative_to(GOLDEN).as_posix(), file.read_text(encoding="utf-8")) for file in files]
    return tuple((path, tuple(body for _, body in lines.load(text))) for path, text in read)


@cache
def words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys and the short strings of the fleet: with its own words a made-up object gets past the first question."""
    keys: dict[str, None] = {}
    texts: dict[str, None] = {}
    for _, objects in golden():
        for value, at in (item for body in objects for item in _walk(body)):
            if at and isinstance(at[-1], str) and len(at[-1]) < 100:
                keys[at[-1]] = None
            if isinstance(value, str) and len(value) < 200:
                texts[value] = None
    return tuple(keys), tuple(texts)


@cache
def _by_key() -> dict[str, list[Any]]:
    """Every value that stands below a key, anywhere in the fleet and in the examples."""
    found: dict[str, list[Any]] = {}
    for objects in [*(objects for _, objects in golden()[::4]), *(objects for _, objects in examples())]:
        for value, at in (item for body in objects for item in _walk(body)):
            if at and isinstance(at[-1], str):
                found.setdefault(at[-1], []).append(value)
    return found


def _walk(value: Any, at: Path = ()) -> list[tuple[Any, Path]]:
    found = [(value, at)]
    if isinstance(value, dict):
        found += [item for key, inner in value.items() for item in _walk(inner, (*at, key))]
    elif isinstance(value, list):
        found += [item for i, inner in enumerate(value) for item in _walk(inner, (*at, i))]
    return found


def _at(body: Any, at: Path) -> Any:
    for step in at:
        body = body[step]
    return body


def odd(random: Random) -> Any:
    """An odd value, or one of the fleet's strings where it does not belong."""
    if random.random() < 0.2:
        return random.choice(words()[1])
    return copy.deepcopy(random.choice(ODD))


def mutated(body: Any, random: Random) -> Any:
    """A copy of a document with one to six mutations.

    Of a kind without a schema no wrong type is taken out before the rules see it, so now and then it becomes one.
    """
    body = copy.deepcopy(body)
    if random.random() < 0.3 and isinstance(body, dict) and "apiVersion" in body:
        body["apiVersion"] = "example.dev/v1"
    for _ in range(random.randint(1, 6)):
        at = _place(body, random)
        if not at:
            return odd(random)
        random.choice(MUTATIONS)(body, at, random)
    return body


def _place(body: Any, random: Random) -> Path:
    """Any place of a document, or, so that long lists do not take all, any place of some key; () if it has none."""
    places = [at for _, at in _walk(body) if at]
    if places and random.random() < 0.5:
        key = random.choice(sorted({at[-1] for at in places if isinstance(at[-1], str)}) or [0])
        places = [at for at in places if at[-1] == key] or places
    return random.choice(places) if places else ()


def _put(body: Any, at: Path, random: Random) -> None:
    _at(body, at[:-1])[at[-1]] = odd(random)


def _delete(body: Any, at: Path, random: Random) -> None:
    del _at(body, at[:-1])[at[-1]]


def _rename(body: Any, at: Path, random: Random) -> None:
    parent = _at(body, at[:-1])
    if isinstance(parent, dict):
        key = random.choice([str(at[-1]).upper(), random.choice(OTHERS), random.choice(words()[0]), "", 1, True, None])
        parent[key] = parent.pop(at[-1])


def _duplicate(body: Any, at: Path, random: Random) -> None:
    parent = _at(body, at[:-1])
    if isinstance(parent, list):
        parent.insert(random.randint(0, len(parent)), copy.deepcopy(parent[at[-1]]))  # type: ignore[index, call-overload]


def _swap(body: Any, at: Path, random: Random) -> None:
    other = random.choice([at for _, at in _walk(body) if at])
    if at[: len(other)] == other or other[: len(at)] == at:
        return
    mine, theirs = _at(body, at), _at(body, other)
    _at(body, at[:-1])[at[-1]], _at(body, other[:-1])[other[-1]] = theirs, mine


def _graft(body: Any, at: Path, random: Random) -> None:
    value, _ = random.choice(_walk(body))
    _at(body, at[:-1])[at[-1]] = copy.deepcopy(value)


def _transplant(body: Any, at: Path, random: Random) -> None:
    """What stands below the same key elsewhere: right in its kind, and out of place."""
    keyed = [where for _, where in _walk(body) if where and where[-1] in _by_key()]
    if keyed:
        at = random.choice(keyed)
        _at(body, at[:-1])[at[-1]] = copy.deepcopy(random.choice(_by_key()[str(at[-1])]))


def _wrap(body: Any, at: Path, random: Random) -> None:
    parent = _at(body, at[:-1])
    value = parent[at[-1]]
    parent[at[-1]] = random.choice([[value], {"a": value}, {at[-1]: value}, str(value), [value, copy.deepcopy(value)]])


def _garble(body: Any, at: Path, random: Random) -> None:
    """The text of a script, a configuration file or an argument."""
    at = _text(body, random)
    if at:
        _at(body, at[:-1])[at[-1]] = garbled(_at(body, at), random)


def _count(body: Any, at: Path, random: Random) -> None:
    """A number inside a text: a size, a port, a version, the end of a name."""
    at = _text(body, random)
    if at and (found := list(re.finditer(r"\d+", _at(body, at)))):
        text, number = _at(body, at), random.choice(found)
        _at(body, at[:-1])[at[-1]] = text[: number.start()] + random.choice(NUMBERS) + text[number.end() :]


def _text(body: Any, random: Random) -> Path:
    """The place of a text, of a long one rather than a short one; () if there is none."""
    texts = [where for value, where in _walk(body) if where and isinstance(value, str)]
    return max(random.choices(texts, k=3), key=lambda where: len(_at(body, where))) if texts else ()


MUTATIONS: tuple[Callable[[Any, Path, Random], None], ...] = (
    _put, _put, _delete, _delete, _rename, _duplicate, _swap, _graft, _wrap, _garble, _garble, _count, _transplant, _transplant,
)  # fmt: skip


def garbled(text: str, random: Random) -> str:
    """A text with one to four edits: cut, doubled, moved, or with a snippet in it."""
    for _ in range(random.randint(1, 4)):
        start = random.randint(0, len(text))
        end = min(len(text), start + random.choice([0, 1, 1, 5, 40, 1_000]))
        rows = text.split("\n")
        row = random.randrange(len(rows))
        text = random.choice([
            text[:start] + text[end:],
            text[:start] + random.choice(SNIPPETS) + text[start:],
            text[:start] + text[start:end] * 3 + text[end:],
            text[:start],
            "\n".join([*rows[:row], *rows[row + 1 :]]),
            "\n".join([*rows, rows[row]]),
            "\n".join([*rows[row:], *rows[:row]]),
        ])  # fmt: skip
    return text


# --- objects made up -------------------------------------------------------------------------------------------------


@cache
def _kinds() -> tuple[tuple[str, str], ...]:
    """Every kind with a schema; those that the fleet has count ten times."""
    used = {(str(body.get("apiVersion")), str(body.get("kind"))) for _, objects in golden() for body in objects}
    pods = {("v1", "Pod"), ("batch/v1", "Job"), ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"),
            ("batch/v1", "CronJob"), ("v1", "Service"), ("v1", "ConfigMap"), ("v1", "PersistentVolumeClaim"),
            ("v1", "PersistentVolume"), ("apps/v1", "DaemonSet"), ("jobset.x-k8s.io/v1alpha2", "JobSet")}  # fmt: skip
    every = sorted(schema.kinds())
    return (*every, *([kind for kind in every if kind in used | pods] * 10))


def generated(random: Random, version: str = schema.NEWEST) -> dict[str, Any]:
    """An object of some kind, as its schema would have it, but for what it is not."""
    api_version, kind = random.choice(_kinds())
    if not schema.known(api_version, kind, version):
        version = schema.core_version(api_version, kind) or version
    root = schema.schema(api_version, kind, version)
    body = _made(root, root.get("$defs", {}), random, 0)
    if not isinstance(body, dict):
        body = {}
    if random.random() < 0.95:
        body |= {"apiVersion": api_version, "kind": kind}
    return body


ALWAYS = frozenset({"spec", "template", "containers", "metadata", "name", "image", "data", "predictor", "model"})


def _made(node: Any, defs: dict[str, Any], random: Random, depth: int) -> Any:
    """A value as a schema has it; one in thirty is odd."""
    while isinstance(node, dict) and "$ref" in node:
        node = defs.get(node["$ref"].rpartition("/")[2], {})
    if not isinstance(node, dict) or depth > 14 or random.random() < 1 / 30:
        return odd(random)
    for choice in ("oneOf", "anyOf"):
        if node.get(choice) and "properties" not in node:
            return _made(random.choice(node[choice]), defs, random, depth + 1)
    if node.get("allOf") and "properties" not in node:
        return _made(node["allOf"][0], defs, random, depth + 1)
    if node.get("enum"):
        return copy.deepcopy(random.choice(node["enum"]))
    types = node.get("type", "string")
    wanted = types if isinstance(types, str) else random.choice(types)
    if wanted == "object" or "properties" in node:
        fields = node.get("properties", {})
        share = 0.5 if depth < 2 else 0.25
        keep = [name for name in fields if name in node.get("required", ()) or random.random() < share
                or (name in ALWAYS and random.random() < 0.8)]  # fmt: skip
        made = {name: _made(fields[name], defs, random, depth + 1) for name in keep}
        if not fields:
            inner = node.get("additionalProperties", {})
            for _ in range(random.randint(0, 3)):
                made[random.choice(words()[0])] = _made(inner or {"type": "string"}, defs, random, depth + 1)
        return made
    if wanted == "array":
        return [_made(node.get("items", {}), defs, random, depth + 1) for _ in range(random.randint(0, 3))]
    if wanted == "integer":
        return random.choice([0, 1, 2, 3, 8, 16, 443, 8080, 65536, -1, 2**31 - 1])
    if wanted == "number":
        return random.choice([0, 0.5, 1.0, -2.25])
    if wanted == "boolean":
        return random.random() < 0.5
    return random.choice(words()[1]) if random.random() < 0.8 else random.choice(["a", "engine", "8", "1Gi", "100m"])


class _Dumper(yaml.SafeDumper):
    """Writes each value out, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dumped(documents: list[Any]) -> str:
    """Documents as a stream of YAML."""
    return yaml.dump_all(documents, Dumper=_Dumper, allow_unicode=True, sort_keys=False)

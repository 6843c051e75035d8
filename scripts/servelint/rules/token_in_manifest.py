"""A credential stands in a manifest.

What is rendered is in Git, in Argo CD's cache and in the history of both: a token there is public to everyone who can
read one of them, and has to be revoked, not deleted.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from ..model import Overlay, Pointer, Problem, Resource, mapping

SEVERITY = "error"
HINT = "Revoke the credential, and let a Secret from outside Git (External Secrets, Secret Manager) carry the new one."
SOURCE = "https://kubernetes.io/docs/concepts/security/secrets-good-practices/"
COVERS = ("REF-06",)

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    env:
    - {name: HF_TOKEN, valueFrom: {secretKeyRef: {name: hf-secret, key: hf_api_token}}}
"""
BAD = GOOD.replace(
    "valueFrom: {secretKeyRef: {name: hf-secret, key: hf_api_token}}", "value: not-a-real-but-long-token"
)

# Prefixes that their issuers chose so that scanners find them.
SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:hf_[A-Za-z0-9]{30,}|nvapi-[\w-]{20,}|AIza[\w-]{35}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])|sk-[\w-]{32,}|xox[abp]-[\w-]{20,}|glpat-[\w-]{20,}|ya29\.[\w-]{30,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})"
    r"|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
    r"|(?<![A-Za-z])(?:Bearer|Basic) (?=[^\s]*\d)[\w.~+/-]{16,}=*"
)
IN_URL = re.compile(r"://[^\s:/@]*:([^\s@/]{3,})@")
NAMES = re.compile(
    r"(?:.*[_.-])?(?:TOKEN|API[_-]?KEY|ACCESS[_-]?KEY|SECRET[_-]?KEY|PASSWORD|PASSWD|CLIENT[_-]?SECRET)"
    r"|(?-i:.*[a-z0-9](?:Token|ApiKey|APIKey|AccessKey|SecretKey|Password|ClientSecret))",
    re.IGNORECASE,
)
ASSIGNED = re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]*)=(['\"]?)([^\s'\"]+)\2[ \t]*$", re.MULTILINE)
QUOTED = re.compile(r"(?<![\w-])([A-Za-z][\w-]{1,60})['\"]? ?[:=] ?(['\"])([^'\"\s]{8,500})\2")
"""A name and a quoted value, in whatever language."""
# Words of a tokenizer, which are named like credentials.
HARMLESS = re.compile(
    r"(?:.*[_-])?(?:BOS|EOS|PAD|UNK|MASK|STOP|SEP|CLS|END|START|SPECIAL|IMAGE|MAX|MIN|NUM|PER)[_-]?TOKEN|.*TOKENS",
    re.IGNORECASE,
)
PLACEHOLDERS = frozenset({
    "", "empty", "none", "null", "dummy", "fake", "changeme", "placeholder", "not-needed", "no-key", "unused",
    "example", "redacted", "x", "xxx",
})  # fmt: skip


def _literal(value: Any) -> bool:
    """Whether a value is the credential itself: not empty, a stand-in, a variable, a file or a number."""
    if (
        not isinstance(value, str)
        or value.strip().lower().strip("-_*.") in PLACEHOLDERS
        or re.fullmatch(r"(.)\1*", value)
    ):
        return False
    text = value.strip()
    marked = "SITE_" in text or text.startswith(("$", "/", "<", "{{", "gs://", "projects/", "http://", "https://"))
    if re.match(r"(?:your|replace|insert|change|todo)(?![a-z])", text, re.IGNORECASE):
        return False
    return not marked and text.lower() not in ("true", "false") and not re.search(r"\s|\$[({A-Z]", text)


def _shown(value: str) -> str:
    """Enough to find the credential, too little to use it."""
    return f"{value[:4] if len(value) >= 16 else ''}… ({len(value)} characters)"


def _strings(node: Any, at: Pointer = ()) -> Iterator[tuple[str, Pointer]]:
    if isinstance(node, str):
        yield node, at
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from _strings(value, (*at, key if isinstance(key, int) else str(key)))


def _secret(resource: Resource) -> Iterator[Problem]:
    for field in ("data", "stringData"):
        for key, value in mapping(resource.body.get(field)).items():
            text = str(value or "")
            if field == "data":
                try:
                    text = base64.b64decode(text, validate=True).decode()
                except (binascii.Error, ValueError):
                    text = str(value or "")
            if text.strip() and (_literal(text) or re.search(r"\s", text.strip())):
                yield Problem(resource, (field, str(key)), f"Secret {resource.name} holds {key}: {_shown(text)}")


def _named(resource: Resource, node: Any, at: Pointer = ()) -> Iterator[tuple[str, Any, Pointer]]:
    """Name and value of whatever is called like a credential: env entries, keys of a ConfigMap, flags, assignments."""
    if isinstance(node, dict):
        name, value = node.get("name"), node.get("value")
        if isinstance(name, str) and "env" in at:
            yield name, value, (*at, "value")
        for key, inner in node.items():
            if resource.kind == "ConfigMap" and at == ("data",):
                yield str(key), inner, (*at, str(key))
                yield from ((name, value, (*at, str(key))) for name, value in _in_file(inner))
            yield from _named(resource, inner, (*at, str(key)))
    elif isinstance(node, list):
        for i, item in enumerate(node):
            yield from _named(resource, item, (*at, i))
            after = node[i + 1] if i + 1 < len(node) else None
            if isinstance(item, str) and item.startswith("--") and "=" not in item:
                yield item[2:], after, (*at, i + 1)
            for word in re.split(r"\s+|(?<!-)--", item) if isinstance(item, str) else ():
                name, equals, value = word.removeprefix("--").partition("=")
                if equals:
                    yield name, value.strip("\"'"), (*at, i)


def _in_file(text: Any) -> Iterator[tuple[str, Any]]:
    """Name and value of what a file sets, be it YAML, variables or a program."""
    if not isinstance(text, str) or len(text) > 200_000:
        return
    for pattern in (ASSIGNED, QUOTED):
        yield from ((match[1], match[3]) for match in pattern.finditer(text))
    for line in text.splitlines():
        name, colon, value = line.strip().removeprefix("- ").partition(": ")
        if colon and re.fullmatch(r"[\w.-]+", name):
            yield name, value.strip().strip("'\"")


def check(overlay: Overlay) -> Iterator[Problem]:
    for resource in overlay.resources:
        if resource.kind == "Secret" and not resource.group:
            yield from list(_secret(resource))[:1]
            continue
        told: set[Pointer] = set()
        for text, at in _strings(resource.body):
            if match := SHAPES.search(text):
                told.add(at)
                yield Problem(resource, at, f"holds a credential: {_shown(match[0])}")
            elif (match := IN_URL.search(text)) and _literal(match[1]) and "$" not in match[0] and "<" not in match[0]:
                told.add(at)
                yield Problem(resource, at, f"holds a credential in a URL: {_shown(match[1])}")
        for name, value, at in _named(resource, resource.body):
            if NAMES.fullmatch(name) and not HARMLESS.fullmatch(name) and _literal(value) and at not in told:
                told.add(at)
                yield Problem(resource, at, f"{name} has its value in the manifest: {_shown(value)}")

"""A credential stands in a manifest.

What is rendered is in Git, in Argo CD's cache and in the history of both: a token there is public to everyone who can
read one of them, and has to be revoked, not deleted.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, Resource, is_marker, mapping, once_a_place, texts, walk
from ...views.ciphers import cipher
from ..examples import server

SEVERITY = "error"
HINT = "Revoke the credential, and let a Secret from outside Git (External Secrets, Secret Manager) carry the new one."
SOURCE = "https://kubernetes.io/docs/concepts/security/secrets-good-practices/"
COVERS = ("REF-06",)

GOOD = server(container="env: [{name: HF_TOKEN, valueFrom: {secretKeyRef: {name: hf-secret, key: hf_api_token}}}]")
BAD = server(container="env: [{name: HF_TOKEN, value: not-a-real-but-long-token}]")

# Prefixes that their issuers chose so that scanners find them.
SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:hf_[A-Za-z0-9]{30,}|nvapi-[\w-]{20,}|AIza[\w-]{35}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])|sk-[\w-]{32,}|xox[abp]-[\w-]{20,}|glpat-[\w-]{20,}|ya29\.[\w-]{30,}"
    r"|eyJ[\w-]{10,500}\.eyJ[\w-]{10,}+\.[\w-]{10,})"
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
    """Whether a value is the credential itself: not empty, a stand-in, a variable, a cipher, a file or a number."""
    if cipher(value):
        return False
    text = value.strip() if isinstance(value, str) else ""
    if text.lower().strip("-_*.") in PLACEHOLDERS or re.fullmatch(r"(.)\1*", text):
        return False
    if re.match(r"(?:your|replace|insert|change|todo)(?![a-z])", text, re.IGNORECASE):
        return False
    marked = is_marker(text) or text.startswith(("$", "/", "<", "{{", "gs://", "projects/", "http://", "https://"))
    return not marked and text.lower() not in ("true", "false") and not re.search(r"\s|\$[({A-Z]", text)


def _shown(value: str) -> str:
    """Enough to find the credential, too little to use it."""
    return f"{value[:4] if len(value) >= 16 else ''}… ({len(value)} characters)"


def _secret(resource: Resource) -> Problems:
    for field in ("data", "stringData"):
        for key, value in mapping(resource.body.get(field)).items():
            text = str(value)
            with suppress(binascii.Error, ValueError):
                text = base64.b64decode(text, validate=True).decode() if field == "data" else text
            if _literal(text) or re.search(r"\s", text.strip()):
                yield Problem(resource, (field, str(key)), f"Secret {resource.name} holds {key}: {_shown(text)}")


def _named(resource: Resource) -> Iterator[tuple[str, Any, Pointer]]:
    """Name and value of whatever is called like a credential: env entries, keys of a ConfigMap, flags, assignments."""
    for node, at in walk(resource.body):
        if isinstance(node, dict) and isinstance(node.get("name"), str) and "env" in at:
            yield node["name"], node.get("value"), (*at, "value")
        if isinstance(node, dict) and resource.kind == "ConfigMap" and at == ("data",):
            for key, inner in node.items():
                yield str(key), inner, (*at, str(key))
                yield from ((name, value, (*at, str(key))) for name, value in _in_file(inner))
        for i, item in enumerate(node if isinstance(node, list) else ()):
            after = node[i + 1] if i + 1 < len(node) else None
            if isinstance(item, str) and item.startswith("--"):
                yield item[2:], after, (*at, i + 1)
            yield from ((name, value, (*at, i)) for name, value in (_in_words(item) if isinstance(item, str) else ()))


# Overlays repeat each other's words and files, so what these say is said once a text.


@lru_cache(maxsize=4096)
def _in_words(text: str) -> tuple[tuple[str, str], ...]:
    """Name and value of what a command line sets."""
    words = (word.removeprefix("--").partition("=") for word in re.split(r"\s+|(?<!-)--", text))
    return tuple((name, value.strip("\"'")) for name, equals, value in words if equals)


def _in_file(text: Any) -> tuple[tuple[str, str], ...]:
    return _assigned(text) if isinstance(text, str) and len(text) <= 200_000 else ()


@lru_cache(maxsize=512)
def _assigned(text: str) -> tuple[tuple[str, str], ...]:
    """Name and value of what a file sets, be it YAML, variables or a program."""
    return tuple(_assignments(text))


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for pattern in (ASSIGNED, QUOTED):
        yield from ((match[1], match[3]) for match in pattern.finditer(text))
    for line in text.splitlines():
        name, _, value = line.strip().removeprefix("- ").partition(": ")
        if re.fullmatch(r"[\w.-]+", name):
            yield name, value.strip().strip("'\"")


@lru_cache(maxsize=4096)
def _held(text: str) -> str | None:
    """What a text holds that is a credential by its shape."""
    if match := SHAPES.search(text):
        return f"holds a credential: {_shown(match[0])}"
    if (match := IN_URL.search(text)) and _literal(match[1]) and "$" not in match[0] and "<" not in match[0]:
        return f"holds a credential in a URL: {_shown(match[1])}"
    return None


@lru_cache(maxsize=4096)
def _is_credential(name: str) -> bool:
    return NAMES.fullmatch(name) is not None and not HARMLESS.fullmatch(name)


@once_a_place
def check(overlay: Overlay) -> Problems:
    for resource in overlay.resources:
        if resource.kind == "Secret" and not resource.group:
            yield from list(_secret(resource))[:1]
            continue
        for text, at in texts(resource.body):
            if said := _held(text):
                yield Problem(resource, at, said)
        for name, value, at in _named(resource):
            if _is_credential(name) and _literal(value):
                yield Problem(resource, at, f"{name} has its value in the manifest: {_shown(value)}")

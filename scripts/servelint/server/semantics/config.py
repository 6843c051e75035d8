"""ConfigMaps, Secrets and Namespaces.

Source: https://pkg.go.dev/k8s.io/kubernetes/pkg/apis/core/validation#ValidateSecret
"""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from .field import Complaint, Key, complaint, elsewhere, mapping, pairs, quoted, text, texts
from .names import STANDARD_FINALIZERS, config_key, qualified

LARGEST = 1024 * 1024
"""Bytes of all values of a ConfigMap or Secret together."""
ACCOUNT = "kubernetes.io/service-account.name"

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def decoded(value: object) -> bytes | None:
    """The bytes that base64 stands for, read as the server reads it; None if it is not base64."""
    plain = text(value).replace("\n", "").replace("\r", "")
    return base64.b64decode(plain) if _BASE64.fullmatch(plain) else None


def _utf8(value: object) -> bytes:
    return text(value).encode(errors="replace")


def _keys(bag: str, value: object) -> Iterator[Complaint]:
    for key, _ in pairs(value):
        wrong = config_key(key)
        if wrong:
            yield complaint((bag, Key(key)), wrong)


def _bytes_of(bag: str, value: object) -> Iterator[Complaint | tuple[str, bytes]]:
    """Each entry of a bag of base64, or what is wrong with it."""
    for key, item in pairs(value):
        data = decoded(item)
        if data is None:
            yield complaint((bag, Key(key)), f"{quoted(item)} is not base64")
        else:
            yield key, data


def _too_large(size: int) -> str:
    return f"values have {size} bytes; at most {LARGEST} are allowed"


def config_map(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """ConfigMap."""
    size = sum(len(_utf8(item)) for _, item in pairs(body.get("data")))
    yield from _keys("data", body.get("data"))
    yield from _keys("binaryData", body.get("binaryData"))
    for key, _ in pairs(body.get("data")):
        if key in mapping(body.get("binaryData")):
            yield complaint(("data", Key(key)), f"{quoted(key)} stands in binaryData too")
    for found in _bytes_of("binaryData", body.get("binaryData")):
        if isinstance(found, Complaint):
            yield found
        else:
            size += len(found[1])
    if size > LARGEST:
        yield Complaint(("data",), "[]", _too_large(size))  # so prints the server a place that has no name


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _json_object(data: bytes) -> str | None:
    """Why bytes are not a JSON object, or None."""
    try:
        value = json.loads(data.decode(errors="replace"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return f"is not JSON: {error}"
    return None if value is None or isinstance(value, dict) else "must be a JSON object"


def _typed(kind: str, data: dict[str, bytes], annotations: dict[str, Any]) -> Iterator[Complaint]:
    """What each type of Secret must hold."""
    needs = {
        "kubernetes.io/dockercfg": (".dockercfg",),
        "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
        "kubernetes.io/tls": ("tls.crt", "tls.key"),
        "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    }.get(kind, ())
    for key in needs:
        if key not in data or (key == "ssh-privatekey" and not data[key]):
            yield elsewhere(("data",), ("data", Key(key)), f"a Secret of type {kind} needs {key}")
        elif "docker" in kind and (wrong := _json_object(data[key])):
            yield complaint(("data", Key(key)), wrong)
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & data.keys():
        yield elsewhere(("data",), ("data", Key("username")), f"a Secret of type {kind} needs username or password")
    if kind == "kubernetes.io/service-account-token" and not text(annotations.get(ACCOUNT)):
        yield complaint(("metadata", "annotations", Key(ACCOUNT)), f"a Secret of type {kind} needs this annotation")


def secret(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """Secret. ``stringData`` replaces what ``data`` has under the same key, before anything is checked."""
    data: dict[str, bytes] = {}
    for found in _bytes_of("data", body.get("data")):
        if isinstance(found, Complaint):
            yield found
            return  # the server cannot even read it
        data[found[0]] = found[1]
    data |= {key: _utf8(item) for key, item in pairs(body.get("stringData"))}
    for key in data:
        wrong = config_key(key)
        if wrong:
            bag = "stringData" if key in mapping(body.get("stringData")) else "data"
            yield elsewhere((bag, key), ("data", Key(key)), wrong)
    size = sum(map(len, data.values()))
    if size > LARGEST:
        yield complaint(("data",), _too_large(size))
    yield from _typed(text(body.get("type")), data, mapping(mapping(body.get("metadata")).get("annotations")))


POD_SECURITY = "pod-security.kubernetes.io/"
LEVELS = ("privileged", "baseline", "restricted")


def _pod_security(labels: dict[str, Any]) -> Iterator[Complaint]:
    """Labels that say what pods of a namespace may do.

    Source: https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces
    """
    for mode in ("enforce", "audit", "warn"):
        level, version = (labels.get(f"{POD_SECURITY}{name}") for name in (mode, f"{mode}-version"))
        if f"{POD_SECURITY}{mode}" in labels and level not in LEVELS:
            place = ("metadata", "labels", Key(f"{POD_SECURITY}{mode}"))
            yield complaint(place, f"must be one of {', '.join(LEVELS)}, got {quoted(level or '')}")
        if f"{POD_SECURITY}{mode}-version" in labels and not re.fullmatch(
            r"latest|v1\.(0|[1-9][0-9]*)", text(version), re.ASCII
        ):
            place = ("metadata", "labels", Key(f"{POD_SECURITY}{mode}-version"))
            yield complaint(place, f"must be latest or v1.x, got {quoted(version or '')}")


def namespace(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """Namespace."""
    yield from _pod_security(mapping(mapping(body.get("metadata")).get("labels")))
    at = ("spec", "finalizers")
    for i, name in texts(mapping(body.get("spec")).get("finalizers")):
        wrong = qualified(name)
        if not wrong and "/" not in name and name not in STANDARD_FINALIZERS:
            wrong = f"{quoted(name)} is no finalizer of Kubernetes itself and has no domain, as in example.com/x"
        if wrong:
            yield complaint(at, wrong, i)

"""The quotes of a value are part of it.

Kustomize reads an env file line by line, and neither a shell nor YAML comes after it: what stands behind the first `=`
is the value, with its quotes and with a comment at the end of the line. A program that asks for INFO gets "INFO" with
quotes, a token is refused, a name is found nowhere.
"""

import base64
import binascii
import re
from collections.abc import Iterator

from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping, mappings
from ..examples import server, together

SEVERITY = "warning"
HINT = "Write the value bare: an env file has no quotes, and no comments behind values."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/blob/master/api/kv/kv.go"
COVERS = ("CFG-04",)

GOOD = together(
    server(container="envFrom: [{configMapRef: {name: tuning}}]"),
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tuning}\ndata: {LEVEL: INFO}\n",
)
BAD = GOOD.replace("INFO", "'\"INFO\"'")

QUOTED = re.compile(r"""(["'])([^"'\n]*)\1(?:[ \t]+#.*)?""")
COMMENTED = re.compile(r"[^\s#]+[ \t]+#[ \t].*")
WORD = re.compile(r"""(["'])[\w./:-]+\1""")


def _wrong(value: str) -> str | None:
    """What is wrong with a value of an environment."""
    if QUOTED.fullmatch(value):
        return "the quotes are part of the value"
    if COMMENTED.fullmatch(value):
        return "the comment is part of the value"
    return None


def _asked(overlay: Overlay) -> dict[tuple[str, str, str], set[str] | None]:
    """Keys of ConfigMaps and Secrets that become variables, by kind, namespace and name; None is every key."""
    found: dict[tuple[str, str, str], set[str] | None] = {}
    for pod in overlay.pods:
        space = pod.resource.namespace
        for container in pod.containers:
            for _, source in mappings(container.body.get("envFrom")):
                for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                    found[kind, space, str(mapping(source.get(field)).get("name"))] = None
            for _, item in mappings(container.body.get("env")):
                for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                    reference = mapping(mapping(item.get("valueFrom")).get(field))
                    keys = found.setdefault((kind, space, str(reference.get("name"))), set())
                    if keys is not None:
                        keys.add(str(reference.get("key")))
    return found


def _values(resource: Resource) -> Iterator[tuple[str, str, Pointer]]:
    """Key, text and place of what a ConfigMap or Secret holds."""
    for field in ("data", "stringData"):
        for key, value in mapping(resource.body.get(field)).items():
            text = value if isinstance(value, str) else ""
            if resource.kind == "Secret" and field == "data":
                try:
                    text = base64.b64decode(text, validate=True).decode()
                except (binascii.Error, ValueError):
                    continue
            yield str(key), text, (field, str(key))


def check(overlay: Overlay) -> Problems:
    asked = _asked(overlay)
    for resource in overlay.of("ConfigMap", "Secret"):
        keys = asked.get((resource.kind, resource.namespace, resource.name), set())
        for key, text, at in _values(resource):
            wrong = _wrong(text.removesuffix("\n")) if (keys is None or key in keys) and "." not in key else None
            if wrong:
                shown = f": {text.strip()}" if resource.kind == "ConfigMap" else ""
                yield Problem(resource, at, f"{key} becomes a variable, and {wrong}{shown}")
    for container in overlay.containers:
        for name, (value, at) in container.env.items():
            if isinstance(value, str) and WORD.fullmatch(value):
                yield Problem(container.resource, at, f"{name} is {value}: the quotes are part of the value")

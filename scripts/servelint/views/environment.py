"""The environment that a container's program sees: env and envFrom, `$(NAME)`, and assignments in shell text."""

import re
import shlex
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..model import Container, Overlay, Pointer, Resource, mapping, mappings
from . import shell, syntax
from .files import config_files

UNKNOWN = "\0unknown\0"
"""Stands for a value that no manifest shows: a secret, a field of the pod, a variable of the image."""
LONGEST = 4096
"""Characters that are put into one text: of values that name each other twice, each would be twice as long."""


class Text(NamedTuple):
    """A string that runs or is read, and where it was written."""

    text: str
    resource: Resource
    pointer: Pointer
    path: str = ""


@lru_cache(maxsize=256)
def variables(overlay: Overlay, container: Container) -> Mapping[str, tuple[str, Pointer]]:
    """Value and place of every variable of the manifest, `$(NAME)` put in as kubelet does; env beats envFrom."""
    found: dict[str, tuple[str, Pointer]] = {}
    for i, source in mappings(container.body.get("envFrom")):
        config = overlay.named("ConfigMap", str(mapping(source.get("configMapRef")).get("name", "")))
        for name, value in mapping(config.body.get("data") if config else None).items():
            found[f"{source.get('prefix') or ''}{name}"] = (str(value), (*container.pointer, "envFrom", i))
    for i, item in mappings(container.body.get("env")):
        at = (*container.pointer, "env", i, "value" if "value" in item else "valueFrom")
        value = item.get("value") if "value" in item else _referred(overlay, item) if "valueFrom" in item else ""
        text = _kubelet("" if value is None else str(value), found)
        found[str(item.get("name", ""))] = (text, at)
    return found


def _kubelet(text: str, found: Mapping[str, tuple[str, Pointer]]) -> str:
    """A value with each `$(NAME)` put in that is known so far; `$$(NAME)` is none. UNKNOWN if that gets too long."""
    size = 0

    def put(match: re.Match[str]) -> str:
        nonlocal size
        known = found[match[1]][0] if match[1] in found else match[0]
        size += len(known)
        return known if size <= LONGEST else ""

    made = re.sub(r"(?<!\$)\$\((\w+)\)", put, text)
    return made if size <= LONGEST else UNKNOWN


def _referred(overlay: Overlay, item: dict[str, Any]) -> Any:
    """What a `valueFrom` of a variable gives, as far as the overlay shows it: the key of a ConfigMap."""
    key = mapping(mapping(item.get("valueFrom")).get("configMapKeyRef"))
    config = overlay.named("ConfigMap", str(key.get("name", ""))) if key else None
    return mapping(config.body.get("data") if config else None).get(str(key.get("key", "")), UNKNOWN)


@lru_cache(maxsize=256)
def settled(overlay: Overlay, container: Container) -> Mapping[str, str]:
    """What a reference to each variable gives where the container's shell scripts run, else in its arguments.

    A variable that they set to several values, or in a loop, is UNKNOWN.
    """
    found = {name: value for name, (value, _) in variables(overlay, container).items()}
    script = shell.started(container)
    roots = [script.root] if script is not None else []
    for file in texts(overlay, container):
        if file.path and is_shell(file) and any(file.path in word for word, _ in container.words):
            roots.append(syntax.parsed(file.text)[0])
    written: dict[str, set[str]] = {}
    for node in (node for root in roots for node in shell.walk(root)):
        if node.type == "variable_assignment" and node.parent is not None and node.parent.type != "command":
            left, right = node.child_by_field_name("name"), node.child_by_field_name("value")
            if left is not None:
                text = shell.plain(right) if right is not None else ""
                written.setdefault(shell.source(left), set()).add(UNKNOWN if "`" in text else expand(text, found))
        elif (loop := node.child_by_field_name("variable")) is not None:
            written.setdefault(shell.source(loop), set()).update((UNKNOWN, ""))
        elif node.type == "command" and shell.words(node)[:1] == ["read"]:
            written.update({word: {UNKNOWN, ""} for word in shell.words(node)[1:]})
    for name, values in written.items():
        value = values.pop() if len(values) == 1 else UNKNOWN
        found[name] = UNKNOWN if UNKNOWN in value or "$" in value else value
    return found


def expand(text: str, values: Mapping[str, str]) -> str:
    """`$NAME`, `${NAME}`, `${NAME:-other}`, `${NAME:+other}` and `$(NAME)` put in; what is unknown becomes UNKNOWN."""

    size = 0

    def value(match: re.Match[str]) -> str:
        nonlocal size
        made = put(match)
        size += len(made)
        return made if size <= LONGEST else ""

    def put(match: re.Match[str]) -> str:
        known = values.get(match["plain"] or match["braced"] or match["kubelet"])
        if match["sign"] == "+":
            return expand(match["other"], values) if known else ""
        if match["sign"] and not known:
            return expand(match["other"], values)
        return UNKNOWN if known is None else known

    reference = r"\$(?:(?P<plain>\w+)|\{(?P<braced>\w+)(?::?(?P<sign>[-+])(?P<other>[^{}]*))?\}|\((?P<kubelet>\w+)\))"
    made = re.sub(reference, value, text)
    return made if size <= LONGEST else UNKNOWN


def texts(overlay: Overlay, container: Container) -> list[Text]:
    """What runs: the words of command and args, then each mounted script."""
    found = [Text(text, container.resource, pointer) for text, pointer in container.words]
    for path, config, key, text in config_files(overlay, container):
        if path.endswith((".sh", ".bash", ".py")) or text.startswith("#!"):
            found.append(Text(text, config, ("data", key), path))
    return found


def is_shell(text: Text) -> bool:
    """Whether a text is read by a shell: a mounted script that is not Python, or a word with blanks in it."""
    if text.path:
        return not text.path.endswith(".py") and "python" not in text.text.split("\n", 1)[0]
    return any(sign.isspace() for sign in text.text.strip())


LONG_WORD = re.compile(r"\S{10000}")
"""Python's lexer puts a word together letter by letter, n² for a word of n letters; no person writes one like that."""


def shell_words(text: str) -> list[str]:
    """Words and operators of a shell text, without quotes and comment lines; of one that is not judged, none."""
    if len(text) > syntax.LONGEST:  # `unjudged-length` says so
        return []
    kept = "\n".join(line for line in text.replace("\\\n", " ").splitlines() if not line.lstrip().startswith("#"))
    if LONG_WORD.search(kept):
        return kept.split()
    lexer = shlex.shlex(kept, posix=True, punctuation_chars=";&|<>")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        return list(lexer)
    except ValueError:
        return kept.split()

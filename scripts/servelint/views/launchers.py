"""Configuration files that stand beside the scripts that read them, and the names those scripts know."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from .. import lines
from ..model import Container, Overlay, Pointer, Resource
from . import python
from .files import config_files

GENERIC = re.compile(
    r"\.items\(|\*\*\w|to_entries|\bkeys\b|\bwhile\s[^\n]{0,200}\bread\b|\beval\b|envsubst|\bvars\(|setattr"
)
"""Signs of a script that hands settings on without knowing their names."""


@dataclass(frozen=True, eq=False)
class Configuration:
    """A mounted YAML mapping and the scripts mounted with it."""

    resource: Resource
    pointer: Pointer
    content: dict[str, Any]
    scripts: tuple[str, ...]
    names: frozenset[str]
    """Every text of its own in the scripts: string literals in Python, words elsewhere."""
    generic: bool

    @staticmethod
    def scalar(value: object) -> bool:
        return not isinstance(value, (dict, list))

    def mentions(self, name: str) -> bool:
        if re.fullmatch(r"[\w-]+", name):
            return name in self._words
        return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", script) for script in self.scripts)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for script in self.scripts for word in re.findall(r"[\w-]+", script))

    def respelled(self, name: str) -> str | None:
        """The name with dashes and underscores swapped, if that is what a script reads."""
        other = swapped(name)
        return other if other in self.names and name not in self.names else None


def swapped(name: str) -> str:
    return name.translate(str.maketrans("-_", "_-"))


@lru_cache(maxsize=64)
def configurations(overlay: Overlay) -> tuple[Configuration, ...]:
    """Each mounted YAML file that a script in the same container names, once."""
    seen, found = set(), list[Configuration]()
    for pod in overlay.pods:
        for container in pod.main:
            files = config_files(overlay, container)
            scripts = [(path, text) for path, _, _, text in files if path.endswith((".py", ".sh", ".bash"))]
            for path, resource, key, text in files:
                if key.endswith((".yaml", ".yml")) and scripts and (id(resource), key) not in seen:
                    seen.add((id(resource), key))
                    found += _configuration(container, path, resource, key, text, scripts)
    return tuple(found)


def _configuration(
    container: Container, path: str, resource: Resource, key: str, text: str, scripts: list[tuple[str, str]]
) -> Iterator[Configuration]:
    base = path.rpartition("/")[2]
    read = any(base in script for _, script in scripts)
    try:
        documents = lines.as_python(text)
    except lines.BadYaml:
        return
    content = documents[0] if len(documents) == 1 else None
    if not read or not isinstance(content, dict):
        return
    words = " ".join(word for word, _ in container.words)
    texts = [script for _, script in scripts]
    handed_on = any(_handed_on(path, text) for text in (words, *texts))
    names = frozenset(name for where, script in scripts for name in _names(where, script))
    generic = handed_on or any(GENERIC.search(script) for script in texts)
    yield Configuration(resource, ("data", key), content, tuple(texts), names, generic)


def _handed_on(path: str, text: str) -> bool:
    """Whether a text gives the file to a flag: ``--config /etc/x.yaml`` or ``--config="/etc/x.yaml"``.

    Looks back from each place where the path stands: a pattern that begins with the flag takes quadratic time on a
    long word.
    """
    at = text.find(path)
    while at >= 0:
        if re.search(r"(?<![\w-])--[\w-]+[= ][\"']?$", text[max(at - 200, 0) : at]):
            return True
        at = text.find(path, at + len(path))
    return False


@lru_cache(maxsize=256)
def _names(path: str, script: str) -> frozenset[str]:
    """Names that a script knows as text. Many overlays mount one launcher, so each is parsed once."""
    if path.endswith(".py"):
        tree = python.tree(script)
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)) if tree else ()
        return frozenset(value for value in constants if isinstance(value, str))
    return frozenset(re.findall(r"(?<![\w-])[A-Za-z][\w-]*", script))

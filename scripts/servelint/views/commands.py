"""The commands that a container starts, as far as its manifest shows them: by syntax tree, never by text.

They stand in a shell's script (of the command line, or mounted), in the words of a command line that no shell reads,
and in the lists and calls of a mounted Python program.
"""

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from ..engines import entry_point
from ..model import Container, Overlay, Pointer, Resource
from . import kserve, python, shell
from .files import File, config_files
from .syntax import Node

MENTIONING = frozenset(
    {
        "echo", "printf", "logger", "grep", "egrep", "pgrep", "pkill", "killall", "which", "type", "test", "[", "[[",
        "pip", "pip3", "uv", "apt-get", "cat", "ls", "cp", "mv", "rm", "mkdir", "chmod", "sed", "awk", "export",
    }
)  # fmt: skip
"""Programs whose words may name another program that they do not start."""


class Word(NamedTuple):
    """A word of a command, without quotes, and where it was written."""

    text: str
    resource: Resource
    pointer: Pointer


class Command(NamedTuple):
    """The words of a simple command, the program first; ``file`` is the mounted file that holds it."""

    words: tuple[Word, ...]
    file: File | None = None

    @property
    def texts(self) -> list[str]:
        return [word.text for word in self.words]


@lru_cache(maxsize=4096)
def commands(overlay: Overlay, container: Container) -> tuple[Command, ...]:
    """Every command of a container: of the mounted files that run, in their order, and last of its own command line."""
    found = [command for file in running(overlay, container) for command in _of_file(overlay, file)]
    return (*found, *_of_line(overlay, container))


def running(overlay: Overlay, container: Container) -> list[File]:
    """The mounted scripts that the command line names, or a script that runs."""
    files = [
        file for file in config_files(overlay, container) if file.is_python or shell.is_script(file.key, file.text)
    ]
    waiting, named = list(files), set[str]()
    texts = [text for text, _ in container.words]
    while texts:
        text = texts.pop()
        here = {file.path for file in waiting if file.path in text or f"./{file.path.rpartition('/')[2]}" in text}
        texts += [file.text for file in waiting if file.path in here]
        waiting = [file for file in waiting if file.path not in here]
        named |= here
    return [file for file in files if file.path in named]


def _of_file(overlay: Overlay, file: File) -> Iterator[Command]:
    if file.is_python:
        for row in _python(file.text):
            yield Command(tuple(Word(text, file.resource, ("data", file.key, line)) for text, line in row), file)
        return
    for script in shell.scripts_in_file(overlay, file.resource, file.key):
        yield from _of_script(script, file)


def _of_script(script: shell.Script, file: File | None = None) -> Iterator[Command]:
    """The simple commands of a script, with the words of its arrays where they are put in."""
    arrays: dict[str, list[Word]] = {}
    for node in script.root.tree.of("variable_assignment", "command"):
        if node.type == "variable_assignment":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is not None and value is not None and value.type == "array":
                longer = arrays.get(shell.source(name), []) if b"+=" in node.text[:200] else []
                arrays[shell.source(name)] = [*longer, *(_word(script, word) for word in value.named_children)]
        else:
            found: list[Word] = []
            for word in (_word(script, argument) for argument in shell.arguments(node)):
                array = arrays.get(word.text[2:-4]) if word.text.endswith(("[@]}", "[*]}")) else None
                found += [word] if array is None else array
            if found and (shell.bare([word.text for word in found]) or [""])[0] not in MENTIONING:
                yield Command(tuple(found), file)


def _word(script: shell.Script, node: Node) -> Word:
    return Word(shell.plain(node), script.resource, script.at(node.row))


def _of_line(overlay: Overlay, container: Container) -> Iterator[Command]:
    """The command line itself: a shell's script, or words as they stand behind what the image starts."""
    if shell.started(container) is not None:
        below = container.below if isinstance(container, kserve.Merged) else container
        for own in dict.fromkeys((container, below)):
            for script in shell.scripts_in_line(overlay, own.resource, own.pointer):
                yield from _of_script(script)
        return
    start = [] if container.body.get("command") else entry_point(container.image)
    image = kserve.origin(container, (*container.pointer, "image"))
    given = [Word(text, *kserve.origin(container, pointer)) for text, pointer in container.words]
    if start or given:
        yield Command((*(Word(text, *image) for text in start), *given))


HOLE = "${}"
"""Stands for what only the running program knows; every reader takes it for hidden."""
NAMING = frozenset(
    {"which", "print", "info", "debug", "warning", "error", "exception", "log", "add_argument", "exists"}
)
"""Functions whose arguments may name a program that they do not start."""
STARTING = frozenset({"system", "popen", "run", "Popen", "call", "check_call", "check_output", "getoutput"})
"""Functions that take a whole command line as one text."""


@lru_cache(maxsize=256)
def _python(text: str) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Rows of words that may be a command, with their lines: lists, tuples, the arguments of calls."""
    tree = python.tree(text)
    if tree is None:
        return ()
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.List, ast.Tuple)):
            found.append([(_constant(item) or HOLE, item.lineno - 1) for item in node.elts])
        elif isinstance(node, ast.Call) and (name := _name(node.func)) not in NAMING:
            row = [(_constant(item) or HOLE, item.lineno - 1) for item in node.args]
            if name in STARTING and row and row[0][0] != HOLE:
                row = [(word, row[0][1]) for word in row[0][0].split()]
            found.append(row)
    return tuple(tuple(row) for row in found if row)


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")

"""What a container runs: its engine, and every argument that the manifest shows of it, wherever it was written.

Rules ask for parallel sizes or ports; whether those stand in ``args``, in a shell line, or in the engine.yaml of a
mounted ConfigMap is settled here, once.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from .. import lines
from ..engines import Start, kinds, started
from ..engines.kind import SIZES, Command, Kind, Role
from ..engines.lists import guessed, swap
from ..model import Container, Overlay, Pointer, Resource, mapping, whole
from . import commands, kserve, python
from .commands import Word
from .files import File, config_files

ROLES: tuple[Role, ...] = ("bench", "build", "serve")
"""What a container is that starts several commands: a benchmark starts the server that it measures."""


class Argument(NamedTuple):
    """One argument as it was written: ``value`` is True where none follows, ``section`` "" on a command line."""

    name: str
    value: Any
    section: str
    resource: Resource
    pointer: Pointer


class Sections(NamedTuple):
    """What a launcher of this fleet says of its engine.yaml (``launchlib.load``).

    required: sections without which it stops; optional: those that it reads besides; needs: keys of each that it reads
    itself and what they are, in a list where the section is one.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    needs: Mapping[str, Any] = MappingProxyType({})


UNDECLARED = Sections()


class ConfigFile(NamedTuple):
    """A mounted YAML file that parses: its ConfigMap, key and path, its documents, and whether what runs names it."""

    resource: Resource
    key: str
    path: str
    documents: tuple[Any, ...]
    named: bool


@dataclass(frozen=True, eq=False)
class Engine:
    """An engine in a container. ``arguments`` are in the order in which they count: of two, the last one does.

    script: all that runs, as text, for what no tree shows. sections: of its launcher. files: mounted YAML files that
    parse.
    """

    kind: Kind
    role: Role
    container: Container
    arguments: tuple[Argument, ...]
    starts: tuple[tuple[Command, tuple[Word, ...]], ...]
    script: str = ""
    sections: Sections = UNDECLARED
    files: tuple[ConfigFile, ...] = ()

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def version(self) -> str | None:
        """By the image's tag; None if that tells none."""
        return self.kind.version(self.container.image)

    @cached_property
    def flags(self) -> dict[str, tuple[Argument, ...]]:
        """Arguments by name in lower case with dashes; several if one is given more than once."""
        found: dict[str, list[Argument]] = {}
        for argument in self.arguments:
            found.setdefault(plain(argument.name), []).append(argument)
        return {name: tuple(given) for name, given in found.items()}

    @property
    def configs(self) -> tuple[tuple[Resource, str, Any], ...]:
        """The first document of each mounted YAML file: ConfigMap, key, value."""
        return tuple((file.resource, file.key, file.documents[0]) for file in self.files if file.documents)

    def get(self, name: str) -> Argument | None:
        """An argument by its name, a size by any of its spellings (``tp``); the last one given, as parsers do."""
        if names := self.kind.sizes.get(name):
            return next((one for one in reversed(self.arguments) if plain(one.name) in names), None)
        given = self.flags.get(plain(name))
        return given[-1] if given else None

    def number(self, name: str) -> int | None:
        """An argument as a whole number; None if it is absent or no number that the manifest shows."""
        argument = self.get(name)
        return whole(argument.value) if argument else None

    def on(self, name: str) -> bool:
        """Whether a switch is on: given without a value, or with a true one."""
        argument = self.get(name)
        return argument is not None and str(argument.value).lower() in ("true", "1")

    def text(self, name: str) -> str | None:
        """An argument as text; None if it is absent."""
        argument = self.get(name)
        return None if argument is None else str(argument.value)


@lru_cache(maxsize=8192)
def plain(name: str) -> str:
    """A name in lower case with dashes for underscores."""
    return swap(name.lower())


@lru_cache(maxsize=8192)
def size_of(name: str) -> str | None:
    """The parallel size that a name spells."""
    return next((size for size, spellings in SIZES.items() if plain(name) in spellings), None)


def given_on(words: tuple[Word, ...]) -> Iterator[tuple[Argument, Word]]:
    """The arguments of a command line, and the words that name them. A word behind a flag is its value, unless it is
    a flag itself."""
    for i, word in enumerate(words):
        match = re.match(r"--?([A-Za-z][\w.-]*)(?:=|\Z)", word.text)
        if match is None or (not word.text.startswith("--") and len(match[1]) > 3):
            continue
        value: Any = word.text[match.end() :]
        if not word.text[: match.end()].endswith("="):
            following = words[i + 1].text if i + 1 < len(words) else "--"
            value = True if re.match(r"--?[A-Za-z]", following) or following == "--" else following
        yield Argument(match[1], value, "", word.resource, word.pointer), word


def _in_file(file: File, value: Any) -> Iterator[Argument]:
    """Arguments of a configuration file: either flat, or one level of sections named for the engine's commands."""
    for name, item in mapping(value).items():
        at: Pointer = ("data", file.key, str(name))
        if isinstance(item, dict):
            for inner, deep in item.items():
                yield Argument(str(inner), deep, str(name), file.resource, (*at, str(inner)))
        elif not isinstance(item, list):
            yield Argument(str(name), item, str(name), file.resource, at)


def _starts(overlay: Overlay, container: Container) -> list[tuple[Start, tuple[Word, ...]]]:
    """The commands of engines that a container starts. What a mounted launcher gets stands behind what it starts."""
    found: list[tuple[Start, tuple[Word, ...]]] = []
    others: list[commands.Command] = []
    for command in commands.commands(overlay, container):
        start = started(command.texts)
        if start is None:
            others.append(command)
        else:
            found.append((start, command.words))
    of_files: dict[int, dict[str, Start]] = {}
    for start, words in found:
        of_files.setdefault(id(words[0].resource), {})[start.kind.name] = start
    launchers = {
        file.path: of_files.get(id(file.resource), {}) for file in config_files(overlay, container) if file.is_python
    }
    for command in others:
        for i, word in enumerate(command.words[1:], 1):
            for start in launchers.get(word.text, {}).values():
                main = start.kind.main(start.command.role)
                if main is not None:
                    found.append((Start(start.kind, main, i + 1), command.words))
    return found


@lru_cache(maxsize=4096)
def engine_of(overlay: Overlay, container: Container) -> Engine | None:
    """The engine that a container runs, or None if no command of it shows one."""
    every = _starts(overlay, container)
    roles = [start.command.role for start, _ in every]
    role = next((role for role in ROLES if role in roles), None)
    if role is None:
        return None
    kind = next(start.kind for start, _ in every if start.command.role == role)
    mine = [(start, words) for start, words in every if start.kind is kind]
    starts = tuple((start.command, words[start.after :]) for start, words in mine)
    given = [(command.name, argument) for command, words in starts for argument, _ in given_on(words)]
    files, parsed = config_files(overlay, container), []
    texts = [text for text, _ in container.words]
    running = [file for file in files if any(file.path in text for text in texts)]
    script = "\n".join([*texts, *(file.text for file in running)])
    # A launcher may name the file in a library that is mounted beside it.
    beside = script + "".join(file.text for file in files if file.path.endswith((".py", ".sh", ".bash")))
    for file in files:
        if file.is_yaml:
            try:
                documents = tuple(lines.as_python(file.text))
            except lines.BadYaml:
                continue
            named = file.path.rpartition("/")[2] in beside
            parsed.append(ConfigFile(file.resource, file.key, file.path, documents, named))
            inside = [argument for value in documents[:1] for argument in _in_file(file, value)]
            given += [(kind.mapped.get(argument.section, argument.section), argument) for argument in inside]
    declared = next((found for file in running if (found := loaded_sections(file.text)).required), UNDECLARED)
    meant = _as_meant(kind, kind.version(container.image), given)
    return Engine(kind, role, container, meant, starts, script, declared, tuple(parsed))


def _as_meant(kind: Kind, version: str | None, given: list[tuple[str, Argument]]) -> tuple[Argument, ...]:
    """Arguments with their commands, under the names that were meant, where they have one that the version lacks.

    A misspelt one is `unknown-argument`'s, which says what was meant. Here it is taken for that, so that nobody judges
    what the engine would do without it.
    """
    written = {plain(argument.name) for _, argument in given}
    found = []
    for command, argument in given:
        name = None if size_of(argument.name) else guessed(kind.family, command, version, argument.name)
        found.append(argument._replace(name=name) if name and plain(name) not in written else argument)
    return tuple(found)


def _is_load(called: ast.expr) -> bool:
    """Whether it is ``launchlib.load`` that a program calls."""
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "load"
        and isinstance(called.value, ast.Name)
        and called.value.id == "launchlib"
    )


@lru_cache(maxsize=256)
def loaded_sections(script: str) -> Sections:
    """What a Python launcher of this fleet gives to ``launchlib.load``, where it is written out."""
    tree = python.tree(script) if "launchlib.load(" in script else None
    if tree is None:
        return UNDECLARED
    named: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named[node.targets[0].id] = node.value
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_load(node.func) and node.args:
            given = {"required": node.args[0], **dict(zip(("optional", "needs"), node.args[1:], strict=False))}
            given |= {word.arg: word.value for word in node.keywords if word.arg}
            written = {name: _written(named, value) for name, value in given.items()}
            required, optional = (_texts(written.get(name)) for name in ("required", "optional"))
            return Sections(required, optional, mapping(written.get("needs")))
    return UNDECLARED


def _written(named: Mapping[str, ast.expr], node: ast.expr | None, depth: int = 8) -> Any:
    """A value as it is written out: texts, lists and mappings of them, and names of such; None for anything else."""
    if isinstance(node, ast.Name) and depth:
        return _written(named, named.get(node.id), depth - 1)
    if isinstance(node, ast.List) and depth:
        return [_written(named, item, depth - 1) for item in node.elts]
    if isinstance(node, ast.Dict) and depth:
        both = zip(node.keys, node.values, strict=True)
        pairs = ((_written(named, key), _written(named, value, depth - 1)) for key, value in both)
        return {key: value for key, value in pairs if isinstance(key, str)}
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _texts(value: Any) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def sections(kind: Kind) -> frozenset[str]:
    """Sections that the fleet's launchers of an engine read, named for its commands and tools."""
    return frozenset({*(command.name for command in kind.commands), *kind.sections, *kind.nested})


def all_sections() -> frozenset[str]:
    """Sections of any engine."""
    return frozenset(name for kind in kinds().values() for name in sections(kind))


def mapped_sections() -> frozenset[str]:
    """Sections of any engine that become a file of its own format, where null and false are values like others."""
    return frozenset(name for kind in kinds().values() for name in kind.mapped)


def hollow(engine: Engine) -> list[tuple[Resource, Pointer, str]]:
    """What is no configuration in the files that a launcher reads: empty files, empty or absent sections, documents."""
    found: list[tuple[Resource, Pointer, str]] = []
    required, optional, needs = engine.sections
    known = {*sections(engine.kind), *engine.kind.mapped}
    for file in engine.files:
        at: Pointer = ("data", file.key)
        content = file.documents[0] if file.documents else None
        sectioned = isinstance(content, dict) and any(isinstance(v, (dict, list)) for v in content.values())
        if not file.named:
            continue
        if len(file.documents) > 1:
            found.append((file.resource, at, f"{file.key} holds {len(file.documents)} documents: only one is read"))
        elif not isinstance(content, dict) or not content:
            found.append((file.resource, at, f"{file.key} holds no section"))
        else:
            # A section under another name is `unread-section`'s, or `wrong-flag-spelling`'s.
            absent = [name for name in required if name not in content]
            if absent and all(name in (*required, *optional) for name in content):
                found.append((file.resource, at, f"{file.key} lacks section {', '.join(absent)}"))
        for name, value in mapping(content).items():
            form = list if isinstance(needs.get(name), list) else dict
            certain = name in needs or name in known
            if (value is None and sectioned) or value == [] or (certain and not isinstance(value, form)):
                wanted = "a list" if form is list else "a mapping"
                said = "is empty" if value is None or value == [] else f"is {value!r}, but must be {wanted}"
                found.append((file.resource, (*at, str(name)), f"section {name} of {file.key} {said}"))
    return found


def engines(overlay: Overlay) -> list[Engine]:
    """The engine of every main container in the overlay that runs one; a predictor's has its runtime below it."""
    found = (engine_of(overlay, container) for container in kserve.running(overlay))
    return [engine for engine in found if engine is not None]

"""The arguments that an engine is given, beside the list of those that its version takes.

One reader of every place: command lines, sections of engine.yaml, entries of experiments, files that a flag names.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from ..engines import kind, versions
from ..engines.lists import Listing, commands_of, guessed, listing, meant, nearest, same, swap, versions_with
from ..model import Container, Overlay, Pointer, Resource, is_marker, mapping, mappings, whole
from .engines import Argument, Engine, engines, given_on
from .files import config_files

MOST_GUESSES = 50
"""Unknown arguments of one place for which the nearest known one is looked for: up to six milliseconds each."""


@dataclass(frozen=True, eq=False)
class Use:
    """One place where a command gets arguments: a section, a command line, a file. ``style`` is how values are spelled:

    flags  text on a command line     keys  a launcher's section     api  a file that the engine reads
    template  parameters of a model
    """

    engine: Engine
    command: str
    style: str
    given: tuple[Argument, ...]
    listing: Listing | None
    where: Argument
    """The place as a whole: section, file or command line."""

    @property
    def abbreviates(self) -> bool:
        """Whether the command takes the beginning of a flag for the flag."""
        return any(command.abbreviates for command in self.engine.kind.commands if command.name == self.command)

    def get(self, *names: str) -> Argument | None:
        """The last argument under any of these names, any other name of the same argument, or an abbreviation."""
        alike = same(self._list, names, tuple(self.engine.kind.sizes.values()))
        found = [last for name in alike if (last := self._by_meaning.get(name)) is not None]
        return self.given[max(found)] if found else None

    def meant(self, name: str) -> frozenset[str]:
        """The names that a written one stands for: itself, or the one argument that it abbreviates."""
        return meant(self._list, name, self.style == "flags" and self.abbreviates)

    @property
    def _list(self) -> tuple[str, str, str] | None:
        return self.listing.key if self.listing else None

    @cached_property
    def _by_meaning(self) -> dict[str, int]:
        """Where each argument is given last, by every name that is meant; a misspelt one by that which was meant."""
        found = {name: i for i, given in enumerate(self.given) for name in self.meant(given.name)}
        listed = self.listing if self.listing and self.listing.exact else None
        for i, given in enumerate(self.given) if listed else ():
            name = guessed(listed.family, listed.command, listed.version, given.name) if listed else None
            if name is not None and not same(self._list, (name,), ()) & found.keys():
                found[swap(name)] = i
        return found

    def on(self, name: str) -> bool:
        found = self.get(name)
        return found is not None and str(found.value).lower() == "true"


# --- what is given ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def uses(overlay: Overlay) -> tuple[Use, ...]:
    """Every place in the overlay where an engine gets arguments, in order."""
    found: dict[tuple[int, Pointer, str], Use] = {}
    for engine in engines(overlay):
        for use in (*_lines(engine), *_files(engine)):
            first = use.given[0].name if use.given else ""
            found.setdefault((id(use.where.resource), use.where.pointer, f"{use.command} {first}"), use)
    return tuple(found.values())


def _use(engine: Engine, command: str, style: str, given: Iterator[Argument], where: Argument) -> Use:
    chosen = listing(engine.kind.family, command, engine.version)
    return Use(engine, command, style, tuple(given), chosen, where)


def imports_launchlib(overlay: Overlay, container: Container) -> bool:
    """Whether a launcher of this fleet runs: it takes full names only, and hands on what it is called with."""
    return any(file.is_python and "import launchlib" in file.text for file in config_files(overlay, container))


def _lines(engine: Engine) -> Iterator[Use]:
    """Uses on command lines. A flag of one dash is judged by no list: they name long ones."""
    for command, words in engine.starts:
        long = (argument for argument, word in given_on(words) if word.text.startswith("--"))
        if words:
            yield _use(engine, command.name, "flags", long, Argument("", None, "", *words[0][1:]))


def _files(engine: Engine) -> Iterator[Use]:
    """Uses in mounted YAML files: sections named for commands, entries of experiments, files that a flag names."""
    about = engine.kind
    named = {str(flag.value): how for name, how in about.option_files.items() for flag in engine.flags.get(name, ())}
    main = about.main(engine.role)
    for file in engine.files:
        content = mapping(file.documents[0]) if file.documents else {}
        at: Pointer = ("data", file.key)
        if file.path in named:
            command, style = named[file.path]
            whole_file = Argument(file.key, content, "", file.resource, at)
            yield _use(engine, command, style, _inside(content, file.resource, at), whole_file)
            continue
        for name, value in content.items():
            where = Argument(str(name), value, "", file.resource, (*at, str(name)))
            inner = _inside(mapping(value), file.resource, where.pointer)
            if name in about.nested:
                yield from _nested(engine, where)
            elif name in about.mapped:
                yield _use(engine, about.mapped[name], "api", inner, where)
            elif isinstance(value, dict) and versions_with(about.family, str(name)):
                yield _use(engine, str(name), "keys", inner, where)
            elif name == "experiments" and main is not None and main.own:
                for i, entry in mappings(value):
                    place = Argument(str(i), entry, "", file.resource, (*where.pointer, i))
                    given = _inside(entry, file.resource, place.pointer)
                    yield _use(engine, main.name, "keys", (g for g in given if g.name not in main.own), place)


def _nested(engine: Engine, where: Argument) -> Iterator[Use]:
    """A use for each model of a section that holds their parameters."""
    family, of = engine.kind.nested[where.name]
    version = kind(of).version(engine.container.image)
    for model, parameters in mapping(where.value).items():
        at = (*where.pointer, str(model))
        given = tuple(_inside(mapping(parameters), where.resource, at))
        chosen = listing(family, f"{where.name}.{model}", version)
        place = Argument(str(model), parameters, "", where.resource, at)
        yield Use(engine, f"{where.name}.{model}", "template", given, chosen, place)


def _inside(content: dict[str, Any], resource: Resource, at: Pointer) -> Iterator[Argument]:
    return (Argument(str(name), value, "", resource, (*at, str(name))) for name, value in content.items())


# --- judging ---------------------------------------------------------------------------------------------------------


def unjudged(overlay: Overlay, use: Use) -> str | None:
    """Why nothing can be said of what is given here; None if a list knows it, be it of a version nearby.

    A launcher of this fleet asks a command for its flags before it runs it (``launchlib.argv``): that stands for the
    list of a command that has none, such as trtllm-build.
    """
    if use.listing is not None or not use.given:
        return None
    family, of = use.engine.kind.nested.get(use.command.partition(".")[0], ("", ""))
    known = commands_of(family, kind(of).version(use.engine.container.image)) if family else []
    if known and imports_launchlib(overlay, use.engine.container):
        return None  # there is no such model, as `refused-by-launcher` says
    title, ways = use.engine.kind.title, [c.words[0] for c in use.engine.kind.commands if c.name == use.command]
    if ways and not versions_with(use.engine.kind.family, use.command):
        if imports_launchlib(overlay, use.engine.container):
            return None
        return f"no list says what `{' '.join(ways[0])}` takes"
    return f"the tag of {use.engine.container.image or 'no image'} tells no version of {title}"


def unknown(use: Use) -> Iterator[tuple[Argument, str | None]]:
    """Arguments that the list does not have, each with the name that was probably meant; other spellings are left out.

    On a command line argparse takes the beginning of a flag, if it is the beginning of one alone.
    """
    listed = use.listing
    if listed is None:
        return
    known, guesses = listed.by_name, MOST_GUESSES
    for given in use.given:
        if hidden(given.name) or listed.spelt(given.name):
            continue
        if use.meant(given.name) != {swap(given.name)}:
            continue
        guesses -= 1
        yield given, nearest(given.name, known) if guesses >= 0 else None


def respelled(use: Use, name: str) -> str | None:
    """The name with dashes and underscores changed, if that is what the list has."""
    folds = use.style == "flags" and use.engine.kind.folds
    if use.listing is None or name in use.listing.by_name or folds:
        return None
    return use.listing.spelt(name)


def nested_unknown(use: Use) -> Iterator[tuple[Argument, str, str | None]]:
    """Keys of mappings inside a file of the LLM class that their model forbids: the key, its model, what was meant."""
    guesses = MOST_GUESSES
    for given, known in _models(use):
        for inner in _inside(mapping(given.value), given.resource, given.pointer):
            if inner.name not in known:
                guesses -= 1
                yield inner, given.name, nearest(inner.name, known) if guesses >= 0 else None


def _models(use: Use) -> Iterator[tuple[Argument, dict[str, dict[str, Any]]]]:
    """The arguments that are mappings with a list of their own, and that list."""
    if use.listing is None or use.style != "api":
        return
    for given in use.given:
        model = use.listing.by_name.get(given.name, {}).get("model")
        if model in use.listing.models:
            yield given, use.listing.models[model]


def wrong_values(use: Use) -> Iterator[tuple[Argument, str]]:
    """Values that the list does not allow, and why."""
    listed = use.listing
    if listed is None or use.style == "template":
        return
    pairs = [(given, listed.by_name.get(given.name)) for given in use.given]
    for given, known in _models(use):
        inner = _inside(mapping(given.value), given.resource, given.pointer)
        pairs += [(g, known.get(g.name)) for g in inner]
        if given.value is not None and not isinstance(given.value, dict):
            yield given, f"must be a mapping, not {given.value!r}"
    for given, argument in pairs:
        if argument is not None and not hidden(given.value):
            message = _fault(use.style, given, argument)
            if message:
                yield given, message


def hidden(value: Any) -> bool:
    """Whether only the running container, a template or a cluster knows a value."""
    return isinstance(value, str) and (any(sign in value for sign in "${}`") or is_marker(value))


def _fault(style: str, given: Argument, argument: dict[str, Any]) -> str | None:
    value, kind, many = given.value, argument["type"], bool(argument.get("many"))
    if value is None:
        legal = argument.get("optional") or (kind == "any" and not argument.get("model"))
        return None if style == "api" and legal else "has no value"
    if argument.get("model"):
        return None
    if kind == "switch":
        return _switch(style, given, argument)
    if value is True and style == "flags":
        return None if kind == "any" or many else "is given without a value"
    if isinstance(value, list):
        if style == "api" and kind == "any":
            return None
        if not many and kind != "any":
            return f"takes one value, not the list {value!r}"
        found = [_one(style, item, kind, argument) for item in value]
        return next((message for message in found if message), None) if value else "is an empty list"
    return _one(style, value, kind, argument)


def _switch(style: str, given: Argument, argument: dict[str, Any]) -> str | None:
    value = given.value
    if value is True:
        return None
    if style == "flags":
        # argparse and click read the word behind a switch as something else; a model name may stand there.
        return "is a switch and takes no value" if str(value).lower() in ("true", "false", "0", "1") else None
    if value is False:
        negative = argument.get("negative")
        return None if negative else "is false, but the engine has no flag to switch it off"
    return f"is a switch: it takes true, not {value!r}"


def _one(style: str, value: Any, kind: str, argument: dict[str, Any]) -> str | None:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    words = style in ("flags", "keys")
    if hidden(value) or (words and text == "None" and argument.get("optional")):
        return None
    if kind == "int" and not re.fullmatch(r"[-+]?\d+", text):
        return f"takes a whole number, not {value!r}"
    if kind == "float" and not _number(text):
        return f"takes a number, not {value!r}"
    if kind == "bool" and text.lower() not in ("true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n"):
        return f"takes true or false, not {value!r}"
    if kind == "str" and text == "None" and words:
        return "is the word None, which the engine takes as text"
    choices = argument.get("choices")
    if choices and text not in map(str, choices):
        shown = ", ".join(map(str, choices))
        return f"takes one of {shown}, not {value!r}"
    return None


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# --- runs ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Run:
    """What one start of an engine gets: command line, section and, for TensorRT-LLM, the file of LLM arguments.

    Of an argument that stands in several places the innermost counts: command line, section, entry of experiments.
    """

    engine: Engine
    command: str
    flags: tuple[Use, ...]
    api: tuple[Use, ...]

    @property
    def version(self) -> str | None:
        return self.engine.version

    def before(self, version: str) -> bool:
        """Whether the engine is known to be older than a version."""
        return versions.before(self.version, version)

    def get(self, *names: str) -> Argument | None:
        found = [g for use in self.flags if (g := use.get(*names)) is not None]
        return found[-1] if found else None

    def find(self, path: str) -> Argument | None:
        """An argument; a path with dots is a key of the file of LLM arguments, or of an argument that is a mapping."""
        first, _, key = path.partition(".")
        if not key:
            return self.get(path)
        found = self.llm(*path.split(".")) or self.get(path)
        given = self.get(first) if found is None else None
        inner = as_mapping(given.value) if given else {}
        return Argument(path, inner[key], "", given.resource, given.pointer) if given and key in inner else found

    def on(self, name: str) -> bool:
        found = self.get(name)
        return found is not None and str(found.value).lower() == "true"

    def number(self, *names: str) -> int | None:
        """An argument as a whole number; None if it is absent or no number that the manifest shows."""
        found = self.get(*names)
        return None if found is None else whole(found.value)

    def llm(self, *path: str) -> Argument | None:
        """A key of the file of LLM arguments, by its path."""
        for use in reversed(self.api):
            found = use.get(path[0])
            for step in path[1:]:
                inner = mapping(found.value) if found else {}
                found = (
                    Argument(step, inner[step], "", found.resource, (*found.pointer, step))
                    if found and step in inner
                    else None
                )
            if found is not None:
                return found
        return None


def as_mapping(value: Any) -> dict[str, Any]:
    """A mapping, be it written as one or as JSON; empty for anything else."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return mapping(value)


def all_shown(overlay: Overlay, run: Run) -> bool:
    """Whether the manifest shows every argument of a run, so that what it does not give is not given.

    Others may come from a variable, from what a program puts together, or from a file that is not mounted.
    """
    engine = run.engine
    mounted = {file.path for file in engine.files}
    files = (flag for name in engine.kind.option_files for flag in engine.flags.get(name, ()))
    if any(str(flag.value) not in mounted for flag in files):
        return False
    # A launcher of this fleet hands on what it is called with and engine.yaml, whatever its program puts together.
    launched = imports_launchlib(overlay, engine.container)
    for command, words in engine.starts:
        own = [w.text for w in words if not (launched and any(str(step).endswith(".py") for step in w.pointer))]
        for before, text in pairwise(["", *own]) if command.name == run.command else ():
            named = before.startswith("-") and "=" not in before
            if hidden(text) and not named and not text.startswith("-"):
                return False
    return True


@lru_cache(maxsize=512)
def runs(overlay: Overlay) -> tuple[Run, ...]:
    """Every start of an engine with arguments: one for each entry of experiments, else one for each command."""
    found: list[Run] = []
    every = uses(overlay)
    by_engine: dict[Engine, list[Use]] = {}
    for use in every:
        by_engine.setdefault(use.engine, []).append(use)
    for engine, own in by_engine.items():
        api = tuple(use for use in own if use.style == "api")
        for command in dict.fromkeys(use.command for use in own if use.style in ("flags", "keys")):
            mine = [use for use in own if use.command == command and use.style in ("flags", "keys")]
            entries = [use for use in mine if isinstance(use.where.pointer[-1], int) and use.style == "keys"]
            common = [use for use in mine if not (isinstance(use.where.pointer[-1], int) and use.style == "keys")]
            found += [Run(engine, command, (*common, entry), api) for entry in entries] or [
                Run(engine, command, tuple(common), api)
            ]
    return tuple(found)

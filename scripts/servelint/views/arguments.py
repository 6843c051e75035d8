"""The arguments that an engine is given, beside the list of those that its version takes.

The version is the image's tag. Without a list for that very version the nearest older one is used, or the nearest newer
where none is older; ``Listing.exact`` says which, and every message names the list. vLLM has no list.
"""

from __future__ import annotations

import difflib
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..catalogue import images
from ..model import Container, Overlay, Pointer, Resource, is_marker, mapping, mappings, whole
from . import kserve, shell
from .engines import ALIASES, Engine, config_files, engines

STORE = Path(__file__).parents[1] / "arguments"
FAMILIES = {"sglang": "sglang", "trtllm": "trtllm", "triton": "tritonserver"}
SERVED = "fill_template"
"""Section of the fleet's Triton launcher: one mapping of template parameters for each model of the repository."""
API = ("extra_llm_api_options", "llm_api_args")
"""Sections, and flags that name a file, whose keys are arguments of TensorRT-LLM's LLM class."""
OWN = {
    "throughput": {"isl", "osl", "num_requests", "name"},
    "bench_serving": {"name"},
}
"""Keys of an entry of `experiments` that the launchers read themselves, by the command whose flags stand there."""
MAIN = {
    ("sglang", "serve"): "launch_server",
    ("sglang", "bench"): "bench_serving",
    ("trtllm", "serve"): "serve",
    ("trtllm", "bench"): "throughput",
    ("triton", "serve"): "tritonserver",
}
"""The command that gets what a launcher is called with."""
ABBREVIATING = ("launch_server", "bench_serving")
"""Commands that take the beginning of a flag for the flag: those of argparse, but not those of click."""


@dataclass(frozen=True, eq=False)
class Listing:
    """What one command of one version takes. ``wanted`` is the version of the image."""

    family: str
    version: str
    wanted: str
    command: str
    arguments: dict[str, dict[str, Any]] = field(repr=False)
    models: dict[str, dict[str, dict[str, Any]]] = field(repr=False)
    """The other lists of the file, for arguments that are mappings themselves."""

    @property
    def exact(self) -> bool:
        return version_key(self.version) == version_key(self.wanted)

    @property
    def by_name(self) -> dict[str, dict[str, Any]]:
        return _by_name(self.family, self.version, self.command)

    @property
    def told(self) -> str:
        """The list in words, for messages."""
        shown = f"{self.family} {self.version}"
        return shown if self.exact else f"{shown}, the nearest list to {self.wanted},"


@dataclass(frozen=True, eq=False)
class Given:
    """One argument as it was written."""

    name: str
    value: Any
    resource: Resource
    pointer: Pointer


@dataclass(frozen=True, eq=False)
class Use:
    """One place where a command gets arguments: a section, a command line, a file. ``style`` is how values are spelled:

    flags  text on a command line     keys  a launcher's section     api  a file that the engine reads
    template  parameters of a model
    """

    engine: Engine
    command: str
    style: str
    given: tuple[Given, ...]
    listing: Listing | None
    where: Given
    """The place as a whole: section, file or command line."""

    def get(self, *names: str) -> Given | None:
        """The last argument under any of these names, any other name of the same argument, or an abbreviation."""
        wanted = {swap(name) for name in names}
        spellings = [argument["names"] for argument in self.listing.arguments.values()] if self.listing else []
        for same in (*spellings, *(same for size, same in ALIASES.items() if size != "port")):
            if wanted & {swap(name) for name in same}:
                wanted |= {swap(name) for name in same}
        return next((g for g in reversed(self.given) if wanted & self.meant(g.name)), None)

    def meant(self, name: str) -> set[str]:
        """The names that a written one stands for: itself, or the one argument that it abbreviates."""
        known = self.listing.by_name if self.listing else {}
        if name not in known and self.style == "flags" and self.command in ABBREVIATING:
            begun = {tuple(argument["names"]) for spelling, argument in known.items() if spelling.startswith(name)}
            if len(begun) == 1:
                return {swap(spelling) for spelling in begun.pop()}
        return {swap(name)}

    def on(self, name: str) -> bool:
        found = self.get(name)
        return found is not None and (found.value is True or str(found.value).lower() == "true")


def swap(name: str) -> str:
    """A name with dashes for underscores, to compare spellings."""
    return name.replace("_", "-")


# --- versions and lists ----------------------------------------------------------------------------------------------


VERSION = re.compile(r"v?(\d+(?:\.\d+)+)(?:\.?(rc|post|dev)(\d+))?(?:\.?(post)(\d+))?(?![\d.])")


def version_key(version: str) -> tuple[Any, ...]:
    """Orders versions: 1.2.0rc2 < 1.2.0rc2.post1 < 1.2.0 < 1.2.0.post1."""
    match = VERSION.match(version)
    if match is None:
        return ()
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    stage = {"dev": -2, "rc": -1, None: 0, "post": 1}[match[2]]
    return (*numbers, -9), stage, int(match[3] or 0), int(match[5] or 0)


def version_of(family: str, image: str) -> str | None:
    """The engine's version by the image's tag; None if the tag tells none.

    Tags of tritonserver are months: 25.01 is 2.54.0, and with TensorRT-LLM inside what ``catalogue.images`` knows.
    Source: https://docs.nvidia.com/deeplearning/triton-inference-server/release-notes/
    """
    tag = image.partition("@")[0].rpartition("/")[2].rpartition(":")[2] if ":" in image.rpartition("/")[2] else ""
    month = re.match(r"(\d\d)\.(\d\d)(?!\d)", tag)
    if "tritonserver" in image.rpartition("/")[2] and month:
        release = 54 + 12 * (int(month[1]) - 25) + int(month[2]) - 1
        if family == "tritonserver":
            return f"2.{release}.0" if release > 0 else None
        return images.tensorrt_llm(image)
    match = VERSION.match(tag)
    if match is None or family == "tritonserver":
        return None
    return match[0].removeprefix("v")


@lru_cache(maxsize=64)
def _file(family: str, version: str) -> dict[str, Any]:
    content = json.loads((STORE / f"{family}-{version}.json").read_text(encoding="utf-8"))
    return dict(content["lists"])


@lru_cache(maxsize=1)
def stored() -> dict[str, tuple[str, ...]]:
    """Versions with a list by family, oldest first."""
    found: dict[str, list[str]] = {}
    for path in STORE.glob("*-*.json"):
        family, _, version = path.stem.rpartition("-")
        found.setdefault(family, []).append(version)
    return {family: tuple(sorted(versions, key=version_key)) for family, versions in found.items()}


def versions_with(family: str, command: str) -> list[str]:
    return [version for version in stored().get(family, ()) if command in _file(family, version)]


@lru_cache(maxsize=256)
def _by_name(family: str, version: str, command: str) -> dict[str, dict[str, Any]]:
    arguments = _file(family, version)[command]
    return {name: a for a in arguments.values() for name in (*a["names"], *a.get("negative", ()))}


def listing(family: str, command: str, wanted: str | None) -> Listing | None:
    """The list for a version: its own, the nearest older, or the nearest newer; None if the family has none."""
    known = versions_with(family, command)
    if not wanted or not known:
        return None
    older = [version for version in known if version_key(version) <= version_key(wanted)]
    version = older[-1] if older else known[0]
    lists = _file(family, version)
    return Listing(family, version, wanted, command, lists[command], lists)


def elsewhere(listed: Listing, name: str) -> list[str]:
    """Versions other than the list's own whose list of the same command has an argument."""
    every = versions_with(listed.family, listed.command)
    return [v for v in every if v != listed.version and name in _by_name(listed.family, v, listed.command)]


def nearest(name: str, known: Iterator[str] | list[str], cutoff: float = 0.75) -> str | None:
    """The name that was probably meant, if one is near: by spelling, or by a whole word (`tp` for `tp-size`)."""
    names, word = sorted(known), swap(name)
    whole = [n for n in names if swap(n).startswith(f"{word}-") or word.startswith(f"{swap(n)}-")]
    close = difflib.get_close_matches(word, [swap(n) for n in names], n=1, cutoff=cutoff)
    if close:
        return next(n for n in names if swap(n) == close[0])
    return min(whole, key=len) if whole else None


# --- what is given ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def uses(overlay: Overlay) -> tuple[Use, ...]:
    """Every place in the overlay where an engine gets arguments, in order."""
    found: list[Use] = []
    seen: set[tuple[int, Pointer, str]] = set()
    for engine in engines(overlay):
        for use in (*_lines(overlay, engine), *_files(overlay, engine)):
            key = (id(use.where.resource), use.where.pointer, use.command + repr(use.given[:1] and use.given[0].name))
            if key not in seen:
                seen.add(key)
                found.append(use)
    return tuple(found)


def _use(engine: Engine, command: str, style: str, given: list[Given], where: Given, family: str | None = None) -> Use:
    family = family or FAMILIES.get(engine.name, "")
    chosen = listing(
        family, command, version_of("trtllm" if family == "tensorrtllm_backend" else family, engine.container.image)
    )
    return Use(engine, command, style, tuple(given), chosen, where)


def imports_launchlib(overlay: Overlay, container: Container) -> bool:
    """Whether a launcher of this fleet runs: it takes full names only, and hands on what it is called with."""
    files = config_files(overlay, container)
    return any(path.endswith(".py") and "import launchlib" in text for path, _, _, text in files)


def _lines(overlay: Overlay, engine: Engine) -> Iterator[Use]:
    """Uses on command lines: the container's own, and those of shell scripts that run in it."""
    container = engine.container
    script = shell.started(container)
    if script is None:
        given = [(word, *kserve.origin(container, pointer)) for word, pointer in container.words]
        yield from _command(overlay, engine, given)
    mounted = {(id(config), key) for path, config, key, _ in config_files(overlay, container)}
    for one in shell.scripts(overlay):
        at = one.pointer
        if one.container is not None:
            ours = one.resource is container.resource and at[: len(container.pointer)] == container.pointer
            below = container.below if isinstance(container, kserve.Merged) else None
            if below is not None:
                ours |= one.resource is below.resource and at[: len(below.pointer)] == below.pointer
        else:
            ours = (id(one.resource), at[1]) in mounted
        for node in shell.commands(one) if ours else ():
            words = [(shell.plain(word), one.resource, one.at(word.start_point[0])) for word in shell.arguments(node)]
            yield from _command(overlay, engine, words)


def _command(overlay: Overlay, engine: Engine, words: list[tuple[str, Resource, Pointer]]) -> Iterator[Use]:
    """The use of one simple command, if it runs the engine."""
    texts = [text for text, _, _ in words]
    if any(any(sign in text for sign in "\n;|&") for text in texts):
        return  # a script in another wrapping
    command, start = _which(overlay, engine, texts)
    if command is None:
        return
    given = []
    for i, (text, resource, pointer) in enumerate(words[start:], start):
        match = re.fullmatch(r"--([A-Za-z][\w.-]*)(?:=(.*))?", text, re.DOTALL)
        if match:
            following = texts[i + 1] if i + 1 < len(texts) else "--"
            bare = re.match(r"--?[A-Za-z]", following) is not None or following == "--"
            value: Any = match[2] if match[2] is not None else True if bare else following
            given.append(Given(match[1], value, resource, pointer))
    yield _use(engine, command, "flags", given, Given("", None, *words[0][1:]))


MODULES = {
    "sglang.launch_server": "launch_server",
    "sglang.bench_serving": "bench_serving",
    "sglang.benchmark.serving": "bench_serving",
}


def _which(overlay: Overlay, engine: Engine, texts: list[str]) -> tuple[str | None, int]:
    """The command that words run, and where its arguments begin."""
    for i, text in enumerate(texts):
        program = posixpath.basename(text)
        if text in MODULES:
            return MODULES[text], i + 1
        if program == "sglang" and texts[i + 1 : i + 2] == ["serve"]:
            return "launch_server", i + 2
        if program == "trtllm-serve":
            other = texts[i + 1 : i + 2]
            return (None, 0) if other and other[0] in ("disaggregated", "mm_embedding_serve") else ("serve", i + 1)
        if program == "trtllm-bench":
            for j, word in enumerate(texts[i + 1 :], i + 1):
                if word in ("throughput", "build"):
                    return word, j + 1
            return None, 0
        if program == "tritonserver":
            return "tritonserver", i + 1
        if text.endswith(".py") and i and imports_launchlib(overlay, engine.container):
            return MAIN.get((engine.name, engine.role)), i + 1
    return None, 0


def _files(overlay: Overlay, engine: Engine) -> Iterator[Use]:
    """Uses in mounted YAML files: sections named for commands, entries of experiments, files that a flag names."""
    family = FAMILIES.get(engine.name, "")
    named = {
        str(flag.value): name
        for name in ("config", "extra-llm-api-options")
        for flag in engine.flags.get(name, ())
        if flag.value is not True
    }
    for file in engine.files:
        content = mapping(file.documents[0]) if file.documents else {}
        at: Pointer = ("data", file.key)
        whole = Given(file.key, content, file.resource, at)
        if file.path in named and engine.name == "trtllm":
            yield _use(engine, API[0], "api", _given(content, file.resource, at), whole)
            continue
        if file.path in named and engine.name == "sglang":
            yield _use(engine, "launch_server", "keys", _given(content, file.resource, at), whole)
            continue
        for name, value in content.items():
            where = Given(str(name), value, file.resource, (*at, str(name)))
            inner = mapping(value)
            if engine.name == "triton" and name == SERVED:
                for model, parameters in inner.items():
                    place = Given(str(model), parameters, file.resource, (*where.pointer, str(model)))
                    given = _given(mapping(parameters), file.resource, place.pointer)
                    yield _use(engine, f"{SERVED}.{model}", "template", given, place, "tensorrtllm_backend")
            elif engine.name == "trtllm" and name in API:
                yield _use(engine, API[0], "api", _given(inner, file.resource, where.pointer), where)
            elif isinstance(value, dict) and versions_with(family, str(name)):
                yield _use(engine, str(name), "keys", _given(inner, file.resource, where.pointer), where)
            elif name == "experiments" and (command := MAIN.get((engine.name, engine.role))) in OWN:
                for i, entry in mappings(value):
                    at_entry = (*where.pointer, i)
                    given = [g for g in _given(entry, file.resource, at_entry) if g.name not in OWN[command]]
                    yield _use(engine, command, "keys", given, Given(str(i), entry, file.resource, at_entry))


def _given(content: dict[str, Any], resource: Resource, at: Pointer) -> list[Given]:
    return [Given(str(name), value, resource, (*at, str(name))) for name, value in content.items()]


# --- judging ---------------------------------------------------------------------------------------------------------


def unknown(use: Use) -> Iterator[tuple[Given, str | None]]:
    """Arguments that the list does not have, each with the name that was probably meant; other spellings are left out.

    On a command line argparse takes the beginning of a flag, if it is the beginning of one alone.
    """
    listed = use.listing
    if listed is None:
        return
    known = listed.by_name
    for given in use.given:
        if given.name in known or _hidden(given.name) or respelled(use, given.name):
            continue
        if use.meant(given.name) != {swap(given.name)}:
            continue
        yield given, nearest(given.name, list(known))


def respelled(use: Use, name: str) -> str | None:
    """The name with dashes and underscores changed, if that is what the list has."""
    if use.listing is None or name in use.listing.by_name:
        return None
    return next((n for n in use.listing.by_name if swap(n) == swap(name)), None)


def nested_unknown(use: Use) -> Iterator[tuple[Given, str, str | None]]:
    """Keys of mappings inside a file of the LLM class that their model forbids: the key, its model, what was meant."""
    for given, model in _models(use):
        known = use.listing.models[model] if use.listing else {}
        for inner in _given(mapping(given.value), given.resource, given.pointer):
            if inner.name not in known:
                yield inner, given.name, nearest(inner.name, list(known))


def _models(use: Use) -> Iterator[tuple[Given, str]]:
    for given in use.given:
        argument = use.listing.by_name.get(given.name) if use.listing and use.style == "api" else None
        model = (argument or {}).get("model")
        if model and use.listing and model in use.listing.models:
            yield given, model


def wrong_values(use: Use) -> Iterator[tuple[Given, str]]:
    """Values that the list does not allow, and why."""
    listed = use.listing
    if listed is None or use.style == "template":
        return
    pairs = [(given, listed.by_name.get(given.name)) for given in use.given]
    for given, model in _models(use):
        inner = _given(mapping(given.value), given.resource, given.pointer)
        pairs += [(g, listed.models[model].get(g.name)) for g in inner]
        if given.value is not None and not isinstance(given.value, dict):
            yield given, f"must be a mapping, not {given.value!r}"
    for given, argument in pairs:
        if argument is not None and not _hidden(given.value):
            message = _fault(use.style, given, argument)
            if message:
                yield given, message


def _hidden(value: Any) -> bool:
    """Whether only the running container, a template or a cluster knows a value."""
    return isinstance(value, str) and (any(sign in value for sign in "${}`") or is_marker(value))


def _fault(style: str, given: Given, argument: dict[str, Any]) -> str | None:
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


def _switch(style: str, given: Given, argument: dict[str, Any]) -> str | None:
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
    if _hidden(value):
        return None
    if kind == "int" and not re.fullmatch(r"[-+]?\d+", text):
        return f"takes a whole number, not {value!r}"
    if kind == "float" and (isinstance(value, (bool, dict)) or not _number(text)):
        return f"takes a number, not {value!r}"
    if kind == "bool" and text.lower() not in ("true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n"):
        return f"takes true or false, not {value!r}"
    if kind == "str" and text == "None" and style in ("flags", "keys"):
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
        return version_of(FAMILIES.get(self.engine.name, ""), self.engine.container.image)

    def before(self, version: str) -> bool:
        """Whether the engine is known to be older than a version."""
        return self.version is not None and version_key(self.version) < version_key(version)

    def get(self, *names: str) -> Given | None:
        found = [g for use in self.flags if (g := use.get(*names)) is not None]
        return found[-1] if found else None

    def on(self, name: str) -> bool:
        found = self.get(name)
        return found is not None and (found.value is True or str(found.value).lower() == "true")

    def number(self, *names: str) -> int | None:
        """An argument as a whole number; None if it is absent or no number that the manifest shows."""
        found = self.get(*names)
        return None if found is None else whole(found.value)

    def llm(self, *path: str) -> Given | None:
        """A key of the file of LLM arguments, by its path."""
        for use in reversed(self.api):
            found = use.get(path[0])
            for step in path[1:]:
                inner = mapping(found.value) if found else {}
                found = (
                    Given(step, inner[step], found.resource, (*found.pointer, step))
                    if found and step in inner
                    else None
                )
            if found is not None:
                return found
        return None


@lru_cache(maxsize=512)
def runs(overlay: Overlay) -> tuple[Run, ...]:
    """Every start of an engine with arguments: one for each entry of experiments, else one for each command."""
    found: list[Run] = []
    every = uses(overlay)
    for engine in dict.fromkeys(use.engine for use in every):
        own = [use for use in every if use.engine is engine]
        api = tuple(use for use in own if use.command in API)
        for command in dict.fromkeys(use.command for use in own if use.style in ("flags", "keys")):
            mine = [use for use in own if use.command == command and use.style in ("flags", "keys")]
            entries = [use for use in mine if isinstance(use.where.pointer[-1], int) and use.style == "keys"]
            common = [use for use in mine if use not in entries]
            found += [Run(engine, command, (*common, entry), api) for entry in entries] or [
                Run(engine, command, tuple(common), api)
            ]
    return tuple(found)

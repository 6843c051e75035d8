"""What a launcher of this fleet needs of its engine.yaml, and stops without.

The twin of ``launchlib.load``: the launcher says what it needs, in its own text, and both judge by that. Which entries
of ``experiments`` are one is told by the keys of them that the launcher reads itself. A test runs the launchers over
engine.yaml files with mistakes and holds the two together.
"""

import datetime
import re
from collections.abc import Iterator
from typing import Any

from ..engines import kind
from ..engines.lists import commands_of, listing, nearest
from ..model import Pointer, Resource, is_marker, mapping, mappings
from .arguments import hidden
from .engines import Engine

EXPERIMENTS = "experiments"
NO_TEXT = re.compile(r"[-+]?[0-9][0-9_.:]*|true|false|yes|no|on|off|null|~", re.IGNORECASE)
"""Keys that YAML reads as something else. As text, in quotes, they would be no flag either."""
TYPES: dict[str, type] = {"text": str, "number": int, "address": str, "file name": str}

Fault = tuple[Resource, Pointer, str]


def faults(engine: Engine) -> Iterator[Fault]:
    """Where the launcher stops at what it reads itself: the file, the place, and why."""
    for file in engine.files:
        if not file.named or not engine.sections.required:
            continue
        content = mapping(file.documents[0]) if file.documents else {}
        needs = engine.sections.needs
        for name, wanted in needs.items():
            at, value = ("data", file.key, name), content.get(name)
            if isinstance(wanted, list):
                entries = list(enumerate(value)) if isinstance(value, list) else []
                for i, entry in entries:
                    if isinstance(entry, dict):
                        yield from _lacks(file.resource, (*at, i), f"{name}[{i}]", entry, mapping(wanted[0]))
                    else:
                        yield file.resource, (*at, i), f"{name}[{i}] is {entry!r}, but must be a mapping"
            elif isinstance(value, dict) and isinstance(wanted, dict):
                yield from _lacks(file.resource, at, name, value, wanted)
        for name, value in content.items():
            at = ("data", file.key, name)
            if name in engine.kind.nested:
                yield from _parameters(engine, file.resource, at, mapping(value))
            elif name not in engine.kind.mapped:
                places = [(at, mapping(value)), *(((*at, i), entry) for i, entry in mappings(value))]
                for place, given in places:
                    yield from _unwritable(engine, file.resource, place, given)
            if name in engine.kind.closed and isinstance(needs.get(name), dict):
                for key in mapping(value):
                    if key not in needs[name]:
                        known = ", ".join(needs[name])
                        yield file.resource, (*at, key), f"{name} has no key {key}: the launcher knows {known} alone"
        yield from _twice(engine, file.resource, ("data", file.key, EXPERIMENTS), content.get(EXPERIMENTS))


def _lacks(
    resource: Resource, at: Pointer, where: str, given: dict[str, Any], wanted: dict[str, Any]
) -> Iterator[Fault]:
    """What is missing in a section or an entry, or is of another form than its launcher takes."""
    for name, form in wanted.items():
        key = name.removesuffix("?")
        if key in given:
            if why := _wrong(given[key], str(form)):
                yield resource, (*at, key), f"{key} of {where} {why}"
        elif key == name:
            yield resource, at, f"{where} lacks {key}"


def _wrong(value: Any, form: str) -> str | None:
    """Why a value is none of a form; None if it is, or nobody knows."""
    wanted = TYPES.get(form)
    if wanted is None or (isinstance(value, str) and is_marker(value)):
        return None
    if not isinstance(value, wanted) or isinstance(value, bool):
        shown = "has no value" if value is None else f"is {value!r}"
        cure = ", in quotes" if wanted is str and isinstance(value, (int, float)) else ""
        return f"{shown}, but must be {'a whole number' if wanted is int else 'text'}{cure}"
    if form == "address" and not str(value).startswith(("http://", "https://")):
        return f"is {value}, but must start with http://"
    if form == "file name" and not re.fullmatch(r"\w[\w.-]*", str(value)):
        return f"is {value!r}, but must be a file name: letters, digits, dots and dashes"
    return None


def _twice(engine: Engine, resource: Resource, at: Pointer, entries: Any) -> Iterator[Fault]:
    """Experiments whose results would go into one file."""
    main = engine.kind.main(engine.role)
    own = sorted(main.own) if main else []
    seen: dict[str, int] = {}
    for i, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict) or not own:
            continue
        key = repr([entry.get(name) for name in own])
        if (first := seen.setdefault(key, i)) != i and (len(own) > 1 or isinstance(entry.get(own[0]), str)):
            shown = ", ".join(f"{name} {entry[name]}" for name in own if name in entry)
            yield resource, (*at, i, own[0]), f"experiments[{i}] has {shown}, as experiments[{first}] has already"


def _unwritable(engine: Engine, resource: Resource, at: Pointer, given: dict[str, Any]) -> Iterator[Fault]:
    """What the launcher cannot write on a command line; null, and what an exact list refuses already, is
    `wrong-argument-value`'s."""
    main = engine.kind.main(engine.role)
    section = str(at[2]) if at[2] != EXPERIMENTS or main is None else main.name
    listed = listing(engine.kind.family, section, engine.version)
    known = listed.by_name if listed and listed.exact else None
    for key, value in given.items():
        argument = known.get(key) if known is not None else {"type": "any"}
        if known is None and NO_TEXT.fullmatch(key):
            yield resource, (*at, key), f"{key} is no text, as every key must be: put it in quotes"
        if argument is None or argument["type"] not in ("any", "str") or argument.get("choices"):
            continue
        if value == [] and known is None:
            yield resource, (*at, key), f"{key} is an empty list"
        if value is False and known is not None and f"no-{key}" not in known:
            yield resource, (*at, key), f"{key} is false, but the engine has no flag to switch it off"
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, datetime.date):
                yield resource, (*at, key), f"{key} is a date: put it in quotes"
            elif item is None and isinstance(value, list):
                yield resource, (*at, key), f"{key} has an entry without a value"


def _parameters(engine: Engine, resource: Resource, at: Pointer, models: dict[str, Any]) -> Iterator[Fault]:
    """What cannot be written into a template, and models of which the image has no template."""
    section = str(at[-1])
    family, of = engine.kind.nested[section]
    version = kind(of).version(engine.container.image)
    known = [name.partition(".")[2] for name in commands_of(family, version) if name.startswith(f"{section}.")]
    for model, given in models.items():
        if known and model not in known and not hidden(model):
            meant = nearest(model, known)
            cure = f": did you mean {meant}?" if meant else f": it has {', '.join(known)}"
            yield resource, (*at, model), f"{family} {version} has no template for {model}{cure}"
        elif not isinstance(given, dict):
            yield resource, (*at, model), f"{section}.{model} is {given!r}, but must be a mapping"
        for key, value in mapping(given).items():
            scalar = isinstance(value, (str, int, float))
            if not scalar or any(sign in str(value) for sign in '"\\\n'):
                shown = "has no value" if value is None else f"is {value!r}"
                yield resource, (*at, model, key), f"{key} of {model} {shown}, but must be plain text or a number"

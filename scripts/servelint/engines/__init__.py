"""One module an engine, ``<engine>.py``, which alone knows it: data and pure functions, in the form of ``kind.Kind``.

A module that holds ``ENGINE`` is found by itself; nothing else names an engine. ``arguments/`` has the lists of what
each version takes, ``lists`` reads them, ``layout`` says what parallel sizes are.
"""

import importlib
import pkgutil
import posixpath
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from .kind import Command, Kind


@cache
def kinds() -> dict[str, Kind]:
    """Every engine by name, in order of name."""
    found = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    engines = (module.ENGINE for module in found if hasattr(module, "ENGINE"))
    return {engine.name: engine for engine in sorted(engines, key=lambda engine: engine.name)}


def kind(name: str) -> Kind:
    """The engine of a name. Raises KeyError."""
    return kinds()[name]


@cache
def _starts() -> dict[str, list[tuple[tuple[str, ...], Kind, Command]]]:
    """The commands of every engine by the first word that starts them, the longest ways first."""
    found: dict[str, list[tuple[tuple[str, ...], Kind, Command]]] = {}
    for engine in kinds().values():
        for command in engine.commands:
            for words in command.words:
                found.setdefault(words[0], []).append((words, engine, command))
    return {first: sorted(ways, key=lambda way: -len(way[0])) for first, ways in found.items()}


class Start(NamedTuple):
    """An engine's command in a row of words, and the position behind the words that start it."""

    kind: Kind
    command: Command
    after: int


def started(words: Sequence[str]) -> Start | None:
    """The first command of an engine in a row of words, be it behind mpirun, numactl or `python3 -m`; None without.

    One that wraps others is it only where none of them follows.
    """
    wrapper = None
    last = {word: i for i, word in enumerate(words)}
    for i, word in enumerate(words):
        for way, engine, command in _starts().get(posixpath.basename(word), ()):
            if not command.gap:
                if list(words[i : i + len(way)])[1:] == list(way[1:]):
                    found = Start(engine, command, i + len(way))
                    if not command.wraps:
                        return found
                    wrapper = wrapper or found
            elif last.get(way[1], -1) > i:
                return Start(engine, command, list(words).index(way[1], i + 1) + 1)
    return wrapper


def entry_point(image: str) -> tuple[str, ...]:
    """The words that an image starts when the pod gives it arguments only."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return next((engine.entry_points[name] for engine in kinds().values() if name in engine.entry_points), ())

"""The lists in ``arguments/``: what each command of an engine takes, and which architectures of models it serves. There
is a file for each version that was read.

Without a list for the very version of an image the nearest older one is used, or the nearest newer where none is older;
``Listing.exact`` says which, and ``Listing.told`` names the list in every message.

A file may say what changed since the version that it names under ``after``: null is what is gone. ``where`` is the
place in the version whose file says so; lines that only moved are no change.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .versions import before, order

if TYPE_CHECKING:
    from packaging.version import Version

STORE = Path(__file__).parent / "arguments"


class Wheel(NamedTuple):
    """A Python package of which only one file is accepted, and the interpreter that it is for (options of pip)."""

    package: str
    version: str
    sha256: str
    tags: tuple[str, ...] = ()


class Checkout(NamedTuple):
    """A source tree that somebody gives: the project, and the tag and commit that it must be at."""

    project: str
    tag: str
    commit: str


class Reading(NamedTuple):
    """One file of a source and how its arguments are read: ``how`` names a reader of ``vendoring.arguments``.

    inside: the function or class to read, where the reader asks for one. names: files whose constants it needs, and
    those behind it; perhaps: such files that not every version has.
    """

    how: str
    path: str = ""
    inside: str = ""
    names: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


class Pinned(NamedTuple):
    """One file of the store: its version, where it comes from, and the readings that make up each of its lists.

    models: how the architectures are read that it serves; transformers: the package whose models it runs where it has
    none of its own, as its own requirements allow. after: the version since which the file says what changed.
    """

    version: str
    origin: Wheel | Checkout
    lists: dict[str, tuple[Reading, ...]]
    family: str = ""
    licence: str = "Apache-2.0"
    models: Reading | None = None
    transformers: Wheel | None = None
    after: str = ""


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
        return order(self.version) == order(self.wanted)

    @property
    def by_name(self) -> dict[str, dict[str, Any]]:
        """Arguments by every name that they have, negatives too."""
        return _by_name(self.family, self.version, self.command)

    @property
    def key(self) -> tuple[str, str, str]:
        """What the list is, for what is computed of it once."""
        return self.family, self.version, self.command

    def spelt(self, name: str) -> str | None:
        """The name of the list that is this one but for dashes and underscores."""
        return _by_spelling(*self.key).get(swap(name))

    @property
    def told(self) -> str:
        """The list in words, for messages."""
        shown = f"{self.family} {self.version}"
        return shown if self.exact else f"{shown}, the nearest list to {self.wanted},"


def _order(version: str) -> Version:
    found = order(version)
    if found is None:
        raise ValueError(f"{version} in the name of a list is no version")
    return found


@lru_cache(maxsize=8192)
def swap(name: str) -> str:
    """A name with dashes for underscores, to compare spellings."""
    return name.replace("_", "-")


def whole(content: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """A file of the store with what it leaves out because it did not change since the version before."""
    old = before or {}
    lists = {
        command: _changed(old.get("lists", {}).get(command, {}), content["lists"].get(command, {}))
        for command in (*old.get("lists", {}), *content["lists"])
    }
    return {
        "lists": {command: arguments for command, arguments in lists.items() if arguments},
        "architectures": _changed(old.get("architectures", {}), content.get("architectures", {})),
    }


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**old, **new}.items() if value is not None}


@lru_cache(maxsize=256)
def _content(family: str, version: str) -> dict[str, Any]:
    content = json.loads((STORE / f"{family}-{version}.json").read_text(encoding="utf-8"))
    return whole(content, _content(family, content["after"]) if "after" in content else None)


@lru_cache(maxsize=64)
def _file(family: str, version: str) -> dict[str, Any]:
    """The lists of a version, with what its own parser was heard to say of them (``spoken/``): its word counts."""
    path = STORE / "spoken" / f"{family}-{version}.json"
    said = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return laid_over(_content(family, version)["lists"], said)


def laid_over(lists: Mapping[str, Any], said: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Lists with what a parser says of their arguments."""
    found = dict(lists)
    for command, words in said.items():
        own = found.get(command, {})
        found[command] = {**own, **{name: {**own.get(name, {}), **more} for name, more in words.items()}}
    return found


@lru_cache(maxsize=1)
def stored() -> dict[str, tuple[str, ...]]:
    """Versions with a list by family, oldest first."""
    found: dict[str, list[str]] = {}
    for path in STORE.glob("*-*.json"):
        family, _, version = path.stem.rpartition("-")
        found.setdefault(family, []).append(version)
    return {family: tuple(sorted(versions, key=_order)) for family, versions in found.items()}


def versions_with(family: str, command: str) -> list[str]:
    """Versions whose file has a list for a command, oldest first."""
    return [version for version in stored().get(family, ()) if command in _file(family, version)]


def commands_of(family: str, version: str | None) -> list[str]:
    """The commands that the list of this very version has; none without such a list."""
    known = [one for one in stored().get(family, ()) if version and order(one) == order(version)]
    return sorted(_file(family, known[0])) if known else []


@lru_cache(maxsize=256)
def _by_name(family: str, version: str, command: str) -> dict[str, dict[str, Any]]:
    arguments = _file(family, version)[command]
    return {name: a for a in arguments.values() for name in (*a["names"], *a.get("negative", ()))}


@lru_cache(maxsize=256)
def _by_spelling(family: str, version: str, command: str) -> dict[str, str]:
    """The first name of a list by its spelling with dashes."""
    found: dict[str, str] = {}
    for name in _by_name(family, version, command):
        found.setdefault(swap(name), name)
    return found


@lru_cache(maxsize=4096)
def same(
    listed: tuple[str, str, str] | None, names: tuple[str, ...], sizes: tuple[tuple[str, ...], ...]
) -> frozenset[str]:
    """Some names and all other names of the same arguments, with dashes: by a list, and by the spellings of sizes."""
    wanted = {swap(name) for name in names}
    for alike in (*(_spellings(*listed) if listed else ()), *sizes):
        spelt = {swap(name) for name in alike}
        if wanted & spelt:
            wanted |= spelt
    return frozenset(wanted)


@lru_cache(maxsize=256)
def _spellings(family: str, version: str, command: str) -> tuple[tuple[str, ...], ...]:
    """The names of each argument of a list that has several, in its order."""
    return tuple(tuple(names) for a in _file(family, version)[command].values() if len(names := a["names"]) > 1)


@lru_cache(maxsize=4096)
def meant(listed: tuple[str, str, str] | None, name: str, abbreviates: bool) -> frozenset[str]:
    """The names that a written one stands for: itself, or the one argument that it abbreviates."""
    known = _by_name(*listed) if listed else {}
    if name not in known and abbreviates:
        begun = {tuple(argument["names"]) for spelling, argument in known.items() if spelling.startswith(name)}
        if len(begun) == 1:
            return frozenset(swap(spelling) for spelling in begun.pop())
    return frozenset((swap(name),))


def listing(family: str, command: str, wanted: str | None) -> Listing | None:
    """The list for a version: its own, the nearest older, or the nearest newer; None if the family has none."""
    known = versions_with(family, command)
    if not wanted or not known:
        return None
    older = [version for version in known if not before(wanted, version)]
    version = older[-1] if older else known[0]
    lists = _file(family, version)
    return Listing(family, version, wanted, command, lists[command], lists)


FALLBACK = "TransformersForCausalLM"
"""The class of SGLang and vLLM that runs a model of Transformers."""


class Serving(NamedTuple):
    """Whether a version serves an architecture: itself, by a model of Transformers, or not; and by which list.

    sure: the list is that of the version itself. falls_back: it runs classes of others where it has none, those of
    Transformers or those that a checkpoint brings.
    """

    how: Literal["own", "transformers", "none"]
    version: str
    sure: bool
    falls_back: bool


def serving(family: str, architecture: str, wanted: str | None) -> Serving | None:
    """What is known of an architecture in a version. Between two versions that were read it is served if either of them
    serves it. None if nobody read an older one, or a newer one beside it: registries grow."""
    known = versions_that_serve(family)
    older = [version for version in known if not before(wanted, version)] if wanted else []
    sure = bool(older) and order(older[-1]) == order(wanted or "")
    asked = older[-1:] if sure else known[len(older) - 1 : len(older) + 1]
    if not older or not (sure or len(asked) == 2):
        return None
    found = []
    for version in asked:
        served = _content(family, version)["architectures"]
        found.append(Serving(served.get(architecture, "none"), version, sure, FALLBACK in served))
    return next((one for how in ("own", "transformers") for one in found if one.how == how), found[0])


def versions_that_serve(family: str, architecture: str = "") -> list[str]:
    """Versions that serve an architecture themselves, or all whose architectures are known; oldest first."""
    every = [(version, _content(family, version)["architectures"]) for version in stored().get(family, ())]
    return [version for version, served in every if (served.get(architecture) == "own" if architecture else served)]


def elsewhere(listed: Listing, name: str) -> list[str]:
    """Versions other than the list's own whose list of the same command has an argument."""
    every = versions_with(listed.family, listed.command)
    return [v for v in every if v != listed.version and name in _by_name(listed.family, v, listed.command)]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The name that was probably meant: one with a whole word in common (`tp` for `tp-size`), or else one that is spelt
    alike; None without.

    In the order of ``launchlib.nearest``, so that a typo has one cure here and in the log of the pod; a test holds them
    together.
    """
    names, wanted = sorted(known), swap(f"{name}-")
    whole = [n for n in names if swap(f"{n}-").startswith(wanted) or wanted.startswith(swap(f"{n}-"))]
    alike = sorted(whole, key=len) or difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return alike[0] if alike else None


@lru_cache(maxsize=4096)
def guessed(family: str, command: str, version: str | None, name: str) -> str | None:
    """The name that was meant by one which the version's own list does not have, nor in another spelling.

    One of another version is no misspelt one, nor is one with other words: ``context-size`` may mean
    ``context-length``, but ``kv-cache-size`` does not mean ``hicache-size``.
    """
    listed = listing(family, command, version)
    if listed is None or not listed.exact or listed.spelt(name) or meant(listed.key, name, True) != {swap(name)}:
        return None
    near = None if elsewhere(listed, name) else nearest(name, listed.by_name)
    return near if near and _are_alike(swap(name).split("-"), swap(near).split("-")) else None


def _are_alike(words: list[str], others: list[str]) -> bool:
    """Whether each word is the other one but for a letter or two: ``sizee`` is ``size``, and ``tp`` is not ``pp``."""
    pairs = zip(words, others, strict=False)
    return len(words) == len(others) and all(difflib.SequenceMatcher(None, *pair).ratio() > 0.7 for pair in pairs)

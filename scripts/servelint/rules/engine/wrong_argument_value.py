"""An argument has a value of a type or a choice that this version of the engine does not take.

A null becomes the word None on the command line; false for a switch is dropped by one launcher, spelled out by another
and refused by a third, since the engine has no flag for it; a word that is not among the choices stops the parser. All
of it happens after the node has come up, or changes without a word what is measured.
"""

import re
from collections.abc import Iterator

from ...model import Overlay, Problem, Problems, mapping, mappings, once_a_place
from ...views.arguments import Use, uses, wrong_values
from ...views.engines import Argument, engines, mapped_sections, sections
from ...views.launchers import Configuration, configurations
from ..examples import server

SEVERITY = "error"
HINT = "Write a value that the argument takes; delete the line where the engine's default is meant."
SOURCE = "https://docs.python.org/3/library/argparse.html#choices"
COVERS = ("CFG-04", "CFG-06")

GOOD = server("--attention-backend fa3")
BAD = server("--attention-backend flash3")

SIZES = frozenset(["tp", "pp", "dp", "cp", "tp-size", "pp-size", "dp-size", "cp-size"])
SIZES |= {f"{kind}-parallel-size" for kind in ("tensor", "pipeline", "data", "context")}
"""What `illegal-parallel-size` judges, whichever engine and version it is."""


@once_a_place
def check(overlay: Overlay) -> Problems:
    for given, text in _found(overlay):
        yield Problem(given.resource, given.pointer, f"{given.name} {text}")


def _found(overlay: Overlay) -> Iterator[tuple[Argument, str]]:
    for use in uses(overlay):
        by = f" ({use.listing.family} {use.listing.version})" if use.listing else ""
        yield from ((given, f"{message}{by}") for given, message in _wrong(use))
        yield from ((given, wrong) for given in use.given if (wrong := _fraction(given)))
    for config in configurations(overlay):
        for given in _dropped(config):
            yield given, "is false, which the launcher drops: the engine's default stays, whatever it is"
    for given in _nulls(overlay):
        yield given, "has no value: a launcher hands on None, or nothing"


def _wrong(use: Use) -> Iterator[tuple[Argument, str]]:
    if use.listing is None or not use.listing.exact:
        return
    for given, message in wrong_values(use):
        size = given.name.replace("_", "-") in SIZES
        if (use.style == "api") if given.value is None else (use.style == "api" or not size):
            yield given, message


def _fraction(given: Argument) -> str | None:
    """Fractions of memory lie between 0 and 1 in every engine."""
    name = given.name.replace("_", "-")
    if not name.endswith(("mem-fraction", "memory-fraction", "mem-fraction-static", "gpu-memory-utilization")):
        return None
    try:
        number = float(given.value) if not isinstance(given.value, bool) else 1
    except (TypeError, ValueError, OverflowError):
        return None
    return None if 0 < number <= 1 else f"is {given.value}, but a share of the memory lies between 0 and 1"


DROPS = re.compile(
    r"(?:\bis|==|=)\s*[\"']?false\b[^#]{0,40}?(?:\bcontinue\b|\bpass\b|\bthen\s*:)"
    r"|\bis not false\b|!=\s*[\"']?false\b",
    re.IGNORECASE,
)
"""Signs of a launcher that makes flags of keys and leaves out those that are false."""


def _dropped(config: Configuration) -> Iterator[Argument]:
    """Explicit false in a file whose launcher hands on keys without knowing them and has no negative flags."""
    text = "\n".join(config.scripts)
    if not config.generic or "--no-" in text or not DROPS.search(text):
        return
    for name, value in config.content.items():
        at = (*config.pointer, name)
        if value is False:
            yield Argument(name, value, "", config.resource, at)
        for inner, deep in mapping(value).items() if name not in mapped_sections() else ():
            if deep is False:
                yield Argument(str(inner), deep, "", config.resource, (*at, str(inner)))


def _nulls(overlay: Overlay) -> Iterator[Argument]:
    """Keys without a value where a launcher makes a command line of keys and values."""
    for engine in engines(overlay):
        known = sections(engine.kind)
        for file in engine.files:
            content = mapping(file.documents[0]) if file.documents and file.named else {}
            flat = not any(isinstance(value, (dict, list)) for value in content.values())
            for name, value in content.items():
                at = ("data", file.key, str(name))
                if value is None and flat and name not in known:
                    yield Argument(str(name), None, "", file.resource, at)
                entries = [((), mapping(value)), *(((i,), entry) for i, entry in mappings(value))]
                for step, entry in entries if name not in mapped_sections() else ():
                    for inner, deep in entry.items():
                        if deep is None:
                            yield Argument(str(inner), None, "", file.resource, (*at, *step, str(inner)))

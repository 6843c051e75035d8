"""An argument has a value of a type or a choice that this version of the engine does not take.

A null becomes the word None on the command line; false for a switch is dropped by one launcher, spelled out by another
and refused by a third, since the engine has no flag for it; a word that is not among the choices stops the parser. All
of it happens after the node has come up, or changes without a word what is measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Overlay, Problem, mapping
from ..views.arguments import API, Given, Use, uses, wrong_values
from ..views.engines import SECTIONS, engines
from ..views.launchers import Configuration, configurations

SEVERITY = "error"
HINT = "Write a value that the argument takes; delete the line where the engine's default is meant."
SOURCE = "https://docs.python.org/3/library/argparse.html#choices"
COVERS = ("CFG-04", "CFG-06")

GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: server}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, -m, sglang.launch_server, --model-path, m, --attention-backend, fa3]
"""
BAD = GOOD.replace("fa3", "flash3")

SIZES = frozenset(["tp", "pp", "dp", "cp", "tp-size", "pp-size", "dp-size", "cp-size"]) | {
    f"{kind}-parallel-size" for kind in ("tensor", "pipeline", "data", "context")
}
"""What `illegal-parallel-size` judges, whichever engine and version it is."""


def check(overlay: Overlay) -> Iterator[Problem]:
    told = set()
    for use in uses(overlay):
        for given, message in _wrong(use):
            told.add((id(given.resource), given.pointer))
            yield Problem(given.resource, given.pointer, f"{given.name} {message}{_by(use)}")
        for given in use.given:
            wrong = _fraction(given)
            if wrong and (id(given.resource), given.pointer) not in told:
                told.add((id(given.resource), given.pointer))
                yield Problem(given.resource, given.pointer, f"{given.name} {wrong}")
    for config in configurations(overlay):
        for given in _dropped(config):
            if (id(given.resource), given.pointer) not in told:
                told.add((id(given.resource), given.pointer))
                text = f"{given.name} is false, which the launcher drops: the engine's default stays, whatever it is"
                yield Problem(given.resource, given.pointer, text)
    for given in _nulls(overlay):
        if (id(given.resource), given.pointer) not in told:
            told.add((id(given.resource), given.pointer))
            text = f"{given.name} has no value: a launcher hands on None, or nothing"
            yield Problem(given.resource, given.pointer, text)


def _wrong(use: Use) -> Iterator[tuple[Given, str]]:
    if use.listing is None or not use.listing.exact:
        return
    for given, message in wrong_values(use):
        size = given.name.replace("_", "-") in SIZES
        if (use.style == "api") if given.value is None else (use.style == "api" or not size):
            yield given, message


def _by(use: Use) -> str:
    return f" ({use.listing.family} {use.listing.version})" if use.listing else ""


def _fraction(given: Given) -> str | None:
    """Fractions of memory lie between 0 and 1 in every engine."""
    name = given.name.replace("_", "-")
    if not name.endswith(("mem-fraction", "memory-fraction", "mem-fraction-static", "gpu-memory-utilization")):
        return None
    try:
        number = float(given.value) if isinstance(given.value, (int, float, str)) else None
    except (ValueError, OverflowError):
        return None
    if number is None or isinstance(given.value, bool) or 0 < number <= 1:
        return None
    return f"is {given.value}, but a share of the memory lies between 0 and 1"


DROPS = re.compile(
    r"(?:\bis|==|=)\s*[\"']?false\b[^#]{0,40}?(?:\bcontinue\b|\bpass\b|\bthen\s*:)"
    r"|\bis not false\b|!=\s*[\"']?false\b",
    re.IGNORECASE,
)
"""Signs of a launcher that makes flags of keys and leaves out those that are false."""


def _dropped(config: Configuration) -> Iterator[Given]:
    """Explicit false in a file whose launcher hands on keys without knowing them and has no negative flags."""
    text = "\n".join(config.scripts)
    if not config.generic or "--no-" in text or not DROPS.search(text):
        return
    for name, value in config.content.items():
        at = (*config.pointer, name)
        if value is False:
            yield Given(name, value, config.resource, at)
        for inner, deep in mapping(value).items() if name not in API else ():
            if deep is False:
                yield Given(str(inner), deep, config.resource, (*at, str(inner)))


def _nulls(overlay: Overlay) -> Iterator[Given]:
    """Keys without a value where a launcher makes a command line of keys and values."""
    for engine in engines(overlay):
        known = SECTIONS.get(engine.name, ())
        for file in engine.files:
            content = mapping(file.documents[0]) if file.documents and file.named else {}
            flat = not any(isinstance(value, (dict, list)) for value in content.values())
            for name, value in content.items():
                at = ("data", file.key, str(name))
                if value is None and flat and name not in known:
                    yield Given(str(name), None, file.resource, at)
                for inner, deep in mapping(value).items() if name not in API else ():
                    if deep is None:
                        yield Given(str(inner), None, file.resource, (*at, str(inner)))

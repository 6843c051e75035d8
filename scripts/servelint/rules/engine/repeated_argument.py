"""One argument of an engine is given twice, mostly under two names.

tp-size and tensor-parallel-size are one argument. A parser takes the last without a word, and which one that is depends
on the launcher; the launchers of this fleet stop. Either way somebody reads a size that does not run.
"""

from ...engines.lists import swap
from ...model import Overlay, Problem, Problems
from ...views.arguments import Use, imports_launchlib, uses
from ...views.engines import Argument, size_of
from ..examples import server

SEVERITY = "error"
HINT = "Keep one of the two; what the base or the launcher sets is not the overlay's to set."
SOURCE = "https://docs.python.org/3/library/argparse.html#action"
COVERS = ("CFG-01",)

GOOD = server("--tensor-parallel-size 8")
BAD = server("--tensor-parallel-size 8 --tp-size 4")

LAUNCHER = {
    "launch_server": {"model-path"},
    "bench_serving": {"model", "output-file"},
    "throughput": {"dataset", "num_requests", "extra_llm_api_options"},
    "serve": {"extra_llm_api_options"},
}
"""What the launchers of this fleet give to a command themselves."""


def check(overlay: Overlay) -> Problems:
    every = uses(overlay)
    for use in every:
        yield from _within(use)
    for use in every:
        if use.style == "keys" and imports_launchlib(overlay, use.engine.container):
            yield from _against_base(use, every)


def _same(use: Use, name: str) -> str:
    """The first name of the argument that a name stands for."""
    if use.listing and name in use.listing.by_name:
        return str(use.listing.by_name[name]["names"][0])
    return size_of(name) or swap(name)


def _many(use: Use, name: str) -> bool:
    return bool(use.listing and use.listing.by_name.get(name, {"kind": "leaf"}).get("many"))


def _within(use: Use) -> Problems:
    seen = dict[str, Argument]()
    for given in use.given:
        key = _same(use, given.name)
        first = seen.setdefault(key, given)
        if first is given or _many(use, given.name) or (use.style == "flags" and not _certain(use, given, first)):
            continue
        if use.style == "flags" and str(first.value) == str(given.value):
            continue
        message = f"{given.name} is {given.value}, but {first.name} has given it as {first.value} before"
        yield Problem(given.resource, given.pointer, message)


def _certain(use: Use, given: Argument, first: Argument) -> bool:
    """Whether two flags of a command line are one argument: of an engine without a list, if they name a size."""
    return use.listing is not None or size_of(given.name) is not None


def _against_base(use: Use, every: tuple[Use, ...]) -> Problems:
    lines = [o for o in every if o.engine is use.engine and o.style == "flags" and o.command == use.command]
    entry = isinstance(use.where.pointer[-1], int)
    sections = [
        o for o in every
        if entry and o.engine is use.engine and o.command == use.command and o.style == "keys"
        and not isinstance(o.where.pointer[-1], int)
    ]  # fmt: skip
    own = LAUNCHER.get(use.command, set())
    for given in use.given:
        key = _same(use, given.name)
        base = next((g for line in lines for g in line.given if _same(use, g.name) == key), None)
        above = next((g for s in sections for g in s.given if _same(use, g.name) == key and g.name != given.name), None)
        if given.name in own:
            message = f"{given.name} is what the launcher itself gives to {use.command}"
            yield Problem(given.resource, given.pointer, message)
        elif base is not None and not (swap(given.name) == "port" and str(base.value) != str(given.value)):
            # Two different ports are `unheard-port`'s.
            yield Problem(given.resource, given.pointer, f"the base already sets --{base.name} to {base.value}")
        elif above is not None:
            message = f"{given.name} is {given.value}, but {above.name} stands above it as {above.value}"
            yield Problem(given.resource, given.pointer, message)

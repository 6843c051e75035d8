"""An engine is given an argument that neighbouring versions do not take, and its own version has no list.

What the nearest list and every other one lack is most likely misspelt, and what they all refuse as a value is most
likely refused here too. It is a warning: the version in between may have had it. Only names that come near a known one
are named, since new versions bring new arguments.
"""

from ...engines import versions
from ...engines.lists import elsewhere
from ...model import Overlay, Problem, Problems
from ...views.arguments import nested_unknown, unknown, uses, wrong_values
from ..examples import server

SEVERITY = "warning"
HINT = "Look the name and its values up in this version of the engine, or pin a version that has a list of arguments."
SOURCE = "https://docs.sglang.ai/advanced_features/server_arguments.html"
COVERS = ("CFG-01", "CFG-03")

_IMAGE = "lmsysorg/sglang:v0.5.3-cu126"
GOOD = server("--context-length 4096", image=_IMAGE)
BAD = server("--contxt-length 4096", image=_IMAGE)


def check(overlay: Overlay) -> Problems:
    for use in uses(overlay):
        listed = use.listing
        if listed is None or listed.exact:
            continue
        found = [(g, m) for g, m in unknown(use) if m and not elsewhere(listed, g.name) and use.style != "api"]
        for given, meant in found:
            message = f"{listed.told} has no argument {given.name} in {use.command}: did you mean {meant}?"
            yield Problem(given.resource, given.pointer, message)
        # From 1.0 the LLM class refuses keys that it does not know: those it once had are gone for certain.
        strict = use.style == "api" and not versions.before(listed.wanted, "1.0")
        for given, _ in unknown(use) if strict else ():
            if renamed := use.engine.kind.renamed.get(given.name):
                message = f"{listed.told} has no argument {given.name} in {use.command}: it is {renamed}"
                yield Problem(given.resource, given.pointer, message)
        for given, model, nested in nested_unknown(use):
            if nested:
                message = f"{listed.told} has no {model}.{given.name}: did you mean {nested}?"
                yield Problem(given.resource, given.pointer, message)
        for given, message in wrong_values(use):
            if "takes one of" not in message:  # choices are what versions change most
                yield Problem(given.resource, given.pointer, f"{given.name} {message}, by {listed.told.rstrip(',')}")

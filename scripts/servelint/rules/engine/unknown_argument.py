"""An engine is given an argument that its version does not take.

The lists are read out of each version's own source. A misspelt, removed or renamed argument stops the engine's parser,
or the model that forbids further keys, after the node has come up and the image has been pulled; a launcher that
filters drops it, and the number that is published belongs to another configuration. Versions without a list of their
own are `doubtful-argument`'s; dashes for underscores are `wrong-flag-spelling`'s.
"""

from ...engines.lists import Listing, elsewhere
from ...model import Overlay, Problem, Problems
from ...views.arguments import Use, imports_launchlib, nested_unknown, unknown, uses
from ..examples import server

SEVERITY = "error"
HINT = (
    "Write the name that this version has, or delete the line; a launcher's --help and the list of arguments tell it."
)
SOURCE = "https://github.com/NVIDIA/TensorRT-LLM/pull/5014"
COVERS = ("CFG-01", "CFG-03")

GOOD = server("--cuda-graph-max-bs 16")
BAD = server("--cuda-graph-max-batch 16")


def check(overlay: Overlay) -> Problems:
    for use in uses(overlay):
        if use.listing is not None and use.listing.exact:
            yield from problems(use)
            if use.style == "keys" and imports_launchlib(overlay, use.engine.container):
                yield from _unshown(use, use.listing)


def _unshown(use: Use, listed: Listing) -> Problems:
    """Arguments that the engine takes and its --help leaves out: our launchers ask --help what there is."""
    for given in use.given:
        if listed.by_name.get(given.name, {}).get("hidden"):
            message = f"{listed.told} takes {given.name}, but its --help does not show it, and the launcher refuses it"
            yield Problem(given.resource, given.pointer, message)


def problems(use: Use) -> Problems:
    """What a list does not know, in words."""
    listed = use.listing
    if listed is None:
        return
    for given, meant in unknown(use):
        where = "parameter" if use.style == "template" else "argument"
        message = f"{listed.told} has no {where} {given.name} in {use.command}"
        others = elsewhere(listed, given.name)
        renamed = use.engine.kind.renamed.get(given.name) if use.style == "api" else None
        if renamed:
            message += f": it is {renamed}"
        elif meant:
            message += f": did you mean {meant}?"
        elif others:
            message += f"; {others[-1]} has"
        yield Problem(given.resource, given.pointer, message)
    for given, model, meant in nested_unknown(use):
        message = f"{listed.told} has no {model}.{given.name}" + (f": did you mean {meant}?" if meant else "")
        yield Problem(given.resource, given.pointer, message)

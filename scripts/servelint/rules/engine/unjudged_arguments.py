"""Arguments that no list knows.

What an engine takes is known by lists, one for each version that was read. For a command without one, or for an image
whose tag tells no version, nothing is held against anything: a misspelt argument is found by the parser of the engine,
on a node that is paid for by then. A version that was not read is judged by the nearest list instead, and a launcher of
this fleet asks a command without a list for its flags, so neither is named here.
"""

from ...model import Overlay, Problem, Problems, is_marker
from ...views import kserve
from ...views.arguments import unjudged, uses
from ...views.images import moves, tag_of, valid
from ..examples import server

SEVERITY = "warning"
HINT = "Give the image a tag that begins with the engine's version; where there is no list, ask the command's --help."
SOURCE = "https://docs.python.org/3/library/argparse.html#exiting-methods"
COVERS = ("CFG-01", "CFG-03")

GOOD = server("--tp-size 8")
BAD = server("--tp-size 8", image="registry.example.com/team/sglang:build-1234")


def check(overlay: Overlay) -> Problems:
    told = set()
    for use in uses(overlay):
        container = use.engine.container
        why = unjudged(overlay, use)
        if why is None or container in told:
            continue
        told.add(container)
        message = f"the arguments of {use.engine.kind.title} are not judged: {why}"
        if use.engine.version is not None:
            yield Problem(use.given[0].resource, use.given[0].pointer, message)
        elif not _said_elsewhere(container.image.strip()):
            yield Problem(*kserve.origin(container, (*container.pointer, "image")), message)


def _said_elsewhere(image: str) -> bool:
    tag = tag_of(image)
    return is_marker(image) or not valid(image) or (tag is not None and (not tag or moves(tag)))

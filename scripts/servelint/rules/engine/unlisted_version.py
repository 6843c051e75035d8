"""The version of an engine that an overlay pins was never read: there is no list of what it takes.

Its arguments are judged by the nearest list, the next older one or else the oldest. What came and went in between is
not known: a flag that this version has renamed passes, and what is doubtful is a warning where it would be an error.
An image is named once, however many containers run it, and only in an overlay: whoever renders a manifest elsewhere
did not choose among these lists.
"""

from ...model import Overlay, Problem, Problems
from ...views import kserve
from ...views.arguments import uses
from ...views.images import valid
from ..examples import server

SEVERITY = "warning"
HINT = "Pin a version that has a list, or add one: `make arguments` reads it out of the engine's own source."
SOURCE = "https://docs.sglang.ai/advanced_features/server_arguments.html"
COVERS = ("CFG-01", "CFG-03")
CONTEXT = {"kind": "leaf"}

_BETWEEN = "lmsysorg/sglang:v0.5.8-cu129"
GOOD = server("--tp-size 8", image="lmsysorg/sglang:v0.5.15-cu129")
BAD = server("--tp-size 8", image=_BETWEEN)


def check(overlay: Overlay) -> Problems:
    told = set()
    for use in uses(overlay) if overlay.kind != "manifest" else ():
        listed, container = use.listing, use.engine.container
        if listed is None or listed.exact or not use.given or container.image in told or not valid(container.image):
            continue
        told.add(container.image)
        what = f"there is no list of what {listed.family} {listed.wanted} takes"
        message = f"{what}: its arguments are judged by that of {listed.version}, the nearest"
        yield Problem(*kserve.origin(container, (*container.pointer, "image")), message)

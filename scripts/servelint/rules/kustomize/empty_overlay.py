"""An overlay renders nothing.

A sync that prunes takes an empty render as the wish to delete everything that the overlay has put into the cluster.
"""

from ...model import Overlay, Problem, Problems

SEVERITY = "error"
HINT = "Name the base under `resources`, or delete the overlay's folder."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-pruning-with-allow-empty-v18"

GOOD = "apiVersion: v1\nkind: Namespace\nmetadata: {name: serving}\n"
BAD = ""


def check(overlay: Overlay) -> Problems:
    if not overlay.resources:
        yield Problem(None, (), "renders no resource at all")

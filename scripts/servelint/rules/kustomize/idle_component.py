"""A component finds nothing to change in all that the overlay builds on.

It was added for something that is not here, or stayed when that went. Kustomize says nothing and exits 0. What the
component was to write is written nowhere, and the next who reads the cluster believes that it has a disk.
"""

from ...model import Overlay, Problem, Problems
from ...views.provision import TOP, here, wanted
from ..examples import server

SEVERITY = "error"
HINT = "Take the component out, with its keys in site.yaml, or build on what it changes."
SOURCE = "https://kubectl.docs.kubernetes.io/guides/config_management/components/"
COVERS = ("KZ-01",)

_PLACE = {"a": ("overlays/x/kustomization.yaml", 3)}
GOOD = server()
BAD = "# with a component for a disk that is not here\n" + server()
BAD_CONTEXT = {"built": _PLACE, "idle": {"a": ("kind PersistentVolume",)}}


def check(overlay: Overlay) -> Problems:
    filled = {folder for one in wanted(overlay) for folder, _ in one.filled_by}
    for folder, sought in overlay.idle.items():
        if folder in filled:  # `dangling-reference` says what is left out
            continue
        of = [one for one in overlay.platform for each, _ in one.filled_by if each == folder]
        file, line = overlay.built[folder]
        text = f"{folder} finds nothing to change: no resource here has {' or '.join(sought)}"
        if of and overlay.kind == "cluster":
            text += f"; {here(overlay, of[0].folder)} among {TOP} brings it"
        yield Problem(None, (), text, file, line)

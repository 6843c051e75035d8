"""An overlay stands below a hardware or a model of which nothing is known.

Its folder says which machine and which model it is for. Without their facts every rule that compares with them is
silent: the overlay looks clean because nothing was compared.
"""

from ...model import Overlay, Problem, Problems

SEVERITY = "error"
HINT = "Correct the folder's name, or add hardware/<hw>/hardware.yaml or models/<model>/model.yaml."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#overlay"
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1"}

GOOD = "apiVersion: v1\nkind: Namespace\nmetadata: {name: serving}\n"
BAD = "# below a model that has no folder in models/\n" + GOOD
BAD_CONTEXT = {"hardware": "a3ultra"}


def check(overlay: Overlay) -> Problems:
    if overlay.kind != "leaf":
        return
    missing = [name for name, facts in (("hardware", overlay.hardware), ("model", overlay.model)) if facts is None]
    if missing:
        yield Problem(None, (), f"no facts are known of its {' and its '.join(missing)}")

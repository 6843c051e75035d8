"""An overlay runs another model than the one that its folder names.

The facts by which the overlay is judged, memory, heads, experts, the licence, are those of models/<model>/model.yaml. A
model id that was copied from elsewhere passes every check and serves, measures or downloads something else: hundreds of
gigabytes of it, and a published number under the wrong name.
"""

import re

from ...model import Overlay, Problem, Problems, once_a_place
from ...views.engines import engines
from ...views.environment import UNKNOWN, expand, variables
from ...views.naming import named
from ..examples import server

SEVERITY = "error"
HINT = "Write the id of models/<model>/model.yaml, or move the overlay to the folder of the model that it runs."
SOURCE = "https://huggingface.co/docs/hub/repositories-getting-started"
COVERS = ("CFG-07",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server("--model-path deepseek-ai/DeepSeek-R1")
BAD = server("--model-path deepseek-ai/DeepSeek-V3")

ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@once_a_place
def check(overlay: Overlay) -> Problems:
    if overlay.model is None:
        return
    for engine in engines(overlay):
        known = {name: value for name, (value, _) in variables(overlay, engine.container).items()}
        for name in named(overlay, engine):
            other = _other(overlay, expand(name.text, known) if "$" in name.text else name.text)
            if other:
                message = f"runs {other}, but the overlay is of {overlay.model.name} ({overlay.model.id})"
                yield Problem(name.resource, name.pointer, message)


def _other(overlay: Overlay, text: str) -> str | None:
    """The other model that a text names: an id that is not the overlay's, or a path with another model's folder."""
    if overlay.model is None or UNKNOWN in text or not text:
        return None
    text = text.removeprefix("hf://").partition(":")[0]
    own = overlay.model.id.casefold()
    if ID.fullmatch(text):
        return text if text.casefold() != own else None
    parts = [part.casefold() for part in text.split("/")]
    if not text.startswith("/") or own.rpartition("/")[2] in parts:
        return None
    folders = {m.id.rpartition("/")[2].casefold(): m.id for m in overlay.all_models.values()}
    return next((f"{folders[part]} ({text})" for part in parts if part in folders), None)

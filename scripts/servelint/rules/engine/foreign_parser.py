"""A parser of tool calls or reasoning reads what another family of models writes.

Each family writes calls in a form of its own: tags around JSON, XML, Python, tokens of its own. A parser that does not
find its marks gives the text back as it is: the client sees no tool_calls, and agents stop or loop; reasoning comes in
the answer, or the answer as reasoning. The server starts and its probes are green. Among parsers of reasoning between
<think> tags the difference is only what a text without the first tag is.
"""

from ...catalogue.facts import Model
from ...engines import parsers
from ...model import Overlay, Problem, Problems, once_a_place
from ...views.arguments import Run, hidden, runs
from ...views.environment import UNKNOWN, expand, settled
from ..examples import server

SEVERITY = ("error", "warning")
HINT = "Write a parser of the model's own family; models/<model>/model.yaml names them, with their source."
SOURCE = "https://docs.sglang.io/docs/advanced_features/tool_parser"
COVERS = ("CFG-07",)
CONTEXT = {"hardware": "a4high", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

_NEW = "lmsysorg/sglang:v0.5.14"
GOOD = server("--tool-call-parser deepseekv3 --reasoning-parser deepseek-r1", image=_NEW)
BAD = server("--tool-call-parser qwen25 --reasoning-parser deepseek-r1", image=_NEW)

ARGUMENTS = {"tool-call-parser": "tool_call", "reasoning-parser": "reasoning"}
WORDS = {"tool_call": "tool calls", "reasoning": "reasoning"}


@once_a_place
def check(overlay: Overlay) -> Problems:
    model = overlay.model
    if model is None or not model.parsers:
        return
    for run in runs(overlay):
        if run.command in run.engine.kind.loading:
            for name, what in ARGUMENTS.items():
                yield from _foreign(overlay, run, model, name, what)


def _foreign(overlay: Overlay, run: Run, model: Model, name: str, what: str) -> Problems:
    given, engine = run.get(name), run.engine.kind
    own = model.parsers.get(engine.name)
    names = getattr(own, what) if own else None
    if given is None or names is None:
        return
    text = expand(str(given.value), settled(overlay, run.engine.container))
    if UNKNOWN in text or hidden(text) or text in names:
        return
    alike = parsers.alike(engine.name, what, text, names)
    if alike is None:
        return  # "auto", a plug-in's, or a name that the engine does not know, which another rule says
    if not names:
        message = f"{given.name} is {text}, and {model.id} writes no {WORDS[what]} that is marked as such"
        yield Problem(given.resource, given.pointer, message, severity="warning")
        return
    if alike and what == "tool_call":
        return
    ours = " or ".join(names)
    if alike:
        message = (
            f"{given.name} is {text}, and what is made for {model.id} is {ours}: a text without the first tag differs"
        )
        yield Problem(given.resource, given.pointer, message, severity="warning")
        return
    message = f"{given.name} {text} reads the {WORDS[what]} of other models: those of {model.id} are read by {ours}"
    yield Problem(given.resource, given.pointer, message, severity="error")

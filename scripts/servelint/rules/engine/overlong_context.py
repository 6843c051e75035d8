"""A server is configured for a longer context than its model has.

What a model was trained for ends with its positions: max_position_embeddings, times the scaling that its configuration
names. SGLang since 0.5 and vLLM stop at start, unless a variable says that it is meant; TensorRT-LLM cuts the value
down with a line in its log, and refuses the requests that it was set for; SGLang before answers them, with text that
decays or kernels that read past their tables.
"""

from ...catalogue.facts import Model
from ...model import Overlay, Problem, Problems, mapping, mappings, once_a_place
from ...views.arguments import Run, all_shown, hidden, runs
from ...views.engines import Argument
from ...views.environment import UNKNOWN, expand, settled
from ..examples import server

SEVERITY = ("error", "warning")
HINT = "Write the model's own context or less, or scale its positions as its card says."
SOURCE = "https://docs.vllm.ai/en/latest/configuration/env_vars.html"
COVERS = ("MEM-02",)
CONTEXT = {"hardware": "a4high", "model": "qwen3-235b-a22b-fp8", "workload": "sglang-serve", "kind": "leaf"}

_NEW = "lmsysorg/sglang:v0.5.14"
GOOD = server("--context-length 40960", image=_NEW)
BAD = server("--context-length 262144", image=_NEW)

YES = ("1", "true", "yes", "y", "t", "on")
TELLING = ("rope", "max_position", "max_seq", "max_model", "context", "$", "`")
"""What a changed configuration says if it changes positions, or may."""


@once_a_place
def check(overlay: Overlay) -> Problems:
    for run in runs(overlay) if overlay.model is not None else ():
        if overlay.model is not None and (
            run.command in run.engine.kind.loading or run.command in ("throughput", "bench")
        ):
            yield from _overlong(overlay, run, overlay.model)


def _overlong(overlay: Overlay, run: Run, model: Model) -> Problems:
    engine, known = run.engine.kind, settled(overlay, run.engine.container)
    given = next((found for name in engine.context if (found := _given(run, name))), None)
    if given is None or engine.loads_compiled(run.engine.container.image, run.engine) or _reshaped(run):
        return
    text = expand(str(given.value), known)
    tokens = None if UNKNOWN in text or hidden(text) else engine.tokens(text)
    if tokens is None or tokens <= model.context:
        return
    does, certain = engine.beyond(run.version), not _may_be_set(overlay, run)
    stated = known.get(engine.longer)
    if stated is None and engine.longer in run.engine.script:
        return  # a script or a program sets it, to what is not judged here
    if stated is not None:
        if stated == UNKNOWN or (stated.strip().lower() in YES and does != "serves"):
            return
        if does == "serves" and stated.strip().lower() not in YES:
            does = "refuses"
    message = f"{given.name} is {text}, but {model.id} has a context of {model.context}: {engine.title} "
    if does == "cuts":
        yield Problem(given.resource, given.pointer, f"{message}cuts it down to that", severity="error")
    elif does == "refuses":
        refuses = f"{message}refuses to start without {engine.longer}=1"
        yield Problem(given.resource, given.pointer, refuses, severity="error" if certain else "warning")
    elif does == "serves":
        yield Problem(given.resource, given.pointer, f"{message}only warns, and answers decay", severity="warning")
    else:
        yield Problem(given.resource, given.pointer, f"{message}of some versions refuses to start", severity="warning")


def _given(run: Run, name: str) -> Argument | None:
    """An argument that says something: of two the file of LLM arguments counts."""
    inner = run.llm(name)
    return inner if inner and inner.value is not None else run.get(name)


def _reshaped(run: Run) -> bool:
    """Whether the positions of the checkpoint are changed, or may be."""
    for name in run.engine.kind.reshaping:
        given = run.llm(name) or run.get(name)
        text = str(given.value).lower() if given else ""
        if given and (not text.lstrip().startswith("{") or any(word in text for word in TELLING)):
            return True
    return False


def _may_be_set(overlay: Overlay, run: Run) -> bool:
    """Whether a variable may come from what the overlay does not show."""
    for _, source in mappings(run.engine.container.body.get("envFrom")):
        name = str(mapping(source.get("configMapRef")).get("name", ""))
        if not name or overlay.named("ConfigMap", name) is None:
            return True
    return not all_shown(overlay, run)

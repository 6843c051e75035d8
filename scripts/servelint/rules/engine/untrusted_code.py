"""A checkpoint brings code of its own, and the engine is not told to trust it.

Some tokenizers are no class of Transformers, but a Python file beside the weights (auto_map), Kimi's for one. Without
trust-remote-code the engine stops when it loads the tokenizer, or asks on a terminal that no pod has. Where the engine
or Transformers has a class itself, as of DeepSeek's configuration, nothing has to be trusted.
"""

from ...model import Overlay, Pointer, Problem, Problems, Resource, once_a_place
from ...views import kserve
from ...views.arguments import Run, all_shown, runs
from ...views.engines import Argument
from ..examples import server

SEVERITY = "error"
HINT = "Read the code of the checkpoint, pin its revision, and set trust-remote-code (trust_remote_code)."
SOURCE = "https://huggingface.co/docs/transformers/models#custom-models"
COVERS = ("CFG-07",)
CONTEXT = {"hardware": "a4x", "model": "kimi-k2-instruct", "workload": "sglang-multihost", "kind": "leaf"}

_NEW = "lmsysorg/sglang:v0.5.14"
GOOD = server("--tp-size 8 --trust-remote-code", image=_NEW)
BAD = server("--tp-size 8", image=_NEW)


@once_a_place
def check(overlay: Overlay) -> Problems:
    model = overlay.model
    for run in runs(overlay) if model is not None and model.custom_code else ():
        engine = run.engine
        if model is None or run.command not in engine.kind.loading:
            continue
        parts = [part for part in model.custom_code or () if part not in engine.kind.code_of_its_own(model)]
        if not parts or _trusted(run) or not all_shown(overlay, run):
            continue
        if engine.kind.loads_compiled(engine.container.image, engine):
            continue
        if any(run.llm(name) or run.get(name) for name in engine.kind.other_tokenizer):
            continue
        given = _switch(run)
        resource, pointer = (given.resource, given.pointer) if given else _place(run)
        what = "tokenizer" if "tokenizer" in parts else parts[0]
        message = f"{model.id} has a {what} with code of its own, which {engine.kind.title} is not to trust"
        yield Problem(resource, pointer, message)


def _switch(run: Run) -> Argument | None:
    return run.llm("trust_remote_code") or run.get("trust-remote-code")


def _trusted(run: Run) -> bool:
    """Whether the code is trusted, or may be: only what is absent or false is a no."""
    given = _switch(run)
    return given is not None and str(given.value).lower() != "false"


def _place(run: Run) -> tuple[Resource, Pointer]:
    """Where to add it: the section or the command line."""
    use = next((use for use in reversed(run.flags) if use.style == "keys"), run.flags[0] if run.flags else None)
    return (use.where.resource, use.where.pointer) if use else kserve.origin(run.engine.container, ())

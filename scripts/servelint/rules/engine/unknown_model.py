"""The pinned version of the engine does not know the architecture of the model.

An engine finds the class that runs a checkpoint by the first of the `architectures` in its config.json. Where its own
registry has none under that name, TensorRT-LLM and SGLang up to 0.4.6 stop at start. Newer SGLang and vLLM look for a
class in Transformers or in the checkpoint, which is slower, knows fewer options, and is refused if it was not written
for that: a warning. It ends when nodes are up and the image is pulled, and a version with the model is one tag away.
"""

from ...engines.lists import Serving, serving, versions_that_serve
from ...engines.versions import before
from ...model import Overlay, Problem, Problems, once_a_place
from ...views import kserve
from ...views.arguments import Run, all_shown, runs
from ...views.environment import variables
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Pin a version that has a class for the model, or serve it with another engine.",
    "Pin a version that has a class of its own, or look whether this one can run the model.",
)
SOURCE = "https://docs.sglang.ai/supported_models/support_new_models.html"
COVERS = ("CFG-07",)
CONTEXT = {"hardware": "a3ultra", "model": "gpt-oss-120b", "workload": "sglang-serve", "kind": "leaf"}

_OLD, _NEW = "lmsysorg/sglang:v0.4.6.post4-cu124", "lmsysorg/sglang:v0.5.14-cu129"
GOOD = server("--tp-size 8", image=_NEW)
BAD = server("--tp-size 8", image=_OLD)


@once_a_place
def check(overlay: Overlay) -> Problems:
    model = overlay.model
    for run in runs(overlay):
        engine, container = run.engine, run.engine.container
        if model is None or model.architecture is None or run.command not in engine.kind.loading:
            continue
        found = serving(engine.kind.family, model.architecture, engine.version)
        if found is None or found.how == "own" or engine.kind.loads_compiled(container.image, engine):
            continue
        if _otherwise(overlay, run):
            continue
        brings = found.falls_back and (model.custom_code is None or "model" in model.custom_code)
        certain = found.sure and found.how == "none" and not brings and all_shown(overlay, run)
        message = f"{_said(run, found, brings)} {model.architecture}, the architecture of {model.id}"
        later = (v for v in versions_that_serve(engine.kind.family, model.architecture) if before(engine.version, v))
        message += f"; {newer} has one" if (newer := next(later, None)) else ""
        at = kserve.origin(container, (*container.pointer, "image"))
        yield Problem(*at, message, severity="error" if certain else "warning")


def _said(run: Run, found: Serving, brings: bool) -> str:
    title = f"{run.engine.kind.title} {run.version}"
    if not found.sure:
        return f"no version near {title} that was read has a class of its own for"
    if found.how == "transformers":
        return f"{title} has no class of its own, and runs Transformers' if it can, for"
    return f"{title} has no class{' of its own' if brings else ''} for"


def _otherwise(overlay: Overlay, run: Run) -> bool:
    """Whether the class of the model is chosen by hand, or comes from elsewhere."""
    kind = run.engine.kind
    known = variables(overlay, run.engine.container)
    if any(name in known or name in run.engine.script or run.get(name) or run.llm(name) for name in kind.registering):
        return True
    given = (run.get(name) or run.llm(name) for name in kind.reshaping)
    return any("architectures" in str(one.value) or "$" in str(one.value) for one in given if one)

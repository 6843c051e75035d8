"""An engine is told to do what this GPU or this model cannot.

Kernels are built for an architecture, and attention backends for a kind of attention: FlashAttention 3 for Hopper,
TensorRT-LLM's for Blackwell, the MLA ones for DeepSeek's attention alone; FP4 needs Blackwell's tensor cores. The
engine notices when it builds the first layer, after the node, the image and often the checkpoint have arrived.
"""

from collections.abc import Iterator

from ...catalogue.facts import Hardware, Model
from ...model import Overlay, Problem, Problems, once_a_place
from ...planner.overlay import PRECISIONS
from ...views.arguments import Run, runs
from ...views.engines import Argument
from ...views.placement import machines
from ..examples import server

SEVERITY = "error"
HINT = "Choose a backend or a precision that the GPU and the model have; without the argument the engine chooses one."
SOURCE = "https://docs.sglang.ai/advanced_features/attention_backend.html"
COVERS = ("ARC-05",)
CONTEXT = {"hardware": "a3ultra", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

GOOD = server("--attention-backend flashmla")
BAD = server("--attention-backend cutlass_mla")

FP4 = frozenset({"nvfp4", "fp4_e2m1", "fp4_mx_block16"})
FP4_WEIGHTS = frozenset({"modelopt_fp4", "nvfp4", "nvfp4_online", "NVFP4"})


@once_a_place
def check(overlay: Overlay) -> Problems:
    for run in runs(overlay):
        found = list(_model(run, overlay.model)) if overlay.model else []
        known = machines(overlay, run.engine.container.pod)
        # A pod that is wired to another machine as a whole is `foreign-hardware`'s.
        if known:
            every = [list(_machine(run, hardware, overlay.model)) for hardware in known]
            found += every[0] if all(every) else []
        yield from (Problem(given.resource, given.pointer, message) for given, message in found)


def _machine(run: Run, hardware: Hardware, model: Model | None) -> Iterator[tuple[Argument, str]]:
    engine = run.engine.kind
    for name, given in _particular(run):
        refusal = engine.gpu_refusal(name, str(given.value), run.version, hardware, model)
        if refusal:
            yield given, f"{name} {given.value} {refusal}"
    if "nvfp4" in hardware.precisions:
        return
    gpu = f"{hardware.accelerator} (compute capability {hardware.compute_capability})"
    weights = run.get("quantization")
    # Of a known model the planner's rules say more.
    lacking = model is None and (engine.unpacks_fp4 is None or run.before(engine.unpacks_fp4))
    if weights and lacking and str(weights.value) in FP4_WEIGHTS:
        yield weights, f"{weights.name} {weights.value} needs FP4, which {gpu} has not"
    for cache in (run.get("kv-cache-dtype"), run.llm("kv_cache_config", "dtype")):
        # What the planner knows of a model is `missing-tensor-cores`'.
        planned = model is not None and cache is not None and str(cache.value) in PRECISIONS
        if cache and not planned and str(cache.value) in FP4:
            yield cache, f"{cache.name} {cache.value} needs FP4, which {gpu} has not"


def _model(run: Run, model: Model) -> Iterator[tuple[Argument, str]]:
    for name, given in _particular(run):
        refusal = run.engine.kind.model_refusal(name, str(given.value), run.version, model)
        if refusal:
            yield given, f"{name} {given.value} {refusal}"


def _particular(run: Run) -> Iterator[tuple[str, Argument]]:
    """The arguments of which its engine does not have every value for every GPU and model."""
    return ((name, given) for name in run.engine.kind.particular if (given := run.find(name)) is not None)

"""How fast a run could have been at most, by the arithmetic and the memory of its GPUs.

The bound is the lower of two: what the tensor cores compute, and what the memory reads. Neither counts what only slows
a run down (networks, kernels that are not perfect, attention's own arithmetic, reading while a prompt is computed), so
that a measured share is never too small. It holds of one token a step and of prompts that share nothing: speculative
decoding and cached prefixes can pass it.

Sources: Williams et al., Roofline, https://doi.org/10.1145/1498765.1498785; Pope et al., Efficiently Scaling
Transformer Inference, https://arxiv.org/abs/2211.05102 (section 2: two operations a parameter and token, weights read
once a step, a cache read for every token).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..catalogue.facts import Hardware, Model
from ..catalogue.parts import bytes_per_parameter, pieces, stored
from ..planner.memory import kv_bytes_per_element
from .record import Record

ROOFLINE = "https://doi.org/10.1145/1498765.1498785"
INFERENCE = "https://arxiv.org/abs/2211.05102"


class NoLimit(ValueError):
    """Something that the limit stands on is not known; the message says what, and how to say it."""


@dataclass(frozen=True)
class Figure:
    """One figure on the way to the limit."""

    name: str
    value: float
    unit: str
    formula: str
    source: str


@dataclass(frozen=True)
class Limit:
    """``compute`` and ``memory`` are output tokens a second of all GPUs together, ``measured`` what the run reached."""

    record: Record
    figures: tuple[Figure, ...]
    compute: float
    memory: float
    measured: float

    @property
    def bound(self) -> float:
        return min(self.compute, self.memory)

    @property
    def share(self) -> float:
        """Of the bound, 0 to 1; above 1 a fact or the log is wrong, or the run guessed or reused tokens."""
        return self.measured / self.bound

    @property
    def binds(self) -> str:
        return "compute" if self.compute <= self.memory else "memory"


def precision(text: str | None) -> str | None:
    """A tool's word for a quantisation as the catalogue calls it; None for none, which is the checkpoint's own."""
    word = (text or "").lower().replace("-", "_")
    for part, name in (("mxfp4", "mxfp4"), ("fp4", "nvfp4"), ("fp8", "fp8"), ("float8", "fp8"), ("w4a16", "int4")):
        if part in word:
            return name
    return None


def limit(record: Record, models: Mapping[str, Model], hardware: Mapping[str, Hardware]) -> Limit:
    """The limit of one run. models, hardware: the catalogue, by folder name. Raises NoLimit."""
    model, machine = _model(record, models), _machine(record, hardware)
    gpus, isl, osl, measured = record.gpus, record.isl, record.osl, record.output_throughput
    if not gpus:
        raise NoLimit("GPUs: neither the result nor its manifest says how many; give --gpus")
    if not isl or not osl or not measured:
        raise NoLimit("the result lacks lengths or throughput")
    try:
        held = stored(model, precision(record.quantization))
    except ValueError as error:
        raise NoLimit(f"{error}; is it the model of {record.source}?") from None
    peaks, bandwidth = machine.tensor_teraflops or {}, float(machine.memory_bandwidth_gb or 0) * 1e9 * gpus
    at_once = max(record.max_concurrency or 0, record.concurrency or 0) or float(record.requests or 1)
    cached = precision(record.kv_cache_dtype) or model.kv_precision or "bf16"

    seconds, read = 0.0, 0.0
    experts = model.experts
    active = experts.active / experts.routed if experts else 1.0
    touched = 1 - (1 - active) ** at_once
    for piece in pieces(model):
        if piece.part == "vision" or (piece.part == "embedding" and not model.tied_embeddings):
            continue  # one row a token, and no picture in a prompt of a benchmark
        routed = piece.part == "routed_experts"
        of_head = piece.part in ("head", "embedding")
        tokens = osl if of_head else isl + osl - 1
        speed = peaks[_computes(held.precision, peaks) if piece.part in held.parts else "bf16"] * 1e12 * gpus
        seconds += 2 * piece.parameters * (active if routed else 1.0) * tokens / speed
        read += piece.parameters * bytes_per_parameter(piece.part, held, model.layers) * (touched if routed else 1.0)
    whole = model.attention_pattern is None and model.indexer is None
    kv = model.kv_cache_bytes_per_token(1, kv_bytes_per_element(cached)) * (isl + osl / 2) if whole else 0.0
    step = (read + at_once * kv) / bandwidth
    compute, memory = osl / seconds, at_once / step

    facts = {name: machine.sources[name][0].url for name in ("memory_bandwidth_gb", "tensor_teraflops")}
    shape = model.sources["parameters"][0].url
    peak = peaks[_computes(held.precision, peaks)] * gpus
    cache = f"{cached}, (ISL + OSL / 2) tokens" if whole else "not counted: windows or sparse attention read less"
    once = "each once; of routed experts 1 - (1 - active / routed) ^ requests"
    figures = (
        Figure("peak", peak, "teraFLOPS", f"{held.precision}, {gpus} GPUs", facts["tensor_teraflops"]),
        Figure("bandwidth", bandwidth / 1e9, "GB/s", f"{gpus} GPUs", facts["memory_bandwidth_gb"]),
        Figure("arithmetic of a request", seconds, "s", "2 * active parameters * tokens / peaks", INFERENCE),
        Figure("weights of a step", read / 1e9, "GB", once, shape),
        Figure("cache of a request", kv / 1e9, "GB", cache, INFERENCE),
        Figure("requests at a time", at_once, "", "told or measured, else all of the run", record.source),
        Figure("compute bound", compute, "tokens/s", "OSL / arithmetic", ROOFLINE),
        Figure("memory bound", memory, "tokens/s", "requests * bandwidth / (weights + requests * cache)", ROOFLINE),
    )
    return Limit(record, figures, compute, memory, measured)


def _computes(name: str, peaks: Mapping[str, int]) -> str:
    """The precision in which weights are multiplied: their own where the GPU has it, MXFP4 at the speed of NVFP4, else
    BF16, to which a kernel unpacks them."""
    wanted = "nvfp4" if name == "mxfp4" else name
    return wanted if wanted in peaks else "bf16"


def _model(record: Record, models: Mapping[str, Model]) -> Model:
    if record.model is None:
        raise NoLimit("model: neither the result nor its manifest names it; give --model")
    wanted = record.model.lower().rstrip("/")
    for name, model in models.items():
        if wanted in (name, model.id.lower()):
            return model
    raise NoLimit(
        f"model: {record.model} is none of models/; add it there, or give --model of a result that names none"
    )


def _machine(record: Record, hardware: Mapping[str, Hardware]) -> Hardware:
    machine = hardware.get(record.hardware or "")
    if machine is None:
        said = (
            f"{record.hardware} is none of hardware/"
            if record.hardware
            else "neither the result nor its manifest names it"
        )
        raise NoLimit(f"hardware: {said}; give --hardware, one of {', '.join(sorted(hardware))}")
    if machine.tensor_teraflops is None or machine.memory_bandwidth_gb is None:
        raise NoLimit(
            f"hardware/{machine.name}/hardware.yaml says no memory_bandwidth_gb and tensor_teraflops; add both"
        )
    return machine

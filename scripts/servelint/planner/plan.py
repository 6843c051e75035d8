"""The verdict: every figure of a plan with its unit, formula and source, and the first constraint that breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import floor
from typing import TYPE_CHECKING, Literal

from ..engines import kind, kinds
from ..engines.kind import Flags, Given, Setup
from ..engines.layout import Layout, heads_problem, layouts
from . import memory, weights
from .memory import GIB, Budget

if TYPE_CHECKING:
    from ..catalogue.facts import Hardware, Model

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Request:
    """What is to be planned. ``None`` is the engine's or the model's own choice.

    kv_precision: ``auto`` for what the engine takes by itself. context: tokens of the longest request. most_tokens: a
    cap on the pool that the engine is given besides its fraction. batch_tokens: tokens of the largest pass. version:
    the engine's, where its defaults depend on it; empty is SGLang 0.4.6. flags: what else the engine was given, of
    which it reads what its memory depends on.
    """

    model: Model
    hardware: Hardware
    layout: Layout
    quantization: str | None = None
    kv_precision: str = "auto"
    context: int | None = None
    memory_fraction: float | None = None
    most_tokens: int | None = None
    batch_tokens: int | None = None
    hosts: int = 1
    version: str = ""
    flags: Flags = field(default_factory=Given, compare=False)

    @property
    def setup(self) -> Setup:
        """What the engine is told of it."""
        return Setup(
            self.model, self.hardware, self.layout, self.version, self.quantization, self.batch_tokens, self.context,
            self.flags,
        )  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One figure. ``value`` is in ``unit``; bytes are written as GiB for people, exact in JSON."""

    name: str
    value: float
    unit: str
    formula: str
    source: str


@dataclass(frozen=True)
class Breach:
    """A constraint that does not hold. ``constraint`` is one of CONSTRAINTS; a warning does not rule a plan out.
    ``told``: the arguments to edit, where it is not those that all plans have."""

    constraint: str
    severity: Severity
    message: str
    told: tuple[str, ...] = ()


CONSTRAINTS = (
    "layout", "gpus", "precision", "weights", "pool", "buffers", "context", "native-context", "activations", "name",
)  # fmt: skip
"""In the order in which an engine meets them: the first that breaks is what its user will see."""


@dataclass(frozen=True)
class Plan:
    request: Request
    lines: tuple[Line, ...]
    breaches: tuple[Breach, ...]
    tokens: int
    """Tokens that all KV caches hold together, and that one holds."""
    group_tokens: int
    requests: int
    """Requests of full length that fit at once."""
    budget: Budget | None = None

    @property
    def verdict(self) -> str:
        """``infeasible`` with an error, ``uncertain`` with a warning about memory, else ``feasible``."""
        if any(breach.severity == "error" for breach in self.breaches):
            return "infeasible"
        doubts = ("weights", "pool", "buffers", "context", "activations")
        return "uncertain" if any(breach.constraint in doubts for breach in self.breaches) else "feasible"

    @property
    def first(self) -> Breach | None:
        """The first constraint that breaks: errors before warnings, then in the order of CONSTRAINTS."""
        return min(
            self.breaches,
            key=lambda breach: (breach.severity != "error", CONSTRAINTS.index(breach.constraint)),
            default=None,
        )


def problems(model: Model, held: weights.Stored, layout: Layout, version: str = "") -> Iterator[str]:
    """Every reason why the engine would refuse these sizes for this model."""
    sizes = (layout.tp, layout.pp, layout.ep, layout.dp)
    if min(sizes) < 1:
        yield "parallel sizes start at 1"
        return
    if layout.pp > model.layers:
        yield f"pipeline parallelism {layout.pp} has more stages than the model's {model.layers} layers"
    yield from kind(layout.engine).refusals(layout, model, version)
    heads = heads_problem(model, layout.attention_tp)
    if heads:
        yield heads
    yield from _expert_sizes(model, held, layout)


def _expert_sizes(model: Model, held: weights.Stored, layout: Layout) -> Iterator[str]:
    experts, engine = model.experts, kind(layout.engine)
    ranks = engine.expert_ranks(layout)
    if layout.ep > 1 and experts is None:
        yield f"expert parallelism {layout.ep} in a model without experts"
        return
    if ranks % layout.ep:
        yield f"expert parallelism {layout.ep} does not divide the {ranks} GPUs that share the experts"
    elif refusal := engine.expert_refusal(layout):
        yield refusal
    elif experts and (experts.routed + layout.redundant) % layout.ep:
        yield f"{experts.routed + layout.redundant} experts cannot be shared by {layout.ep} GPUs"
    elif cut := uneven_cut(model, held, layout):
        yield cut


def uneven_cut(model: Model, held: weights.Stored, layout: Layout) -> str | None:
    """Why an MLP or an expert cannot be cut by the GPUs that share it, or None if it can.

    MXFP4 kernels pad what does not divide; the others cut at blocks only. Experts that are not shared by all GPUs
    (expert parallelism) are cut by fewer.
    """
    experts, ranks = model.experts, kind(layout.engine).expert_ranks(layout)
    name, width, parts, part = "MLP", model.intermediate_size, layout.dense_tp or layout.tp, "dense_mlp"
    if experts:
        name, width, parts, part = "expert", experts.intermediate_size, ranks // layout.ep, "routed_experts"
    blocked = part in held.parts and held.precision != "mxfp4"
    block = held.block[1] if held.block and blocked else 1
    if parts < 1 or width % (parts * block) == 0:
        return None
    return (
        f"the {name} width {width} cannot be cut{f' into whole blocks of {block}' if block > 1 else ''} by {parts} GPUs"
    )


def kv_precision(request: Request) -> str:
    """The cache's precision: the one asked for, or what the engine takes for ``auto``."""
    if request.kv_precision != "auto":
        return request.kv_precision
    return kind(request.layout.engine).kv_precision(request.setup)


def _precision(request: Request, held: weights.Stored) -> list[Breach]:
    """Whether the GPUs compute in the weights' precision. FP4 can be unpacked to BF16 where an engine has kernels."""
    hardware, engine = request.hardware, request.layout.engine
    found = []
    if held.parts and held.precision not in hardware.precisions:
        found.append(no_tensor_cores(hardware, engine, held.precision))
    cache = kv_precision(request)
    if cache != "bf16" and cache not in hardware.precisions:
        message = f"{hardware.accelerator} has no {cache.upper()} for the KV cache"
        found.append(Breach("precision", "error", message))
    return found


def no_tensor_cores(hardware: Hardware, engine: str, precision: str) -> Breach:
    """What becomes of weights in a four-bit precision that the GPUs do not compute in."""
    gpu = f"{hardware.accelerator} (compute capability {hardware.compute_capability})"
    what = f"{gpu} has no {precision.upper()} tensor cores"
    if precision == "mxfp4":
        return Breach("precision", "warning", f"{what}: the weights are unpacked to BF16 in each pass")
    if engine in kinds() and kind(engine).unpacks_fp4 is None:
        return Breach("precision", "error", f"{what}, and {kind(engine).title} has no other kernels for it")
    message = f"{what}: only builds with weight-only (Marlin) kernels load it, and slowly"
    return Breach("precision", "warning", message)


def _sizes(request: Request, held: weights.Stored) -> list[Breach]:
    layout, hardware = request.layout, request.hardware
    found = [Breach("layout", "error", text) for text in problems(request.model, held, layout, request.version)]
    room = hardware.gpus * request.hosts
    if layout.world > room:
        hosts = (
            f"{request.hosts} x {hardware.machine_type} have" if request.hosts > 1 else f"{hardware.machine_type} has"
        )
        found.append(Breach("gpus", "error", f"{layout} takes {layout.world} GPUs, {hosts} {room}"))
    elif layout.tp > hardware.peer_gpus:
        joined = "NVLink domain" if hardware.nvlink_domain_gpus > 1 else "host"
        message = f"tensor parallelism {layout.tp} leaves the {joined} of {hardware.peer_gpus} GPUs"
        found.append(Breach("gpus", "warning", message))
    return found


def _gib(size: float) -> str:
    return f"{size / GIB:.1f} GiB"


def _fits(request: Request, budget: Budget, group_tokens: int, context: int) -> list[Breach]:
    engine, margin = kind(request.layout.engine), memory.MARGIN * budget.total
    over = budget.weights - budget.free
    more, asked_by = budget.more
    extra = f" and {more}" if more else ""
    if over > 0:
        text = f"the weights{extra} take {_gib(budget.weights)} of each GPU, which has {_gib(budget.free)} free"
        return [Breach("weights", "error" if over > margin else "warning", text, asked_by)]
    if over > -margin:
        return []
    if budget.pool <= 0:
        sure = budget.pool < -margin
        if not engine.pass_within_share:
            text = (
                f"{engine.fraction[0]} {budget.fraction:.3f} of {_gib(budget.free)} is less than the weights{extra}, "
                f"{_gib(budget.weights)}: nothing is left for the KV cache"
            )
        else:
            text = (
                f"the weights{extra} ({_gib(budget.weights)}) and a pass ({_gib(budget.activations)}) leave nothing of "
                f"{_gib(budget.free)} for the KV cache"
            )
        return [Breach("pool", "error" if sure else "warning", text, asked_by)]
    found = []
    beside = sum(budget.beside.values())
    if beside > budget.left:
        parts = sorted(((size, name) for name, size in budget.beside.items()), reverse=True)
        told = " and ".join(f"{name} {_gib(size)}" for size, name in parts if size > beside / 100)
        text = (
            f"{engine.fraction[0]} {budget.fraction:.3f} leaves {_gib(budget.left)} beside weights and KV cache, too "
            f"little for {told}"
        )
        if beside > budget.left + margin:
            return [Breach("buffers", "error", text)]
        found.append(Breach("buffers", "warning", text))
    if group_tokens < context:
        token = budget.pool / max(group_tokens, 1)
        asked = request.context is not None or engine.refuses_own_context
        sure = asked and (context - group_tokens) * token > margin
        told = "the configured" if request.context else "the model's own"
        text = (
            f"{told} context of {context:,} tokens does not fit: the KV cache holds {group_tokens:,} tokens"
            f"{' a group' if request.layout.groups > 1 else ''}"
        )
        found.append(Breach("context", "error" if sure else "warning", text))
    reserve = budget.left - beside
    if not engine.pass_within_share and 0 <= reserve < budget.activations:
        text = (
            f"{engine.fraction[0]} {budget.fraction:.3f} leaves {_gib(reserve)} for a pass and CUDA graphs, "
            f"estimated to need {_gib(budget.activations)}"
        )
        found.append(Breach("activations", "warning", text))
    return found


def make(request: Request) -> Plan:
    """Plans a request. Raises ValueError if the checkpoint cannot be quantised as asked."""
    model, layout = request.model, request.layout
    held = weights.stored(model, request.quantization)
    breaches = _sizes(request, held) + _precision(request, held)
    context = request.context or model.context
    if context > model.context:
        text = f"context {context:,} is more than the {model.context:,} tokens that the model was made for"
        breaches.append(Breach("native-context", "warning", text))
    if min(layout.tp, layout.pp, layout.ep, layout.dp) < 1:
        return Plan(request, (), tuple(breaches), 0, 0, 0)
    parts = weights.weights_per_gpu(request.setup, held)
    cache = kv_precision(request)
    token = memory.kv_bytes_per_token(request.setup, cache)
    total, draft = sum(parts.values()), parts.get("draft", 0.0)
    budget = memory.budget(request.setup, total, request.memory_fraction, token, request.most_tokens, draft)
    if parts.get("adapters", 0.0) > total / 2:
        by: tuple[str, ...] = ("max-lora-rank", "max-loras-per-batch", "max-loras")
        budget = replace(budget, more=("room for adapters", by))
    elif model.experts and layout.redundant > model.experts.routed / 2:
        budget = replace(budget, more=(f"{layout.redundant} copies of experts", ("ep-num-redundant-experts",)))
    group_tokens = max(0, floor(budget.pool / token))
    if request.most_tokens is not None:
        group_tokens = min(group_tokens, request.most_tokens)
    tokens, requests = group_tokens * layout.groups, group_tokens // context * layout.groups
    breaches += _fits(request, budget, group_tokens, context)
    lines = _lines(request, held, parts, budget, cache, token, group_tokens, context)
    return Plan(request, lines, tuple(breaches), tokens, group_tokens, requests, budget)


def _lines(
    request: Request,
    held: weights.Stored,
    parts: dict[str, float],
    budget: Budget,
    cache: str,
    token: float,
    group_tokens: int,
    context: int,
) -> tuple[Line, ...]:
    model, layout = request.model, request.layout
    catalogue = f"models/{model.name}/model.yaml"
    shape = (
        "layers * (kv_lora_rank + qk_rope_head_dim) * bytes, on every GPU"
        if model.attention == "mla"
        else "2 * layers * max(1, kv_heads / attention TP) * head_dim * bytes"
    )
    stage = " * ceil(layers / PP) / layers" if layout.pp > 1 else ""
    engine = kind(layout.engine)
    source = engine.source
    per_part = {
        "absorbed": "BF16 copy of kv_b that MLA keeps",
        "adapters": "adapters * rank * (inputs + outputs) of the layers that have them",
        "draft": "a layer, two hidden states to one, embedding and head, a module for multi-token prediction",
    }
    found = [
        Line(
            "GPU memory",
            budget.total,
            "bytes",
            "gpu_memory_mib * 2^20",
            f"hardware/{request.hardware.name}/hardware.yaml",
        ),
        Line(
            "overhead",
            budget.overhead,
            "bytes",
            "hidden by CUDA + its context + NCCL",
            "scripts/servelint/planner/memory.py",
        ),
    ]
    for part, size in sorted(parts.items(), key=lambda item: (-item[1], item[0])):
        bytes_each = weights.bytes_per_parameter(part, held, model.layers)
        formula = per_part.get(part, f"parameters of this GPU * {bytes_each:.4g}")
        found.append(Line(f"weights: {part.replace('_', ' ')}", size, "bytes", formula, catalogue))
    found += [
        Line("weights per GPU", sum(parts.values()), "bytes", f"sum of the parts in {layout}", catalogue),
        Line(
            "activations",
            budget.activations,
            "bytes",
            "2 * (6 * hidden * tokens + k * (2 * hidden + 2 * width) * tokens at once), an estimate",
            "scripts/servelint/planner/memory.py",
        ),
        Line("memory fraction", budget.fraction, "", engine.share_means, source),
        Line("left for KV per GPU", budget.pool, "bytes", engine.pool_formula, source),
        Line(f"KV per token and GPU ({cache})", token, "bytes", shape + stage, catalogue),
        Line("tokens per KV cache", group_tokens, "tokens", "left for KV / KV per token", source),
    ]
    for name, size in budget.beside.items():
        found.append(Line(f"beside: {name}", size, "bytes", "outside the memory fraction", source))
    if layout.groups > 1:
        found.append(Line("KV caches", layout.groups, "", "groups with requests of their own", source))
    found += [
        Line("tokens in all", group_tokens * layout.groups, "tokens", "tokens per KV cache * KV caches", source),
        Line("context", context, "tokens", "asked for" if request.context else "the model's own", catalogue),
        Line(
            "full-length requests", group_tokens // context * layout.groups, "", "floor(tokens / context) each", source
        ),
    ]
    return tuple(found)


def best(request: Request, **fixed: int) -> Plan | None:
    """The plan with the most KV tokens among all layouts of the engine on the request's hosts.

    ``request.layout`` gives the engine only; ``fixed`` holds sizes (tp, pp, ep, dp, attention_dp) that must stay. Plans
    whose tokens differ by less than the planner's own uncertainty are equal: of them the one with the least pipeline
    parallelism wins, then the most tokens, then the fewest GPUs, groups and expert-parallel ranks, so that the answer
    is always the same. Where no layout is feasible, the one that comes nearest says why. None if no layout is legal.
    """
    room = request.hardware.gpus * request.hosts
    held = weights.stored(request.model, request.quantization)
    plans = [
        make(replace(request, layout=layout))
        for layout in layouts(request.layout.engine, request.hardware, room)
        if layout.world <= room
        and all(getattr(layout, name) == value for name, value in fixed.items())
        and not any(problems(request.model, held, layout, request.version))
    ]
    ranks = ("infeasible", "uncertain", "feasible")
    fit = max((ranks.index(plan.verdict) for plan in plans if plan.tokens), default=0)
    chosen = [plan for plan in plans if plan.tokens and ranks.index(plan.verdict) == fit] if fit else plans
    most = max((plan.tokens for plan in chosen), default=0)
    return max((plan for plan in chosen if plan.tokens >= most * (1 - memory.MARGIN)), key=_merit, default=None)


def _merit(plan: Plan) -> tuple[int, int, float, int, bool, int]:
    layout, left = plan.request.layout, plan.budget.pool if plan.budget else 0.0
    return -layout.pp, plan.tokens, left, -layout.world, not layout.attention_dp, -layout.ep

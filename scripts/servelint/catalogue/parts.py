"""The parts of a model: how many parameters each has by the shape, and what they weigh in the checkpoint."""

from dataclasses import dataclass

from .facts import Model

PARTS = (
    "embedding",
    "head",
    "attention_inputs",
    "attention_output",
    "indexer",
    "linear_attention",
    "dense_mlp",
    "shared_experts",
    "routed_experts",
    "router",
    "vision",
    "rest",
)
"""All of a model. ``rest`` is what no shape gives: norms, biases, attention sinks; always BF16, like the router."""

ATTENTION = {
    "gqa": ("kv_heads", "head_dim"),
    "mla": ("q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"),
}
"""Facts that each kind of attention needs."""

LINEAR = (
    "attention_inputs",
    "attention_output",
    "indexer",
    "linear_attention",
    "dense_mlp",
    "shared_experts",
    "routed_experts",
)
"""What an engine or ModelOpt quantises when it is told to: the linear layers of the blocks, not embedding and head."""

ELEMENT_BYTES = {"bf16": 2.0, "fp8": 1.0, "nvfp4": 0.5, "mxfp4": 0.5, "int4": 0.5}
SCALE_BYTES = {"bf16": 0, "fp8": 4, "nvfp4": 1, "mxfp4": 1, "int4": 2}
"""Bytes of the scale of one block: FP32 beside FP8 blocks, E4M3 beside NVFP4, E8M0 beside MXFP4, BF16 beside INT4."""
MADE = ("bf16", "fp8", "nvfp4", "mxfp4")
"""What an engine makes of BF16 while it loads, or ModelOpt before; groups of INT4 are each checkpoint's own."""
BLOCKS = {"nvfp4": (1, 16), "mxfp4": (1, 32)}
"""Block of weights with one scale, where the format itself fixes it."""


@dataclass(frozen=True)
class Piece:
    """Parameters of one part that are shared out in one way. ``share`` is a key of Shares."""

    part: str
    parameters: int
    share: str


@dataclass(frozen=True)
class Stored:
    """In which precision the parts are held: ``precision`` for those in ``parts``, BF16 for all else."""

    precision: str
    parts: tuple[str, ...]
    block: tuple[int, int] | None
    plain_layers: int = 0
    """Layers whose linear layers stay BF16 all the same."""


def pieces(model: Model) -> list[Piece]:
    """Every parameter of the model, once; they add up to ``model.parameters``. Layers of all the model together.

    ``rest`` is what ``parameters`` has beyond the shape; ``catalogue.checks`` holds it under one hundredth.
    """
    found = by_shape(model)
    found.append(Piece("rest", model.parameters - sum(piece.parameters for piece in found), "whole"))
    return [piece for piece in found if piece.parameters]


def by_shape(model: Model) -> list[Piece]:
    """What the shape alone gives: all of the model but ``rest``. Layers of all the model together."""
    hidden, layers, heads = model.hidden_size, model.layers, model.attention_heads
    experts, attending = model.experts, model.cached_layers
    moe_layers = experts.layers if experts else 0
    found = [
        Piece("embedding", model.vocabulary * hidden, "embedding"),
        Piece("head", 0 if model.tied_embeddings else model.vocabulary * hidden, "head"),
        Piece("dense_mlp", (layers - moe_layers) * 3 * hidden * model.intermediate_size, "dense"),
    ]
    if model.attention == "mla":
        q_rank, kv_rank = model.q_lora_rank or 0, model.kv_lora_rank or 0
        nope, rope, value = model.qk_nope_head_dim or 0, model.qk_rope_head_dim or 0, model.v_head_dim or 0
        # The projections down to the latents serve all heads, so every GPU has them whole.
        found += [
            Piece("attention_inputs", attending * hidden * (q_rank + kv_rank + rope), "whole"),
            Piece("attention_inputs", attending * heads * (q_rank * (nope + rope) + kv_rank * (nope + value)), "heads"),
            Piece("attention_output", attending * heads * value * hidden, "heads"),
        ]
    else:
        kv_heads, size = model.kv_heads or 0, model.head_dim or 0
        queries = 2 if model.output_gate else 1
        found += [
            Piece("attention_inputs", queries * attending * hidden * heads * size, "heads"),
            Piece("attention_inputs", 2 * attending * hidden * kv_heads * size, "kv_heads"),
            Piece("attention_output", attending * heads * size * hidden, "heads"),
        ]
    if model.indexer:
        # Queries from MLA's latent, one key for all heads, and a weight a head; every GPU has all of it.
        index = model.indexer
        one = (model.q_lora_rank or hidden) * index.heads * index.head_dim + hidden * (index.head_dim + index.heads)
        found.append(Piece("indexer", (index.layers or layers) * one, "whole"))
    if model.linear_attention:
        linear = model.linear_attention
        values = linear.value_heads * linear.value_head_dim
        # Queries, keys and values with their convolution, the gate, two numbers a head, and the way out.
        one = hidden * (linear.channels + values + 2 * linear.value_heads) + linear.kernel * linear.channels
        found.append(Piece("linear_attention", linear.layers * (one + values * hidden), "heads"))
    if experts:
        one = 3 * hidden * experts.intermediate_size
        found += [
            Piece("shared_experts", moe_layers * experts.shared * one, "shared"),
            Piece("routed_experts", moe_layers * experts.routed * one, "experts"),
            Piece("router", moe_layers * hidden * experts.routed, "whole"),
        ]
    found.append(Piece("vision", model.vision_parameters, "whole"))
    return found


def idle(model: Model) -> int:
    """Parameters of the routed experts that a token skips: ``layers * (routed - active) * 3 * hidden * width``."""
    experts = model.experts
    if experts is None:
        return 0
    return experts.layers * (experts.routed - experts.active) * 3 * model.hidden_size * experts.intermediate_size


def draft_bounds(model: Model) -> tuple[int, int]:
    """Fewest and most parameters that ``mtp_layers`` modules for multi-token prediction can have.

    A module is one more layer of the model, its experts included or not, a projection of 2 * hidden by hidden, and its
    own embedding and head or the model's.
    Source: section 2.2 of https://arxiv.org/abs/2412.19437
    """
    sums: dict[str, int] = {}
    for piece in by_shape(model):
        sums[piece.part] = sums.get(piece.part, 0) + piece.parameters
    attention = (sums["attention_inputs"] + sums["attention_output"] + sums.get("indexer", 0)) // model.cached_layers
    dense = 3 * model.hidden_size * model.intermediate_size
    widths = [dense]
    if model.experts:
        of_experts = ("shared_experts", "routed_experts", "router")
        widths.append(sum(sums[part] for part in of_experts) // model.experts.layers)
    ends = 2 * model.hidden_size * (model.hidden_size + model.vocabulary)
    modules = model.mtp_layers or 0
    return modules * attention, modules * (attention + max(widths) + ends)


def disk_bounds(model: Model) -> tuple[float, float]:
    """Bytes of the checkpoint's files by its parts and their precisions, and with a draft module in BF16."""
    held = stored(model)
    files = sum(p.parameters * bytes_per_parameter(p.part, held, model.layers) for p in pieces(model))
    draft = model.draft_parameters
    return files + draft * ELEMENT_BYTES[held.precision], files + draft * ELEMENT_BYTES["bf16"]


def stored(model: Model, quantization: str | None = None) -> Stored:
    """How the weights are held: as in the checkpoint, or as ``quantization`` makes them while they load.

    Raises ValueError if the checkpoint is quantised in another way already.
    """
    native = model.native_precision
    if quantization is None or quantization == native:
        block = model.weight_block or BLOCKS.get(native)
        return Stored(native, model.quantised, block, model.unquantised_layers)
    if native != "bf16":
        raise ValueError(f"{model.id} is stored in {native}: it cannot be quantised to {quantization}")
    if quantization not in MADE:
        raise ValueError(f"unknown precision {quantization!r}; known: {', '.join(MADE)}")
    return Stored(quantization, LINEAR, BLOCKS.get(quantization))


def bytes_per_parameter(part: str, held: Stored, layers: int) -> float:
    """Bytes of one parameter of a part, its share of a block's scale included, averaged over the layers.

    ``element + scale / block`` for a quantised part, 2 for any other: FP8 in blocks of 128 x 128 is 1 + 4 / 16384,
    NVFP4 is 0.5 + 1 / 16 = 0.5625, MXFP4 is 0.5 + 1 / 32 = 0.53125.
    """
    if part not in held.parts:
        return ELEMENT_BYTES["bf16"]
    one = ELEMENT_BYTES[held.precision]
    if held.block:
        one += SCALE_BYTES[held.precision] / (held.block[0] * held.block[1])
    plain = held.plain_layers / layers if part in LINEAR else 0.0
    return one * (1 - plain) + ELEMENT_BYTES["bf16"] * plain

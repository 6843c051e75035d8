"""Parallel sizes: what they mean to each engine, which of them an engine accepts, and all that a machine has room for.

Sources: SGLang 0.4.6.post4 server_args.py and layers/dp_attention.py; TensorRT-LLM tensorrt_llm/mapping.py
(moe_tp * moe_ep = tp, attention DP makes every rank a group of its own); vLLM config/parallel.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..facts import Hardware, Model
    from .weights import Stored

ENGINES = ("sglang", "trtllm", "vllm")


@dataclass(frozen=True)
class Layout:
    """How one engine spreads over GPUs. ``dp`` counts the groups that each hold their own requests.

    ``attention_dp``: those groups lie inside the tensor-parallel group (SGLang's enable-dp-attention, TensorRT-LLM's
    enable_attention_dp); without it each is a copy with GPUs of its own. ``dense_tp``: SGLang's moe-dense-tp-size.
    """

    engine: str
    tp: int = 1
    pp: int = 1
    ep: int = 1
    dp: int = 1
    attention_dp: bool = False
    dense_tp: int | None = None

    @property
    def world(self) -> int:
        """GPUs: tp * pp, times dp where its groups are copies."""
        return self.tp * self.pp * (1 if self.attention_dp else self.dp)

    @property
    def attention_tp(self) -> int:
        """GPUs that share the heads of one attention layer."""
        if not self.attention_dp:
            return self.tp
        return 1 if self.engine == "trtllm" else max(1, self.tp // self.dp)

    @property
    def groups(self) -> int:
        """KV caches with requests of their own."""
        return self.tp if self.attention_dp and self.engine == "trtllm" else self.dp

    def __str__(self) -> str:
        sizes = [f"TP {self.tp}"]
        sizes += [f"{name} {size}" for name, size in (("PP", self.pp), ("EP", self.ep)) if size > 1]
        if self.attention_dp:
            sizes.append(f"attention DP {self.groups}")
        elif self.dp > 1:
            sizes.append(f"DP {self.dp}")
        return ", ".join(sizes)


def heads_problem(model: Model, attention_tp: int) -> str | None:
    """Why a layer's heads cannot be shared by that many GPUs, or None if they can."""
    heads, groups = model.attention_heads, model.kv_heads
    if heads and heads % attention_tp:
        remainder = heads % attention_tp
        return (
            f"{heads} attention heads cannot be shared by {attention_tp} GPUs: {heads} % {attention_tp} = {remainder}"
        )
    if groups and max(groups, attention_tp) % min(groups, attention_tp):
        return f"{groups} key-value heads and {attention_tp} GPUs do not divide each other"
    return None


def attention_dp_problem(tp: int, dp: int) -> str | None:
    """Why SGLang cannot split a tensor-parallel group into data-parallel groups, or None if it can."""
    if dp == 1:
        return "enable-dp-attention is on with a data-parallel size of 1"
    return f"data-parallel size {dp} does not divide tensor-parallel size {tp}" if tp % dp else None


def problems(model: Model, held: Stored, layout: Layout) -> Iterator[str]:
    """Every reason why the engine would refuse these sizes for this model."""
    sizes = (layout.tp, layout.pp, layout.ep, layout.dp)
    if min(sizes) < 1:
        yield "parallel sizes start at 1"
        return
    if layout.pp > model.layers:
        yield f"pipeline parallelism {layout.pp} has more stages than the model's {model.layers} layers"
    yield from _groups(layout)
    heads = heads_problem(model, layout.attention_tp)
    if heads:
        yield heads
    if layout.engine == "sglang" and model.attention == "mla" and layout.pp > 1:
        yield "SGLang serves no MLA model with pipeline parallelism (asserted up to 0.4.6)"
    yield from _expert_sizes(model, held, layout)


def _groups(layout: Layout) -> Iterator[str]:
    if layout.attention_dp and layout.engine == "vllm":
        yield "vLLM has no attention DP inside a tensor-parallel group: its data parallelism is one"
    elif layout.attention_dp and layout.engine == "sglang":
        problem = attention_dp_problem(layout.tp, layout.dp)
        if problem:
            yield problem
    elif layout.engine == "trtllm" and layout.dp not in (1, layout.tp if layout.attention_dp else 1):
        yield "TensorRT-LLM knows data parallelism as attention DP only, with as many groups as tensor-parallel ranks"


def _expert_sizes(model: Model, held: Stored, layout: Layout) -> Iterator[str]:
    experts = model.experts
    spread = layout.tp * (layout.dp if layout.engine == "vllm" else 1)
    if layout.ep > 1 and experts is None:
        yield f"expert parallelism {layout.ep} in a model without experts"
        return
    if spread % layout.ep:
        yield f"expert parallelism {layout.ep} does not divide the {spread} GPUs that share the experts"
    elif layout.engine == "vllm" and layout.ep not in (1, spread):
        yield f"vLLM's expert parallelism takes all {spread} GPUs or none"
    elif experts and experts.routed % layout.ep:
        yield f"{experts.routed} experts cannot be shared by {layout.ep} GPUs"
    else:
        widths = [("MLP", model.intermediate_size, layout.dense_tp or layout.tp, "dense_mlp")]
        if experts:
            widths = [("expert", experts.intermediate_size, spread // layout.ep, "routed_experts")]
        for name, width, parts, part in widths:
            # MXFP4 kernels pad what does not divide; the others cut at blocks only.
            blocked = held.block and part in held.parts and held.precision != "mxfp4"
            block = held.block[1] if held.block and blocked else 1
            if width % (parts * block):
                cut = f" into whole blocks of {block}" if block > 1 else ""
                yield f"the {name} width {width} cannot be cut{cut} by {parts} GPUs"


def layouts(engine: str, hardware: Hardware, gpus: int) -> Iterator[Layout]:
    """Every layout with sizes in powers of two up to ``gpus``, legal for a model or not, in a fixed order.

    Tensor parallelism stays inside one NVLink domain.
    """
    powers = [2**n for n in range(gpus.bit_length())]
    for tp in powers:
        if tp > hardware.nvlink_domain_gpus:
            continue
        for pp in powers:
            for ep in (size for size in powers if size <= tp):
                yield Layout(engine, tp, pp, ep)
                if engine == "sglang":
                    for dp in (size for size in powers if 1 < size <= tp):
                        yield Layout(engine, tp, pp, ep, dp, attention_dp=True)
                elif engine == "trtllm" and tp > 1:
                    yield Layout(engine, tp, pp, ep, tp, attention_dp=True)
            if engine == "vllm":
                for dp in powers[1:]:
                    yield Layout(engine, tp, pp, 1, dp)
                    yield Layout(engine, tp, pp, tp * dp, dp)

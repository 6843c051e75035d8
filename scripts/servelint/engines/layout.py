"""Parallel sizes: how an engine spreads over GPUs, which sizes a model takes, and all that a machine has room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import kind

if TYPE_CHECKING:
    from ..catalogue.facts import Hardware, Model


@dataclass(frozen=True)
class Layout:
    """How one engine spreads over GPUs. ``dp`` counts the groups that each hold their own requests.

    ``attention_dp``: those groups lie inside the tensor-parallel group (SGLang's enable-dp-attention, TensorRT-LLM's
    enable_attention_dp); without it each is a copy with GPUs of its own. ``dense_tp``: SGLang's moe-dense-tp-size.
    ``whole_experts``: tokens are sent to experts (DeepEP and its like), so that every GPU has the shared experts whole;
    ``whole_head``: every attention group has a head of its own. ``redundant``: copies of routed experts beside all.
    """

    engine: str
    tp: int = 1
    pp: int = 1
    ep: int = 1
    dp: int = 1
    attention_dp: bool = False
    dense_tp: int | None = None
    cp: int = 1
    whole_experts: bool = False
    whole_head: bool = False
    redundant: int = 0

    @property
    def world(self) -> int:
        """GPUs: tp * pp * cp, times dp where its groups are copies."""
        return self.tp * self.pp * self.cp * (1 if self.attention_dp else self.dp)

    @property
    def attention_tp(self) -> int:
        """GPUs that share the heads of one attention layer."""
        return kind(self.engine).attention_tp(self)

    @property
    def groups(self) -> int:
        """KV caches with requests of their own."""
        return kind(self.engine).groups(self)

    def __str__(self) -> str:
        sizes = [f"TP {self.tp}"]
        sizes += [f"{name} {size}" for name, size in (("PP", self.pp), ("CP", self.cp), ("EP", self.ep)) if size > 1]
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


def layouts(engine: str, hardware: Hardware, gpus: int) -> Iterator[Layout]:
    """Every layout with sizes in powers of two up to ``gpus``, legal for a model or not, in a fixed order.

    Tensor parallelism stays inside one NVLink domain, or inside one host where there is no NVLink.
    """
    powers = [2**n for n in range(gpus.bit_length())]
    for tp in powers:
        if tp > hardware.peer_gpus:
            continue
        for pp in powers:
            yield from kind(engine).variants(tp, pp, powers)

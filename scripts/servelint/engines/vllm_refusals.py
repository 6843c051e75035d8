"""What vLLM refuses by numbers: the bounds of its configuration's fields, and decode context parallelism.

Read in vllm/config/{parallel,cache,scheduler,offload,model}.py of 0.27.1 and 0.33.0, which agree; other
versions were not read. Each is proved by the engine itself (``make oracle``). What stands on choices is in the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..model import whole
from .versions import before, order

if TYPE_CHECKING:
    from .kind import Told

OLDEST, NEWEST = "0.27.1", "0.33.0"
LEAST: dict[str, float] = {
    "block-size": 1, "cpu-offload-gb": 0, "data-parallel-rank": 0, "data-parallel-size": 1,
    "data-parallel-size-local": 0, "dbo-decode-token-threshold": 0, "dbo-prefill-token-threshold": 0,
    "decode-context-parallel-size": 1, "long-prefill-token-threshold": 0, "mamba-block-size": 1, "max-logprobs": -1,
    "max-model-len": -1, "max-num-batched-tokens": 1, "max-num-seqs": 1,
    "max-parallel-loading-workers": 1, "nnodes": 1,
    "node-rank": 0, "offload-group-size": 0, "offload-num-in-group": 1, "offload-prefetch-step": 0,
    "pipeline-parallel-size": 1, "prefill-context-parallel-size": 1, "stream-interval": 1, "tensor-parallel-size": 1,
    "ubatch-size": 0, "watermark": 0,
}  # fmt: skip
"""The least number that a field takes, whatever else is given; those of adapters and media count beside these only."""
SHARE = "gpu-memory-utilization"
"""A share of the memory: more than nothing, and no more than all of it."""

Said = tuple[str, str] | None


def refused(told: Told) -> Iterator[tuple[str, str]]:
    """Every refusal of one start: the argument to edit, and why."""
    if _read(told.version):
        for why in RELATIONS:
            if (said := why(told)) is not None:
                yield said


def to_prove(version: str) -> list[Callable[[Told], Said]]:
    """What is transcribed here for a version, for the oracle to prove it."""
    return list(RELATIONS) if _read(version) else []


def _read(version: str | None) -> bool:
    return order(version or "") is not None and not before(version, OLDEST) and not before(NEWEST, version or "")


def _number(told: Told, name: str) -> float | None:
    try:
        return float(told.value(name) or "")
    except ValueError:
        return None


def _size(told: Told, name: str) -> int | None:
    """A size; one that is not given is 1, None if nobody knows it."""
    value = told.value(name)
    return 1 if value == "" else whole(value)


def _too_little(name: str, least: float) -> Callable[[Told], Said]:
    def why(told: Told) -> Said:
        number = _number(told, name)
        below = number is not None and number < least
        return (name, f"is below {least:g}, the least that vLLM takes") if below else None

    return why


def _share(told: Told) -> Said:
    share = _number(told, SHARE)
    if share is None or 0 < share <= 1:
        return None
    return SHARE, "is no share of the memory: vLLM takes more than 0, up to 1"


def _shares_the_cache(told: Told) -> tuple[int, int] | None:
    """Ranks of decode context parallelism and of tensor parallelism, if the first share the second among them."""
    ranks, tp = _size(told, "decode-context-parallel-size"), _size(told, "tensor-parallel-size")
    alone = _size(told, "prefill-context-parallel-size") == 1
    return (ranks, tp) if alone and ranks and tp and ranks > 1 else None


def _undivided(told: Told) -> Said:
    found = _shares_the_cache(told)
    if found is None or found[1] % found[0] == 0:
        return None
    return "decode-context-parallel-size", f"does not divide tensor-parallel-size {found[1]}"


def _few_heads(told: Told) -> Said:
    """Ranks share a cache of which each would hold the same heads, and there are none such. verify_with_parallel_config
    in vllm/config/model.py."""
    found, model = _shares_the_cache(told), told.model
    if found is None or model is None or model.attention == "mla" or not model.kv_heads:
        return None
    (ranks, tp), heads = found, model.kv_heads
    if tp <= heads:
        why = f"shares what ranks hold twice, and {tp} of them have {heads} KV heads: none is held twice"
        return "decode-context-parallel-size", why
    if ranks <= tp // heads:
        return None
    return "decode-context-parallel-size", f"is above {tp // heads}: so often {tp} ranks hold each of {heads} KV heads"


RELATIONS = (*(_too_little(name, least) for name, least in LEAST.items()), _share, _undivided, _few_heads)

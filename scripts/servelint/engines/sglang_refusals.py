"""What SGLang refuses to start with, as it checks its arguments: one row a refusal, with the versions it was read in.
Last come the numbers that it replaces by what follows from others.

Read in the wheels 0.4.6.post4, 0.5.2, 0.5.5, 0.5.9, 0.5.14 and 0.5.23: server_args.py, from 0.5.23 on the modules of
arg_groups that it was split into, and quantization/mxfp4.py. A row that is not bounded stands in all of them. Newer
versions than the newest that was read are judged by unbounded rows alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..model import whole
from .versions import before, order

if TYPE_CHECKING:
    from .kind import Told

NEWEST = "0.5.23"
PHASES = ("prefill", "decode")
SINKS = ("fa3", "fa4", "triton", "trtllm_mha")
ELSEWHERE = frozenset({"ascend", "intel_amx", "intel_xpu", "aiter"})
"""Attention backends of other makers' chips, which the checks of gpt-oss and of determinism let through."""
REPEATABLE = ("fa3", "fa4", "flashinfer", "triton")
"""Backends with deterministic kernels, fa4 since 0.5.23; DeepSeek's attention is deterministic in the others alone."""
TREES = ("flashinfer", "fa3", "triton")
"""Backends that verify a tree of draft tokens over pages; up to 0.5.9 flashinfer alone."""
PAGED = frozenset({"flashmla", "cutlass_mla", "trtllm_mla", "cutedsl_mla", "tokenspeed_mla", "trtllm_mha"})
"""Backends that turn pages of one token into larger ones."""
DEEPSEEK = frozenset({"deepseek_v3", "kimi_k2"})
"""Model types of the class DeepseekV3ForCausalLM."""
TAKES_THE_CHECKPOINTS = DEEPSEEK | {"qwen3_moe"}
"""Model types for which, on Blackwell, an absent quantization becomes that of the checkpoint before it is checked."""
WHOLE_GROUP = frozenset({"deepep", "mooncake", "nixl", "mori", "flashinfer", "megamoe", "pplx", "deepep_v2"})
"""Backends of all-to-all that make the expert-parallel size the tensor-parallel one."""
NONE = "none"
"""Stands for weights that are not quantised, or of which the engine is not told that they are."""
RUNNERS = {
    "flashinfer_cutlass": ("0.5.9", frozenset({"modelopt_fp4", "modelopt_fp8", "modelopt_mixed", NONE})),
    "flashinfer_cutedsl": ("0.5.14", frozenset({"modelopt_fp4", "modelopt_mixed", "nvfp4_online"})),
    "flashinfer_trtllm": (
        "0.5.9",
        frozenset(
            {
                "modelopt_fp4", "nvfp4_online", "fp8", "mxfp8", "modelopt_fp8", "modelopt_mixed", "compressed-tensors",
                NONE,
            }
        ),
    ),
    "flashinfer_trtllm_routed": (
        "0.5.14",
        frozenset({"fp8", "mxfp8", "modelopt_fp4", "modelopt_mixed", "nvfp4_online", "minimax_m3_nvfp4", NONE}),
    ),
}  # fmt: skip
"""Backends of experts: the version since which their quantisations are checked, and all that any version takes."""
A2A_RUNNERS = {
    "0.5.14": ("flashinfer_cutlass", "flashinfer_cutedsl"),
    NEWEST: (
        "flashinfer_cutlass", "flashinfer_cutedsl", "flashinfer_trtllm", "flashinfer_trtllm_routed", "deep_gemm",
        "auto", "megamoe",
    ),
}  # fmt: skip
"""Backends of experts that work with FlashInfer's all-to-all, up to a version; auto chooses one, and megamoe takes an
all-to-all of its own instead."""

Said = tuple[str, str] | None
"""The argument to edit and why, to be read on behind its name and value; or nothing."""


Replaced = tuple[str, int, str] | None
"""The argument, the number that it gets and why; or nothing."""


class Refusal(NamedTuple):
    """why: the argument and the reason, where all that it stands on is known. since, until: the first version with the
    check and the first known to be without it; "" is every version. source: where it was read."""

    why: Callable[[Told], Said]
    since: str
    until: str
    source: str


def refused(told: Told) -> Iterator[tuple[str, str]]:
    """Every refusal of one start."""
    for refusal in REFUSALS:
        if _holds(refusal, told.version) and (said := refusal.why(told)):
            yield said


def overridden(told: Told) -> Iterator[tuple[str, str]]:
    """Every number of one start that another one replaces: the argument, and what becomes of it."""
    for replaced in REPLACED:
        if (found := replaced(told)) is not None:
            name, final, why = found
            yield name, f"becomes {final}, {why}"


def to_prove(version: str) -> tuple[list[Callable[[Told], Said]], list[Callable[[Told], Replaced]]]:
    """What is transcribed here for a version, for the oracle to prove it; not what a layer asserts, later."""
    held = [refusal for refusal in REFUSALS if _holds(refusal, version)]
    return [refusal.why for refusal in held if not refusal.source.startswith("layers/")], list(REPLACED)


def _holds(refusal: Refusal, version: str | None) -> bool:
    """Whether a version is known to make a check."""
    if not refusal.since and not refusal.until:
        return True
    if order(version or "") is None or before(version, refusal.since):
        return False
    return before(version, refusal.until) if refusal.until else not before(NEWEST, version or "")


# --- what is known ---------------------------------------------------------------------------------------------------


def _on(told: Told, name: str) -> bool:
    return (told.value(name) or "").lower() in ("true", "1")


def _off(told: Told, name: str) -> bool:
    """Whether a switch is known to be off."""
    value = told.value(name)
    return value is not None and value.lower() in ("", "false", "0")


def _size(told: Told, name: str, absent: int = 1) -> int | None:
    value = told.value(name)
    return absent if value == "" else whole(value)


def _is(told: Told, name: str, *values: str) -> bool:
    return told.value(name) in values


def _type(told: Told) -> str:
    return (told.model.model_type if told.model else None) or ""


def _attention(told: Told) -> str | None:
    """The backend that attention-backend names, or that a model is given where no backend is named at all."""
    names = ("attention-backend", "prefill-attention-backend", "decode-attention-backend")
    values = [told.value(name) for name in names]
    if values[0]:
        # Where both phases have one of their own, alike, that is taken for attention-backend too.
        return None if values[1] is None or values[2] is None or (values[1] and values[1] == values[2]) else values[0]
    if any(value != "" for value in values) or before(told.version, "0.5.14"):
        return None
    if _type(told) in DEEPSEEK and told.majors == {10}:
        return "trtllm_mla"
    if _type(told) == "gpt_oss":
        return {9: "fa3", 10: "trtllm_mha"}.get(max(told.majors)) if len(told.majors) == 1 else None
    return None


def _experts(told: Told) -> int | None:
    """The expert-parallel size that comes out."""
    a2a = told.value("moe-a2a-backend")
    return None if a2a is None else _size(told, "tp-size" if a2a in WHOLE_GROUP else "ep-size")


def _quantizations(told: Told) -> frozenset[str]:
    """What the weights may be for the checks; empty if nobody knows."""
    value, model = told.value("quantization"), told.model
    if value is None or (not value and model is None) or value in ("modelopt", "auto"):
        return frozenset()
    if value or model is None:
        return frozenset({NONE if value == "unquant" else value})
    if model.native_precision == "bf16":
        return frozenset({NONE})
    if model.native_precision == "nvfp4" or (model.native_precision == "fp8" and model.weight_block is None):
        return frozenset()  # several methods are called so
    read = _type(told) in TAKES_THE_CHECKPOINTS and told.majors == {10}
    return frozenset({model.native_precision} if read else {model.native_precision, NONE})


def _groups(told: Told) -> bool | None:
    """Whether DP attention makes every rank of tensor parallelism a group of its own."""
    tp, dp = _size(told, "tp-size"), _size(told, "dp-size")
    if _apart(told):
        return False
    return None if tp is None or dp is None else tp == dp


def _apart(told: Told) -> bool:
    """Whether DP attention is known to be off."""
    return _off(told, "enable-dp-attention") and told.value("attn-dp-size") == "" and _off(told, "enable-prefill-cp")


# --- refusals --------------------------------------------------------------------------------------------------------


def _sinks(told: Told) -> Said:
    if not (told.model and told.model.attention_sinks):
        return None
    for phase in PHASES:
        name = f"{phase}-attention-backend"
        if told.value(name) == "":
            name = "attention-backend"
        value = told.value(name)
        if value and value not in (*SINKS, *ELSEWHERE):
            return name, f"has no attention sinks, which {told.model.id} needs: {', '.join(SINKS)} have"
    return None


def _triton_experts(told: Told) -> Said:
    mxfp4 = told.model is not None and told.model.native_precision == "mxfp4" and told.value("quantization") == ""
    size = _experts(told)
    if mxfp4 and size and size > 1 and _is(told, "moe-runner-backend", "triton_kernel"):
        return "moe-runner-backend", f"has no expert parallelism, and the expert-parallel size is {size}"
    return None


def _cutlass_experts(told: Told) -> Said:
    size, weights = _size(told, "ep-size"), _quantizations(told)
    eight_bits = bool(weights) and weights <= {"fp8", "mxfp8"}
    if eight_bits and size and size > 1 and _is(told, "moe-runner-backend", "cutlass"):
        return "moe-runner-backend", f"runs FP8 without expert parallelism only, and ep-size is {size}"
    return None


def _runner(told: Told) -> Said:
    runner, weights = told.value("moe-runner-backend") or "", _quantizations(told)
    since, taken = RUNNERS.get(runner, ("", frozenset()))
    if not since or before(told.version, since) or not weights or weights & taken:
        return None
    if weights == {"mxfp8"}:
        return None  # it takes another backend by itself
    stored = " or ".join(sorted(weights - {NONE})) or "not quantised"
    return "moe-runner-backend", f"runs {', '.join(sorted(taken - {NONE}))}, but the weights are {stored}"


def _runner_group(told: Told) -> Said:
    ep, tp = _size(told, "ep-size"), _size(told, "tp-size")
    named = _is(told, "moe-runner-backend", "flashinfer_cutlass", "flashinfer_cutedsl")
    if named and ep and tp and ep not in (1, tp):
        return "ep-size", f"does not go with {told.value('moe-runner-backend')}, which takes 1 or all {tp} ranks"
    return None


def _runner_a2a(told: Told) -> Said:
    a2a = told.value("moe-a2a-backend") or "none"
    if _is(told, "moe-runner-backend", "flashinfer_cutedsl") and a2a not in ("none", "deepep", "flashinfer"):
        return "moe-a2a-backend", "does not go with flashinfer_cutedsl: none, deepep and flashinfer do"
    return None


def _a2a_groups(told: Told) -> Said:
    if _is(told, "moe-a2a-backend", "flashinfer") and _groups(told) is False:
        return "moe-a2a-backend", "needs enable-dp-attention, with a data-parallel size that is the tensor-parallel one"
    return None


def _a2a_runner(told: Told) -> Said:
    runner = told.value("moe-runner-backend")
    taken = A2A_RUNNERS[NEWEST if before("0.5.14", told.version or "") else "0.5.14"]
    if _is(told, "moe-a2a-backend", "flashinfer") and runner and runner not in taken:
        named = ", ".join(name for name in taken if name not in ("auto", "megamoe"))
        return "moe-runner-backend", f"does not go with moe-a2a-backend flashinfer: {named} do"
    return None


def _repeatable(told: Told) -> Said:
    backend = _attention(told) if _on(told, "enable-deterministic-inference") else None
    taken = [name for name in REPEATABLE if not (_type(told) in DEEPSEEK and name == "flashinfer")]
    if backend is None or backend in (*taken, *ELSEWHERE):
        return None
    shown = ", ".join(taken)
    if told.value("attention-backend"):
        return "attention-backend", f"is not deterministic, as enable-deterministic-inference asks: {shown} are"
    return "enable-deterministic-inference", f"does not go with {backend}, this model's default: name one of {shown}"


def _drafts_a_tree(told: Told) -> int | None:
    """The width of the tree of draft tokens, where it is one."""
    family = (told.value("speculative-algorithm") or "").upper() in ("EAGLE", "EAGLE3", "NEXTN", "STANDALONE")
    width = _size(told, "speculative-eagle-topk")
    return width if family and width and width > 1 else None


def _tree_over_pages(told: Told) -> Said:
    width, backend, pages = _drafts_a_tree(told), _attention(told), _size(told, "page-size")
    decode = told.value("decode-attention-backend")
    if width is None or backend is None or decode is None or pages is None:
        return None
    taken = TREES if not before(told.version, "0.5.14") else TREES[:1]
    paged = pages > 1 or bool({backend, decode} & PAGED)
    if not paged or backend in taken or "trtllm_mha" in (backend, decode):  # the next row's
        return None
    why = f"drafts a tree, which {backend} does not take over pages of several tokens: {', '.join(taken)} do"
    return "speculative-eagle-topk", why


def _tree_of_mha(told: Told) -> Said:
    names = [_attention(told), *(told.value(f"{phase}-attention-backend") for phase in PHASES)]
    if _drafts_a_tree(told) and "trtllm_mha" in names:
        return "speculative-eagle-topk", "drafts a tree, which trtllm_mha does not take"
    return None


def _apart_over_hosts(told: Told) -> Said:
    dp, hosts = _size(told, "dp-size"), told.hosts or 1
    if dp and dp > 1 and hosts > 1 and _apart(told):
        return "dp-size", f"over {hosts} hosts works with enable-dp-attention only"
    return None


def _stages(name: str) -> Callable[[Told], Said]:
    def why(told: Told) -> Said:
        pp, value = _size(told, "pp-size"), told.value(name) or ""
        if pp and pp > 1 and value.lower() not in ("", "false"):
            return name, f"excludes pipeline parallelism, and pp-size is {pp}"
        return None

    return why


def _alone(algorithm: str) -> Callable[[Told], Said]:
    def why(told: Told) -> Said:
        if (told.value("speculative-algorithm") or "").upper() == algorithm and _on(told, "enable-dp-attention"):
            return "speculative-algorithm", "excludes enable-dp-attention"
        return None

    return why


def _dflash(told: Told) -> Said:
    drafted = told.value("speculative-draft-model-path")
    if (told.value("speculative-algorithm") or "").upper() == "DFLASH" and drafted == "":
        return "speculative-algorithm", "needs speculative-draft-model-path"
    return None


def _adapters(told: Told) -> Said:
    method = (told.value("speculative-algorithm") or "NGRAM").upper()
    if (_on(told, "enable-lora") or told.value("lora-paths")) and method != "NGRAM":
        if not _is(told, "enable-lora", "", "true", "True", "1"):
            return None
        return "speculative-algorithm", "does not go with LoRA, which NGRAM alone does"
    return None


def _old_adapters(told: Told) -> Said:
    if told.value("lora-paths") and _off(told, "disable-radix-cache"):
        return "lora-paths", "needs disable-radix-cache in this version"
    return None


def _old_deepep(told: Told) -> Said:
    given = told.value("deepep-mode")
    if _on(told, "enable-deepep-moe") and given in ("", "auto") and _on(told, "enable-dp-attention"):
        return "deepep-mode" if given else "enable-deepep-moe", (
            "auto excludes enable-dp-attention: write normal or low_latency"
            if given
            else "has deepep-mode auto, which excludes enable-dp-attention: write normal or low_latency"
        )
    return None


def _flexible(told: Told) -> Said:
    if _attention(told) == "flex_attention" and told.value("speculative-algorithm"):
        return "attention-backend", "excludes speculative decoding"
    return None


def _cache_type(told: Told) -> Said:
    cache = told.value("kv-cache-dtype")
    if "trtllm_mla" in (_attention(told), told.value("decode-attention-backend")) and cache == "fp8_e5m2":
        return "kv-cache-dtype", "is nothing that trtllm_mla takes: fp8_e4m3, bf16 and auto are"
    return None


def _decode_only(told: Told) -> Said:
    if _is(told, "prefill-attention-backend", "cutedsl_mla"):
        return "prefill-attention-backend", "is for decoding only"
    return None


def _name_with_colon(told: Told) -> Said:
    name = told.value("served-model-name") or ""
    if ":" in name and "://" not in name:
        return "served-model-name", "holds a colon, which parts a model from its LoRA adapter in requests"
    return None


def _priorities(told: Told) -> Said:
    if _on(told, "enable-priority-scheduling") and told.value("schedule-policy") not in (None, "", "fcfs", "lof"):
        return "schedule-policy", "does not go with enable-priority-scheduling, which takes fcfs or lof"
    return None


def _exported(told: Told) -> Said:
    if _on(told, "export-metrics-to-file") and told.value("export-metrics-to-file-dir") == "":
        return "export-metrics-to-file", "needs export-metrics-to-file-dir"
    return None


def _nodes(told: Told) -> Said:
    tp, pp, hosts = _size(told, "tp-size"), _size(told, "pp-size"), whole(told.value("nnodes"))
    if tp and pp and hosts and (tp * pp) % hosts and told.value("ep-join-mode") == "":
        return "nnodes", f"does not divide tp-size times pp-size, {tp * pp}"
    return None


def _pages(told: Told) -> Said:
    chunk, page = whole(told.value("chunked-prefill-size")), whole(told.value("page-size"))
    kept = _is(told, "attention-backend", "triton", "fa3", "flashinfer") and all(
        told.value(f"{phase}-attention-backend") == "" for phase in PHASES
    )
    mine = kept and _apart(told) and told.value("disaggregation-mode") == ""
    if mine and chunk and page and chunk > 0 and page > 0 and chunk % page:
        return "chunked-prefill-size", f"is no multiple of page-size {page}"
    return None


def _compiled_unpadded(told: Told) -> Said:
    if _on(told, "disable-cuda-graph-padding") and _on(told, "enable-torch-compile"):
        return "disable-cuda-graph-padding", "excludes enable-torch-compile"
    return None


REFUSALS = (
    Refusal(_sinks, "0.5.2", "", "server_args.py:3852 of 0.5.14"),
    Refusal(_triton_experts, "0.5.9", "", "layers/quantization/mxfp4.py:1275 of 0.5.14"),
    Refusal(_cutlass_experts, "0.5.9", "", "server_args.py:5178 of 0.5.14"),
    Refusal(_runner, "0.5.9", "", "server_args.py:5107 of 0.5.14"),
    Refusal(_runner_group, "0.5.14", "", "server_args.py:5114 of 0.5.14"),
    Refusal(_runner_a2a, "0.5.14", "", "server_args.py:5127 of 0.5.14"),
    Refusal(_a2a_groups, "0.5.14", "", "server_args.py:5329 of 0.5.14"),
    Refusal(_a2a_runner, "0.5.14", "", "server_args.py:5348 of 0.5.14"),
    Refusal(_repeatable, "0.5.5", "", "server_args.py:6021 of 0.5.14"),
    Refusal(_tree_over_pages, "0.5.2", "", "arg_groups/speculative_hook.py:396 of 0.5.14"),
    Refusal(_tree_of_mha, "0.5.2", "", "arg_groups/speculative_hook.py:336 of 0.5.14"),
    Refusal(_apart_over_hosts, "", "", "server_args.py:6656 of 0.5.14"),
    Refusal(_stages("speculative-algorithm"), "0.4.6.post4", "0.5.15", "server_args.py:6651 of 0.5.14"),
    Refusal(_stages("enable-mixed-chunk"), "0.4.6.post4", "0.5.10", "server_args.py:1331 of 0.4.6.post4"),
    Refusal(_alone("STANDALONE"), "0.5.2", "0.5.15", "arg_groups/speculative_hook.py:261 of 0.5.14"),
    Refusal(_alone("NGRAM"), "0.5.5", "", "arg_groups/speculative_hook.py:466 of 0.5.14"),
    Refusal(_dflash, "0.5.14", "", "arg_groups/speculative_hook.py:142 of 0.5.14"),
    Refusal(_adapters, "0.5.9", "0.5.15", "server_args.py:6849 of 0.5.14"),
    Refusal(_old_adapters, "0.4.6.post4", "0.5", "server_args.py:1340 of 0.4.6.post4"),
    Refusal(_old_deepep, "0.4.6.post4", "0.5", "server_args.py:336 of 0.4.6.post4"),
    Refusal(_flexible, "0.5.14", "", "server_args.py:4507 of 0.5.14"),
    Refusal(_cache_type, "0.5.14", "", "server_args.py:4556 of 0.5.14"),
    Refusal(_decode_only, "0.5.14", "", "server_args.py:4585 of 0.5.14"),
    Refusal(_name_with_colon, "0.5.9", "", "server_args.py:6671 of 0.5.14"),
    Refusal(_priorities, "0.5.5", "", "server_args.py:6729 of 0.5.14"),
    Refusal(_exported, "0.5.9", "", "server_args.py:6772 of 0.5.14"),
    Refusal(_compiled_unpadded, "0.5.14", "", "server_args.py:6643 of 0.5.14"),
    Refusal(_nodes, "", "", "server_args.py:6632 of 0.5.14"),
    Refusal(_pages, "0.4.6.post4", "", "server_args.py:6690 of 0.5.14"),
)


# --- numbers that others replace -------------------------------------------------------------------------------------


def _chain(told: Told) -> Replaced:
    """Source: arg_groups/speculative_hook.py:382 of 0.5.14, :1255 of 0.5.23, server_args.py:400 of 0.4.6.post4"""
    name = "speculative-num-draft-tokens"
    family = (told.value("speculative-algorithm") or "").upper() in ("EAGLE", "EAGLE3", "NEXTN")
    steps, drafted = whole(told.value("speculative-num-steps")), whole(told.value(name))
    if family and _is(told, "speculative-eagle-topk", "1") and steps and drafted and drafted != steps + 1:
        return name, steps + 1, "one more than the steps of a chain"
    return None


REPLACED: tuple[Callable[[Told], Replaced], ...] = (_chain,)

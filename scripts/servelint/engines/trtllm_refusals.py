"""What TensorRT-LLM refuses in its LLM arguments: one row a refusal, transcribed from tensorrt_llm/llmapi/llm_args.py.

Read at two places of that file: as 1.2.0rc2 has it, and on main in 2026. A row without a bound stands in both.
What the types of single fields forbid is in the list of arguments. Source:
https://github.com/NVIDIA/TensorRT-LLM/blob/main/tensorrt_llm/llmapi/llm_args.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..model import whole
from .versions import before, order

if TYPE_CHECKING:
    from .kind import Told

KINDS = ("MTP", "Medusa", "Eagle", "Lookahead", "NGram", "DraftTarget", "SaveState", "UserProvided", "AUTO")
"""What decoding_type may be in 1.2 (DecodingBaseConfig.from_dict). Later there are more."""
DRAFTS = ("speculative_config.speculative_model_dir", "speculative_config.speculative_model")
FORMATS = ("AUTO", "DUMMY", "VISION_ONLY")
"""What load_format may be in 1.2."""

Said = tuple[str, str] | None


class Refusal(NamedTuple):
    """why: the argument to edit and the reason, where all that it stands on is known. until: the first version that is
    known to be without the check; "" is none. source: the class, and its method."""

    why: Callable[[Told], Said]
    source: str
    until: str = ""


def refused(told: Told) -> Iterator[tuple[str, str]]:
    """Every refusal of one start."""
    for refusal in REFUSALS:
        bounded = refusal.until and (order(told.version or "") is None or not before(told.version, refusal.until))
        if not bounded and (said := refusal.why(told)):
            yield said


def _given(told: Told, path: str) -> bool | None:
    """Whether an argument is given; None if nobody knows."""
    value = told.value(path)
    return None if value is None else value not in ("", "None")


def _number(told: Told, path: str) -> float | None:
    try:
        return float(told.value(path) or "")
    except ValueError:
        return None


def _on(told: Told, path: str) -> bool:
    return (told.value(path) or "").lower() == "true"


def _kind(told: Told) -> Said:
    kind = told.value("speculative_config.decoding_type")
    if not kind or kind in KINDS:
        return None
    meant = next((one for one in KINDS if one.lower() == kind.lower().replace("_", "")), None)
    if meant is None and kind.lower().startswith("eagle"):
        meant = "Eagle"
    return "speculative_config.decoding_type", f"is none of {', '.join(KINDS)}" + (f": write {meant}" if meant else "")


def _is_eagle(told: Told) -> bool:
    return (told.value("speculative_config.decoding_type") or "") in ("Eagle", "Eagle3")


def _draft_length(told: Told) -> Said:
    if not _is_eagle(told) or _given(told, "speculative_config.max_draft_len") is not False:
        return None
    return "speculative_config.decoding_type", "needs max_draft_len beside it: how many tokens a step drafts"


def _draft_model(told: Told) -> Said:
    if not _is_eagle(told) or any(_given(told, path) is not False for path in DRAFTS):
        return None
    return (
        "speculative_config.decoding_type",
        "needs a draft model beside it; the checkpoint's own modules draft for MTP",
    )


def _tree(told: Told) -> Said:
    if not _is_eagle(told) or not _on(told, "speculative_config.use_dynamic_tree"):
        return None
    if _given(told, "speculative_config.eagle_choices"):
        return "speculative_config.use_dynamic_tree", "and eagle_choices are two ways to make a tree: take one"
    wide = _number(told, "speculative_config.dynamic_tree_max_topK")
    if _given(told, "speculative_config.dynamic_tree_max_topK") is False or (wide is not None and wide <= 0):
        return "speculative_config.use_dynamic_tree", "needs dynamic_tree_max_topK above 0 beside it"
    return None


def _balance(told: Told) -> Said:
    for name in ("batching_wait_iters", "timeout_iters"):
        number = _number(told, f"attention_dp_config.{name}")
        if _on(told, "attention_dp_config.enable_balance") and number is not None and number < 0:
            return f"attention_dp_config.{name}", "is below 0 while enable_balance is true"
    return None


def _at_least(path: str, least: float) -> Callable[[Told], Said]:
    def why(told: Told) -> Said:
        number = _number(told, path)
        return (path, f"must be {least:g} or more") if number is not None and number < least else None

    return why


def _windows(told: Told) -> Said:
    path = "kv_cache_config.max_attention_window"
    value = told.value(path) or ""
    if not value.startswith("["):
        return None
    entries = [entry.strip() for entry in value.strip("[]").split(",") if entry.strip()]
    if entries and all((whole(entry) or 0) > 0 for entry in entries):
        return None
    return path, "must be a list of whole numbers above 0, one entry at least"


def _format(told: Told) -> Said:
    value = told.value("load_format")
    known = ", ".join(FORMATS).lower()
    return ("load_format", f"is none of {known}") if value and value.upper() not in FORMATS else None


def _share(told: Told) -> Said:
    path = "batch_wait_max_tokens_ratio"
    number = _number(told, path)
    return (path, "must lie between 0 and 1") if number is not None and not 0 <= number <= 1 else None


def _ray(told: Told) -> Said:
    orchestrator = told.value("orchestrator_type")
    if not _given(told, "ray_worker_extension_cls") or orchestrator in (None, "ray"):
        return None
    return "ray_worker_extension_cls", "needs orchestrator_type ray"


REFUSALS = (
    Refusal(_kind, "DecodingBaseConfig.from_dict", until="1.2.1"),
    Refusal(_draft_length, "EagleDecodingConfig"),
    Refusal(_draft_model, "EagleDecodingConfig.validate"),
    Refusal(_tree, "EagleDecodingConfig"),
    Refusal(_balance, "AttentionDpConfig.validate_attention_dp_config"),
    Refusal(_at_least("speculative_config.acceptance_window", 0), "DecodingBaseConfig._validate_acceptance_window"),
    Refusal(
        _at_least("speculative_config.acceptance_length_threshold", 0),
        "DecodingBaseConfig._validate_acceptance_length_threshold",
    ),
    Refusal(_at_least("kv_cache_config.max_gpu_total_bytes", 0), "KvCacheConfig.validate_max_gpu_total_bytes"),
    Refusal(_windows, "KvCacheConfig.validate_max_attention_window"),
    Refusal(_at_least("stream_interval", 1), "TorchLlmArgs.validate_stream_interval"),
    Refusal(_at_least("batch_wait_timeout_ms", 0), "TorchLlmArgs.validate_batch_wait_timeout_ms"),
    Refusal(_at_least("batch_wait_timeout_iters", 0), "TorchLlmArgs.validate_batch_wait_timeout_iters"),
    Refusal(_share, "TorchLlmArgs.validate_batch_wait_max_tokens_ratio"),
    Refusal(_ray, "TorchLlmArgs.validate_ray_worker_extension_cls"),
    Refusal(_format, "TorchLlmArgs.convert_load_format", until="1.2.1"),
)

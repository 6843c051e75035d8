"""Whether the figures of a model.yaml agree: its shape, its parameters, what a token uses, and the bytes on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from . import parts
from .facts import Model, model_of

if TYPE_CHECKING:
    from .checks import Pointer, Problem

TOLERANCE = 0.01
"""Of ``parameters`` and ``active_parameters``: how much more they may be than the shape gives (norms, biases)."""
COUNTED = 0.002
"""The same of a count to the last digit, which was made from the shape: most that was seen is 0.00035, of gpt-oss."""
DISK = 0.02
"""Of the bytes on disk: headers of the files, scales that no block size gives, layers that stay unquantised."""
EXACT = 0.0005
"""A figure explains a disagreement if with another value of it the shape comes this near."""

_SAME = {"id": "", "gated": False, "licence": "", "disk_bytes": 0, "native_precision": "bf16", "context": 0}
"""What a count does not depend on."""
_APART = {*_SAME, "name", "sources", "chat", "parsers", "kv_precision", "quant_method", "quantised"}
SHAPE = tuple(field.name for field in fields(Model) if field.name not in _APART)
"""Facts that a count reads where they are given."""

_STEPS: dict[Pointer, int] = {
    ("layers",): 1,
    ("hidden_size",): 64,
    ("intermediate_size",): 64,
    ("vocabulary",): 64,
    ("attention_heads",): 4,
    ("kv_heads",): 1,
    ("experts", "routed"): 1,
    ("experts", "shared"): 1,
    ("experts", "active"): 1,
    ("experts", "layers"): 1,
    ("experts", "intermediate_size"): 64,
    ("linear_attention", "layers"): 1,
    ("linear_attention", "value_heads"): 8,
    ("indexer", "heads"): 8,
}
"""Figures that may be the wrong one, and what their values are multiples of in practice."""


def disagreements(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Where the figures contradict each other. The one that alone explains it is named, and else what was counted."""
    model = _model(data)
    if model is None or _told_already(model):
        return
    total, active = _counted(model)
    if not _near(model.parameters, total):
        yield _of_parameters(data, model, total)
    elif not _near_active(model, active):
        cause = f"'active_parameters' is {model.active_parameters}, and by the shape a token uses {active}"
        yield _blamed(data, ("active_parameters",), cause, active)
    elif model.mtp_layers and model.draft_parameters:
        least, most = parts.draft_bounds(model)
        if not least <= model.draft_parameters <= most * (1 + TOLERANCE):
            cause = f"'draft_parameters' is {model.draft_parameters}, outside {least} to {most}"
            cure = f"{model.mtp_layers} MTP module(s) of this shape have that many: correct it, or mtp_layers"
            yield ("draft_parameters",), cause, cure


def weighed(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Where the bytes on disk are not those of the parameters in the precisions of their parts."""
    if (data["native_precision"] == "bf16") == bool(data.get("quantised")):
        return  # said of them already
    model = _model(data, data["disk_bytes"], data["native_precision"])
    if model is None or _told_already(model) or any(disagreements(data)):
        return
    if not _within(model):
        least, most = parts.disk_bounds(model)
        span = f"{least:.0f}" if most - least < 1 else f"{least:.0f} to {most:.0f}"
        cause = f"'disk_bytes' is {model.disk_bytes}, and the parts in their precisions take {span}"
        yield ("disk_bytes",), cause, "correct it, or what is quantised: native_precision, quantised, weight_block"


def _model(data: Mapping[str, Any], disk: int = 0, precision: str = "bf16") -> Model | None:
    """The model that is counted; None if its attention is incomplete, which has a message of its own."""
    wanted = parts.ATTENTION[data["attention"]]
    if any(name not in data for name in wanted):
        return None
    given = {name: data[name] for name in SHAPE if name in data}
    if precision != "bf16":
        given["quantised"] = data.get("quantised", [])
    return model_of("", {**_SAME, **given, "disk_bytes": disk, "native_precision": precision, "sources": []})


def _told_already(model: Model) -> bool:
    """Whether two figures alone contradict each other, which ``checks`` says in a simpler message."""
    experts = model.experts
    return (
        model.active_parameters > model.parameters
        or model.vision_parameters >= model.parameters
        or (experts is None and model.active_parameters != model.parameters)
        or (experts is not None and (experts.active > experts.routed or experts.layers > model.layers))
        or (model.native_precision == "bf16") != (not model.quantised)
        or model.cached_layers < 1
        or (model.mtp_layers is not None and bool(model.mtp_layers) != bool(model.draft_parameters))
    )


def _counted(model: Model) -> tuple[int, int]:
    """Parameters by the shape, and those that a token uses."""
    total = sum(piece.parameters for piece in parts.by_shape(model))
    return total, total - parts.idle(model)


def _near(stated: int, counted: int, tolerance: float | None = None) -> bool:
    """Whether two counts agree: one that is rounded to millions or more as far as cards round, another nearly."""
    allowed = tolerance or (COUNTED if stated % 10**6 else TOLERANCE)
    return abs(stated - counted) <= stated * allowed


def _near_active(model: Model, counted: int, tolerance: float | None = None) -> bool:
    """Cards count a vision tower among the active ones, or the language model alone."""
    return any(_near(model.active_parameters, each, tolerance) for each in (counted, counted - model.vision_parameters))


def _of_parameters(data: Mapping[str, Any], model: Model, total: int) -> Problem:
    cause = f"'parameters' is {model.parameters}, and the shape makes {total} ({total / model.parameters - 1:+.1%})"
    if _files_side_with(data, total):
        return ("parameters",), f"{cause}, which is what disk_bytes holds", f"write the sum: {total} and the norms"
    return _blamed(data, ("parameters",), cause, total)


def _files_side_with(data: Mapping[str, Any], total: int) -> bool:
    """Whether the bytes on disk hold as many parameters as the shape makes, and not as many as are stated."""
    precision, disk = data.get("native_precision"), data.get("disk_bytes")
    if precision not in parts.ELEMENT_BYTES or type(disk) is not int:
        return False
    model = _model({**data, "parameters": total}, disk, precision)
    stated = _model(data, disk, precision)
    return all(
        candidate is not None and _within(candidate) == agrees for candidate, agrees in ((model, True), (stated, False))
    )


def _within(model: Model) -> bool:
    least, most = parts.disk_bounds(model)
    return least * (1 - DISK) <= model.disk_bytes <= most * (1 + DISK)


def _blamed(data: Mapping[str, Any], otherwise: Pointer, cause: str, counted: int) -> Problem:
    found = list(_explanations(data))
    if len(found) == 1 and _telling(data, *found[0]):
        pointer, value = found[0]
        return pointer, cause, f"with {_told(pointer, value)} they agree: correct it"
    told = " or ".join(_told(pointer, value) for pointer, value in found)
    return (
        otherwise,
        cause,
        f"they agree with {told}: correct one" if told else f"correct the shape, or write {counted}",
    )


def _told(pointer: Pointer, value: int) -> str:
    return f"{'.'.join(map(str, pointer))} {'of about ' if _STEPS[pointer] == 64 else ''}{value}"


def _telling(data: Mapping[str, Any], pointer: Pointer, value: int) -> bool:
    """Whether the next value would not agree as well: one of many thousand, as a vocabulary, always comes near."""
    model, other = (_model(_with(data, pointer, each)) for each in (value, value + _STEPS[pointer]))
    if model is None or other is None:
        return False
    changes = zip(_counted(model), _counted(other), strict=True)
    return any(abs(there - here) > 4 * EXACT * here for here, there in changes)


def _explanations(data: Mapping[str, Any]) -> Iterator[tuple[Pointer, int]]:
    """Each figure that, with another value, makes the shape agree with both counts, and that value."""
    for pointer, step in _STEPS.items():
        if pointer[0] not in data:
            continue
        low, high = 0, _top(data, pointer) // step
        while high - low > 1:  # the counts grow with each of them
            middle = (low + high) // 2
            if _gap(data, pointer, middle * step) < 0:
                low = middle
            else:
                high = middle
        for value in (low * step, high * step):
            model = _model(_with(data, pointer, value))
            if value and model and _agrees(model) and _usual(model):
                yield pointer, value
                break


def _top(data: Mapping[str, Any], pointer: Pointer) -> int:
    """More than a figure ever is; of layers of linear attention as many as leave one of the other kind."""
    return int(data["layers"]) - 1 if pointer == ("linear_attention", "layers") else 10**6


def _gap(data: Mapping[str, Any], pointer: Pointer, value: int) -> int:
    """How much more the shape makes than is stated; of what a token uses where the total does not depend on it."""
    model = _model(_with(data, pointer, value))
    assert model is not None  # the attention is complete, or nothing would have been counted
    total, active = _counted(model)
    return active - model.active_parameters if pointer == ("experts", "active") else total - model.parameters


def _agrees(model: Model) -> bool:
    total, active = _counted(model)
    return _near(model.parameters, total, EXACT) and _near_active(model, active, EXACT)


def _usual(model: Model) -> bool:
    """Whether its figures stand to each other as those of transformers do: no figure is blamed for what none has."""
    heads = model.attention_heads * (model.head_dim or model.v_head_dim or 1)
    experts = model.experts
    return (
        heads <= 3 * model.hidden_size <= 12 * heads
        and model.intermediate_size <= 8 * model.hidden_size
        and model.vocabulary < 2**20
        and model.attention_heads % (model.kv_heads or 1) == 0
        and (experts is None or (experts.layers <= model.layers and experts.active <= experts.routed))
    )


def _with(data: Mapping[str, Any], pointer: Pointer, value: int) -> dict[str, Any]:
    first, *rest = map(str, pointer)
    return {**data, first: {**data[first], rest[0]: value} if rest else value}

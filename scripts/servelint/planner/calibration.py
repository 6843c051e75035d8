"""The planner against what others published and what was measured here: rows, relative errors, their table.

Figures of calibration.yaml: ``weights``, ``pool`` (left for KV), ``free`` (before loading), ``free-after`` (once the
cache is there), all of one GPU; ``tokens`` of all caches, ``group-tokens`` of one; ``token``, bytes of one in the
cache; and ``bench-available``, ``bench-cache`` and ``bench-requests`` of trtllm-bench's own estimate.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

from .. import lines
from ..borders.printing import cell
from ..catalogue.facts import Hardware, Model, model_of
from ..catalogue.load import load_hardware, load_models
from ..engines import kind
from ..engines.kind import Given, Setup
from ..engines.layout import Layout
from .memory import CONTEXT, GIB, HIDDEN, Budget, kv_bytes_per_element, kv_bytes_per_token
from .plan import Plan, Request, kv_precision, make
from .weights import ELEMENT_BYTES, stored, weights_per_gpu

HERE = "scripts/servelint/planner"
SHAPES = "tests/planner/shapes.yaml"
KINDS = ("formula", "log", "measured", "fit", "advice")
TESTED = ("log", "measured")
"""Kinds of rows that say how good the planner is: nothing in it was fitted to them."""


@dataclass(frozen=True)
class Row:
    """One comparison. ``error`` is planned / published - 1; ``reason`` says why a large one stays."""

    what: str
    kind: str
    published: float
    planned: float
    unit: str
    source: str
    reason: str = ""

    @property
    def error(self) -> float:
        return round(self.planned / self.published - 1, 4) + 0.0  # no minus before a zero


def bench_estimate(
    model: Model, hardware: Hardware, gpus: int, fraction: float, tokens: int, *, decimal: bool = True
) -> tuple[float, float, float]:
    """trtllm-bench's estimate for an FP8 model with FP8 cache: memory for the cache, the cache (GiB), requests in it.

    ``memory - parameters * 1 byte``, times the fraction, over ``2 * layers * max(kv_heads, tp) * head_dim`` a token.
    Up to 0.17 it takes GiB of memory and 1e9 bytes of weights (``decimal``), which is too little by
    7 % of the weights; later versions count both in GiB. Neither counts activations, BF16 parts, scales or MLA.
    Source: https://github.com/NVIDIA/TensorRT-LLM/blob/v0.17.0/tensorrt_llm/bench/build/tuning.py
    """
    weights = model.parameters * ELEMENT_BYTES["fp8"] / (10**9 if decimal else GIB)
    available = hardware.gpu_memory_bytes / GIB * gpus - weights
    heads = max(model.kv_heads or 1, gpus)
    token = 2 * model.layers * heads * (model.head_dim or 0) * kv_bytes_per_element("fp8") / GIB
    return available, available * fraction, available * fraction / token / tokens


def rows(root: Path) -> list[Row]:
    """Every comparison, in the order of the table."""
    hardware, models = load_hardware(root), {**load_models(root), **_shapes(root)}
    folder = root / HERE
    ((_, entries),) = lines.load((folder / "calibration.yaml").read_text(encoding="utf-8"))
    found = [_row(entry, hardware, models) for entry in entries]
    measured = json.loads((folder / "measured.json").read_text(encoding="utf-8"))
    return found + _measured(measured, models["llama-3-1-8b-instruct"], hardware["a3ultra"])


def _shapes(root: Path) -> dict[str, Model]:
    """Models that were only logged: what SHAPES says of each, and no figure that no plan asks for."""
    ((_, shapes),) = lines.load((root / SHAPES).read_text(encoding="utf-8"))
    rest = {
        "id": "", "gated": False, "licence": "", "active_parameters": 0, "native_precision": "bf16", "disk_bytes": 0,
        "sources": [],
    }  # fmt: skip
    return {name: model_of(name, {**rest, **shape}) for name, shape in shapes.items()}


def _row(entry: dict[str, Any], hardware: Mapping[str, Hardware], models: Mapping[str, Model]) -> Row:
    changes: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in entry.get("changes", {}).items()
    }
    model, machine = replace(models[entry["model"]], **changes), hardware[entry["hardware"]]
    machine = replace(machine, gpu_memory_mib=entry.get("gpu_memory_mib", machine.gpu_memory_mib))
    flags, sizes = Given(entry.get("flags", {})), {name: entry.get(name, 1) for name in ("tp", "pp", "dp", "cp")}
    layout = kind(entry["engine"]).layout(flags=flags, **sizes)
    figure, fraction, context = entry["figure"], entry.get("fraction"), entry.get("context")
    if figure.startswith("bench-"):
        estimate = bench_estimate(model, machine, layout.world, fraction or 1.0, context or 1)
        planned = estimate[("bench-available", "bench-cache", "bench-requests").index(figure)]
    else:
        request = Request(
            model, machine, layout, entry.get("quantization"), entry.get("cache", "auto"), context, fraction,
            batch_tokens=entry.get("pass"), hosts=entry.get("hosts", 1), version=str(entry.get("version", "")),
            flags=flags,
        )  # fmt: skip
        plan = make(request)
        if plan.budget is None:
            raise ValueError(f"{entry['what']}: {plan.first}")
        planned = _figures(plan, plan.budget)[figure]
    reason = entry.get("reason", "")
    return Row(entry["what"], entry["kind"], entry["published"], planned, entry["unit"], entry["source"], reason)


def _figures(plan: Plan, budget: Budget) -> dict[str, float]:
    """What a row may compare, by its name; bytes in GiB, but for those of one token."""
    request = plan.request
    token = kv_bytes_per_token(request.setup, kv_precision(request))
    return {
        "weights": budget.weights / GIB,
        "pool": budget.pool / GIB,
        "free": budget.free / GIB,
        "free-after": (budget.left - sum(budget.beside.values())) / GIB,
        "tokens": plan.tokens,
        "window-tokens": plan.group_tokens * 0.8,
        "token": token,
    }


def _measured(found: dict[str, Any], model: Model, machine: Hardware) -> list[Row]:
    """measured.json, which tests/bench/h200_llama_8b.py printed: PyTorch's own count of what it allocated."""
    setup, tokens = Setup(model, machine, Layout("sglang")), found["kv_tokens"]
    weights = sum(weights_per_gpu(setup, stored(model)).values())
    what, source = f"{found['gpu']}, Llama 3.1 8B's shape in PyTorch", "tests/bench/h200_llama_8b.py"
    figures = [
        ("weights", found["weights_allocated_bytes"], weights),
        *(
            (f"KV cache of {tokens:,} tokens in {name.upper()}", found[f"kv_{name}_allocated_bytes"],
             tokens * kv_bytes_per_token(setup, name))
            for name in ("bf16", "fp8")
        ),
        ("hidden by CUDA", found["hidden_bytes"], HIDDEN),
        ("CUDA context", found["context_bytes"], CONTEXT),
    ]  # fmt: skip
    fitted = ("hidden by CUDA", "CUDA context")
    return [
        Row(f"{what}, {name}", "fit" if name in fitted else "measured", had / GIB, planned / GIB, "GiB", source)
        for name, had, planned in figures
    ]


def median_error(found: list[Row], *kinds: str) -> float:
    """The median of the relative errors' sizes, over rows of these kinds."""
    return median(abs(row.error) for row in found if row.kind in kinds)


def percentile(errors: list[float], percent: int) -> float:
    """The error that so many percent of them do not exceed (nearest rank)."""
    return sorted(errors)[max(0, ceil(percent / 100 * len(errors)) - 1)]


def _linked(row: Row) -> str:
    """A row's name, with its source: an address, a file of the repository, or where no address is known, words."""
    if row.source.startswith("https://"):
        return f"[{cell(row.what)}]({row.source})"
    if row.source.startswith("tests/"):
        return f"[{cell(row.what)}](../../../{row.source})"
    return f"{cell(row.what)} ({cell(row.source)})"


def table(root: Path) -> str:
    """The calibration table as Markdown."""
    found = rows(root)
    text = ["| what | kind | published | planned | error |", "|---|---|---:|---:|---:|"]
    for row in found:
        text.append(
            f"| {_linked(row)} | {row.kind} | {_amount(row.published, row.unit)} | "
            f"{_amount(row.planned, row.unit)} | {row.error:+.2%} |"
        )
    model, machine = load_models(root)["llama-3-1-405b"], load_hardware(root)["a3ultra"]
    corrected = bench_estimate(model, machine, 8, 0.95, 256, decimal=False)
    tested = [abs(row.error) for row in found if row.kind in TESTED]
    reasons = [f"- {cell(row.what)}, {row.error:+.1%}: {row.reason}" for row in found if row.reason]
    return "\n".join(
        [
            *text,
            "",
            f"Of the {len(tested)} figures that were logged or measured and not fitted to, the median error is "
            f"{median(tested):.2%}, the 90th percentile {percentile(tested, 90):.2%}, and the worst {max(tested):.2%}; "
            f"the median of all {len(found)} is {median_error(found, *KINDS):.2%}. What stays, and why:",
            "",
            *reasons,
            "",
            f"trtllm-bench's 717.36 takes 1e9 bytes from GiB. In one unit its formula gives {corrected[0]:.1f} GiB, "
            f"{corrected[1]:.1f} GiB and {corrected[2]:,.0f} requests, which is what later versions print.",
        ]
    )


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if unit == "tokens" else f"{value:,.2f} {unit}"

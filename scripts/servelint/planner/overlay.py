"""What a rendered overlay asks of GPU memory: its engine's arguments as requests that the planner understands."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..catalogue.facts import Hardware, Model
from ..engines import kind
from ..engines.layout import heads_problem
from ..engines.versions import before
from ..model import Overlay, Pointer, Resource, mapping, mappings, whole
from ..views import kserve
from ..views.engines import Argument, Engine, engines, plain
from ..views.naming import named
from ..views.parallel import Parallel, gpus_of_group, parallels
from ..views.placement import machines
from .plan import Breach, Plan, Request, make, no_tensor_cores, uneven_cut
from .weights import stored

PRECISIONS = {
    "bf16": "bf16", "bfloat16": "bf16", "float16": "bf16", "fp16": "bf16", "half": "bf16",
    "fp8": "fp8", "fp8_e4m3": "fp8", "fp8_e5m2": "fp8", "w8a8_fp8": "fp8", "fp8_block_scales": "fp8",
    "fp8_per_tensor": "fp8", "modelopt": "fp8", "modelopt_fp8": "fp8", "modelopt_fp4": "nvfp4", "nvfp4": "nvfp4",
    "mxfp4": "mxfp4",
}  # fmt: skip
"""Engines' spellings of precisions, in lower case. What is not here has sizes that the planner does not know."""
AS_STORED = frozenset(
    {
        "awq", "awq_marlin", "gptq", "gptq_marlin", "moe_wna16", "w4afp8", "w4a8_awq", "w4a16", "w4a16_awq", "int4",
        "compressed-tensors", "compressed_tensors",
    }
)  # fmt: skip
"""Quantisations that only a checkpoint stored so has: its weights are counted as they are stored."""


@dataclass(frozen=True)
class Asked:
    """A request, and where in the overlay its parts were written.

    ``lengths`` are the tokens of each experiment that a benchmark runs in this engine, question and answer together.
    """

    request: Request
    engine: Engine
    run: Parallel
    context: Argument | None
    fraction: Argument | None
    lengths: tuple[tuple[int, Resource, Pointer], ...]

    def advertised(self, breach: Breach) -> bool:
        """Whether a context is too long that nobody wrote: the model's own. Few engines refuse to start then."""
        return (
            breach.constraint == "context"
            and self.request.context is None
            and not kind(self.engine.name).refuses_own_context
        )

    def place(self, breach: Breach) -> tuple[Resource, Pointer]:
        """What to edit where a constraint breaks: the context, the fraction, the sizes, or else the container."""
        container = self.engine.container
        flag = self.run.culprit()
        if asked := _first(self.engine, breach.told):
            flag = asked
        elif breach.constraint in ("context", "buffers"):
            flag = self.context or self.fraction or flag
        elif breach.constraint in ("pool", "activations"):
            flag = self.fraction or flag
        return (flag.resource, flag.pointer) if flag else kserve.origin(container, container.gpu_pointer)


@dataclass(frozen=True)
class Written:
    """The arguments of an engine as its module asks for them; a name with a dot is a key inside an argument."""

    engine: Engine

    def _value(self, name: str) -> Any:
        outer, _, inner = name.partition(".")
        flag = self.engine.get(name) or self.engine.get(outer)
        if flag is None or not inner or flag.name.count("."):
            return flag.value if flag else None
        value = flag.value
        if isinstance(value, str) and value.startswith("{"):
            with suppress(ValueError):
                value = json.loads(value)
        keys = {plain(str(key)): inside for key, inside in mapping(value).items()}
        return keys.get(inner)

    def number(self, name: str) -> int | None:
        return whole(self._value(name))

    def on(self, name: str) -> bool:
        return str(self._value(name)).lower() in ("true", "1")

    def text(self, name: str) -> str | None:
        value = self._value(name)
        return None if value is None else str(value)


@lru_cache(maxsize=256)
def plans(overlay: Overlay) -> tuple[tuple[Asked, Plan], ...]:
    """The plan of each run, also of one whose sizes its engine refuses, which ``uneven-heads`` and others say."""
    return tuple((item, make(item.request)) for item in asked(overlay))


def memory_breaches(overlay: Overlay) -> list[tuple[Asked, Breach]]:
    """What of GPU memory breaks in an overlay, each place and message once."""
    found = dict[tuple[Pointer, str], tuple[Asked, Breach]]()
    for item, plan in plans(overlay):
        for breach in plan.breaches:
            if breach.constraint in ("weights", "pool", "buffers", "context", "activations"):
                found[item.place(breach)[1], breach.message] = (item, breach)
    return list(found.values())


def uneven_cuts(overlay: Overlay) -> list[tuple[Asked, str]]:
    """The runs whose MLPs or experts cannot be cut as their sizes say, and why; none where heads or experts cannot be
    shared either, which have rules of their own."""
    found = dict[Pointer, tuple[Asked, str]]()
    for item in asked(overlay):
        request = item.request
        model, layout, ranks = request.model, request.layout, kind(item.engine.name).expert_ranks(request.layout)
        why = uneven_cut(model, stored(model, request.quantization), layout)
        if why and ranks % layout.ep == 0 and not heads_problem(model, layout.attention_tp):
            flag = item.run.culprit()
            found[flag.pointer if flag else ()] = (item, why)
    return list(found.values())


def precision_breaches(overlay: Overlay) -> list[tuple[tuple[Resource | None, Pointer], Breach]]:
    """Precisions that the GPUs lack, once each: where they were written, or the overlay as a whole, and the breach."""
    found = dict[str, tuple[tuple[Resource | None, Pointer], Breach]]()
    for item in asked(overlay):
        flag = item.engine.get("kv-cache-dtype" if item.request.kv_precision != "auto" else "quantization")
        unpacks_by = kind(item.engine.name).unpacks_by.items()
        chosen = any(item.engine.text(name) in kernels for name, kernels in unpacks_by) or _unpacked(item)
        for breach in make(item.request).breaches:
            if breach.constraint == "precision" and not (chosen and breach.severity == "warning"):
                found[breach.message] = ((flag.resource, flag.pointer) if flag else (None, ()), breach)
    for engine in engines(overlay) if overlay.model is None else ():
        hardware = machines(overlay, engine.container.pod)
        for name in named(overlay, engine) if engine.role != "build" else ():
            if NVFP4.search(name.text) and hardware and all("nvfp4" not in hw.precisions for hw in hardware):
                breach = no_tensor_cores(hardware[0], engine.name, "nvfp4")
                found.setdefault(breach.message, ((name.resource, name.pointer), breach))
    return list(found.values())


def _unpacked(item: Asked) -> bool:
    """Whether the engine takes a kernel by itself that unpacks the checkpoint, and no argument says another."""
    about, engine = kind(item.engine.name), item.engine
    since = about.unpacks_mxfp4
    if since is None or item.request.model.native_precision != "mxfp4" or item.request.kv_precision == "nvfp4":
        return False
    free = all(engine.text(name) in (None, "auto") for name in about.unpacks_by)
    return free and engine.version is not None and not before(engine.version, since or "0")


NVFP4 = re.compile(r"(?<![A-Za-z0-9])(nv)?fp4(?![A-Za-z0-9])", re.IGNORECASE)
"""What NVIDIA writes into the name of a checkpoint that holds NVFP4: DeepSeek-R1-FP4, Llama-3.3-70B-Instruct-NVFP4."""


@lru_cache(maxsize=64)
def asked(overlay: Overlay) -> tuple[Asked, ...]:
    """Every run of every engine that loads weights onto GPUs, where the overlay shows enough to plan it."""
    if overlay.model is None:
        return ()
    found = []
    for engine in engines(overlay):
        hardware = machines(overlay, engine.container.pod)
        if kind(engine.name).fraction and engine.role != "build" and engine.container.gpus and len(hardware) == 1:
            for run in parallels(overlay, engine):
                request = _request(overlay, overlay.model, hardware[0], engine, run)
                if request is not None:
                    found.append(request)
    return tuple(found)


def _request(overlay: Overlay, model: Model, hardware: Hardware, engine: Engine, run: Parallel) -> Asked | None:
    layout = run.layout
    quantization, cache = _word(engine, "quantization"), _cache_word(engine)
    if quantization in AS_STORED and model.native_precision != "bf16":
        quantization = None
    if quantization not in (None, *PRECISIONS) or cache not in ("auto", *PRECISIONS):
        return None
    held = PRECISIONS[quantization] if quantization else None
    if held in ("bf16", model.native_precision) or model.native_precision != "bf16":
        held = None  # the checkpoint's own; that two quantisations contradict each other is not about memory
    fraction = _first(engine, kind(engine.name).fraction)
    context = _first(engine, kind(engine.name).context)
    lengths = experiments(engine)
    longest = max((tokens for tokens, *_ in lengths), default=None)
    asked_for = whole(context.value) if context else longest
    share = _number(_kv(engine, "free_gpu_memory_fraction") or (fraction.value if fraction else None))
    cap = whole(_kv(engine, "max_tokens"))
    if limit := engine.get("max-total-tokens"):
        cap = whole(limit.value)
    batch = engine.get(kind(engine.name).batch)
    tokens = whole(batch.value) if batch else None
    request = Request(
        model=model,
        hardware=hardware,
        layout=layout,
        quantization=held,
        kv_precision="auto" if cache == "auto" else PRECISIONS[cache],
        context=asked_for if asked_for and asked_for > 0 else None,
        memory_fraction=share if share is not None and 0 < share <= 1 else None,
        most_tokens=cap if cap and cap > 0 else None,
        batch_tokens=tokens if tokens and tokens > 0 else None,
        version=kind(engine.name).version(engine.container.image) or "",
        flags=Written(engine),
        hosts=max(1, -(-gpus_of_group(overlay, engine) // hardware.gpus)),
    )
    return Asked(request, engine, run, context, fraction, lengths)


def _first(engine: Engine, names: tuple[str, ...]) -> Argument | None:
    return next((flag for flag in map(engine.get, names) if flag is not None), None)


def _word(engine: Engine, name: str) -> str | None:
    flag = engine.get(name)
    return str(flag.value).lower() if flag is not None and isinstance(flag.value, str) else None


def _kv(engine: Engine, name: str) -> Any:
    """A value of TensorRT-LLM's kv_cache_config, which is a mapping inside its options."""
    flag = engine.get("kv-cache-config")
    return mapping(flag.value).get(name) if flag else None


def _cache_word(engine: Engine) -> str:
    return str(_kv(engine, "dtype") or _word(engine, "kv-cache-dtype") or "auto").lower()


def _number(value: object) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None


LENGTHS = (
    ("isl", "osl"),
    ("random-input-len", "random-output-len"),
    ("random-input", "random-output"),
    ("input-len", "output-len"),
    ("input-mean", "output-mean"),
    ("synthetic-input-tokens-mean", "output-tokens-mean"),
)
"""How benchmarks name the tokens of a request and of its answer."""


def experiments(engine: Engine) -> tuple[tuple[int, Resource, Pointer], ...]:
    """Tokens of the longest request of each experiment, and where its output length stands.

    Experiments are the entries of a list in a configuration file; without any, the command line has the lengths.
    """
    found: list[tuple[int, Resource, Pointer]] = []
    for config, key, value in engine.configs:
        for section, items in mapping(value).items():
            for i, item in mappings(items):
                names = {str(name).lower().replace("_", "-"): name for name in item}
                for given, answered in LENGTHS:
                    tokens = [whole(item.get(names.get(name, name))) for name in (given, answered)]
                    if None not in tokens:
                        at = ("data", key, str(section), i, str(names[answered]))
                        found.append((sum(filter(None, tokens)), config, at))
    for given, answered in () if found else LENGTHS:
        asked, answer = engine.get(given), engine.get(answered)
        lengths = [whole(flag.value) if flag else None for flag in (asked, answer)]
        if answer is not None and None not in lengths:
            found.append((sum(filter(None, lengths)), answer.resource, answer.pointer))
    return tuple(found)

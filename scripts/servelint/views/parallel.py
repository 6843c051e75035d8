"""How an engine spreads over GPUs: the parallel sizes of each of its runs, and the GPUs that it may use.

One engine.yaml may size several runs (a build and a benchmark, several experiments); each section is judged by itself.
Sources: TensorRT-LLM mapping.py (world = tp * pp * cp, ep and attention DP inside tp); SGLang server_args.py (dp
multiplies, unless DP attention puts it inside tp); vLLM config/parallel.py (dp always multiplies).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..catalogue.facts import Hardware
from ..engines import kind
from ..engines.kind import SIZES
from ..engines.layout import Layout, heads_problem
from ..model import Overlay, Pod, Pointer, is_marker, mapping, mappings, whole
from .engines import Argument, Engine, hollow, size_of
from .environment import UNKNOWN, expand, settled
from .groups import LONE, group_of
from .placement import machines

COUNTED = ("tp", "pp", "dp", "cp")
"""Sizes whose product is the number of GPUs."""


WRITTEN = re.compile(
    rf"(?<![\w-])--?(?:{'|'.join(name.replace('-', '[-_]') for size in COUNTED for name in SIZES[size])})(?![\w-])"
)
"""A parallel size as a flag, anywhere in a text."""


@dataclass(frozen=True)
class Parallel:
    """The sizes of one run, 1 where none is written. ``flags`` are those that were written, by size."""

    layout: Layout
    sizes: dict[str, int]
    flags: dict[str, Argument]
    engine: Engine

    @property
    def world(self) -> int:
        return self.layout.world

    @property
    def attention_tp(self) -> int:
        """GPUs that share the heads of one attention layer."""
        return self.layout.attention_tp

    def culprit(self) -> Argument | None:
        """The largest size that was written: the one to edit."""
        return max(self.flags.values(), key=lambda flag: whole(flag.value) or 0, default=None)


@lru_cache(maxsize=256)
def parallels(overlay: Overlay, engine: Engine) -> tuple[Parallel, ...]:
    """The sizes of every run; none where a size is no number that the manifest shows, or the configuration is hollow.

    ``illegal_sizes`` and ``engines.hollow`` tell why. An engine without sizes has one run, of one GPU.
    """
    known = settled(overlay, engine.container)
    runs = [] if hollow(engine) else _runs(engine)
    if not any(runs) and any(WRITTEN.search(text) for text in (engine.script, *known.values())):
        return ()  # the sizes stand in a text that a script puts together
    found = []
    for flags in runs:
        found_sizes = {size: _number(flags[size].value, known) if size in flags else 1 for size in COUNTED}
        sizes = {size: value for size, value in found_sizes.items() if value is not None and value > 0}
        if len(sizes) < len(COUNTED):
            return ()
        layout = kind(engine.name).layout(flags=engine, **sizes)
        found.append(Parallel(layout, sizes, flags, engine))
    return tuple(found)


def illegal_sizes(overlay: Overlay, engine: Engine) -> list[tuple[str, Argument]]:
    """The sizes, by name, that no engine takes: below one, no whole number, or not given a value on a command line."""
    known = settled(overlay, engine.container)
    found = dict[tuple[int, Pointer], tuple[str, Argument]]()
    for size, flag in ((size, flag) for run in _runs(engine) for size, flag in run.items()):
        number = _number(flag.value, known)
        if flag.value is not None and (number is None or number < 1) and not _hidden(flag.value, known):
            found[id(flag.resource), flag.pointer] = (size, flag)
    return list(found.values())


def _hidden(value: Any, known: Mapping[str, str]) -> bool:
    """Whether only the running container, a template or a cluster knows the value."""
    text = str(value)
    return "{" in text or "`" in text or is_marker(text) or UNKNOWN in expand(text, known)


def _runs(engine: Engine) -> list[dict[str, Argument]]:
    """The sizes that were written for each run."""
    sections: dict[str, dict[str, Argument]] = {}
    for flag in engine.arguments:  # of two spellings the last one given counts, as it does for the engine's parser
        size = size_of(flag.name)
        if size in COUNTED:
            sections.setdefault(flag.section, {})[size] = flag
    common = sections.pop("", {})
    runs = [{**common, **own} for own in sections.values()] or [common]
    # An entry of a list such as `experiments` stands on top of what its launcher passes to every run.
    everything = {size: flag for run in runs for size, flag in run.items()}
    return runs + [{**everything, **own} for own in _entries(engine) if own]


def _entries(engine: Engine) -> list[dict[str, Argument]]:
    found = []
    for config, key, value in engine.configs:
        for section, items in mapping(value).items():
            for i, item in mappings(items):
                own: dict[str, Argument] = {}
                for name, deep in item.items():
                    size, at = size_of(str(name)), ("data", key, str(section), i, str(name))
                    if size in COUNTED:
                        own[size] = Argument(str(name), deep, str(section), config, at)
                found.append(own)
    return found


def _number(value: Any, known: Mapping[str, str]) -> int | None:
    if isinstance(value, str):
        value = expand(value, known)
    return None if value == UNKNOWN else whole(value)


def uneven_heads(overlay: Overlay, engine: Engine) -> list[tuple[Argument, str]]:
    """The tensor-parallel sizes that do not fit the overlay's model, and why."""
    model, found = overlay.model, dict[Pointer, tuple[Argument, str]]()
    if model is None:
        return []
    for run in parallels(overlay, engine):
        message = heads_problem(model, run.attention_tp)
        if message:
            found[run.flags["tp"].pointer] = (run.flags["tp"], message)
    return list(found.values())


def gpus_of_group(overlay: Overlay, engine: Engine) -> int:
    """GPUs of all pods that run one engine together: its own pod's, or its group's where the kind makes groups."""
    container = engine.container
    resource = container.resource
    group = group_of(overlay, container) if resource.kind == "LeaderWorkerSet" else None
    if group is not None:
        return group.gpus
    known = settled(overlay, container)
    nodes = engine.get("nnodes")
    count = _number(nodes.value, known) if nodes else None
    if count:
        return container.gpus * count
    if resource.kind in LONE:
        return container.gpus
    siblings = overlay.pods_in(resource)
    return sum(other.gpus * other.count * _parallelism(other) for other in siblings)


def ragged(overlay: Overlay, engine: Engine) -> tuple[Parallel, Hardware] | None:
    """The run of an engine over several hosts that takes no whole number of them, and the machine that they are."""
    group = group_of(overlay, engine.container)
    largest = max(parallels(overlay, engine), key=lambda run: run.world, default=None)
    known = machines(overlay, engine.container.pod)
    if group is None or group.pods < 2 or largest is None or largest.world > group.gpus or not known:
        return None
    # Of one host's GPUs or fewer, the pods may share it.
    uneven = all(largest.world > hw.gpus and largest.world % hw.gpus for hw in known)
    return (largest, known[0]) if uneven else None


def _parallelism(pod: Pod) -> int:
    """Pods that a Job runs side by side; 1 for anything else."""
    job = pod.resource.at(pod.pointer[:-2])
    return whole(mapping(job).get("parallelism")) or 1

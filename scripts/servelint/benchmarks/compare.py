"""Two sets of runs against each other: what was asked alike is compared, figure by figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from .record import FIGURES, Record, flat

COMPARED = tuple(name for name in FIGURES if not name.endswith(("_minimum_ms", "_maximum_ms")))
"""What is compared without being asked: the slowest and the fastest of all requests are nobody's rule."""

Asked = tuple[str | int | None, ...]


def asked(record: Record) -> Asked:
    """What a run was asked: two runs with the same are repeats. Failed requests were asked as well."""
    requests = None if record.requests is None else record.requests + (record.failed or 0)
    lengths = (None if length is None else round(length) for length in (record.isl, record.osl))
    return (record.model, record.experiment, *lengths, requests, record.max_concurrency)


def named(what: Asked) -> str:
    """``what`` for people."""
    model, experiment, isl, osl, requests, at_once = what
    parts = [str(model or "a model that nobody named"), f"{isl or '?'}/{osl or '?'} tokens"]
    parts += [f"{requests} requests"] if requests else []
    parts += [f"{at_once} at a time"] if at_once else []
    return ", ".join([*([str(experiment)] if experiment else []), *parts])


@dataclass(frozen=True)
class Change:
    """One figure of runs that were asked the same. ``share`` is b over a, less one; ``spread_a`` and ``spread_b`` are
    largest less smallest over the mean, None of a single run."""

    what: Asked
    figure: str
    a: float
    b: float
    share: float
    spread_a: float | None
    spread_b: float | None
    worse: bool
    beyond: bool


def groups(records: Sequence[Record]) -> dict[Asked, list[Record]]:
    """Repeats together, in the order in which they came."""
    found: dict[Asked, list[Record]] = {}
    for record in records:
        found.setdefault(asked(record), []).append(record)
    return found


def changes(a: Sequence[Record], b: Sequence[Record], threshold: float, figures: Sequence[str]) -> list[Change]:
    """Every figure that both have.

    ``beyond``: the mean of b is worse than that of a by more than ``threshold`` (0.05 is a twentieth) and no run of b
    is as good as the worst of a: what is inside the spread of repeats is noise. Throughputs are better where larger,
    latencies where smaller."""
    before, after = groups(a), groups(b)
    found = []
    for what in (what for what in before if what in after):
        for figure in figures:
            old = [value for run in before[what] if (value := flat(run)[figure]) is not None]
            new = [value for run in after[what] if (value := flat(run)[figure]) is not None]
            if old and new and fmean(old) > 0:
                found.append(_change(what, figure, old, new, threshold))
    return found


def _change(what: Asked, figure: str, old: list[float], new: list[float], threshold: float) -> Change:
    share = fmean(new) / fmean(old) - 1
    lower_is_better = figure.endswith("_ms")
    apart = min(new) > max(old) if lower_is_better else max(new) < min(old)
    worse = share > 0 if lower_is_better else share < 0
    return Change(
        what, figure, fmean(old), fmean(new), share, _spread(old), _spread(new), worse,
        worse and abs(share) > threshold and apart,
    )  # fmt: skip


def _spread(values: list[float]) -> float | None:
    return (max(values) - min(values)) / fmean(values) if len(values) > 1 and fmean(values) else None


@dataclass(frozen=True)
class Step:
    """One run of the past: ``share`` is its figure over that of the run before with the same question, less one."""

    record: Record
    value: float
    share: float | None


def history(records: Sequence[Record], figure: str) -> list[Step]:
    """The runs that have a figure, by their start, each with what became of it since the run before."""
    steps: list[Step] = []
    last: dict[Asked, float] = {}
    for record in sorted(records, key=lambda run: (run.start or "", run.source, run.line)):
        value = flat(record)[figure]
        if value is not None:
            before = last.get(asked(record))
            steps.append(Step(record, value, value / before - 1 if before else None))
            last[asked(record)] = value
    return steps

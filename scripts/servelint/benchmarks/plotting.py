"""Throughput against latency, with the runs that nothing beats."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..borders.printing import printable
from .compare import Step, asked, named
from .record import Record
from .tables import INSTALL, NotInstalled

LATENCY = {
    "tpot": "time per output token, mean (ms)",
    "itl": "inter-token latency, mean (ms)",
    "e2e": "request latency, mean (ms)",
    "ttft": "time to first token, mean (ms)",
}
"""What may stand on the x axis, the most telling first."""
LOOK = {"svg.hashsalt": "serving-fleet", "svg.fonttype": "none", "text.parse_math": False, "font.size": 9}
"""Settings that make the same bytes of the same input, and text of foreign text."""
MARKERS = "osD^vPX*<>hp"
MOST_NAMED = 12
"""Series in the legend; a legend of more covers what it explains."""


@dataclass(frozen=True)
class Point:
    """One run in the picture."""

    x: float
    y: float
    series: str
    record: Record


@dataclass(frozen=True)
class Picture:
    """What is drawn: ``points`` with their axes, what is ``missing``, and for each pair of lengths the ``fronts`` of
    those points that nothing beats."""

    points: tuple[Point, ...]
    fronts: tuple[tuple[Point, ...], ...]
    x: str
    y: str
    missing: tuple[str, ...]


def picture(records: Sequence[Record], failed: Sequence[str], latency: str | None = None) -> Picture:
    """What to draw. latency: a key of LATENCY, by default that which most runs have.

    Throughput is a GPU's share if all runs that can be drawn know their GPUs, so that servers of several sizes compare.
    """
    have = {name: sum(getattr(record, name).mean is not None for record in records) for name in LATENCY}
    chosen = latency or max(LATENCY, key=lambda name: have[name])
    drawn = [r for r in records if getattr(r, chosen).mean is not None and r.output_throughput is not None]
    per_gpu = bool(drawn) and all(record.output_per_gpu is not None for record in drawn)
    points = tuple(
        Point(
            getattr(record, chosen).mean,
            (record.output_per_gpu if per_gpu else record.output_throughput) or 0.0,
            series(record),
            record,
        )
        for record in drawn
    )
    left = [f"{record.source}:{record.line}" for record in records if record not in drawn]
    missing = [f"{len(failed)} failed: {_some(failed)}"] if failed else []
    missing += [f"{len(left)} without this latency: {_some(left)}"] if left else []
    unit = "output tokens/s a GPU" if per_gpu else "output tokens/s"
    lengths = dict.fromkeys(_sizes(point.record) for point in points)
    fronts = tuple(pareto([point for point in points if _sizes(point.record) == each]) for each in lengths)
    return Picture(points, fronts, LATENCY[chosen], unit, tuple(missing))


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(printable(name)[-60:] for name in names[:2]) + more


def series(record: Record) -> str:
    """What runs of one colour share."""
    model = (record.model or "?").rpartition("/")[2]
    engine = " ".join(filter(None, (record.engine, record.engine_version)))
    where = record.hardware or record.gpu
    return printable(", ".join(filter(None, (model, where, engine, _sizes(record)))))


def _sizes(record: Record) -> str:
    """Tokens of a prompt and an answer: only runs with the same can beat each other."""
    return f"{record.isl:.0f}/{record.osl:.0f}" if record.isl and record.osl else ""


def pareto(points: Sequence[Point]) -> tuple[Point, ...]:
    """Those than which no other has both less latency and more throughput, by latency.

    Source: https://en.wikipedia.org/wiki/Pareto_front; equal points are one.
    """
    front: list[Point] = []
    for point in sorted(points, key=lambda one: (one.x, -one.y)):
        if not front or point.y > front[-1].y:
            front.append(point)
    return tuple(front)


def _apart(shown: Picture) -> list[Point]:
    """Points of the fronts whose labels do not cover each other, those with most throughput first."""
    wide, high = max(point.x for point in shown.points), max(point.y for point in shown.points)
    kept: list[Point] = []
    for point in sorted((point for front in shown.fronts for point in front), key=lambda one: -one.y):
        near = (abs(point.x - k.x) < 0.06 * wide and abs(point.y - k.y) < 0.04 * high for k in kept)
        if point.record.concurrency and not any(near):
            kept.append(point)
    return kept


def draw(shown: Picture, form: str) -> bytes:
    """The picture as ``png`` or ``svg``; the same input gives the same bytes. Raises NotInstalled."""
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise NotInstalled(f"plot needs matplotlib ({error}); {INSTALL}") from None
    with matplotlib.rc_context(LOOK):
        figure: Any = Figure(figsize=(9, 5.5), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        names = list(dict.fromkeys(point.series for point in shown.points))
        for number, name in enumerate(names):
            own = [point for point in shown.points if point.series == name]
            axes.scatter(
                [point.x for point in own], [point.y for point in own], s=34, zorder=3, alpha=0.85,
                marker=MARKERS[number // 10 % len(MARKERS)], color=f"C{number % 10}",
                label=name if number < MOST_NAMED else None,
            )  # fmt: skip
        label: str | None = "nothing is better in both; figures are requests at a time"
        for front in (front for front in shown.fronts if len(front) > 1):
            axes.plot(
                [point.x for point in front], [point.y for point in front], drawstyle="steps-post", color="0.35",
                linewidth=1.2, zorder=2, label=label,
            )  # fmt: skip
            label = None
        for point in _apart(shown):
            axes.annotate(
                f"{point.record.max_concurrency or point.record.concurrency:.0f}", (point.x, point.y),
                textcoords="offset points", xytext=(5, 5), fontsize=7, color="0.3",
            )  # fmt: skip
        axes.set_xlabel(shown.x)
        axes.set_ylabel(shown.y)
        axes.set_xlim(left=0, right=1.1 * max(point.x for point in shown.points))
        axes.set_ylim(bottom=0, top=1.12 * max(point.y for point in shown.points))
        axes.grid(True, color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)
        rest = f" ({len(names) - MOST_NAMED} more series)" if len(names) > MOST_NAMED else ""
        figure.legend(
            loc="outside upper left", fontsize=7.5, frameon=False, ncols=1 if len(names) < 4 else 2, title=rest
        )
        if shown.missing:
            figure.supxlabel("not drawn: " + "; ".join(shown.missing), fontsize=7, x=0.01, ha="left", color="C3")
        return _saved(figure, form)


def draw_history(steps: Sequence[Step], figure: str, title: str, form: str) -> bytes:
    """One figure over the runs of an overlay, a line for each question, as ``png`` or ``svg``. Raises NotInstalled."""
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise NotInstalled(f"history needs matplotlib to draw ({error}); {INSTALL}") from None
    runs = list(dict.fromkeys((step.record.start or "?", step.record.revision or "?") for step in steps))
    with matplotlib.rc_context(LOOK):
        whole: Any = Figure(figsize=(9, 5.5), layout="constrained")
        FigureCanvasAgg(whole)
        axes = whole.add_subplot()
        for number, what in enumerate(dict.fromkeys(asked(step.record) for step in steps)):
            own = [step for step in steps if asked(step.record) == what]
            at = [runs.index((step.record.start or "?", step.record.revision or "?")) for step in own]
            label = printable(named(what)) if number < MOST_NAMED else None
            axes.plot(at, [step.value for step in own], marker="o", color=f"C{number % 10}", label=label)
        shown = range(0, len(runs), max(1, len(runs) // 15))
        labels = [f"{printable(runs[at][1])}\n{printable(runs[at][0])}" for at in shown]
        axes.set_xticks(list(shown), labels, rotation=40, ha="right", fontsize=7)
        axes.set_ylabel(figure)
        axes.set_ylim(bottom=0, top=1.12 * max(step.value for step in steps))
        axes.set_title(printable(title), fontsize=9, loc="left")
        axes.grid(True, color="0.9", linewidth=0.6)
        whole.legend(loc="outside lower left", fontsize=7.5, frameon=False)
        return _saved(whole, form)


def _saved(figure: Any, form: str) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format=form, dpi=130, metadata={"Date": None} if form == "svg" else {"Software": None})
    return out.getvalue()

"""Every machine with every model and workload: there and valid, possible but not written, or impossible and why.

exit 0 · 1 an overlay that is there is not valid · 2 could not say
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..borders.printing import as_json, cell, printable
from ..catalogue.facts import Hardware, Model
from ..catalogue.load import load_hardware, load_models
from ..engines import kinds
from ..engines.kind import Kind
from ..engines.layout import Layout
from ..engines.lists import serving, versions_that_serve
from ..model import Resource
from ..planner import calibration, names
from ..planner.plan import Plan, Request, best
from ..rules import all_rules
from ..server import schema
from ..steps import crash, pipeline
from ..steps.context import Context
from ..steps.discover import targets
from ..steps.request import near
from .console import Parser, Usage, refuse_empty, write
from .generated import rewrite
from .validate import BLOCKED, CLEAN, guarded

SHORTEST = 8192
"""Tokens of context below which a server is of no use, where the model's own does not fit."""
DOCUMENTS = {"matrix": "overlays/README.md", "calibration": f"{calibration.HERE}/README.md"}


@dataclass(frozen=True)
class Entry:
    """One combination. ``status`` is valid, invalid, present (not validated), feasible, uncertain or infeasible."""

    hardware: str
    model: str
    workload: str
    status: str
    overlay: str | None = None
    findings: int = 0
    hosts: int = 1
    layout: str | None = None
    quantization: str | None = None
    tokens: int | None = None
    context: int | None = None
    reason: str | None = None


def entries(root: Path, validate: bool = True) -> list[Entry]:
    """The whole matrix, in order of hardware, model and workload. Raises what ``pipeline.validate`` raises."""
    hardware, models = load_hardware(root, schema.VERSIONS if validate else (), True), load_models(root, True)
    leaves = {(t.hardware, t.model, t.workload): t for t in targets(root) if t.kind == "leaf"}
    errors = _errors(root, hardware, models) if validate else {}
    found, search = [], _searcher()
    for machine in hardware.values():
        for model in models.values():
            for workload in sorted({target.workload or "" for target in leaves.values()}):
                leaf = leaves.get((machine.name, model.name, workload))
                if leaf is None:
                    made = _documents(root, workload)
                    entry = _planned(machine, model, workload, _hosts(root, machine, made), search)
                    found.append(_named(entry, made))
                    continue
                count = errors.get(leaf.path, 0)
                status = ("invalid" if count else "valid") if validate else "present"
                found.append(Entry(machine.name, model.name, workload, status, leaf.path, count))
    return found


def _errors(root: Path, hardware: Mapping[str, Hardware], models: Mapping[str, Model]) -> dict[str, int]:
    """Blocking findings of each leaf. Raises crash.RuleCrashed: of what was not judged nothing is said to be valid."""
    context = Context(root, hardware, models, list(all_rules().values()))
    wanted = [target for target in targets(root) if target.kind == "leaf"]
    result = pipeline.validate(context, wanted, datetime.datetime.now(datetime.UTC).date())
    if result.crashes:
        raise crash.RuleCrashed(*result.crashes)
    count: dict[str, int] = {}
    for finding in result.blocking():
        count[finding.overlay] = count.get(finding.overlay, 0) + 1
    return count


def _documents(root: Path, workload: str) -> list[Resource]:
    """The objects that the base of a workload holds."""
    try:
        return names.documents(root, workload)
    except ValueError as error:
        raise Usage(str(error)) from None


def _named(entry: Entry, made: list[Resource]) -> Entry:
    """The combination as it is, or, if its overlay's prefix makes a name that its controller cannot use, why not."""
    path = f"overlays/{entry.hardware}/{entry.model}/{entry.workload}"
    reason = names.unusable(made, path, entry.hosts) if entry.status != "infeasible" else None
    if reason is None:
        return entry
    return Entry(entry.hardware, entry.model, entry.workload, "infeasible", hosts=entry.hosts, reason=reason)


def _hosts(root: Path, machine: Hardware, made: list[Resource]) -> tuple[int, ...]:
    """Numbers of hosts that one server of a workload may span; none if the machine has no component for several.

    A base that holds a LeaderWorkerSet spans hosts; they must lie in one NVLink domain.
    """
    if not names.spans_hosts(made):
        return (1,)
    if not (root / "hardware" / machine.name / "hosts").is_dir():
        return ()
    return tuple(n for n in (2, 4, 8, 16) if n <= machine.domain_hosts)


def _planned(machine: Hardware, model: Model, workload: str, hosts: tuple[int, ...], search: _Search) -> Entry:
    """A combination without an overlay: on as few hosts as will do."""
    known = kinds().get(workload.partition("-")[0])
    if known is None:
        return Entry(machine.name, model.name, workload, "infeasible", reason="no engine is known by this name")
    engine = known.planned_as or known.name
    if reason := _unserved(known, model):
        return Entry(machine.name, model.name, workload, "infeasible", reason=reason)
    if not hosts:
        reason = f"hardware/{machine.name} has no component for several hosts"
        return Entry(machine.name, model.name, workload, "infeasible", reason=reason)
    entry = None
    for count in hosts:
        entry = _entry(machine, model, workload, count, *search(machine, model, engine, count))
        if entry.status != "infeasible":
            break
    assert entry is not None
    return entry


def _unserved(engine: Kind, model: Model) -> str | None:
    """Why not even the newest version of an engine that was read runs a model."""
    known = versions_that_serve(engine.family)
    found = serving(engine.family, model.architecture, known[-1]) if known and model.architecture else None
    if found is None or found.how == "own":
        return None
    return f"{engine.title} {known[-1]}, the newest that was read, has no class of its own for {model.architecture}"


_Search = Callable[[Hardware, Model, str, int], tuple[Plan | None, str | None]]


def _searcher() -> _Search:
    """A search that remembers: the workloads of one engine share their plans."""
    known: dict[tuple[str, str, str, int], tuple[Plan | None, str | None]] = {}

    def search(machine: Hardware, model: Model, engine: str, hosts: int) -> tuple[Plan | None, str | None]:
        key = (machine.name, model.name, engine, hosts)
        if key not in known:
            known[key] = _best(Request(model, machine, Layout(engine), hosts=hosts))
        return known[key]

    return search


def _best(request: Request) -> tuple[Plan | None, str | None]:
    """The best plan, and how it is quantised if not as stored: BF16 that does not fit is tried in FP8."""
    as_stored = _fitting(request)
    if request.model.native_precision != "bf16" or (as_stored is not None and _useful(as_stored)):
        return as_stored, None
    smaller = _fitting(replace(request, quantization="fp8"))
    return (smaller, "fp8") if smaller is not None and _useful(smaller) else (as_stored, None)


def _fitting(request: Request) -> Plan | None:
    """The best plan for the model's own context, or where an engine's tables for that are too large, for a half of it,
    a quarter and so on."""
    plan, context = best(request), request.model.context
    while plan is not None and plan.first and plan.first.constraint == "buffers" and context > SHORTEST:
        context //= 2
        plan = best(replace(request, context=context))
    return plan


def _useful(plan: Plan) -> bool:
    """Whether a server of this plan starts and takes requests that are worth one."""
    others = [breach for breach in plan.breaches if breach.severity == "error" and breach.constraint != "context"]
    return not others and plan.group_tokens >= min(plan.request.model.context, SHORTEST)


def _entry(
    machine: Hardware, model: Model, workload: str, hosts: int, plan: Plan | None, quantization: str | None
) -> Entry:
    if plan is None:
        reason = "no parallel sizes of this machine are legal for the model"
        return Entry(machine.name, model.name, workload, "infeasible", hosts=hosts, reason=reason)
    first, layout = plan.first, plan.request.layout
    if not _useful(plan):
        even = "" if first and first.constraint == "precision" else f"even with {layout} "
        reason = even + (first.message if first else "the KV cache is too small")
        return Entry(machine.name, model.name, workload, "infeasible", hosts=hosts, reason=reason)
    # What is left of the model's own context is told with the entry, and no doubt.
    doubts = replace(plan, breaches=tuple(breach for breach in plan.breaches if breach.constraint != "context"))
    status = "uncertain" if doubts.verdict == "uncertain" else "feasible"
    context = min(plan.request.context or model.context, plan.group_tokens)
    return Entry(
        machine.name, model.name, workload, status, None, 0, hosts, str(layout), quantization, plan.tokens, context
    )


def text(found: list[Entry]) -> str:
    """A line a combination."""
    rows = [(e.hardware, e.model, e.workload, e.status, _detail(e)) for e in found]
    wide = [max((len(row[i]) for row in rows), default=0) for i in range(4)]
    body = ["  ".join([*(f"{row[i]:<{wide[i]}}" for i in range(4)), row[4]]).rstrip() for row in rows]
    count = {name: sum(e.status == name for e in found) for name in sorted({e.status for e in found})}
    tally = ", ".join(f"{number} {name}" for name, number in count.items())
    return "\n".join([*map(printable, body), "", f"{len(found)} combinations: {tally}"]) + "\n"


def _detail(entry: Entry) -> str:
    if entry.overlay:
        return entry.overlay + (f" ({entry.findings} errors)" if entry.findings else "")
    if entry.layout is None:
        return entry.reason or ""
    words = [entry.layout, f"{entry.tokens:,} KV tokens", f"context {entry.context:,}"]
    if entry.quantization:
        words.insert(1, f"--quantization {entry.quantization}")
    if entry.hosts > 1:
        words.insert(0, f"{entry.hosts} hosts")
    return ", ".join(words)


def markdown(found: list[Entry]) -> str:
    """A row a machine and model, a column a workload."""
    workloads = sorted({entry.workload for entry in found})
    text = [f"| machine | model | {' | '.join(map(cell, workloads))} |", "|---|---|" + "---|" * len(workloads)]
    pairs = dict.fromkeys((entry.hardware, entry.model) for entry in found)
    cells = {(e.hardware, e.model, e.workload): _cell(e) for e in found}
    for hardware, model in pairs:
        row = [cells[hardware, model, workload] for workload in workloads]
        text.append(f"| {cell(hardware)} | {cell(model)} | {' | '.join(row)} |")
    return "\n".join(text)


def _cell(entry: Entry) -> str:
    if entry.overlay:
        return f"[{'✗' if entry.status == 'invalid' else '✓'}]({quote(entry.overlay.removeprefix('overlays/'))})"
    if entry.layout is None:
        return "–"
    words = entry.layout.replace("attention DP", "ADP") + (f" on {entry.hosts} hosts" if entry.hosts > 1 else "")
    return (
        words
        + (f", {entry.quantization.upper()}" if entry.quantization else "")
        + (" ?" if entry.status == "uncertain" else "")
    )


def parser() -> Parser:
    made = Parser(
        prog="matrix.py",
        description="Lists every machine, model and workload: overlay there and valid, feasible, or not and why.",
        epilog="exit 0, 1 an overlay that is there is not valid, 2 could not say",
        allow_abbrev=False,
    )
    add = made.add_argument
    add("--hardware", metavar="HW", help="only this folder below hardware/")
    add("--model", metavar="MODEL", help="only this folder below models/")
    add("--workload", metavar="WORKLOAD", help="only this workload")
    add("--format", choices=("text", "json", "markdown"), default="text")
    add("--output", metavar="FILE", help="write to FILE instead of stdout")
    add("--no-validate", action="store_true", help="do not validate the overlays that are there")
    add("--write", action="store_true", help="rewrite the tables of the READMEs, and nothing else")
    return made


def documents(root: Path) -> dict[str, str]:
    """What stands between the markers of DOCUMENTS. That every overlay there is valid is another test's concern."""
    return {"matrix": markdown(entries(root, validate=False)), "calibration": calibration.table(root)}


def _run(argv: list[str] | None, root: Path) -> int:
    args: Any = parser().parse_args(argv)
    refuse_empty(args)
    if args.write:
        for name, content in documents(root).items():
            try:
                changed = rewrite(root, DOCUMENTS[name], name, content)
            except ValueError as error:
                raise Usage(str(error)) from None
            write(f"{DOCUMENTS[name]}: {name} {'rewritten' if changed else 'is up to date'}\n", None)
        return CLEAN
    found = entries(root, not args.no_validate)
    for option in ("hardware", "model", "workload"):
        wanted, known = getattr(args, option), sorted({getattr(entry, option) for entry in found})
        if wanted and wanted not in known:
            raise Usage(f"--{option}: there is no {wanted!r}{near(wanted, known)}")
        found = [entry for entry in found if wanted in (None, getattr(entry, option))]
    if args.format == "json":
        body = {"version": 1, "entries": [asdict(entry) for entry in found]}
        write(as_json(body, indent=1), args.output)
    else:
        write(markdown(found) + "\n" if args.format == "markdown" else text(found), args.output)
    return BLOCKED if any(entry.status == "invalid" for entry in found) else CLEAN


def main(argv: list[str] | None = None, root: Path | None = None) -> int:
    """Lists; returns the exit status. ``root``: the repository, by default the one that holds this file."""
    root = (root or Path(__file__).parents[3]).resolve()
    return guarded("matrix.py", lambda: _run(argv, root))

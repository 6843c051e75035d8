"""The command line of plan.py: does a model fit a machine, and with which layout best.

exit 0 feasible (also if uncertain) · 1 infeasible · 2 could not plan
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ..borders.printing import as_json as printed
from ..borders.printing import printable
from ..catalogue.facts import Model
from ..catalogue.load import CatalogueError, load_hardware, load_models
from ..catalogue.parts import MADE
from ..engines import kinds
from ..engines.kind import Given
from ..engines.layout import Layout
from ..engines.lists import stored
from ..engines.versions import before, order
from ..model import Overlay
from ..planner import names
from ..planner import plan as planning
from ..planner.memory import GIB
from ..planner.overlay import PRECISIONS, asked
from ..planner.plan import Breach, Line, Plan, Request
from ..steps import pipeline
from ..steps.context import Context
from ..steps.discover import discover
from ..steps.request import near
from .console import Parser, Usage, refuse_empty, write
from .validate import BLOCKED, CLEAN, guarded

DESCRIPTION = """\
Plans GPU memory: weights, KV cache, what is left for it and how many requests fit, with formulas and sources.
Give --model, --hardware and --engine, or the folder of an overlay."""


def parser() -> Parser:
    made = Parser(
        prog="plan.py", description=DESCRIPTION, epilog="exit 0 feasible, 1 infeasible, 2 could not plan",
        allow_abbrev=False,
    )  # fmt: skip
    add = made.add_argument
    add("overlay", nargs="?", metavar="OVERLAY", help="folder of an overlay, in the place of all that follows")
    add("--model", metavar="MODEL", help="folder name below models/")
    add("--hardware", metavar="HW", help="folder name below hardware/")
    add(
        "--engine",
        choices=[name for name, engine in kinds().items() if engine.fraction],
        help="whose meaning the sizes and the fraction have",
    )
    add("--tp", type=int, metavar="N", help="tensor-parallel size (default: the GPUs of a host, over pp and dp)")
    add("--pp", type=int, metavar="N", help="pipeline-parallel size (default 1)")
    add("--ep", type=int, metavar="N", help="expert-parallel size, inside tp (default 1)")
    add("--dp", type=int, metavar="N", help="data-parallel size (default 1)")
    add("--attention-dp", action="store_true", help="data parallelism of attention, inside tp (SGLang, TensorRT-LLM)")
    add("--quantization", choices=MADE, help="quantise a BF16 checkpoint while loading")
    add("--kv-cache-dtype", default="auto", metavar="TYPE", help="auto, bf16, fp8, fp8_e4m3, fp8_e5m2 or nvfp4")
    add("--context", type=int, metavar="TOKENS", help="longest request, prompt and answer (default: the model's own)")
    add("--memory-fraction", type=float, metavar="F", help="the engine's own memory fraction (default: its default)")
    add("--engine-version", metavar="X.Y.Z", help="what depends on it is planned so (default for SGLang: as 0.4.6)")
    add("--pass-tokens", type=int, metavar="N", help="tokens of the largest pass (default: the engine's)")
    add("--graph-batch", type=int, metavar="N", help="requests of the largest captured step (SGLang)")
    add("--mtp", action="store_true", help="the checkpoint's modules for multi-token prediction draft")
    add("--hosts", type=int, default=1, metavar="N", help="hosts that one engine may span (default 1)")
    add("--best", action="store_true", help="find the layout with the most KV tokens; given sizes stay")
    add("--format", choices=("text", "json"), default="text")
    add("--output", metavar="FILE", help="write to FILE instead of stdout")
    return made


GIVEN = (
    "model", "hardware", "engine", "tp", "pp", "ep", "dp", "quantization", "context", "memory_fraction",
    "engine_version", "pass_tokens", "graph_batch",
)  # fmt: skip


def _check(args: Any, hardware: list[str], models: list[str]) -> None:
    for name in ("tp", "pp", "ep", "dp", "context", "hosts", "pass_tokens", "graph_batch"):
        value = getattr(args, name)
        if value is not None and not 1 <= value <= 10**9:
            raise Usage(f"--{name.replace('_', '-')} must be at least 1, and a number that some machine could have")
    if args.memory_fraction is not None and not 0 < args.memory_fraction <= 1:
        raise Usage("--memory-fraction must be above 0 and at most 1")
    if args.kv_cache_dtype.lower() not in ("auto", *PRECISIONS):
        raise Usage(f"--kv-cache-dtype: unknown {args.kv_cache_dtype!r}{near(args.kv_cache_dtype, sorted(PRECISIONS))}")
    if args.overlay:
        given = [name for name in GIVEN if getattr(args, name) is not None] + (["mtp"] if args.mtp else [])
        if given:
            raise Usage(f"--{given[0].replace('_', '-')} and OVERLAY exclude each other: the overlay says it")
        return
    for option in ("model", "hardware", "engine"):
        if getattr(args, option) is None:
            raise Usage(f"--{option} is missing: give --model, --hardware and --engine, or an overlay")
    for option, known in (("hardware", hardware), ("model", models)):
        name = getattr(args, option)
        if name not in known:
            raise Usage(f"--{option}: there is no {name!r}{near(name, known)}")


def _check_engine(args: Any, model: Model) -> None:
    """What depends on the engine and the model that are named."""
    engine, version = kinds()[args.engine], args.engine_version
    if args.graph_batch is not None and not engine.graphs:
        raise Usage(f"--graph-batch: the memory of {engine.title} is not planned by it")
    if args.mtp and not model.mtp_layers:
        raise Usage(f"--mtp: {args.model} holds no modules for multi-token prediction")
    if version is None:
        return
    if order(version) is None:
        raise Usage(f"--engine-version: {version!r} is no version such as {engine.oldest}")
    newest = stored()[engine.family][-1]
    if before(version, engine.oldest) or before(newest, version):
        known = f"{engine.oldest} to {newest}"
        raise Usage(f"--engine-version: {engine.title} {version} is not known: give one from {known}")


def _flags(args: Any) -> Given:
    """What the options say in the engine's own arguments."""
    engine = kinds()[args.engine]
    graphs = {engine.graphs: args.graph_batch} if args.graph_batch is not None else {}
    return Given({**graphs, **(engine.mtp if args.mtp else {})})


def _layout(args: Any, gpus: int) -> Layout:
    pp, ep = args.pp or 1, args.ep or 1
    inside = args.attention_dp
    tp = args.tp or max(1, gpus // (pp * (1 if inside else args.dp or 1)))
    dp = args.dp or (tp if inside else 1)
    return Layout(args.engine, tp, pp, ep, dp, inside)


def _requested(args: Any, root: Path) -> list[tuple[str, Plan]]:
    hardware, models = load_hardware(root), load_models(root)
    _check(args, sorted(hardware), sorted(models))
    if args.overlay:
        return _of_overlay(args, root, Context(root, hardware, models, []))
    machine, model = hardware[args.hardware], models[args.model]
    _check_engine(args, model)
    request = Request(
        model=model,
        hardware=machine,
        layout=_layout(args, machine.gpus * args.hosts),
        quantization=args.quantization,
        kv_precision={"auto": "auto", **PRECISIONS}[args.kv_cache_dtype.lower()],
        context=args.context,
        memory_fraction=args.memory_fraction,
        hosts=args.hosts,
        version=args.engine_version or "",
        batch_tokens=args.pass_tokens,
        flags=_flags(args),
    )
    title = f"{args.model} on {args.hardware}"
    plan = _best(request, args) if args.best else planning.make(request)
    return [(title, _named(plan, root))]


def _named(plan: Plan, root: Path) -> Plan:
    """The plan, with a breach if the overlay of such a server over several hosts would have a name that is too long."""
    request, folders = plan.request, sorted((root / "base").glob(f"{plan.request.layout.engine}-*/"))
    hosts = -(-request.layout.world // request.hardware.gpus)
    for folder in folders if hosts > 1 else ():
        made = names.documents(root, folder.name)
        path = f"overlays/{request.hardware.name}/{request.model.name}/{folder.name}"
        if names.spans_hosts(made) and (reason := names.unusable(made, path, hosts)):
            return replace(plan, breaches=(*plan.breaches, Breach("name", "error", reason)))
    return plan


def _best(request: Request, args: Any) -> Plan:
    fixed = {name: getattr(args, name) for name in ("tp", "pp", "ep", "dp") if getattr(args, name) is not None}
    if args.attention_dp:
        fixed["attention_dp"] = True
    found = planning.best(request, **fixed)
    if found is None:
        raise Usage("no layout has these sizes: give fewer of them")
    return found


def _of_overlay(args: Any, root: Path, context: Context) -> list[tuple[str, Plan]]:
    plans = []
    for target in discover(root, [args.overlay], Path.cwd()):
        overlay = pipeline.rendered(context, [target])[target.path]
        if not isinstance(overlay, Overlay):
            raise Usage(f"{target.path}: {overlay}")
        for item in asked(overlay):
            where = f"{item.engine.container.resource.kind}/{item.engine.container.name}"
            request = replace(item.request, layout=Layout(item.request.layout.engine)) if args.best else item.request
            plan = planning.best(request) if args.best else planning.make(request)
            if plan is not None:
                plans.append((f"{target.path} {where}", plan))
    if not plans:
        raise Usage(f"{args.overlay}: nothing here loads weights in a way that can be planned; see --help")
    return plans


def amount(line: Line) -> str:
    """A figure with its unit, as people read it."""
    if line.unit != "bytes":
        number = f"{line.value:,.3f}" if isinstance(line.value, float) else f"{line.value:,}"
        return f"{number} {line.unit}".rstrip()
    return f"{line.value / GIB:,.2f} GiB" if abs(line.value) >= 2**20 else f"{line.value:,.0f} B"


def text(plans: list[tuple[str, Plan]]) -> str:
    """A table for each plan: figure, formula, number of its source; then what breaks, the verdict, and the sources."""
    found, sources = [], dict[str, int]()
    for title, plan in plans:
        rows = [
            (line.name, amount(line), line.formula, f"[{sources.setdefault(line.source, len(sources) + 1)}]")
            for line in plan.lines
        ]
        wide = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
        found.append(f"{title} with {plan.request.layout.engine}: {plan.request.layout}")
        for name, value, formula, source in rows:
            found.append(f"  {name:<{wide[0]}}  {value:>{wide[1]}}  {formula:<{wide[2]}}  {source}")
        for breach in plan.breaches:
            found.append(f"  {breach.severity}[{breach.constraint}] {breach.message}")
        first = plan.first
        found += [f"{plan.verdict}{f': {first.message}' if first else ''}", ""]
    found += [f"[{number}] {source}" for source, number in sources.items()]
    return "\n".join(map(printable, found)).rstrip("\n") + "\n"


def as_json(title: str, plan: Plan) -> dict[str, Any]:
    """One plan as the JSON of plan.py has it; ``matrix`` uses the same form."""
    request, layout = plan.request, plan.request.layout
    first = plan.first
    return {
        "title": title,
        "model": request.model.name,
        "hardware": request.hardware.name,
        "engine": layout.engine,
        "layout": {
            "tp": layout.tp, "pp": layout.pp, "ep": layout.ep, "dp": layout.groups,
            "attention_dp": layout.attention_dp, "gpus": layout.world,
        },
        "kv_cache_dtype": planning.kv_precision(request),
        "context": request.context or request.model.context,
        "figures": [
            {"name": li.name, "value": li.value, "unit": li.unit, "formula": li.formula, "source": li.source}
            for li in plan.lines
        ],
        "tokens": plan.tokens,
        "tokens_per_cache": plan.group_tokens,
        "full_length_requests": plan.requests,
        "verdict": plan.verdict,
        "first_breach": first.constraint if first else None,
        "breaches": [{"constraint": b.constraint, "severity": b.severity, "message": b.message} for b in plan.breaches],
    }  # fmt: skip


def _run(argv: list[str] | None, root: Path) -> int:
    args = parser().parse_args(argv)
    refuse_empty(args)
    try:
        plans = _requested(args, root)
    except ValueError as error:
        raise error if isinstance(error, (Usage, CatalogueError)) else Usage(str(error)) from None
    if args.format == "json":
        body = {"version": 1, "plans": [as_json(title, plan) for title, plan in plans]}
        write(printed(body, indent=1), args.output)
    else:
        write(text(plans), args.output)
    return BLOCKED if any(plan.verdict == "infeasible" for _, plan in plans) else CLEAN


def main(argv: list[str] | None = None, root: Path | None = None) -> int:
    """Plans; returns the exit status. ``root``: the repository, by default the one that holds this file."""
    root = (root or Path(__file__).parents[3]).resolve()
    return guarded("plan.py", lambda: _run(argv, root))

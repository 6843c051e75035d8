"""What is asked of a run: options that go together, and from them the context, the overlays and the result.

The command line and ``servelint.validate`` both come through here, so that they refuse the same things.
"""

import datetime
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from .. import lines
from ..catalogue.load import load_hardware, load_models
from ..kustomize.process import DEADLINE
from ..model import NotValidated, Target
from ..rules import Rule, all_rules, resolve
from ..server import schema
from ..sources import KUSTOMIZATION_NAMES, MAX_BYTES, Reader
from . import changed, pipeline, platform, shards
from .context import Context
from .discover import MOST, MOST_FILES, discover, targets
from .pipeline import BadManifest, Manifest, Progress, nobody
from .render import BUDGET
from .report import Result
from .verdicts import Kept

UNUSED = "unused-exception"
OF_SOURCES = ("check_sources", "check_build")
MAX_MANIFEST = 2 * MAX_BYTES
MAX_DEADLINE, MAX_BUDGET, MAX_COUNT = 86_400, 65_536, 10_000_000
MAX_DOCUMENTS, MAX_VALUES = pipeline.MOST_OBJECTS, 200_000
"""Of all manifests of a run; each may have its equal share. A value takes up to 0.2 ms and 3 kB where each of them is
wrong, a byte up to 10 µs in a script: 40 s and 600 MB. Of the API server's 1.5 MB an object, 2 are a full manifest."""


class BadOption(NotValidated, ValueError):
    """Options of which nothing could come. The message says what to write instead."""


@dataclass(frozen=True)
class Options:
    """As validate.py and ``servelint.validate`` take them. manifests: names; their texts come later. budget: in MiB.

    What a run may hold is said by whoever starts it, never by a file of the repository: who wants to be judged must not
    say how much of it is read.

    shard: ``I/N``, the Ith of N parts of the overlays that were asked for.
    """

    overlays: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    hardware: str | None = None
    model: str | None = None
    workload: str | None = None
    changed_since: str | None = None
    kubernetes_version: str | None = None
    rules: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    strict: bool = False
    jobs: int = os.cpu_count() or 1
    cache: bool = True
    deadline: float = DEADLINE
    budget: float = BUDGET >> 20
    most_overlays: int = MOST
    most_files: int = MOST_FILES
    shard: str | None = None


Spelt = Callable[[str], str]
"""How the caller writes an option, for messages: a command with dashes in front, a library as it is."""


def near(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: what was meant, or all there is."""
    names = list(known)
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else f"; known: {', '.join(names)}"


def rule(rule_id: str) -> tuple[Rule, set[str]]:
    """The rule that has this id or had it, and the severities that the id is of. Raises BadOption."""
    found = resolve(rule_id)
    if found is None:
        close = get_close_matches(rule_id, list(all_rules()), n=1)
        raise BadOption(f"no rule {rule_id!r}{f'; did you mean {close[0]}?' if close else '; see --list-rules'}")
    one, severity = found
    return one, {severity} if severity else set(one.severities)


def _rules(options: Options, spelt: Spelt) -> list[Rule]:
    """The rules to run. Raises BadOption where nothing could come of the choice: silence would read as a verdict."""
    only, skip = spelt("rules"), spelt("skip")
    skipped, named = list(map(rule, options.skip)), list(map(rule, options.rules))
    for one, _ in named:
        if one.id == UNUSED:
            raise BadOption(f"{only} {UNUSED} says something only of a run of all rules: leave out {only} and {skip}")
        if one.scope == "check_change" and not options.changed_since:
            raise BadOption(f"{only} {one.id} looks at a change: it needs {spelt('changed_since')}")
        if options.manifests and one.scope in OF_SOURCES and not hasattr(one.module, "check_document"):
            raise BadOption(f"{only} {one.id} looks at sources, and {spelt('manifests')} has none")
    known = all_rules()
    chosen: dict[str, set[str]] = {} if named else {one.id: set(one.severities) for one in known.values()}
    for one, severities in named:
        chosen.setdefault(one.id, set()).update(severities)
    for one, severities in skipped:
        chosen.get(one.id, set()).difference_update(severities)
    if not any(chosen.values()):
        raise BadOption(f"{only} and {skip} leave no rule to run")
    return [one.only(chosen[one.id]) for one in known.values() if chosen.get(one.id)]


def _workloads(root: Path) -> list[str]:
    """What may run: the workloads of the overlays, and the bases that one could be made of."""
    bases = [path.parent.name for name in KUSTOMIZATION_NAMES for path in root.glob(f"base/*/{name}")]
    return sorted({*bases, *(target.workload for target in targets(root) if target.workload)})


def context(root: Path, options: Options, spelt: Spelt = str) -> Context:
    """What a run with these options holds fixed. Raises BadOption, and CatalogueError for facts that are none."""
    for option, value in vars(options).items():
        if "" in (value if isinstance(value, tuple) else (value,)):
            raise BadOption(f"{spelt(option)} is empty")
    # A version that is given stands in for the oldest of each machine, which then needs no schemas.
    judged = () if options.kubernetes_version else schema.VERSIONS
    hardware, models = load_hardware(root, judged, options.cache), load_models(root, options.cache)
    if options.jobs < 1:
        raise BadOption(f"{spelt('jobs')} must be at least 1")
    if not 0 < options.deadline <= MAX_DEADLINE:
        raise BadOption(f"{spelt('deadline')} must be above 0, and at most {MAX_DEADLINE:,} seconds")
    if not 0 < options.budget <= MAX_BUDGET:
        raise BadOption(f"{spelt('budget')} must be above 0, and at most {MAX_BUDGET:,} MiB")
    for option in ("most_overlays", "most_files"):
        if not 0 < getattr(options, option) <= MAX_COUNT:
            raise BadOption(f"{spelt(option)} must be above 0, and at most {MAX_COUNT:,}")
    if options.kubernetes_version and options.kubernetes_version not in schema.VERSIONS:
        known = ", ".join(schema.VERSIONS)
        raise BadOption(f"no schemas for Kubernetes {options.kubernetes_version}; known: {known}")
    manifests = spelt("manifests")
    for option, name, names in (
        ("hardware", options.hardware, sorted(hardware)),
        ("model", options.model, sorted(models)),
        ("workload", options.workload, _workloads(root) if options.workload else []),
    ):
        if name and not options.manifests:
            raise BadOption(f"{spelt(option)} goes with {manifests}")
        if name and name not in names:
            raise BadOption(f"{spelt(option)}: there is no {name!r}{near(name, names)}")
    if options.manifests and options.overlays:
        raise BadOption(f"{manifests} and {spelt('overlays')} exclude each other")
    if options.manifests and options.changed_since:
        raise BadOption(f"{manifests} and {spelt('changed_since')} exclude each other")
    if options.manifests and options.shard:
        raise BadOption(f"{manifests} and {spelt('shard')} exclude each other")
    if options.manifests and not options.hardware:
        raise BadOption(f"{manifests} needs {spelt('hardware')}: the rules judge against a machine")
    return Context(
        root=root,
        hardware=hardware,
        models=models,
        chosen=_rules(options, spelt) if options.rules or options.skip else None,
        kubernetes=options.kubernetes_version,
        jobs=options.jobs,
        cache=options.cache,
        strict=options.strict,
        deadline=options.deadline,
        budget=int(options.budget * (1 << 20)),
        most_overlays=options.most_overlays,
        most_files=options.most_files,
        since=options.changed_since,
        shard=_shard(options.shard, spelt("shard")) if options.shard else None,
    )


def _shard(text: str, option: str) -> tuple[int, int]:
    """Which part of how many. Raises BadOption."""
    one, _, of = text.partition("/")
    if not (one.isdecimal() and of.isdecimal() and one.isascii() and of.isascii() and 1 <= int(one) <= int(of) <= MOST):
        raise BadOption(f"{option} is {text!r}: write I/N, the Ith of N parts, as in 1/4")
    return int(one), int(of)


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def wanted(context: Context, options: Options, here: Path) -> list[Target]:
    """The overlays that were asked for. here: what their paths are taken from, before the root. Raises NotValidated."""
    found = discover(context.root, list(options.overlays), here, context.targets, context.hurry)
    if options.changed_since:
        known = Kept(context, platform.below(Reader(context.root), context.hurry)).recall(found)
        found = changed.since(context.root, options.changed_since, found, known, context.hurry)
    return shards.of(context.root, found, *context.shard) if context.shard else found


def of_overlays(context: Context, targets: list[Target], progress: Progress = nobody) -> Result:
    """The verdict on overlays. Raises NotValidated."""
    return pipeline.validate(context, targets, _today(), progress)


def of_manifests(context: Context, options: Options, manifests: Sequence[Manifest]) -> Result:
    """The verdict on rendered YAML, which is measured before it is parsed. Raises NotValidated."""
    left = MAX_MANIFEST
    for i, (name, text) in enumerate(manifests):
        left -= len(text.encode("utf-8", "surrogatepass"))
        if left < 0:
            raise too_large(name, alone=i == 0)
        if unsafe := lines.measure(text, MAX_DOCUMENTS // len(manifests), MAX_VALUES // len(manifests)):
            raise BadManifest(f"{name}: {unsafe}")
    return pipeline.validate_manifests(
        context, manifests, options.hardware, options.model, options.workload, _today()
    )  # fmt: skip


def too_large(name: str, alone: bool) -> BadManifest:
    """What is said of the manifest with which there is too much. alone: none came before it."""
    together = "" if alone else "with the manifests before it "
    return BadManifest(f"{name}: {together}larger than {MAX_MANIFEST:,} bytes")

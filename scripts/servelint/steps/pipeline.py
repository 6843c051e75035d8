"""The straight line, from folders to findings."""

import datetime
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import fields, replace
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from .. import lines
from ..borders import files, store
from ..kustomize.process import Session
from ..model import MANIFEST, SEVERITIES, Exception_, Finding, Ledger, NotValidated, Overlay, Remark, Resource, Target
from ..rules import FAMILIES, Rule, all_rules
from ..sources import Reader, Tree
from ..views import naming
from . import changed, clock, crash, guard, judging, lint, locate, platform, render, waive, workers
from .context import Context, overlay
from .judging import Held, finding
from .lint import Hit
from .parse import parse
from .report import Result
from .verdicts import Kept, Verdict

Progress = Callable[[int, str], None]
"""Is told of so many more verdicts, and what is waited for: an overlay, or something that is done with all of them."""


def nobody(_: int, __: str) -> None:
    """Progress that nobody looks at."""


def validate(context: Context, wanted: list[Target], today: datetime.date, progress: Progress = nobody) -> Result:
    """discover has happened; guard -> render -> parse -> schema -> lint -> locate of each overlay, the rules over the
    fleet -> waive.

    A rule that crashes is in the result's ``crashes``: then there is no verdict, only what the others found. An overlay
    for which one of the guard's rules, or the reading of the sources, crashes does not reach Kustomize.
    Raises render.KustomizeMissing and waive.BadExceptions.
    """
    crashes: list[crash.Crash] = []
    exceptions = waive.load(context.root)
    with Session(context.deadline) as session:
        reader = Reader(context.root)
        outside = platform.below(reader, context.hurry)
        held = Held(context, session, reader, outside, Kept(context, outside))
        with clock.step("recall"):
            known = held.kept.recall(wanted)
        progress(len(known), "")
        verdicts = known | _fresh(held, [target for target in wanted if target not in known], progress)
        every = {target: verdicts[target] for target in wanted}
        _within(held, every, crashes.append)
        progress(0, "what overlays are together")
        with clock.step("fleet"):
            together = _of_fleet(held, every, crashes.append) if context.shard is None else []
        if context.since is not None:
            progress(0, f"what they were at {context.since}")
        with clock.step("change"):
            together += _of_change(held, every, crashes.append)
    said = [*every.values(), *together]
    crashes += [one for verdict in said for one in verdict.crashes]
    findings = [one for verdict in said for one in verdict.findings]
    findings += _unread(reader, findings, crashes.append)
    counts = {target.path: verdict.objects or 0 for target, verdict in every.items()}
    complete = context.all_rules_run and set(wanted) >= set(context.targets)
    with clock.step("waive"):
        result = _settle(context, findings, exceptions, counts, wanted, today, complete, crashes)
    spent = {target.path: verdict.spent for target, verdict in every.items() if verdict.spent}
    lasts = not crashes and all(verdict.lasts for verdict in together) and all(map(_is_repeatable, every.values()))
    return replace(result, is_repeatable=lasts, spent=spent)


def _is_repeatable(verdict: Verdict) -> bool:
    """Whether the same input must give the same: what is not rendered may lack time, or a file where none is looked for
    before a run is said to be the same."""
    return verdict.lasts and verdict.objects is not None and all(map(files.is_of_fleet, verdict.files))


def _fresh(held: Held, wanted: list[Target], progress: Progress) -> dict[Target, Verdict]:
    """The verdicts that have to be found, part by part, or several parts side by side."""
    found: dict[Target, Verdict] = {}
    context = held.context
    if not wanted:
        return found
    render.kustomize_command()
    parts = _parts(wanted, context.jobs)
    side_by_side = len(parts) > 1 and workers.possible(context.jobs)
    if len(parts) > 1:  # what many overlays share is read before the processes part
        trees = {}
        for target in {target.workload: target for target in wanted}.values():
            with crash.caught(lambda _: None, "guard", partial(crash.On, target.path)):
                trees[target.path] = guard.tree_of(held.reader, target)
        judging.prepare(context, trees)

    def work(part: list[Target], at: workers.At) -> Iterator[tuple[Target, Verdict]]:
        return judging.judge(held._replace(at=at), part, 1 if side_by_side else context.jobs)

    answers = workers.side_by_side(parts, work, context.jobs, lambda path: progress(0, path))
    try:
        with closing(answers):
            for target, verdict in answers:
                found[target] = verdict
                progress(1, "")
    except workers.Died as died:
        assert isinstance(died.part, list)
        left = died.at or next(target.path for target in died.part if target not in found)
        raise crash.RuleCrashed(crash.Crash(left, "lint", "", None, f"the process that judges it {died}", "")) from None
    held.kept.gather()
    for kind in (store.RENDERS, store.ORIGINS, store.VERDICTS) if context.cache else ():
        store.trim(context.root, kind, max(store.MOST_CACHED, 4 * len(context.targets)))
    return found


FEW = 4
"""Overlays that one process judges as fast as several: to begin with, each of these needs what ten overlays take."""


def _parts(wanted: list[Target], jobs: int) -> list[list[Target]]:
    """What one process judges at a time: leaves that may share a Kustomize, a cluster with what it bootstraps from.

    What all clusters are bootstrapped from goes with leaves: a Kustomize of its own would cost more than to build it.
    """
    if len(wanted) <= FEW:
        return [wanted]
    leaves = [target for target in wanted if target.kind == "leaf"]
    count = max(1, min(jobs, len(leaves) // 8), -(-len(leaves) // render.MOST_SHARING))
    dealt = [leaves[i::count] for i in range(count) if leaves]
    others: dict[str, list[Target]] = {}
    for target in wanted:
        if target.kind != "leaf":
            others.setdefault("/".join(target.path.split("/")[:3]), []).append(target)
    shared = [path for path in others if dealt and not path.startswith("overlays/")]
    for i, path in enumerate(shared):
        dealt[i % count] += others.pop(path)
    parts = list(others.values())
    if render.takes_many():  # names that two clusters share are no matter to it, and each process costs a start
        parts = [[target for part in parts[i::jobs] for target in part] for i in range(min(jobs, len(parts)))]
    return [*parts, *dealt]


def _within(held: Held, every: dict[Target, Verdict], on_crash: crash.OnCrash) -> None:
    """Refuses what the budget has no room for, in the order of paths: whatever was rendered first, whatever was kept.

    What was left out while others were rendered is judged now, as long as there is room.
    """
    budget, spent = held.context.budget, 0
    for target in sorted(every):
        if every[target].size is None and spent <= budget:
            every[target] = dict(judging.judge(held, [target], held.context.jobs))[target]
        spent += every[target].size or 0
        if spent > budget and every[target].is_rendered:
            over = render.Rendered(None, render.over_budget(budget))
            place = locate.Place(_top(held.context, target), 1)
            hits = lint.build(target.path, over, on_crash)
            every[target] = Verdict(tuple(finding(target.path, hit, place) for hit in hits))


def _top(context: Context, target: Target) -> str:
    names = context.listing.kustomizations.get(target.path)
    return f"{target.path}/{names[0]}" if names else target.path


def _of_fleet(held: Held, every: dict[Target, Verdict], on_crash: crash.OnCrash) -> list[Verdict]:
    """What the rules over the fleet say, by overlay."""
    judged = {target: verdict.facts for target, verdict in every.items() if verdict.objects is not None}
    remarks: dict[str, list[tuple[Rule, Remark]]] = {}
    for rule, remark in lint.judge(judged, held.context.rules, held.context.folders, on_crash):
        remarks.setdefault(remark.path, []).append((rule, remark))

    def hits(said: list[tuple[Rule, Remark]], one: Overlay) -> list[Hit]:
        return [lint.hit(rule, remark, one.resources) for rule, remark in said]

    of = {target: partial(hits, remarks[target.path]) for target in judged if target.path in remarks}
    return judging.once_more(held, of, on_crash)


def _of_change(held: Held, every: dict[Target, Verdict], on_crash: crash.OnCrash) -> list[Verdict]:
    """What the rules over a change say of each overlay that was there before. What could not be built then runs
    nowhere."""
    context = held.context
    if context.since is None or not any(rule.scope == "check_change" for rule in context.rules):
        return []
    with tempfile.TemporaryDirectory() as folder:
        changed.check_out(context.root, context.since, Path(folder), context.most_files)
        old = replace(context, root=Path(folder), cache=False, deadline=context.left())
        judged = {target.path: target for target, verdict in every.items() if verdict.objects is not None}
        was = rendered(old, [target for target in old.targets if target.path in judged])

    def hits(before: Overlay, now: Overlay) -> list[Hit]:
        return lint.change(before, now, context.rules, on_crash)

    of = {judged[path]: partial(hits, before) for path, before in sorted(was.items()) if isinstance(before, Overlay)}
    return judging.once_more(held, of, on_crash)


def rendered(context: Context, wanted: list[Target]) -> dict[str, Overlay | str]:
    """Each target as the rules would see it, or, where its sources or Kustomize refuse, one line that says why."""
    found: dict[str, Overlay | str] = {}
    with Session(context.deadline) as session:
        reader = Reader(context.root)
        outside = platform.below(reader, context.hurry)
        held = Held(context, session, reader, outside, Kept(context, outside))
        while left := [target for target in wanted if target.path not in found]:
            sources = judging.read(held, left, crash.end)
            built = judging.build(held, left[: len(sources.trees)], sources, crash.end, context.jobs)
            found |= {path: built.overlays.get(path) or hits[0].problem.message for path, hits in built.refused.items()}
    if context.cache:
        store.trim(context.root)
    return found


def _unread(reader: Reader, findings: Iterable[Finding], on_crash: crash.OnCrash) -> list[Finding]:
    """What keeps the platform from being read, unless it is said already: then not all is known that is there."""
    said = {(one.rule, one.file, one.line, one.message) for one in findings}
    found = []
    for tree in platform.trees(reader):
        for hit in guard.refused(tree, on_crash):
            place = locate.Place(hit.problem.file or tree.target, hit.problem.line or 1)
            if (hit.rule.id, *place, hit.problem.message) not in said:
                found.append(finding(tree.target, hit, place))
    return found


def _settle(
    context: Context,
    findings: list[Finding],
    exceptions: tuple[Exception_, ...],
    counts: dict[str, int],
    wanted: list[Target],
    today: datetime.date,
    complete: bool,
    crashes: list[crash.Crash],
) -> Result:
    """Waives, judges the exceptions themselves, and sorts."""
    waived = waive.waive(sorted(set(findings), key=_WHOLE), exceptions, today)
    fleet = (*context.targets, *(target for target in wanted if target.kind == MANIFEST))
    # A rule that crashed may have found what an exception is for.
    ledger = Ledger(exceptions, waived.used, today, complete and not crashes, fleet)
    marked = list(waived.findings)
    for rule in context.rules:
        if rule.scope == "check_exceptions":
            for problem in lint.run(rule, ledger, "waive", crashes.append, partial(crash.On, waive.FILE)):
                place = locate.Place(problem.file or waive.FILE, problem.line or 1)
                marked.append(finding(waive.FILE, Hit(rule, problem), place))
    overlays = tuple((t.path, counts.get(t.path, 0)) for t in wanted)
    said = tuple(sorted(set(crashes), key=str))
    ordered = tuple(sorted(marked, key=_order))
    return Result(overlays, ordered, context.strict, said, waived.hides, context.all_rules_run)


_WHOLE = attrgetter(*(field.name for field in fields(Finding)))


def _order(finding: Finding) -> tuple[object, ...]:
    """Errors first, causes before consequences, then as a reader goes through files."""
    rank = SEVERITIES.index(finding.severity), FAMILIES.index(all_rules()[finding.rule].family)
    return (*rank, finding.file, finding.line, finding.rule, finding.overlay, finding.pointer, finding.message)


class Manifest(NamedTuple):
    """YAML that was rendered elsewhere, and what to call it."""

    name: str
    text: str


MOST_OBJECTS = 2_000
"""Objects of one set of manifests. Rules that hold objects against each other take 25 steps a pair of them at worst:
100 million, half a minute; and an object that is wrong takes 7 ms to be told why. The largest cluster has 60."""


class BadManifest(NotValidated, ValueError):
    """A manifest that is no YAML, or holds too much. The message has file, line and cause."""


def _objects(manifest: Manifest) -> tuple[Resource, ...]:
    try:
        return parse(manifest.text)
    except lines.BadYaml as error:
        raise BadManifest(f"{manifest.name}:{error.line}: is not YAML: {error.cause}") from None


def validate_manifests(
    context: Context,
    manifests: Sequence[Manifest],
    hardware: str | None,
    model: str | None,
    workload: str | None,
    today: datetime.date,
) -> Result:
    """The same verdict on YAML that was rendered elsewhere: schema and rules, without sources to guard or to locate in.

    The manifests are one set, in which one may name what another holds; each finding is one of its own manifest.
    Raises BadManifest and what ``validate`` raises.
    """
    reader = Reader(context.root)
    held = [_objects(manifest) for manifest in manifests]
    resources = tuple(resource for own in held for resource in own)
    first = manifests[0].name
    if len(resources) > MOST_OBJECTS:
        raise BadManifest(f"{first}: holds {len(resources):,} objects; at most {MOST_OBJECTS:,} are judged as one set")
    # A render of this fleet carries one of its prefixes and is judged as the leaf it is; anything else is a stranger's.
    known = context.prefixes
    own = next((path for prefix, path in known.items() for r in resources if r.name.startswith(prefix)), None)
    target = Target(own or first, "leaf" if own or workload else MANIFEST, hardware, model, workload)
    subject = replace(
        overlay(context, target, resources, Tree(first), platform.below(reader, context.hurry)), path=first
    )
    if subject.model is None:  # not said, but the manifest may say it itself
        subject = replace(subject, model=context.models.get(naming.catalogued(subject) or ""))
    crashes: list[crash.Crash] = []
    hits = lint.lint(subject, context.rules, crashes.append)
    hits += [hit for _, hit in lint.lint_fleet([subject], context.rules, crashes.append)]
    findings = []
    of_all = [hit for hit in hits if hit.problem.resource is None]
    for (name, text), objects in zip(manifests, held, strict=True):
        inside = {id(resource) for resource in objects}
        placed = [(resource, hit) for hit in hits if (resource := hit.problem.resource) and id(resource) in inside]
        # Those of one object one after the other: the text of each is read anew, once.
        for resource, hit in sorted(placed, key=lambda pair: pair[0].line):
            line = 1
            with crash.caught(crashes.append, "locate", partial(crash.On, name, resource)):
                line = locate.in_text(text, resource, hit.problem.pointer)
            findings.append(finding(name, hit, locate.Place(name, line)))
        for node in lines.compose(text, trusted=True):
            for hit in guard.document(name, node, context.rules, crashes.append):
                findings.append(finding(name, hit, locate.Place(name, hit.problem.line or 1)))
    findings += [finding(first, hit, locate.Place(first, 1)) for hit in of_all]
    findings += _unread(reader, [], crashes.append)
    exceptions = waive.load(context.root)
    counts = {manifest.name: len(objects) for manifest, objects in zip(manifests, held, strict=True)}
    wanted = [Target(manifest.name, MANIFEST) for manifest in manifests]
    return _settle(context, findings, exceptions, counts, wanted, today, False, crashes)

"""A part of the fleet on its way from sources to verdicts: guard -> render -> parse -> schema -> lint -> locate.

Nothing of it depends on what else the run judges, so parts go through here side by side, and a verdict can be kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from .. import lines
from ..borders import store
from ..catalogue import images
from ..kustomize import weight
from ..kustomize.process import Session
from ..model import Finding, Noted, Overlay, Resource, Target
from ..server import schema
from ..sources import Reader, Tree
from . import clock, crash, guard, lint, locate, origins, platform, render, workers
from .context import Context, overlay
from .hashes import Hashes
from .lint import Hit
from .parse import parse
from .verdicts import Kept, Verdict


def finding(path: str, hit: Hit, place: locate.Place) -> Finding:
    """A problem with its rule's words and its place."""
    resource = hit.problem.resource
    return Finding(
        overlay=path,
        file=place.file,
        line=place.line,
        rule=hit.rule.id,
        api_version=resource.api_version if resource else "",
        resource_kind=resource.kind if resource else "",
        namespace=resource.namespace if resource else "",
        name=resource.name if resource else "",
        pointer="".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in hit.problem.pointer),
        message=hit.problem.message,
        severity=hit.severity,
        hint=hit.rule.cure(hit.severity),
        covers=hit.rule.covers,
    )


def prepare(context: Context, trees: Mapping[str, Tree]) -> None:
    """Has at hand what it takes to judge some overlays, as far as their sources tell: rules, facts, schemas.

    Whoever forks does so before it, and whoever waits for Kustomize does it while that works.
    """
    targets = [target for target in context.targets if target.path in trees]
    machines = [context.hardware.get(name) for name in {target.hardware or "" for target in targets}]
    versions = {schema.NEWEST, *(one.kubernetes_minimum for one in machines if one is not None)}
    images.facts()
    documents = [one for tree in trees.values() for file in tree.files.values() if file for one in file.documents]
    named = [(one.get("apiVersion"), one.get("kind")) for one in documents if isinstance(one, dict)]
    for api_version, kind in {(str(api_version), str(kind)) for api_version, kind in named}:
        for version in versions:
            schema.load(api_version, kind, version)
    _ = context.rules


class Held(NamedTuple):
    """What all parts of a run hold together. reader: knows what many overlays share.

    outside: what stands below all overlays. at: is told of each overlay that something is about to be done with, by its
    path.
    """

    context: Context
    session: Session
    reader: Reader
    outside: platform.Below
    kept: Kept
    at: workers.At = lambda path: None


class Sources(NamedTuple):
    """What was read before anything is rendered. unread: overlays that the reading crashed on."""

    reader: Reader
    trees: dict[str, Tree]
    unread: set[str]


def read(held: Held, targets: list[Target], on_crash: crash.OnCrash) -> Sources:
    """The sources of the first of some overlays: as many as one reader may hold, and at least one."""
    sources = Sources(held.reader.copy(), {}, set())

    def crashed(one: crash.Crash) -> None:
        sources.unread.add(one.overlay)
        on_crash(one)

    for target in targets:
        sources.trees[target.path] = Tree(target.path)
        held.at(target.path)
        if held.session.late() is None:
            with crash.caught(crashed, "guard", partial(crash.On, target.path)):
                sources.trees[target.path] = guard.tree_of(sources.reader, target)
        if sources.reader.is_full:
            break
    return sources


def _texts(held: Held, wanted: list[Target], trees: dict[str, Tree], jobs: int) -> dict[str, render.Rendered]:
    """Rendered texts, from the cache where nothing changed."""
    context, root = held.context, held.context.root
    keys, known = dict[str, str | None](), dict[str, render.Rendered]()
    if context.cache:
        hashes = Hashes(root)
        keys = {t.path: hashes.of(trees[t.path]) for t in wanted}
        texts = {path: store.recall(key, root) for path, key in keys.items() if key is not None}
        known = {path: render.Rendered(text) for path, text in texts.items() if text is not None}
    missing = [t for t in wanted if t.path not in known]
    fresh = render.render(root, missing, trees, jobs, held.session, context.budget, partial(prepare, context, trees))
    if context.cache and missing:
        after = Hashes(root)
        for path, outcome in fresh.items():
            # What changed since may have changed before it was rendered, and then the text is of another state.
            key = keys[path]
            if key is not None and outcome.text is not None and after.of(trees[path]) == key:
                store.remember(key, outcome.text, root)
    return {t.path: {**known, **fresh}[t.path] for t in wanted}


class Built(NamedTuple):
    """The first half of the line: each overlay as the rules see it, or what keeps it from being one.

    refused: by the guard, by Kustomize, or by what that wrote. sizes: bytes of the text of each that the guard let
    through; None of one for which the budget had no room.
    """

    overlays: dict[str, Overlay]
    refused: dict[str, list[Hit]]
    sizes: dict[str, int | None]


def build(held: Held, wanted: list[Target], sources: Sources, on_crash: crash.OnCrash, jobs: int = 1) -> Built:
    """guard -> render -> parse. jobs: Kustomize processes at a time."""
    crashed: set[str] = set()

    def note(one: crash.Crash) -> None:
        crashed.add(one.overlay)
        on_crash(one)

    built = Built({}, {t.path: guard.refused(sources.trees[t.path], note) for t in wanted}, {})
    out = crashed | sources.unread
    safe = [target for target in wanted if not built.refused[target.path] and target.path not in out]
    texts = _texts(held, safe, sources.trees, jobs)
    for target in safe:
        held.at(target.path)
        text = texts[target.path]
        built.sizes[target.path] = (
            None if text.error == render.over_budget(held.context.budget) else len(text.text or "")
        )
        resources, answer = _read(text, held.session)
        built.refused[target.path] += lint.build(target.path, answer, on_crash)
        if answer.error is None:
            tree = sources.trees[target.path]
            built.overlays[target.path] = overlay(held.context, target, resources, tree, held.outside)
    return built


def _read(outcome: render.Rendered, session: Session) -> tuple[tuple[Resource, ...], render.Rendered]:
    """The objects of a render; and the render, or, where it cannot be used, why not."""
    error = outcome.error or session.late() or weight.rendered(outcome.text or "")
    if error is None:
        try:
            return parse(outcome.text or ""), outcome
        except lines.BadYaml as bad:
            error = f"Kustomize wrote what cannot be read: line {bad.line}: {bad.cause}"
    return (), render.Rendered(None, error)


def judge(held: Held, wanted: list[Target], jobs: int = 1) -> Iterator[tuple[Target, Verdict]]:
    """The verdict on each overlay of a part. jobs: Kustomize processes at a time. Raises KustomizeMissing."""
    ahead = wanted
    while ahead:
        crashes: list[crash.Crash] = []
        began = dict(clock.SPENT)
        with clock.step("read"):
            sources = read(held, ahead, crashes.append)
            before = {path: held.kept.before(sources.reader, tree) for path, tree in sources.trees.items()}
        now, ahead = ahead[: len(sources.trees)], ahead[len(sources.trees) :]
        with clock.step("render"):
            built = build(held, now, sources, crashes.append, jobs)
        shared = {step: seconds / len(now) for step, seconds in clock.since(began).items()}
        verdicts = _judged(held, now, sources, built, crashes, shared)
        held.kept.remember(verdicts, before)
        yield from verdicts.items()


def _judged(
    held: Held,
    targets: list[Target],
    sources: Sources,
    built: Built,
    crashes: list[crash.Crash],
    shared: dict[str, float],
) -> dict[Target, Verdict]:
    """The second half of the line, for overlays that were built together. crashes: of the first half; it adds its own.

    shared: seconds of the first half that fall to each overlay.
    """
    rules = held.context.rules
    hits, facts, spent = dict[str, list[Hit]](), dict[str, dict[str, Any]](), dict[str, Counter[str]]()
    for path in (target.path for target in targets):
        began, one = dict(clock.SPENT), built.overlays.get(path)
        held.at(path)
        with clock.step("lint"):
            checked = guard.check(sources.trees[path], rules, crashes.append)
            hits[path] = list(dict.fromkeys([*built.refused[path], *checked]))
            late = held.session.late() if one is not None else None
            if late:
                hits[path] += lint.build(path, render.Rendered(None, late), crashes.append)
                del built.overlays[path]
            elif one is not None:
                hits[path] += lint.lint(one, rules, crashes.append)
                facts[path] = lint.facts(one, rules, crashes.append)
            hits[path] = lint.without_consequences(hits[path])
        spent[path] = Counter(shared) + Counter(clock.since(began))
    placed = _located(held, sources, targets, hits, crashes.append)
    return {target: _verdict(target, sources, built, placed[target.path], facts, crashes, spent) for target in targets}


def _verdict(
    target: Target,
    sources: Sources,
    built: Built,
    placed: Placed,
    facts: dict[str, dict[str, Any]],
    crashes: list[crash.Crash],
    spent: dict[str, Counter[str]],
) -> Verdict:
    """All that was found of one overlay. facts, spent: by path, of all."""
    path, tree, one = target.path, sources.trees[target.path], built.overlays.get(target.path)
    return Verdict(
        placed.findings,
        objects=len(one.resources) if one is not None else None,
        size=built.sizes.get(path, 0),
        is_rendered=path in built.sizes,
        facts=facts.get(path, {}),
        asked=_asked(one) if one is not None else {},
        crashes=tuple(each for each in crashes if each.overlay == path),
        files=tuple(sorted(tree.files)),
        folders=tuple(kustomization.folder for kustomization in tree.kustomizations),
        lasts=placed.lasts,
        spent=dict(spent[path] + Counter(placed.spent)),
    )


def _asked(one: Overlay) -> dict[str, list[str]]:
    """What of the fleet the rules looked up for an overlay."""
    facts = {"hardware": one.all_hardware, "models": one.all_models}
    noted = {what: known for what, known in facts.items() if isinstance(known, Noted)}
    asked = {what: sorted(known.asked) for what, known in noted.items()}
    fields = {f"fields of {what}": sorted(known.fields) for what, known in noted.items()}
    return {"names": sorted(one.asked), **asked, **fields}


class Placed(NamedTuple):
    """What is found of one overlay, with places. lasts: whether Kustomize said where they come from, if it was asked.

    spent: seconds that this took, by step.
    """

    findings: tuple[Finding, ...]
    lasts: bool
    spent: dict[str, float]


def _located(
    held: Held, sources: Sources, targets: Sequence[Target], hits: Mapping[str, list[Hit]], on_crash: crash.OnCrash
) -> dict[str, Placed]:
    """Hits with their places, by overlay. Where resources come from is asked for all overlays together."""
    needy = [t for t in targets if any(hit.problem.resource is not None for hit in hits[t.path])]
    began = dict(clock.SPENT)
    with clock.step("locate"):
        known = origins.of(held.context, held.session, needy, sources.trees, on_crash)
    shared = {step: seconds / len(needy) for step, seconds in clock.since(began).items() if needy}
    placed = {}
    for path in (target.path for target in targets):
        began, found = dict(clock.SPENT), []
        held.at(path)
        with clock.step("locate"):
            own = known.get(path, {})
            locator = locate.Locator(sources.reader, sources.trees[path], own or {})
            for hit in hits[path]:
                place = locator.top
                with crash.caught(on_crash, "locate", partial(crash.On, path, hit.problem.resource)):
                    place = locator.place(hit.problem)
                found.append(finding(path, hit, place))
        spent = Counter(clock.since(began)) + Counter(shared if path in known else {})
        placed[path] = Placed(tuple(found), own is not None, dict(spent))
    return placed


def once_more(
    held: Held, hits_of: Mapping[Target, Callable[[Overlay], list[Hit]]], on_crash: crash.OnCrash
) -> list[Verdict]:
    """What is said of overlays beside the verdict on each: by what they are together, or by what has changed. Each is
    built once more for its places. hits_of: what is said of each overlay."""
    found, ahead = list[Verdict](), list(hits_of)
    while ahead:
        now = ahead[: render.MOST_SHARING]
        sources = read(held, now, on_crash)
        now, ahead = now[: len(sources.trees)], ahead[len(sources.trees) :]
        built = build(held, now, sources, on_crash, held.context.jobs)
        hits = {
            # What could not be built was too late, and says so.
            path: said(one) if (one := built.overlays.get(path)) else built.refused[path]
            for path, said in ((target.path, hits_of[target]) for target in now)
        }
        placed = _located(held, sources, now, hits, on_crash)
        found += [
            Verdict(placed[path].findings, lasts=placed[path].lasts and path in built.overlays)
            for path in (target.path for target in now)
        ]
    return found

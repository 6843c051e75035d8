"""A part of the fleet on its way from sources to verdicts: guard -> render -> parse -> schema -> lint -> locate.

Nothing of it depends on what else the run judges, so parts go through here side by side, and a verdict can be kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from .. import lines
from ..borders import store
from ..kustomize import weight
from ..kustomize.process import Session
from ..model import Finding, Noted, Overlay, Remark, Resource, Target
from ..rules import Rule
from ..sources import Reader, Tree
from . import clock, crash, guard, lint, locate, render
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


class Held(NamedTuple):
    """What all parts of a run hold together. reader: knows what many overlays share.

    outside: what the platform below all overlays has, as (kind, name).
    """

    context: Context
    session: Session
    reader: Reader
    outside: frozenset[tuple[str, str]]
    kept: Kept


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
    fresh = render.render(root, missing, trees, jobs, held.session, context.budget)
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


def _provenance(held: Held, path: str, on_crash: crash.OnCrash) -> dict[locate.Identity, locate.Provenance] | None:
    """Where the resources of an overlay come from; None if Kustomize cannot say it."""
    answer = render.render_provenance(held.context.root, path, held.session)
    if answer is not None and weight.rendered(answer[0]) is None:
        with crash.caught(on_crash, "locate", partial(crash.On, path)), suppress(lines.BadYaml):
            return locate.provenance(*answer)
    return None


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
        verdicts = {target: _judged(held, target, sources, built, crashes, shared) for target in now}
        if any(before.values()):
            after = Hashes(held.context.root)
            for target, verdict in verdicts.items():
                held.kept.remember(target, verdict, before[target.path], after)
        yield from verdicts.items()


def _judged(
    held: Held, target: Target, sources: Sources, built: Built, crashes: list[crash.Crash], shared: dict[str, float]
) -> Verdict:
    """The second half of the line, for one overlay. crashes: of the first half, of all overlays; it adds its own.

    shared: seconds of the first half that fall to this overlay.
    """
    path, tree, one = target.path, sources.trees[target.path], built.overlays.get(target.path)
    rules, began, facts = held.context.rules, dict(clock.SPENT), dict[str, Any]()
    with clock.step("lint"):
        checked = guard.check(tree, rules, crashes.append)
        hits = list(dict.fromkeys([*built.refused[path], *checked]))
        late = held.session.late() if one is not None else None
        if late:
            hits += lint.build(path, render.Rendered(None, late), crashes.append)
            one = None
        if one is not None:
            hits += lint.lint(one, rules, crashes.append)
            facts = lint.facts(one, rules, crashes.append)
    with clock.step("locate"):
        findings, is_placed = _located(held, sources, path, hits, crashes.append)
    return Verdict(
        findings,
        objects=len(one.resources) if one is not None else None,
        size=built.sizes.get(path, 0),
        is_rendered=path in built.sizes,
        facts=facts,
        asked=_asked(one) if one is not None else {},
        crashes=tuple(each for each in crashes if each.overlay == path),
        files=tuple(sorted(tree.files)),
        folders=tuple(kustomization.folder for kustomization in tree.kustomizations),
        lasts=is_placed,
        spent=dict(Counter(shared) + Counter(clock.since(began))),
    )


def _asked(one: Overlay) -> dict[str, list[str]]:
    """What of the fleet the rules looked up for an overlay."""
    facts = {"hardware": one.all_hardware, "models": one.all_models}
    asked = {what: sorted(known.asked) for what, known in facts.items() if isinstance(known, Noted)}
    return {"names": sorted(one.asked), **asked}


def _located(
    held: Held, sources: Sources, path: str, hits: list[Hit], on_crash: crash.OnCrash
) -> tuple[tuple[Finding, ...], bool]:
    """Hits with their places; and whether Kustomize said where they come from, if that had to be asked."""
    is_needy = any(hit.problem.resource is not None for hit in hits)
    known = _provenance(held, path, on_crash) if is_needy else {}
    locator = locate.Locator(sources.reader, sources.trees[path], known or {})
    found = []
    for hit in hits:
        place = locator.top
        with crash.caught(on_crash, "locate", partial(crash.On, path, hit.problem.resource)):
            place = locator.place(hit.problem)
        found.append(finding(path, hit, place))
    return tuple(found), known is not None


def of_change(held: Held, target: Target, before: Overlay, on_crash: crash.OnCrash) -> Verdict:
    """What rules over a change say of one overlay, which is built once more. before: as it was."""
    sources = read(held, [target], on_crash)
    one = build(held, [target], sources, on_crash).overlays.get(target.path)
    if one is None:  # the deadline is over, which is said already
        return Verdict((), lasts=False)
    hits = lint.change(before, one, held.context.rules, on_crash)
    findings, is_placed = _located(held, sources, target.path, hits, on_crash)
    return Verdict(findings, lasts=is_placed)


def of_fleet(held: Held, target: Target, remarks: Sequence[tuple[Rule, Remark]], on_crash: crash.OnCrash) -> Verdict:
    """What rules over the fleet say of one overlay, which is built once more for its places."""
    sources = read(held, [target], on_crash)
    built = build(held, [target], sources, on_crash)
    one = built.overlays.get(target.path)
    if one is None:  # the deadline is over
        findings, _ = _located(held, sources, target.path, built.refused[target.path], on_crash)
        return Verdict(findings, lasts=False)
    hits = [lint.hit(rule, remark, one.resources) for rule, remark in remarks]
    findings, is_placed = _located(held, sources, target.path, hits, on_crash)
    return Verdict(findings, lasts=is_placed)

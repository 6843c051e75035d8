"""The straight line, from folders to findings."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from . import lines, lint, locate, render, schema, waive
from .catalogue import Hardware, Model
from .discover import Target, prefix, targets
from .lint import Hit
from .model import Finding, Overlay, Problem, Resource, mapping, mappings
from .report import Result
from .rules import Rule, all_rules
from .sources import KUSTOMIZATION_NAMES, Fault, Reader, Tree
from .views import naming

PLATFORM = "base/platform"
"""What every cluster provides; leaves may refer to it without rendering it."""


@dataclass(frozen=True)
class Context:
    """What a run holds fixed: the repository, its facts, the rules asked for."""

    root: Path
    hardware: dict[str, Hardware]
    models: dict[str, Model]
    rules: list[Rule]
    kubernetes: str | None = None
    jobs: int = 1
    cache: bool = True
    strict: bool = False

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder below the root that holds a kustomization, relative to it."""
        found = []
        for folder, below, files in os.walk(self.root):
            below[:] = [name for name in below if not name.startswith(".")]
            if any(name in files for name in KUSTOMIZATION_NAMES):
                found.append(Path(folder).relative_to(self.root).as_posix())
        return frozenset(found)

    @property
    def all_rules_run(self) -> bool:
        return len(self.rules) == len(all_rules())


def versions(context: Context, hardware: list[Hardware]) -> tuple[str, ...]:
    """The Kubernetes versions to hold for: the oldest that the hardware runs on, and the newest with a schema."""
    if context.kubernetes:
        return (context.kubernetes,)
    oldest = min((hw.kubernetes_minimum for hw in hardware), key=_numbers, default=schema.NEWEST)
    return tuple(dict.fromkeys((oldest, schema.NEWEST)))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def parse(text: str) -> tuple[Resource, ...]:
    """The objects of a rendered text; a List counts as its items. Raises lines.BadYaml."""
    found = []
    for line, value in lines.load(text, trusted=True):
        if not isinstance(value, dict):
            raise lines.BadYaml(line, f"expected an object with apiVersion and kind, found {type(value).__name__}")
        if value.get("kind") == "List" and isinstance(value.get("items"), list):
            starts = locate.items(text, line)
            found += [Resource(item, starts.get(i, line)) for i, item in mappings(value["items"])]
        else:
            found.append(Resource(value, line))
    return tuple(found)


def externals(reader: Reader) -> frozenset[tuple[str, str]]:
    """Objects of the platform, as (kind, name); a Secret that an ExternalSecret makes, with and without its keys."""
    found: set[tuple[str, str]] = set()
    folders = [PLATFORM, *(f"{PLATFORM}/{p.name}" for p in sorted((reader.root / PLATFORM).glob("*/")))]
    for folder in folders:
        if reader.kustomization_file(folder) is None:
            continue
        for source in reader.tree(folder).files.values():
            for body in source.documents if source else ():
                resource = Resource(mapping(body))
                found.add((resource.kind, resource.name))
                if resource.kind == "ExternalSecret":
                    name = str(mapping(resource.spec.get("target")).get("name") or resource.name)
                    found.add(("Secret", name))
                    for item in resource.spec.get("data") or []:
                        found.add(("Secret", f"{name}/{mapping(item).get('secretKey')}"))
    return frozenset(found)


LOCAL = "config.kubernetes.io/local-config"
"""Kustomize reads a resource with this annotation and leaves it out of the render."""


def declared(tree: Tree) -> frozenset[tuple[str, str]]:
    """Objects that a cluster says it has without rendering them: local-config resources, a Secret with its keys."""
    found: set[tuple[str, str]] = set()
    for source in tree.files.values():
        for body in source.documents if source else ():
            resource = Resource(mapping(body))
            if str(resource.annotations.get(LOCAL, "")).lower() == "true":
                found.add((resource.kind, resource.name))
                keys = [*mapping(resource.body.get("data")), *mapping(resource.body.get("stringData"))]
                found |= {(resource.kind, f"{resource.name}/{key}") for key in keys}
    return frozenset(found)


def prefixes(root: Path) -> dict[str, str]:
    """The name prefix of every leaf, which no other leaf has, to the leaf's path."""
    return {own: t.path for t in targets(root) if (own := prefix(t.path))}


def overlay(
    context: Context, target: Target, resources: tuple[Resource, ...], tree: Tree, platform: frozenset[tuple[str, str]]
) -> Overlay:
    """A rendered target with what is known of it."""
    own = context.hardware.get(target.hardware or "")
    named = {PurePosixPath(k.folder).parts[1] for k in tree.kustomizations if k.folder.startswith("hardware/")}
    used = [own] if own else [hw for name, hw in sorted(context.hardware.items()) if name in named]
    return Overlay(
        path=target.path,
        kind=target.kind,
        resources=resources,
        hardware=own,
        model=context.models.get(target.model or ""),
        workload=target.workload,
        kubernetes=versions(context, used or list(context.hardware.values())),
        external=declared(tree) if target.kind == "cluster" else platform,
        folders=context.folders,
        siblings=tuple(prefix for prefix, path in prefixes(context.root).items() if path != target.path)
        if target.kind == "leaf"
        else (),
        all_hardware=context.hardware,
        all_models=context.models,
    )


def _finding(path: str, hit: Hit, place: locate.Place) -> Finding:
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
        severity=hit.rule.severity,
        hint=hit.rule.hint,
        covers=hit.rule.covers,
    )


def _render(
    context: Context, wanted: list[Target], trees: dict[str, Tree], progress: Callable[[int], None]
) -> dict[str, render.Rendered]:
    """Rendered texts, from the cache where nothing changed."""
    keys = {t.path: render.fingerprint(context.root, trees[t.path]) for t in wanted} if context.cache else {}
    known = {path: render.Rendered(text) for path, key in keys.items() if (text := render.recall(key)) is not None}
    progress(len(known))
    fresh = render.render(context.root, [t for t in wanted if t.path not in known], trees, context.jobs, progress)
    for path, key in keys.items():
        if path in fresh and fresh[path].text is not None:
            render.remember(key, fresh[path].text or "")
    return known | fresh


def _provenance(context: Context, paths: list[str]) -> dict[str, dict[locate.Identity, locate.Provenance]]:
    """Where the resources of some overlays come from; an overlay for which Kustomize cannot say has none."""
    found = {}
    for path in paths:
        answer = render.render_provenance(context.root, path)
        if answer is not None:
            with suppress(lines.BadYaml):
                found[path] = locate.provenance(*answer)
    return found


def validate(
    context: Context, wanted: list[Target], today: datetime.date, progress: Callable[[int], None] = lambda _: None
) -> Result:
    """discover has happened; guard -> render -> parse -> schema -> lint -> locate -> waive.

    Raises render.KustomizeMissing, lint.RuleCrashed and waive.BadExceptions: then there is no verdict.
    """
    exceptions = waive.load(context.root, frozenset(all_rules()))
    reader = Reader(context.root)
    trees = {target.path: tree_of(reader, target) for target in wanted}
    hits: dict[str, list[Hit]] = {path: lint.guard(tree, context.rules) for path, tree in trees.items()}
    # What the guard refuses never reaches Kustomize, and is said whichever rules were asked for.
    refused = {path: lint.guard(tree, _guards()) for path, tree in trees.items()}
    for path, found in refused.items():
        hits[path] = list(dict.fromkeys([*found, *hits[path]]))
    safe = [target for target in wanted if not refused[target.path]]
    rendered = _render(context, safe, trees, progress)
    by_id = {rule.id: rule for rule in context.rules}
    platform = externals(reader)
    overlays: list[Overlay] = []
    for target in safe:
        outcome = rendered[target.path]
        text, error = outcome.text, outcome.error
        resources: tuple[Resource, ...] = ()
        if text is not None:
            try:
                resources = parse(text)
            except lines.BadYaml as bad:
                error = f"Kustomize wrote what cannot be read: line {bad.line}: {bad.cause}"
        if error is not None:
            failed = all_rules()["failed-build"]
            hits[target.path].append(Hit(by_id.get("failed-build", failed), Problem(None, (), error)))
            continue
        overlays.append(overlay(context, target, resources, trees[target.path], platform))
        hits[target.path] += lint.lint(overlays[-1], context.rules)
    for where, hit in lint.lint_fleet(overlays, context.rules):
        hits[where.path].append(hit)
    needy = [path for path, found in hits.items() if any(h.problem.resource is not None for h in found)]
    known = _provenance(context, needy)
    findings = []
    for path, found in hits.items():
        locator = locate.Locator(reader, trees[path], known.get(path, {}))
        findings += [_finding(path, hit, locator.place(hit.problem)) for hit in found]
    counts = {o.path: len(o.resources) for o in overlays}
    complete = context.all_rules_run and {t.path for t in wanted} >= {t.path for t in targets(context.root)}
    return _settle(context, findings, exceptions, counts, wanted, today, complete)


def rendered(context: Context, wanted: list[Target]) -> dict[str, Overlay | str]:
    """Each target as the rules would see it, or, where its sources or Kustomize refuse, one line that says why."""
    reader, found = Reader(context.root), dict[str, Overlay | str]()
    trees = {target.path: tree_of(reader, target) for target in wanted}
    for path, tree in trees.items():
        refused = lint.guard(tree, _guards())
        if refused:
            found[path] = refused[0].problem.message
    outcomes = _render(context, [t for t in wanted if t.path not in found], trees, lambda _: None)
    platform = externals(reader)
    for target in wanted:
        if target.path in outcomes:
            outcome = outcomes[target.path]
            try:
                resources = parse(outcome.text or "")
            except lines.BadYaml as bad:
                found[target.path] = f"Kustomize wrote what cannot be read: {bad.cause}"
            else:
                whole = overlay(context, target, resources, trees[target.path], platform)
                found[target.path] = outcome.error or whole
    return found


def tree_of(reader: Reader, target: Target) -> Tree:
    """What an overlay is made of. Of a stray nothing is read: it is to be moved before it is mended."""
    if target.kind != "stray":
        return reader.tree(target.path)
    file = reader.kustomization_file(target.path) or target.path
    return Tree(target.path, faults=(Fault("misplaced", file, 1, STRAY),))


STRAY = "is at no place of an overlay, and no overlay builds on it: nothing would validate or deploy it"
GUARDS = ("unreadable-source", "path-outside-repository", "remote-resource", "code-in-build", "misplaced-overlay")
"""Rules whose findings keep an overlay from Kustomize."""


def _guards() -> list[Rule]:
    return [all_rules()[rule_id] for rule_id in GUARDS]


def _settle(
    context: Context,
    findings: list[Finding],
    exceptions: tuple[waive.Exception_, ...],
    counts: dict[str, int],
    wanted: list[Target],
    today: datetime.date,
    complete: bool,
) -> Result:
    """Waives, judges the exceptions themselves, and sorts."""
    marked, used = waive.waive(sorted(set(findings)), exceptions, today)
    ledger = waive.Ledger(exceptions, used, today, complete)
    for rule in context.rules:
        if rule.scope == "check_exceptions":
            for problem in rule.run(ledger):
                place = locate.Place(problem.file or waive.FILE, problem.line or 1)
                marked.append(_finding(waive.FILE, Hit(rule, problem), place))
    overlays = tuple((t.path, counts.get(t.path, 0)) for t in wanted)
    return Result(overlays, tuple(sorted(marked, key=_order)), context.strict)


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.file, finding.line, finding.rule, finding.overlay, finding.pointer, finding.message)


def validate_text(
    context: Context,
    name: str,
    text: str,
    hardware: str | None,
    model: str | None,
    workload: str | None,
    today: datetime.date,
) -> Result:
    """The same verdict on YAML that was rendered elsewhere: schema and rules, without sources to guard or to locate in.

    Raises lines.BadYaml and what ``validate`` raises.
    """
    reader = Reader(context.root)
    resources = parse(text)
    # A render of this fleet carries one of its prefixes and is judged as the leaf it is; anything else is a stranger's.
    known = prefixes(context.root)
    own = next((path for prefix, path in known.items() for r in resources if r.name.startswith(prefix)), None)
    target = Target(own or name, "leaf" if own or workload else "manifest", hardware, model, workload)
    subject = replace(overlay(context, target, resources, Tree(name), externals(reader)), path=name)
    if subject.model is None:  # not said, but the manifest may say it itself
        subject = replace(subject, model=context.models.get(naming.catalogued(subject) or ""))
    hits = lint.lint(subject, context.rules)
    hits += [hit for _, hit in lint.lint_fleet([subject], context.rules)]
    findings = []
    for hit in hits:
        line = locate.in_text(text, hit.problem.resource, hit.problem.pointer) if hit.problem.resource else 1
        findings.append(_finding(name, hit, locate.Place(name, line)))
    exceptions = waive.load(context.root, frozenset(all_rules()))
    return _settle(context, findings, exceptions, {name: len(resources)}, [target], today, False)
